"""The tail of scenario P&L: the smallest values of a vector, without sorting all of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from state.compiled import compiled

Matrix = NDArray[np.float64]

LARGEST_INSERTED = 128
"""Up to so many values are kept in order while going through; a longer tail is partitioned."""


@compiled
def insert_tails(pnl: Matrix, low: Matrix, var: Matrix, es: Matrix) -> None:
    """Write VaR and ES of each row of scenario P&L.

    Args:
        pnl: $, shape (rows, scenarios).
        low: room for the tail, shape (k,), k at most the number of scenarios.
        var: minus the k-th smallest of each row, written.
        es: minus the mean of the k smallest of each row, written; summed from the smallest on.
    """
    k = len(low)
    for row in range(pnl.shape[0]):
        held = 0
        for scenario in range(pnl.shape[1]):
            value = pnl[row, scenario]
            if held == k:
                if value >= low[k - 1]:
                    continue
                at = k - 1
            else:
                at = held
                held += 1
            while at > 0 and low[at - 1] > value:
                low[at] = low[at - 1]
                at -= 1
            low[at] = value
        total = 0.0
        for at in range(k):
            total += low[at]
        var[row] = -low[k - 1]
        es[row] = -total / k


@compiled
def strike(
    pnl: NDArray[np.float64],
    stale: NDArray[np.bool_],
    total: NDArray[np.float64],
    low: NDArray[np.float64],
    var: Matrix,
    es: Matrix,
) -> None:
    """Write VaR and ES of what moved, each horizon and both together.

    Args:
        pnl: $, shape (2 horizons, nodes, scenarios).
        stale: which horizons and nodes moved, shape (2, nodes); cleared.
        total: room for a vector, shape (1, scenarios).
        low: room for the tail, shape (k,).
        var: shape (3, nodes), written.
        es: shape (3, nodes), written.
    """
    for node in range(pnl.shape[1]):
        if not stale[0, node] and not stale[1, node]:
            continue
        for horizon in range(2):
            if stale[horizon, node]:
                part = slice(node, node + 1)
                insert_tails(pnl[horizon, part], low, var[horizon, part], es[horizon, part])
                stale[horizon, node] = False
        for scenario in range(pnl.shape[2]):
            total[0, scenario] = pnl[0, node, scenario] + pnl[1, node, scenario]
        insert_tails(total, low, var[2, node : node + 1], es[2, node : node + 1])
