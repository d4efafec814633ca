"""How all stood when a breach began: the limit, what moved it, the contract behind it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from state.contracts.output import Output, output_of
from state.contracts.size import net_mwh, notional_usd, peak_mw
from state.messages import Award, Trade, TradeAction
from state.products import PRODUCTS
from state.screens.cases_seen import Frozen
from state.screens.views import Transition

if TYPE_CHECKING:
    from state.desk import Desk


def frozen_of(desk: Desk, transition: Transition, value: float, unit: str) -> Frozen:
    """Return how all stands at the transition that begins a breach.

    Args:
        desk: whose.
        transition: that begins it.
        value: what the limit holds, as it is now.
        unit: of the value.
    """
    row = transition.row
    counterparty, notional, quantity, volume = contract_behind(desk, row.cause_key)
    return Frozen(
        at_ns=transition.at_ns,
        position=transition.position,
        value=value,
        unit=unit,
        value_text=row.value_text,
        limit_text=row.limit_text,
        attribution=row.attribution,
        arithmetic=desk.alerts.arithmetic(row.limit, row.scope, row.period),
        counterparty=counterparty,
        notional_usd=notional,
        quantity_mw=quantity,
        volume_mwh=volume,
    )


def contract_behind(desk: Desk, cause_key: str) -> tuple[str, float, float, float]:
    """Return counterparty, notional, MW and MWh of the contract that a case's cause names.

    As the contract stands, over its whole delivery, purchases +; of a shape its largest MW and the
    net of its MWh. An as-generated contract has its share of the resource's capacity and of what
    the resource is expected to make. Empty and NaN where none is named or counts, or not known.
    """
    trade = message_behind(desk, cause_key)
    if not isinstance(trade, Trade) or trade.action is TradeAction.CANCEL:
        return "", math.nan, math.nan, math.nan
    market, generated = desk.markets[trade.market], PRODUCTS[trade.product].as_generated
    output, calendar = output_of(market, trade) if generated else Output(1.0), market.calendar
    usd, mwh = (
        size(trade, calendar, expected_mwh=output.expected_mwh) for size in (notional_usd, net_mwh)
    )
    return trade.counterparty, usd, peak_mw(trade, calendar) * output.capacity_mw, mwh


def message_behind(desk: Desk, cause_key: str) -> Trade | Award | None:
    """Return the trade, in its last version, or the award that a case's cause names."""
    kind, _, rest = cause_key.partition("/")
    for market in desk.markets.values():
        if kind == "trade":
            number = market.contracts.trades.number_of(rest.rpartition("/")[0])
            if number >= 0:
                return market.contracts.trades.columns.trade(number)
        if kind == "award" and rest.startswith(f"{market.market.market}/"):
            held = market.contracts.awards.get(rest.partition("/")[2])
            return None if held is None else held[1]
    return None
