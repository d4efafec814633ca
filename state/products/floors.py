"""The floor on a settlement price: a contract for max(P, F) instead of P.

Fixed-for-floating contracts with a negative-price clause settle with max(P, 0), so that the buyer
never pays more than the fixed price (LevelTen Energy, "Negative pricing in virtual power purchase
agreements"). max(P, F) = P + max(F − P, 0): the contract and a put at F, valued at what it would
pay at the mark (F is far below the marks it matters for; a time value is left out, and stated).

At a price of −20 $/MWh, a floor of 0 and K = 30, the buyer of 10 MWh pays 300 $, not 500 $:

>>> 10.0 * (-20.0 - 30.0) + 10.0 * max(0.0 - -20.0, 0.0)
-300.0
"""

from __future__ import annotations

import numpy as np

from state.messages import NO_FLOOR_USD_PER_MWH, FloatColumn, ProductTrade
from state.products.payoff import Matrix, Payoff, Quotes, Terms


def value(terms: Terms, quotes: Quotes) -> tuple[FloatColumn, Matrix]:
    """Return max(F − P, 0) and its delta, −1 below the floor."""
    below = terms.strike - quotes.mark[0]
    unknown = np.isnan(below)
    delta = np.where(unknown, np.nan, np.where(below > 0.0, -1.0, 0.0))
    return np.where(unknown, np.nan, np.maximum(below, 0.0)), delta[None]


def has_floor(trade: ProductTrade) -> bool:
    """Say whether a contract has a floor."""
    return trade.floor_usd_per_mwh > NO_FLOOR_USD_PER_MWH


def floor_of(trade: ProductTrade) -> float:
    """Return the floor of a contract, $/MWh."""
    return trade.floor_usd_per_mwh


FLOOR = Payoff(value=value, outright=(0.0,), strike=floor_of, applies=has_floor)
