"""Storage: the best hours of a day less the cheapest, for a unit's MW, hours and efficiency.

A tolling agreement on a storage unit, or a top-bottom contract on one: each day the ``energy_mwh``
÷ MW dearest hours are discharged, and every MWh of them is bought back in the cheapest hours at
1 ÷ efficiency MWh. A pair is run where it pays: max(P_high − P_low ÷ efficiency, 0), a spread
option of each pair (Poitras 1998; the top-bottom indices that storage contracts in ERCOT and CAISO
settle on, which ignore the order of the hours too). What the unit holds when a day begins, the
first ``StateOfCharge`` of the day, is discharged first and needs no charging: max(P_high, 0).
Until both its prices are published a pair has the time value of ``volatility_usd_per_mwh``, the
yearly standard deviation of the spread, up to the later of the two. The price is the premium, $ an
MWh of capacity. The unit itself delivers by its schedules; the right is money, never supply. Beyond
the intraday grid there are no hours to choose from: there the MWh a day are named, without mark and
not covered by VaR.

10 MW that hold 20 MWh at 85 %; a day whose dearest hours are at 90 and 80 and cheapest at 10 and
17 $/MWh; then the same with 10 MWh in it at the beginning:

>>> round(10.0 * ((90.0 - 10.0 / 0.85) + (80.0 - 17.0 / 0.85)), 2)
1382.35
>>> round(10.0 * (90.0 + (80.0 - 10.0 / 0.85)), 2)
1582.35
"""

from __future__ import annotations

import numpy as np

from state.messages import FloatColumn
from state.products.payoff import Matrix, Payoff, Quotes, Terms, calls
from state.products.product import Product, no_leg


def value(terms: Terms, quotes: Quotes) -> tuple[FloatColumn, Matrix]:
    """Return $ and deltas of 1 MW: value at the interval that discharges.

    >>> prices = np.array([[10.0, 90.0, 50.0, 17.0, 80.0, 60.0]])
    >>> quotes = Quotes(prices, prices, prices, deviation=np.zeros(6))
    >>> worth, delta = value(Terms("storage", 0, (0,), 0, 0.0, 0.0, 2.0, 0.85), quotes)
    >>> worth.round(2).tolist()
    [0.0, 78.24, 0.0, 0.0, 60.0, 0.0]
    >>> delta.round(2).tolist()
    [[-1.18, 1.0, 0.0, -1.18, 1.0, 0.0]]
    """
    price = quotes.mark[0]
    if np.isnan(price).any():
        return np.full(len(price), np.nan), np.full((1, len(price)), np.nan)
    order = np.argsort(price, kind="stable")
    runs = min(round(terms.hours / quotes.hours), len(price))
    held = min(round(quotes.charged_hours / quotes.hours), runs)
    dear = order[::-1][:runs]
    # Beyond half of the day the dear and the cheap hours would be the same ones.
    cheap = order[: max(0, min(runs - held, len(price) - runs))]
    paired = dear[held : held + len(cheap)]
    wide = np.where(np.isfinite(quotes.lmp[0]), 0.0, quotes.deviation)
    stored = calls(price[dear[:held]], wide[dear[:held]])
    # A pair settles when the later of its two prices does.
    until = np.maximum(wide[paired], wide[cheap])
    bought = calls(price[paired] - price[cheap] / terms.efficiency, until)
    worth, delta = np.zeros(len(price)), np.zeros((1, len(price)))
    worth[dear[:held]], delta[0, dear[:held]] = stored
    worth[paired], delta[0, paired] = bought
    delta[0, cheap] -= bought[1] / terms.efficiency
    return worth, delta


PRODUCT = Product(
    "storage",
    financial=True,
    legs=no_leg,
    payoff=Payoff(value=value, outright=(1.0,), by_day=True),
    takes=("energy_mwh", "efficiency", "volatility_usd_per_mwh"),
    needs=("resource", "energy_mwh", "quantity_mw"),
)
