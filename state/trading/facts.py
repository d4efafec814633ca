"""The facts of a trade that the clauses on trading ask for."""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import lru_cache

import msgspec
import numpy as np

from state.calendar import MarketCalendar, MarketDay, local_date
from state.messages import Block, ProductTrade, SettlesAt, Trade
from state.periods import Span
from state.policy.trading_limits import Venue
from state.products import PRODUCTS
from state.products.product import hourly_mw, net_price

_INTERVAL_SECONDS = 300


class TradeFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a trade is, as far as authority and trading limits go.

    Attributes:
        trader: who does it.
        executed: the market-local date.
        product: a name in ``state.products``.
        unit_kind: of a product that has kinds.
        venue: where it is traded.
        areas: in which its delivery lies (``WECC``, ``California``); None if not known.
        settles_at: the price it settles against.
        agreement: as the counterparty's record names it.
        board_approved: whether the Board approved the agreement.
        first, end: the first delivery date, and the first after.
        quantity_mw: signed, bought +; the largest of its hours; NaN if not known.
        bought: whether it is a purchase.
        notional_usd: price × quantity of the whole contract, never negative; NaN if not known.
        var_usd: its value at risk at the policy's confidence; NaN if not known.
        open_before_mwh, open_after_mwh: open position over its delivery without it and with it;
            NaN if not known.
    """

    trader: str
    executed: date
    product: str
    venue: Venue
    areas: tuple[str, ...] | None
    settles_at: SettlesAt
    agreement: str
    first: date
    end: date
    quantity_mw: float
    bought: bool
    notional_usd: float = math.nan
    var_usd: float = math.nan
    open_before_mwh: float = math.nan
    open_after_mwh: float = math.nan
    unit_kind: str = ""
    board_approved: bool = False


class Circumstances(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a trade does not say of itself; the other fields are those of :class:`TradeFacts`.

    Attributes:
        expected_mwh: output of the resource of an as-generated contract over its delivery.
        capacity_mw: of that resource.
    """

    executed: date
    venue: Venue
    areas: tuple[str, ...] | None
    agreement: str
    board_approved: bool = False
    expected_mwh: float = math.nan
    capacity_mw: float = math.nan
    var_usd: float = math.nan
    open_before_mwh: float = math.nan
    open_after_mwh: float = math.nan


def facts_of(trade: Trade, calendar: MarketCalendar, around: Circumstances) -> TradeFacts:
    """Return the facts of a trade.

    Args:
        trade: the contract.
        calendar: of its market.
        around: what it does not say.
    """
    first = local_date(trade.delivery_start_ns, calendar.time_zone)
    last = local_date(trade.delivery_end_ns - 1, calendar.time_zone)
    return TradeFacts(
        trader=trade.trader,
        executed=around.executed,
        product=trade.product,
        venue=around.venue,
        areas=around.areas,
        settles_at=trade.settles_at,
        agreement=around.agreement,
        first=first,
        end=last + timedelta(days=1),
        quantity_mw=_largest_mw(trade, around.capacity_mw),
        bought=_is_bought(trade),
        notional_usd=notional_usd(trade, calendar, expected_mwh=around.expected_mwh),
        var_usd=around.var_usd,
        open_before_mwh=around.open_before_mwh,
        open_after_mwh=around.open_after_mwh,
        unit_kind=getattr(trade, "unit_kind", ""),
        board_approved=around.board_approved,
    )


def notional_usd(
    trade: Trade, calendar: MarketCalendar, *, expected_mwh: float = math.nan
) -> float:
    """Return price × quantity of the whole contract, $ (risk policy §5.6 fn1); never negative.

    5 MWh at $20/MWh are $100. What is held is priced in its own unit; an as-generated contract by
    the output that is expected of it, NaN where none is given.
    """
    product = PRODUCTS[trade.product]
    if product.measure and isinstance(trade, ProductTrade):
        held = sum(abs(quantity) for _, quantity in product.quantities(trade, calendar))
        return abs(held * trade.price_usd_per_unit)
    if product.as_generated:
        return abs(expected_mwh * trade.quantity_mw * net_price(trade))
    return abs(_mwh(trade, calendar) * net_price(trade))


def _mwh(trade: Trade, calendar: MarketCalendar) -> float:
    """Return the contract's MWh, those of both signs as positive numbers."""
    period = trade.delivery_start_ns, trade.delivery_end_ns
    if len(trade.profile_mw):
        days, edges = _days(calendar, *period)
        grids = [*(_grid(calendar, day) for day in _dates(days)), *edges]
        return sum(_profile_mwh(trade, grid) for grid in grids)
    return abs(trade.quantity_mw) * _hours(calendar, trade.block, *period)


@lru_cache(maxsize=4096)
def _hours(calendar: MarketCalendar, block: Block, start_ns: int, end_ns: int) -> float:
    """Return the hours of a block between two moments, by the grid of the days they are in."""
    days, edges = _days(calendar, start_ns, end_ns)
    hours = float(days.hours(calendar, block))
    for grid in edges:
        first, last = grid.span(start_ns, end_ns)
        hours += int(grid.block_mask(block)[first:last].sum()) / grid.per_hour
    return hours


def _days(calendar: MarketCalendar, start_ns: int, end_ns: int) -> tuple[Span, list[MarketDay]]:
    """Return the dates a period holds whole, and those it begins or ends within."""
    first = local_date(start_ns, calendar.time_zone)
    last = local_date(end_ns - 1, calendar.time_zone)
    edges = []
    for day in dict.fromkeys((first, last)):
        grid = _grid(calendar, day)
        if start_ns > grid.start_ns or end_ns < grid.end_ns:
            edges.append(grid)
    within = {grid.day for grid in edges}
    begin = first + timedelta(days=first in within)
    end = last + timedelta(days=last not in within)
    return Span(begin, max(begin, end)), edges


def _grid(calendar: MarketCalendar, day: date) -> MarketDay:
    return MarketDay(calendar, day, settlement_seconds=_INTERVAL_SECONDS)


def _dates(span: Span) -> list[date]:
    return [span.first + timedelta(days=number) for number in range(span.days)]


def _profile_mwh(trade: Trade, grid: MarketDay) -> float:
    hours = grid.whole_hours(trade.delivery_start_ns, trade.delivery_end_ns)
    if hours is None:
        return math.nan
    return float(np.add.reduce(np.abs(hourly_mw(trade, grid, first=hours[0], last=hours[1]))))


def _largest_mw(trade: Trade, capacity_mw: float) -> float:
    profile = trade.profile_mw
    if len(profile):
        return float(profile[int(np.abs(profile).argmax())])
    share = capacity_mw if PRODUCTS[trade.product].as_generated else 1.0
    return trade.quantity_mw * share


def _is_bought(trade: Trade) -> bool:
    if len(trade.profile_mw):
        return _largest_mw(trade, 1.0) >= 0.0
    units = trade.units if isinstance(trade, ProductTrade) else 0.0
    return (units or trade.quantity_mw) >= 0.0
