"""How big a contract is: its hours, MWh, MW and notional; MWh whole, net or from a moment on.

Notional = price × quantity (risk policy §5.6, footnote 1: 5 MWh at $20 is $100). What is held
rather than delivered (capacity, certificates) has no MWh, and is priced in its own unit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache

from state.calendar import (
    HOUR_NS,
    MarketCalendar,
    from_ns,
    local_date,
    local_midnight_ns,
)
from state.messages import Block, ProductTrade, Trade
from state.products import PRODUCTS
from state.products.product import net_price


def volume_mwh(
    trade: Trade, calendar: MarketCalendar, *, from_ns: int = 0, expected_mwh: float = math.nan
) -> float:
    """Return the MWh a contract delivers from a moment on, never negative; 0 of what is held.

    Args:
        trade: the contract.
        calendar: of its market.
        from_ns: what is delivered before does not count.
        expected_mwh: output from then on of the resource of an as-generated contract, whose
            quantity is a share of it; its MWh are NaN where none is given.
    """
    product = PRODUCTS[trade.product]
    if product.measure:
        return 0.0
    if product.as_generated:
        return abs(expected_mwh * trade.quantity_mw)
    start_ns = max(trade.delivery_start_ns, from_ns)
    if not len(trade.profile_mw):
        return abs(trade.quantity_mw) * block_hours(
            calendar, trade.block, start_ns, trade.delivery_end_ns
        )
    left = (
        abs(mw) * (over_ns - max(start_ns, begin_ns)) / HOUR_NS
        for begin_ns, over_ns, mw in shaped_hours(trade, calendar)
        if over_ns > start_ns
    )
    return sum(left, 0.0)


def net_mwh(trade: Trade, calendar: MarketCalendar) -> float:
    """Return the MWh of a whole contract, bought +, sold −, of a shape what its hours sum to.

    NaN of an as-generated contract, 0 of what is held.
    """
    product = PRODUCTS[trade.product]
    if len(trade.profile_mw) and not product.measure and not product.as_generated:
        hours = shaped_hours(trade, calendar)
        return sum((mw * (over_ns - begin_ns) / HOUR_NS for begin_ns, over_ns, mw in hours), 0.0)
    mwh = volume_mwh(trade, calendar)
    return math.copysign(mwh, trade.quantity_mw) if mwh else mwh


def notional_usd(
    trade: Trade, calendar: MarketCalendar, *, expected_mwh: float = math.nan
) -> float:
    """Return price × quantity of the whole contract, $; never negative.

    Args:
        trade: the contract; a sale has the same as a purchase.
        calendar: of its market.
        expected_mwh: as in :func:`volume_mwh`.
    """
    product = PRODUCTS[trade.product]
    if product.measure and isinstance(trade, ProductTrade):
        held = sum(abs(quantity) for _, quantity in product.quantities(trade, calendar))
        return held * abs(trade.price_usd_per_unit)
    return volume_mwh(trade, calendar, expected_mwh=expected_mwh) * abs(net_price(trade))


def peak_mw(trade: Trade) -> float:
    """Return the MW of a contract where they are largest, bought +, sold −."""
    if len(trade.profile_mw):
        return float(max(trade.profile_mw.tolist(), key=abs))
    return trade.quantity_mw


def size_of(trade: Trade) -> float:
    """Return how large a trade is, never negative, in the unit of its quantity.

    >>> from state.messages import SettlesAt, TradeAction
    >>> trade = Trade(
    ...     source="s", trade="t", version=1, action=TradeAction.NEW, product="energy", market="m",
    ...     book="b", counterparty="c", location="l", delivery_start_ns=0, delivery_end_ns=1,
    ...     quantity_mw=-25.0, price_usd_per_mwh=40.0, settles_at=SettlesAt.RTD,
    ... )
    >>> size_of(trade)
    25.0
    """
    return abs(signed_size_of(trade))


def signed_size_of(trade: Trade) -> float:
    """Return how large a trade is, bought +, sold −; of a shape its largest MW.

    >>> import numpy as np
    >>> from msgspec.structs import replace
    >>> from state.messages import SettlesAt, TradeAction
    >>> trade = Trade(
    ...     source="s", trade="t", version=1, action=TradeAction.NEW, product="shaped", market="m",
    ...     book="b", counterparty="c", location="l", delivery_start_ns=0, delivery_end_ns=1,
    ...     quantity_mw=0.0, price_usd_per_mwh=40.0, settles_at=SettlesAt.RTD,
    ...     profile_mw=np.array([5.0, -30.0]),
    ... )
    >>> signed_size_of(trade), size_of(trade), signed_size_of(replace(trade, profile_mw=[]))
    (-30.0, 30.0, 0.0)
    """
    units = trade.units if isinstance(trade, ProductTrade) else 0.0
    return units or peak_mw(trade)


def shaped_hours(trade: Trade, calendar: MarketCalendar) -> Iterator[tuple[int, int, float]]:
    """Yield begin and end of each hour, or part of one, in which a shape delivers, and its MW."""
    for hour, mw in enumerate(trade.profile_mw.tolist()):
        start_ns = trade.delivery_start_ns + hour * HOUR_NS
        end_ns = min(trade.delivery_end_ns, start_ns + HOUR_NS)
        if mw and start_ns < end_ns:
            for begin_ns, over_ns in _parts_in_block(calendar, trade.block, start_ns, end_ns):
                yield begin_ns, over_ns, mw


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
    if block is Block.FLAT:
        return (end_ns - start_ns) / HOUR_NS
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
    hours = 0.0
    for begin_ns, over_ns in _parts_in_block(calendar, block, start_ns, end_ns):
        hours += (over_ns - begin_ns) / HOUR_NS
    return hours


def _parts_in_block(
    calendar: MarketCalendar, block: Block, start_ns: int, end_ns: int
) -> Iterator[tuple[int, int]]:
    """Yield the parts of a stretch that are in a block, cut where an hour begins."""
    if block is Block.FLAT:  # of a shape
        yield start_ns, end_ns
        return
    while start_ns < end_ns:
        over_ns = min(end_ns, (start_ns // HOUR_NS + 1) * HOUR_NS)
        if _in_block(calendar, block, start_ns):
            yield start_ns, over_ns
        start_ns = over_ns


def _in_block(calendar: MarketCalendar, block: Block, at_ns: int) -> bool:
    local = from_ns(at_ns).astimezone(calendar.zone)
    return calendar.is_on_peak(local.date(), local.hour) == (block is Block.ON_PEAK)
