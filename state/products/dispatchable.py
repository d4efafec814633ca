"""A dispatchable unit: the right to its MW in each interval at its fuel and variable cost.

A tolling agreement, or a call on power: MW × max(P − strike, 0) in every interval of the delivery
period, the strike being heat rate × fuel price + variable cost (Eydeland and Wolyniec, "Energy and
Power Risk Management", 2003, chapter 7). Until the price it settles at is published, value and
delta are those of the spread option P − strike in the normal model (``payoff.call``), with the
yearly standard deviation of the spread, ``volatility_usd_per_mwh``: for power of σ, fuel of σ_f,
heat rate h and correlation ρ that is √(σ² + h²σ_f² − 2ρhσσ_f). The open position has delta × MW.
The price is the premium, $ an MWh of capacity. A unit that is called delivers by its own
schedule; the right is money, never supply.

50 MW at a heat rate of 8, gas at 4 $/MMBtu and 3 $/MWh variable, power at 60:

>>> 50.0 * max(60.0 - (8.0 * 4.0 + 3.0), 0.0)
1250.0
>>> from state.products.payoff import call
>>> call(35.0 - 35.0, 12.0)  # at the money: delta ½, value 12/√(2π)
(4.787307365, 0.5)
"""

from __future__ import annotations

import numpy as np

from state.arrays import Matrix
from state.messages import FloatColumn, ProductTrade
from state.products.payoff import Payoff, Quotes, Terms, calls
from state.products.product import Product, no_leg


def value(terms: Terms, quotes: Quotes) -> tuple[FloatColumn, Matrix]:
    """Return the right to P − strike, and its delta."""
    deviation = np.where(np.isfinite(quotes.lmp[0]), 0.0, quotes.deviation)
    worth, delta = calls(quotes.mark[0] - terms.strike, deviation)
    return worth, delta[None]


def strike_of(trade: ProductTrade) -> float:
    """Return at which price the unit is called, $/MWh."""
    return trade.strike_usd_per_mwh


PRODUCT = Product(
    "dispatchable",
    financial=True,
    legs=no_leg,
    payoff=Payoff(value=value, outright=(1.0,), strike=strike_of),
    takes=("strike_usd_per_mwh", "volatility_usd_per_mwh"),
    needs=("strike_usd_per_mwh",),
)
