"""The facts of a trade that the clauses on trading ask for."""

from __future__ import annotations

import math
from datetime import date, timedelta

import msgspec

from state.calendar import MarketCalendar, local_date
from state.contracts.output import Output
from state.contracts.size import sides_mw, sides_usd, signed_size_of
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
        bought: whether it is a purchase; of a shape, whether its largest hour is.
        notional_usd: price × quantity of all its hours on that side, never negative; NaN if not
            known.
        against_mw, against_usd: the same of a shape's hours on the other side; 0 where there are
            none.
        without_mw, without_usd, without_var: why the MW, the $ and the value at risk are not known,
            where that can be said.
        var_usd: its value at risk at the policy's confidence; NaN if not known.
        open_before_mwh, open_after_mwh: open position over its delivery without it and with it;
            NaN if not known.
        is_over: whether its delivery is.
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
    against_mw: float = 0.0
    against_usd: float = 0.0
    var_usd: float = math.nan
    open_before_mwh: float = math.nan
    open_after_mwh: float = math.nan
    unit_kind: str = ""
    board_approved: bool = False
    without_mw: str = ""
    without_usd: str = ""
    without_var: str = ""
    is_over: bool = False

    @property
    def sides(self) -> tuple[TradeFacts, ...]:
        """The facts of each side: a shape that buys in some hours and sells in others has two."""
        if not self.against_mw:
            return (self,)
        own = msgspec.structs.replace(self, against_mw=0.0, against_usd=0.0)
        other = msgspec.structs.replace(
            own,
            bought=not self.bought,
            quantity_mw=self.against_mw,
            notional_usd=self.against_usd,
        )
        return own, other


class Circumstances(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a trade does not say of itself; the other fields are those of :class:`TradeFacts`.

    Attributes:
        output: of the resource of an as-generated contract.
    """

    executed: date
    venue: Venue
    areas: tuple[str, ...] | None
    agreement: str
    board_approved: bool = False
    output: Output = Output()
    var_usd: float = math.nan
    without_var: str = ""
    open_before_mwh: float = math.nan
    open_after_mwh: float = math.nan
    is_over: bool = False


def facts_of(trade: Trade, calendar: MarketCalendar, around: Circumstances) -> TradeFacts:
    """Return the facts of a trade.

    Args:
        trade: the contract.
        calendar: of its market.
        around: what it does not say.
    """
    first = local_date(trade.delivery_start_ns, calendar.time_zone)
    last = local_date(trade.delivery_end_ns - 1, calendar.time_zone)
    output, bought = around.output, signed_size_of(trade) >= 0.0
    each = output.capacity_mw if PRODUCTS[trade.product].as_generated else 1.0
    mw = sides_mw(trade, calendar)
    usd = sides_usd(trade, calendar, expected_mwh=output.expected_mwh)
    if len(trade.profile_mw):
        bought = mw.bought >= mw.sold
    own_mw, against_mw = (mw.bought, -mw.sold) if bought else (-mw.sold, mw.bought)
    own_usd, against_usd = (usd.bought, usd.sold) if bought else (usd.sold, usd.bought)
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
        quantity_mw=own_mw * each,
        bought=bought,
        notional_usd=own_usd,
        against_mw=against_mw * each if against_mw else 0.0,
        against_usd=against_usd,
        var_usd=around.var_usd,
        open_before_mwh=around.open_before_mwh,
        open_after_mwh=around.open_after_mwh,
        unit_kind=getattr(trade, "unit_kind", ""),
        board_approved=around.board_approved,
        without_mw=output.without_capacity,
        without_usd=output.without_mwh,
        without_var=around.without_var,
        is_over=around.is_over,
    )
