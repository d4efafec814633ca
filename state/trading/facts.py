"""The facts of a trade that the clauses on trading ask for."""

from __future__ import annotations

import math
from datetime import date, timedelta

import msgspec

from state.calendar import MarketCalendar, local_date
from state.contracts.size import notional_usd, peak_mw, signed_size_of
from state.messages import SettlesAt, Trade
from state.policy.trading_limits import Venue
from state.products import PRODUCTS


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
        bought=signed_size_of(trade) >= 0.0,
        notional_usd=notional_usd(trade, calendar, expected_mwh=around.expected_mwh),
        var_usd=around.var_usd,
        open_before_mwh=around.open_before_mwh,
        open_after_mwh=around.open_after_mwh,
        unit_kind=getattr(trade, "unit_kind", ""),
        board_approved=around.board_approved,
    )


def _largest_mw(trade: Trade, capacity_mw: float) -> float:
    share = capacity_mw if PRODUCTS[trade.product].as_generated else 1.0
    return peak_mw(trade) * share
