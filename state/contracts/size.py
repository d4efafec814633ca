"""How big a contract is: its hours, MWh and notional, whole or from a moment on.

Notional = price × quantity (risk policy §5.6, footnote 1: 5 MWh at $20 is $100). Sizes are gross:
a sale has the same as a purchase.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache

import numpy as np

from state.calendar import (
    HOUR_NS,
    MarketCalendar,
    from_ns,
    local_date,
    local_midnight_ns,
)
from state.messages import Block, Trade
from state.products import PRODUCTS


def volume_mwh(trade: Trade, calendar: MarketCalendar, *, from_ns: int = 0) -> float:
    """Return the MWh a contract delivers from a moment on, never negative.

    Args:
        trade: with MW of its own; of an as-generated contract, whose quantity is a share of an
            output, the result is NaN.
        calendar: of its market.
        from_ns: what is delivered before does not count.
    """
    if PRODUCTS[trade.product].as_generated:
        return float("nan")
    start_ns = max(trade.delivery_start_ns, from_ns)
    if not len(trade.profile_mw):
        return abs(trade.quantity_mw) * block_hours(
            calendar, trade.block, start_ns, trade.delivery_end_ns
        )
    left = (
        mw * (over_ns - max(start_ns, begin_ns)) / HOUR_NS
        for begin_ns, over_ns, mw in shaped_hours(trade, calendar)
        if over_ns > start_ns
    )
    return sum(left, 0.0)


def notional_usd(trade: Trade, calendar: MarketCalendar, *, from_ns: int = 0) -> float:
    """Return price × quantity of what a contract delivers from a moment on, $."""
    return abs(trade.price_usd_per_mwh) * volume_mwh(trade, calendar, from_ns=from_ns)


def peak_mw(trade: Trade) -> float:
    """Return the MW of a contract where they are largest, bought +, sold −."""
    if len(trade.profile_mw):
        return float(max(trade.profile_mw.tolist(), key=abs))
    return trade.quantity_mw


def shaped_hours(trade: Trade, calendar: MarketCalendar) -> Iterator[tuple[int, int, float]]:
    """Yield begin and end of each hour in which a shape delivers, and its MW, never negative."""
    for hour, mw in enumerate(np.abs(trade.profile_mw).tolist()):
        start_ns = trade.delivery_start_ns + hour * HOUR_NS
        end_ns = min(trade.delivery_end_ns, start_ns + HOUR_NS)
        if mw and start_ns < end_ns and _in_block(calendar, trade.block, start_ns):
            yield start_ns, end_ns, mw


@lru_cache(maxsize=65_536)
def block_hours(calendar: MarketCalendar, block: Block, start_ns: int, end_ns: int) -> float:
    """Return the hours of a block between two moments, parts of hours included.

    >>> from datetime import date
    >>> zone = "America/Los_Angeles"
    >>> first, last = (local_midnight_ns(date(2026, month, 1), zone) for month in (11, 12))
    >>> calendar = MarketCalendar(zone)
    >>> [block_hours(calendar, block, first, last) for block in (Block.ON_PEAK, Block.OFF_PEAK)]
    [384.0, 337.0]
    """
    if start_ns >= end_ns:
        return 0.0
    zone = calendar.time_zone
    day, last, hours = local_date(start_ns, zone), local_date(end_ns - 1, zone), 0.0
    while day <= last:
        following = day + timedelta(days=1)
        begin_ns, over_ns = local_midnight_ns(day, zone), local_midnight_ns(following, zone)
        if start_ns <= begin_ns and over_ns <= end_ns:
            hours += calendar.block_hours(day, block)
        else:
            hours += _part_of_day(calendar, block, max(start_ns, begin_ns), min(end_ns, over_ns))
        day = following
    return hours


def _part_of_day(calendar: MarketCalendar, block: Block, start_ns: int, end_ns: int) -> float:
    hour_ns, hours = start_ns // HOUR_NS * HOUR_NS, 0.0
    while hour_ns < end_ns:
        if _in_block(calendar, block, hour_ns):
            hours += (min(end_ns, hour_ns + HOUR_NS) - max(start_ns, hour_ns)) / HOUR_NS
        hour_ns += HOUR_NS
    return hours


def _in_block(calendar: MarketCalendar, block: Block, hour_ns: int) -> bool:
    if block is Block.FLAT:
        return True
    local = from_ns(hour_ns).astimezone(calendar.zone)
    return calendar.is_on_peak(local.date(), local.hour) == (block is Block.ON_PEAK)
