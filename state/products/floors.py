"""The floor on a settlement price: a contract for max(P, F) instead of P.

Fixed-for-floating contracts with a negative-price clause settle with max(P, 0), so that the buyer
never pays more than the fixed price (LevelTen Energy, "Negative pricing in virtual power purchase
agreements"). max(P, F) = P + max(F − P, 0): the contract and a put at F. Until the price is
published the put is worth (F − P)·N(d) + v·n(d), d = (F − P)/v, in the normal model (Bachelier,
"Théorie de la spéculation", 1900: a price that a floor at 0 matters for has no lognormal one), v
its standard deviation until then (``contracts.time_value``); where none is known, what it would
pay at the mark.

At a price of −20 $/MWh, a floor of 0 and K = 30, the buyer of 10 MWh pays 300 $, not 500 $:

>>> 10.0 * (-20.0 - 30.0) + 10.0 * max(0.0 - -20.0, 0.0)
-300.0

At a mark of 20 $/MWh that deviates by 25 until it settles the same floor is worth 3.01 $/MWh, and
the contract moves with four fifths of the price:

>>> floor = puts(np.array([0.0 - 20.0]), np.array([25.0]))
>>> [round(float(part[0]), 4) for part in floor]
[3.0052, -0.2119]
"""

from __future__ import annotations

import numpy as np

from state.arrays import Matrix
from state.messages import NO_FLOOR_USD_PER_MWH, FloatColumn, ProductTrade
from state.products.payoff import Payoff, Quotes, Terms, puts


def value(terms: Terms, quotes: Quotes) -> tuple[FloatColumn, Matrix]:
    """Return the right to F − P, and its delta, −1 far below the floor."""
    deviation = np.where(np.isfinite(quotes.lmp[0]), 0.0, quotes.deviation)
    worth, delta = puts(terms.strike - quotes.mark[0], deviation)
    return worth, delta[None]


def has_floor(trade: ProductTrade) -> bool:
    """Say whether a contract has a floor."""
    return trade.floor_usd_per_mwh > NO_FLOOR_USD_PER_MWH


def floor_of(trade: ProductTrade) -> float:
    """Return the floor of a contract, $/MWh."""
    return trade.floor_usd_per_mwh


FLOOR = Payoff(value=value, outright=(0.0,), strike=floor_of, applies=has_floor)
