"""Historical simulation: VaR and expected shortfall as order statistics of scenario P&L.

Scenario P&L vectors add over rows, books and horizons; only the quantile does not. Absolute price
changes are used, because electricity prices go negative.
"""

from __future__ import annotations

import math

import numpy as np

from state.arrays import Matrix
from state.risk.tail import LARGEST_INSERTED, first_tails, follow_tails


def tail_size(scenarios: int, confidence: float) -> int:
    """Return k = ceil((1 − c) · n), the number of scenarios in the tail.

    >>> tail_size(500, 0.95), tail_size(10, 0.95)
    (25, 1)
    """
    # 1 − 0.95 is a little above 0.05 in binary; rounding first keeps k what people compute.
    return max(1, math.ceil(round((1.0 - confidence) * scenarios, 9)))


def value_at_risk(pnl: Matrix, *, confidence: float) -> tuple[Matrix, Matrix]:
    """Return VaR and ES of scenario P&L along its last axis, losses positive.

    VaR is minus the k-th smallest P&L, ES minus the mean of the k smallest, k = ceil((1 − c)·n):
    the empirical quantile without interpolation (Acerbi and Tasche, "On the coherence of expected
    shortfall", 2002, for the tail mean at a multiple of 1/n). NaN without scenarios.

    >>> var, es = value_at_risk(np.array([-4.0, 3.0, -1.0, 2.0]), confidence=0.5)
    >>> float(var), float(es)
    (1.0, 2.5)
    """
    scenarios = pnl.shape[-1]
    if scenarios == 0:
        nothing = np.full(pnl.shape[:-1], np.nan)
        return nothing, nothing
    k = tail_size(scenarios, confidence)
    rows = pnl.reshape(-1, scenarios)
    var, es = np.empty(len(rows)), np.empty(len(rows))
    if k > LARGEST_INSERTED:
        # What is left to the insertion is the tail alone, in the same order.
        rows = np.partition(rows, k - 1, axis=-1)[:, :k]
    follow_tails(np.ascontiguousarray(rows), first_tails((len(rows),), k), var, es)
    return var.reshape(pnl.shape[:-1]), es.reshape(pnl.shape[:-1])
