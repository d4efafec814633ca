"""What a product is to the position, the value and the risk of the book that holds it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from state.calendar import HOUR_NS, MarketDay
from state.messages import FloatColumn, Trade


@dataclass(frozen=True)
class Product:
    """How a contract's quantity counts.

    Attributes:
        name: what a trade calls it.
        financial: settles in money only; never counts as supply for coverage.
        as_generated: pays for a share of a resource's output and has no MW of its own.
    """

    name: str
    financial: bool = False
    as_generated: bool = False


def contract_mw(trade: Trade, day: MarketDay, *, span: tuple[int, int]) -> FloatColumn:
    """Return a contract's signed MW in the intervals of a span: its block, its profile.

    For an as-generated contract it is the share of the resource's output.
    """
    inside = day.block_mask(trade.block)[span[0] : span[1]]
    if not len(trade.profile_mw):
        return np.where(inside, trade.quantity_mw, 0.0)
    starts = day.start_ns + np.arange(*span) * day.step_ns
    hours = (starts - trade.delivery_start_ns) // HOUR_NS
    return np.where(inside, trade.profile_mw[np.minimum(hours, len(trade.profile_mw) - 1)], 0.0)
