"""Congestion revenue rights: the day-ahead congestion price at the sink less that at the source.

CAISO tariff section 36 and its appendix F; hourly, MW × (MCC_sink − MCC_source), where the
obligation may be negative and the option is max(0, ·). ``location`` is the sink (where power is
withdrawn), ``second_location`` the source; the price is what the auction took, $/MWh. Before the
congestion components of both are published its mark is the difference of the day-ahead prices,
or of the curve's hubs: a proxy, which holds the difference of losses too. An option has in
addition the time value of the spread's deviation until then (``contracts.time_value``). It is
never supply.

100 MW from a source at 15 $/MWh to a sink at 30 $/MWh, for an hour:

>>> 100.0 * (30.0 - 15.0)
1500.0
>>> 100.0 * max(0.0, 15.0 - 30.0)  # the option the other way
0.0
"""

from __future__ import annotations

import numpy as np

from state.arrays import Matrix
from state.messages import FloatColumn, SettlesAt
from state.products.payoff import Payoff, Quotes, Terms, calls
from state.products.product import Product, no_leg


def spread(quotes: Quotes) -> tuple[FloatColumn, FloatColumn]:
    """Return sink less source, $/MWh, and where it is settled (1.0) or a proxy (0.0)."""
    settled = quotes.congestion[0] - quotes.congestion[1]
    known = np.isfinite(settled)
    proxy = quotes.mark[0] - quotes.mark[1]
    return np.where(known, settled, proxy), known.astype(np.float64)


def obligation(_: Terms, quotes: Quotes) -> tuple[FloatColumn, Matrix]:
    """Return the spread and ±1 MW."""
    value, _settled = spread(quotes)
    whole = np.where(np.isnan(value), np.nan, 1.0)
    return value, np.array([whole, -whole])


def option(_: Terms, quotes: Quotes) -> tuple[FloatColumn, Matrix]:
    """Return the right to the spread and its ±delta."""
    value, settled = spread(quotes)
    priced = np.isfinite(quotes.lmp).all(axis=0) | (settled > 0.0)
    worth, delta = calls(value, np.where(priced, 0.0, quotes.deviation))
    return worth, np.array([delta, -delta])


OBLIGATION = Product(
    "crr_obligation",
    financial=True,
    legs=no_leg,
    payoff=Payoff(value=obligation, outright=(1.0, -1.0), bends=False),
    takes=("second_location",),
    needs=("second_location",),
    settles_at=(SettlesAt.DA, SettlesAt.CURVE),
)
OPTION = Product(
    "crr_option",
    financial=True,
    legs=no_leg,
    payoff=Payoff(value=option, outright=(1.0, -1.0)),
    takes=("second_location", "volatility_usd_per_mwh"),
    needs=("second_location",),
    settles_at=(SettlesAt.DA, SettlesAt.CURVE),
)
