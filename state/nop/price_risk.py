"""What prices may do to a period: VaR of what is open, and how effective its hedges are.

Both go by the scenarios of the desk's VaR: changes of forward prices by date, over one day.
Effectiveness is the share of the variance that hedges take away,

    e = 1 − Var(P&L with hedges) / Var(P&L without)

(Ederington, "The Hedging Performance of the New Futures Markets", Journal of Finance 34(1), 1979).
Without hedges there are the loads and the company's own resources; hedges are all contracts that
fix a price of energy: physical ones, less what suppliers fail to, units at call by their option
delta, swaps and contracts for differences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from state.messages import FloatColumn
from state.nop.energy import Energy, Lines, MarketEnergy, covered_over, energy_and_cost_over
from state.periods import Span
from state.risk.conventions import figures_of

if TYPE_CHECKING:
    from state.desk import Desk
    from state.risk.portfolio import Portfolio

Held: TypeAlias = Callable[[MarketEnergy], Lines]


def var_of_open(desk: Desk, markets: Sequence[MarketEnergy], span: Span) -> tuple[float, str]:
    """Return VaR of what a period leaves open, $, and why it is not known (risk policy §1).

    The confidence is that of the desk's VaR. Hedges that settle in money only are not in what is
    open. Where what is open is not known, neither is its risk.
    """
    reason = covered_over(markets, span).reason
    if reason:
        return math.nan, reason
    pnl, reason = _pnl(desk.portfolio, markets, span, lambda market: market.held_open)
    if reason:
        return math.nan, reason
    return figures_of(pnl, confidence=desk.portfolio.parameters.confidence)[0], ""


def energy_and_hedges_over(desk: Desk, markets: Sequence[MarketEnergy], span: Span) -> Energy:
    """Return the energy of a period with the load whose cost is fixed, and what hedges do for it.

    Effectiveness is NaN where nothing varies without hedges, or a shock is not known; what is
    unshocked says which, but where there is no history at all, as VaR of what is open says.
    """
    found = energy_and_cost_over(markets, span)
    if found.reason or not desk.portfolio.scenarios.dates:
        return found
    unhedged, reason = _pnl(desk.portfolio, markets, span, lambda market: market.unhedged)
    held, without = _pnl(desk.portfolio, markets, span, lambda market: market.held_open)
    in_money, beyond = _pnl(desk.portfolio, markets, span, lambda market: market.hedged)
    unknown = reason or without or beyond
    if unknown:
        return replace(found, unshocked=unknown)
    return replace(found, effectiveness=effectiveness(unhedged, held + in_money))


def effectiveness(unhedged: FloatColumn, hedged: FloatColumn) -> float:
    """Return which share of the variance of P&L hedges take away; below 0 they add to it.

    Args:
        unhedged: P&L by scenario, $.
        hedged: the same with hedges.

    >>> effectiveness(np.array([10.0, -10.0]), np.array([5.0, -5.0]))
    0.75
    >>> effectiveness(np.array([0.0, 0.0]), np.array([5.0, -5.0]))
    nan
    """
    before, after = _variance(unhedged), _variance(hedged)
    return 1.0 - after / before if before > 0.0 else math.nan


def basis_of(portfolio: Portfolio) -> str:
    """Say by what method, confidence, holding period and scenarios :func:`var_of_open` goes."""
    told, dates = portfolio.parameters, portfolio.scenarios.dates
    span = f", {dates[0]} to {dates[-1]}" if dates else ""
    return (
        f"historical simulation, {told.changes}, VaR {100.0 * told.confidence:g} %, one "
        f"day, {len(dates)} scenarios of {told.window} days{span}"
    )


def _pnl(
    portfolio: Portfolio, markets: Sequence[MarketEnergy], span: Span, held: Held
) -> tuple[FloatColumn, str]:
    """Return P&L by scenario of some lines over a period, and why it is not known."""
    scenarios = portfolio.scenarios
    pnl = np.zeros(len(scenarios.dates))
    if not scenarios.dates:
        return pnl, "no factor history"
    for market in markets:
        shocks = scenarios.shocks.get(market.market.market.market)
        for factor, mwh in market.exposed(span, held(market)):
            shock = None if shocks is None else shocks.curve.get(factor)
            if shock is None:
                hub, block, month = factor
                return pnl, f"{hub}/curve/{block}/{month} is not covered by the history"
            pnl += shock * mwh
    return pnl, ""


def _variance(pnl: FloatColumn) -> float:
    apart = pnl - np.add.reduce(pnl) / max(1, len(pnl))
    return float(np.add.reduce(apart * apart))
