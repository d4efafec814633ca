"""What a parse says, value by value, for comparing a damaged body with the whole."""

from __future__ import annotations

import math

from connectors.isos import Parsed
from state.messages import PricePublication

Place = tuple[object, ...]
COLUMNS = ("lmp", "energy", "congestion", "loss", "ghg")


def values_of(parsed: Parsed) -> dict[Place, float]:
    """Return each published value by what it is about."""
    found: dict[Place, float] = {}
    for message in parsed.messages:
        is_price = isinstance(message, PricePublication)
        names = message.locations if is_price else message.areas
        of = ("price" if is_price else message.series, message.run, message.interval_seconds)
        for column in COLUMNS if is_price else ("mw",):
            values = getattr(message, column)
            for name, value in zip(names, values, strict=False):
                if not math.isnan(value):
                    issued = message.published_at_ns
                    found[*of, message.interval_start_ns, issued, name, column] = float(value)
    return found
