"""What contracts add to the supply of a net open position, so that they may cure it (§4.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from state.calendar import MarketCalendar, local_midnight_ns
from state.contracts.size import block_hours, shape_hours
from state.duties.calls import Executed
from state.limits.instances import Instances
from state.messages import ProductTrade, Trade
from state.nop.at_call import AT_CALL
from state.nop.rps import vintages_of
from state.nop.tolerances import scope_of
from state.nop.watch import today_of
from state.periods import Span
from state.policy.bands import Band
from state.policy.tolerances import NopKind
from state.products import PRODUCTS

if TYPE_CHECKING:
    from state.desk import Desk


def side_of(table: Instances, row: int) -> int:
    """Say what a position out of tolerance wants: 1 more supply, −1 less."""
    short, long = table.low[row] - table.value[row], table.value[row] - table.high[row]
    return 1 if short > long else -1


def gained(desk: Desk, executed: Executed, table: Instances, row: int) -> float:
    """Return what a contract adds to the supply of a position, in its own unit.

    Of another version that is the change; what does not count in the position adds nothing.

    Args:
        desk: whose.
        executed: the contract, and the version it replaces.
        table: limit of the position.
        row: of its period.
    """
    band = _band_of(desk, table.limit.id, table.periods[row])
    if band is None:
        return 0.0
    calendar = desk.markets[executed.into.market].calendar
    into, out = (
        0.0 if trade is None else _amount(trade, band, table.scopes[row], calendar)
        for trade in (executed.into, executed.out)
    )
    return into - out


def _amount(trade: Trade, band: Band, scope: str, calendar: MarketCalendar) -> float:
    if band.nop is NopKind.ENERGY:
        return _energy(trade, band.span, calendar)
    if not isinstance(trade, ProductTrade):
        return 0.0
    if band.nop is NopKind.RPS:
        counted = {str(year) for year in vintages_of(band)} if trade.product == "rec" else set()
    else:
        own = scope == scope_of(band.row.title, trade.unit_kind)
        counted = set(band.span.months) if trade.product == "capacity" and own else set()
    quantities = PRODUCTS[trade.product].quantities(trade, calendar)
    return sum(quantity for period, quantity in quantities if period in counted)


def _energy(trade: Trade, span: Span, calendar: MarketCalendar) -> float:
    """Return the MWh that a contract delivers in a period; of a unit at call, those it may."""
    product = PRODUCTS[trade.product]
    if not (product.is_physical or product.name in AT_CALL):
        return 0.0
    zone = calendar.time_zone
    start_ns = max(local_midnight_ns(span.first, zone), trade.delivery_start_ns)
    end_ns = min(local_midnight_ns(span.end, zone), trade.delivery_end_ns)
    if len(trade.profile_mw):
        mwh = float(np.add.reduce(shape_hours(trade, calendar).between(start_ns, end_ns).mwh))
    else:
        mwh = trade.quantity_mw * block_hours(calendar, trade.block, start_ns, end_ns)
    share = sum(round(leg.share) for leg in product.legs(trade)) if product.is_physical else 1
    return share * mwh


def _band_of(desk: Desk, limit: str, period: str) -> Band | None:
    today = today_of(desk)
    if today is None:
        return None
    policies = desk.written_policies.values()
    bands = (band for policy in policies for band in desk.nop.bands(policy, today))
    return next((one for one in bands if (one.row.id, one.span.label) == (limit, period)), None)
