"""What a product is to the position, the value and the risk of the book that holds it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from state.calendar import HOUR_NS, MarketDay
from state.messages import Block, FloatColumn, Trade


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


def hourly_mw(trade: Trade, day: MarketDay, *, first: int, last: int) -> FloatColumn:
    """Return a contract's signed MW in some hours of a day: its block, its profile."""
    mw = np.full(last - first, trade.quantity_mw)
    if len(trade.profile_mw):
        begin = (day.start_ns - trade.delivery_start_ns) // HOUR_NS + first
        mw = np.array(trade.profile_mw[begin : begin + last - first])
    if trade.block is not Block.FLAT:
        inside = day.block_mask(trade.block)[:: day.per_hour]
        mw[~inside[first:last]] = 0.0
    return mw


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
