"""The tail of scenario P&L: the smallest values of a vector, without sorting all of it.

The scenarios of a tail seldom change from one message to the next: a tail is found by beginning
with those it held when it was last looked at, nearly in order, and letting in what is smaller.
Where it begins changes the time, never a bit of the result.
"""

from __future__ import annotations

import numpy as np

from state.arrays import Flags, Floats, Matrix, Numbers
from state.compiled import compiled

LARGEST_INSERTED = 128
"""A longer tail that nobody has looked at yet is partitioned first."""


def first_tails(shape: tuple[int, ...], k: int) -> Numbers:
    """Return tails nobody has looked at yet, of vectors of a shape: their first k scenarios."""
    return np.broadcast_to(np.arange(k), (*shape, k)).copy()


@compiled
def _enter(value: float, scenario: int, at: int, low: Floats, tail: Numbers) -> None:
    """Put a value in its place among those below ``at``, which are ascending."""
    while at > 0 and low[at - 1] > value:
        low[at], tail[at] = low[at - 1], tail[at - 1]
        at -= 1
    low[at], tail[at] = value, scenario


@compiled
def follow_tail(pnl: Floats, tail: Numbers, low: Floats, inside: Flags) -> tuple[float, float]:
    """Return VaR and ES of scenario P&L.

    Args:
        pnl: $, by scenario.
        tail: the scenarios of the k smallest when last looked at, or any k of them; written,
            ascending by P&L.
        low: room for the tail's values, shape (k,).
        inside: room, by scenario, all False.

    Returns:
        Minus the k-th smallest, and minus the mean of the k smallest, summed from the smallest on.
    """
    k = len(tail)
    for at in range(k):
        scenario = tail[at]
        inside[scenario] = True
        _enter(pnl[scenario], scenario, at, low, tail)
    bound, below, known = low[k - 1], 0, 0
    for scenario in range(len(pnl)):
        below += pnl[scenario] < bound
    while low[known] < bound:
        known += 1
    if below > known:
        for scenario in range(len(pnl)):
            if pnl[scenario] < low[k - 1] and not inside[scenario]:
                _enter(pnl[scenario], scenario, k - 1, low, tail)
    inside[:] = False
    total = 0.0
    for at in range(k):
        total += low[at]
    return -low[k - 1], -total / k


@compiled
def follow_tails(pnl: Matrix, tails: Numbers, var: Floats, es: Floats) -> None:
    """Write VaR and ES of each row of scenario P&L, shape (rows, scenarios)."""
    low, inside = np.empty(tails.shape[1]), np.zeros(pnl.shape[1], dtype=np.bool_)
    for row in range(pnl.shape[0]):
        var[row], es[row] = follow_tail(pnl[row], tails[row], low, inside)


@compiled
def _moves(pnl: Floats) -> bool:
    """Say whether scenario P&L is anything but zero."""
    moves = 0
    for scenario in range(len(pnl)):
        moves += pnl[scenario] != 0.0
    return moves > 0


@compiled
def strike(
    pnl: Floats,
    stale: Flags,
    tails: Numbers,
    total: Floats,
    low: Floats,
    inside: Flags,
    var: Matrix,
    es: Matrix,
) -> None:
    """Write VaR and ES of what moved, each horizon and both together.

    Args:
        pnl: $, shape (2 horizons, nodes, scenarios).
        stale: which horizons and nodes moved, shape (2, nodes); cleared.
        tails: scenarios of each tail when last looked at, shape (3, nodes, k); written.
        total: room, by scenario.
        low: room for a tail's values, shape (k,).
        inside: room, by scenario, all False.
        var: shape (3, nodes), written.
        es: shape (3, nodes), written.
    """
    for node in range(pnl.shape[1]):
        if not stale[0, node] and not stale[1, node]:
            continue
        for horizon in range(2):
            if stale[horizon, node]:
                own = tails[horizon, node]
                figures = follow_tail(pnl[horizon, node], own, low, inside)
                var[horizon, node], es[horizon, node] = figures
                stale[horizon, node] = False
        if not _moves(pnl[1, node]):
            # A book without forwards, as most are by far: the sum has the tail of its first part.
            tails[2, node] = tails[0, node]
            var[2, node], es[2, node] = -(0.0 - var[0, node]), es[0, node]
            continue
        for scenario in range(pnl.shape[2]):
            total[scenario] = pnl[0, node, scenario] + pnl[1, node, scenario]
        var[2, node], es[2, node] = follow_tail(total, tails[2, node], low, inside)
