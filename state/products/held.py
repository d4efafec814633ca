"""How much of what is held a contract is, by period: months of a delivery, or one vintage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from state.calendar import MarketCalendar, MarketDay, local_date, local_midnight_ns
from state.messages import Block, ProductTrade
from state.moments import HOUR_NS

Quantities = Callable[[ProductTrade, MarketCalendar], list[tuple[str, float]]]
"""From a contract and its market's calendar to (period, signed quantity)."""


def by_vintage(trade: ProductTrade, _: MarketCalendar) -> list[tuple[str, float]]:
    """Return the units of a certificate, under the year it is of."""
    return [(trade.vintage, trade.units)]


def mw_months(trade: ProductTrade, calendar: MarketCalendar) -> list[tuple[str, float]]:
    """Return MW by delivery month; a part of a month counts by its hours.

    >>> from state.calendar import to_ns
    >>> from datetime import UTC, datetime
    >>> from state.messages import SettlesAt, TradeAction
    >>> trade = ProductTrade(
    ...     source="s", trade="t", version=1, action=TradeAction.NEW, product="capacity",
    ...     market="m", book="b", counterparty="c", location="l", quantity_mw=50.0,
    ...     price_usd_per_mwh=0.0, settles_at=SettlesAt.CURVE,
    ...     delivery_start_ns=to_ns(datetime(2026, 6, 1, tzinfo=UTC)),
    ...     delivery_end_ns=to_ns(datetime(2026, 7, 16, 12, tzinfo=UTC)))
    >>> mw_months(trade, MarketCalendar("UTC"))
    [('2026-06', 50.0), ('2026-07', 25.0)]
    """
    found = []
    for month, start_ns, end_ns in _months(trade, calendar):
        begin, end = max(start_ns, trade.delivery_start_ns), min(end_ns, trade.delivery_end_ns)
        found.append((month, trade.quantity_mw * (end - begin) / (end_ns - start_ns)))
    return found


def mw_hours(trade: ProductTrade, calendar: MarketCalendar) -> list[tuple[str, float]]:
    """Return MW × hours of the contract's block by delivery month."""
    hours = _block_hours(calendar, trade.delivery_start_ns, trade.delivery_end_ns, trade.block)
    return [(month, trade.quantity_mw * count) for month, count in hours if count]


@lru_cache(maxsize=1024)
def _block_hours(
    calendar: MarketCalendar, start_ns: int, end_ns: int, block: Block
) -> tuple[tuple[str, float], ...]:
    """Measure the hours of a block by month; a year of days is milliseconds, and asked for often.

    A part of an hour counts by its length, as it does for energy.
    """
    within_ns: dict[str, int] = {}
    day = local_date(start_ns, calendar.time_zone)
    while local_midnight_ns(day, calendar.time_zone) < end_ns:
        grid = MarketDay(calendar, day, settlement_seconds=3600)
        edges = grid.start_ns + HOUR_NS * np.arange(grid.hours + 1)
        lengths = np.diff(np.clip(edges, start_ns, end_ns))
        month = day.strftime("%Y-%m")
        own_ns = int(np.add.reduce(lengths[grid.block_mask(block)]))
        within_ns[month] = within_ns.get(month, 0) + own_ns
        day += timedelta(days=1)
    return tuple((month, own_ns / HOUR_NS) for month, own_ns in within_ns.items())


def _months(trade: ProductTrade, calendar: MarketCalendar) -> Iterator[tuple[str, int, int]]:
    zone = calendar.time_zone
    first = local_date(trade.delivery_start_ns, zone).replace(day=1)
    while local_midnight_ns(first, zone) < trade.delivery_end_ns:
        after = (first + timedelta(days=32)).replace(day=1)
        yield (
            first.strftime("%Y-%m"),
            local_midnight_ns(first, zone),
            local_midnight_ns(after, zone),
        )
        first = after


def is_over(period: str, today: date) -> bool:
    """Say whether a month has passed; a vintage never does.

    >>> is_over("2026-06", date(2026, 7, 1)), is_over("2020", date(2026, 7, 1))
    (True, False)
    """
    return "-" in period and period < today.strftime("%Y-%m")
