"""Storage: the best hours of a day less the cheapest, for a unit's MW, hours and efficiency.

A tolling agreement on a storage unit, or a top-bottom contract on one: each day the ``energy_mwh``
÷ MW dearest hours of its delivery are discharged, the last one in part, and every MWh of them is
bought back in the cheapest hours at 1 ÷ efficiency MWh; a delivery of fewer than twice as many
hours sells in the dearer half of them and buys in the other. A pair is run where it pays:
max(P_high − P_low ÷ efficiency, 0), a spread option of each pair (Poitras 1998; the top-bottom
indices that storage contracts in ERCOT and CAISO settle on, which ignore the order of the hours
too). What the unit holds when a day begins, the first ``StateOfCharge`` of the day, is discharged
first and needs no charging: max(P_high, 0). Until both its prices are published a pair has the time
value of ``volatility_usd_per_mwh``, the yearly standard deviation of the spread, up to the later of
the two. The price is the premium, $ an MWh of capacity. The unit itself delivers by its schedules;
the right is money, never supply. Beyond the intraday grid there are no hours to choose from: there
the MWh a day are named, without mark and not covered by VaR.

10 MW that hold 20 MWh at 85 %; a day whose dearest hours are at 90 and 80 and cheapest at 10 and
17 $/MWh; then the same with 10 MWh in it at the beginning:

>>> round(10.0 * ((90.0 - 10.0 / 0.85) + (80.0 - 17.0 / 0.85)), 2)
1382.35
>>> round(10.0 * (90.0 + (80.0 - 10.0 / 0.85)), 2)
1582.35
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from state.arrays import Flags, Matrix, Numbers
from state.messages import FloatColumn
from state.products.payoff import Payoff, Quotes, Terms, calls
from state.products.product import Product, no_leg

_DECIMALS = 9
"""Of an interval: what a quotient of hours is off by is no part of one."""


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
    own = np.flatnonzero(np.ones(len(price)) if quotes.delivers is None else quotes.delivers)
    if np.isnan(price[own]).any():
        return np.full(len(price), np.nan), np.full((1, len(price)), np.nan)
    order = own[np.argsort(price[own], kind="stable")]
    pairs = _pairs(order, terms.hours / quotes.hours, quotes.charged_hours / quotes.hours)
    dear, cheap = pairs.dear, pairs.cheap
    wide = np.where(np.isfinite(quotes.lmp[0]), 0.0, quotes.deviation)
    # A pair settles when the later of its two prices does.
    until = np.where(pairs.held, wide[dear], np.maximum(wide[dear], wide[cheap]))
    cost = np.where(pairs.held, 0.0, price[cheap] / terms.efficiency)
    right, moves = calls(price[dear] - cost, until)
    worth, delta = np.zeros(len(price)), np.zeros((1, len(price)))
    np.add.at(worth, dear, pairs.share * right)
    np.add.at(delta[0], dear, pairs.share * moves)
    charged = np.where(pairs.held, 0.0, pairs.share * moves / terms.efficiency)
    np.subtract.at(delta[0], cheap, charged)
    return worth, delta


class _Pairs(NamedTuple):
    """Which intervals discharge, and which charge for it.

    Attributes:
        dear, cheap: their numbers; of what is held ``cheap`` means nothing.
        share: how much of an interval.
        held: whether the unit held it when the day began.
    """

    dear: Numbers
    cheap: Numbers
    share: FloatColumn
    held: Flags


def _pairs(order: Numbers, runs: float, charged: float) -> _Pairs:
    """Pair the dearest intervals with the cheapest, the last ones in part.

    Args:
        order: intervals from the cheapest to the dearest.
        runs: how many of them the unit can discharge for.
        charged: how many of these it holds when the day begins.
    """
    runs = min(round(runs, _DECIMALS), len(order))
    held = min(round(charged, _DECIMALS), runs)
    # Of what is not held by then, half of the hours sell and half buy: beyond it they would meet.
    end = held + min(runs - held, (len(order) - held) / 2.0)
    whole = np.arange(len(order) + 1.0)
    ends = np.round(np.concatenate((whole, held + whole, [end])), _DECIMALS)
    cuts = np.unique(ends[ends <= round(end, _DECIMALS)])
    begins, share = cuts[:-1], np.asarray(np.round(np.diff(cuts), _DECIMALS), dtype=np.float64)
    bought = np.maximum(np.round(begins - held, _DECIMALS), 0.0)
    dear, cheap = order[::-1][begins.astype(np.int64)], order[bought.astype(np.int64)]
    apart = (dear != cheap) | (begins < held)  # none sells in the interval it buys in
    return _Pairs(dear[apart], cheap[apart], share[apart], (begins < held)[apart])


PRODUCT = Product(
    "storage",
    financial=True,
    legs=no_leg,
    payoff=Payoff(value=value, outright=(1.0,), by_day=True),
    takes=("energy_mwh", "efficiency", "volatility_usd_per_mwh"),
    needs=("resource", "energy_mwh", "quantity_mw"),
)
