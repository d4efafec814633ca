"""The form of ISO-NE's web services: an item an interval and location, stamped with its offset."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from connectors.simulated.published import moment
from state.messages import PricePublication

ZONE = ZoneInfo("America/New_York")
_FIRST_ID = 4000
_COMPONENTS = (
    ("LmpTotal", "lmp"),
    ("EnergyComponent", "energy"),
    ("CongestionComponent", "congestion"),
    ("LossComponent", "loss"),
)


def prices_json(item: str, publications: Sequence[PricePublication]) -> bytes:
    """Return the answer of a service of prices; without an item it holds an empty text.

    Args:
        item: what one is called, ``FiveMinLmp``.
        publications: the intervals.
    """
    items = [one for publication in publications for one in _items(publication)]
    body = {f"{item}s": {item: items} if items else ""}
    return json.dumps(body, separators=(",", ":")).encode()


def _items(publication: PricePublication) -> Iterator[dict[str, Any]]:
    local = moment(publication.interval_start_ns).astimezone(ZONE)
    begin = local.isoformat(timespec="milliseconds")
    columns = {
        name: column.tolist()
        for name, field in _COMPONENTS
        if len(column := getattr(publication, field))
    }
    for place, location in enumerate(publication.locations):
        kind = "HUB" if location.endswith("HUB") else "NETWORK NODE"
        ref = {"@LocId": str(_FIRST_ID + place), "@LocType": kind, "$": location}
        values = {name: column[place] for name, column in columns.items()}
        known = {name: value for name, value in values.items() if not math.isnan(value)}
        yield {"BeginDate": begin, "Location": ref, **known}
