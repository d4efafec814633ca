"""The sizes that pass: which whole numbers of lots keep every limit.

VaR is not convex in size (a trade hedges up to a point, then adds risk, and the order statistic
changes scenario on the way), so every lot is looked at, and the answer is a set of intervals.
"""

from __future__ import annotations

import numpy as np

from state.arrays import Flags, Floats, Numbers
from state.compiled import compiled
from state.limits.edges import measured


@compiled
def keep_linear(
    edge: Numbers,
    start: Floats,
    per_lot: Floats,
    low: Floats,
    high: Floats,
    least: Floats,
    most: Floats,
    least_room: Floats,
    passing: Flags,
) -> None:
    """Strike out the lots that newly breach a limit, or worsen a breach.

    Args:
        edge: by limit, :attr:`state.limits.edges.Edge.number`.
        start: by limit, the value without any lot; never NaN.
        per_lot: by limit, what one lot adds to the value.
        low: by limit, lower edge; of a loss the limit negated.
        high: by limit, upper edge.
        least: by limit, what nothing at all comes to.
        most: by limit, what it cannot rise above.
        least_room: by limit, 0, or the headroom now where that is negative: with less of it a
            limit is not kept.
        passing: by number of lots, from 0 on; cleared where a limit is not kept.
    """
    for limit in range(len(start)):
        own, down, up = edge[limit], low[limit], high[limit]
        for lots in range(1, len(passing)):
            if not passing[lots]:
                continue
            after = start[limit] + lots * per_lot[limit]
            _, room = measured(own, after, down, up, least[limit], most[limit])
            if not room >= least_room[limit]:
                passing[lots] = False


@compiled
def keep_tail(pnl: Floats, per_lot: Floats, k: int, ceiling: float, passing: Flags) -> None:
    """Strike out the lots with which VaR newly exceeds a ceiling, or exceeds it by more.

    VaR is minus the k-th smallest scenario P&L, so it is at most a number where fewer than k
    scenarios lose more than it: a count, no sorting.

    Args:
        pnl: $ by scenario, as it is now.
        per_lot: $ by scenario, what one lot adds.
        k: size of the tail (``state.risk.historical.tail_size``).
        ceiling: $; in breach, the VaR as it is now.
        passing: by number of lots, from 0 on; cleared where VaR is above the ceiling.
    """
    for lots in range(1, len(passing)):
        if not passing[lots]:
            continue
        worse = 0
        for scenario in range(len(pnl)):
            if pnl[scenario] + lots * per_lot[scenario] < -ceiling:
                worse += 1
        if worse >= k:
            passing[lots] = False


@compiled
def keep_share(
    part: float,
    part_per_lot: float,
    own: float,
    own_per_lot: float,
    rest: float,
    least_whole: float,
    ceiling: float,
    passing: Flags,
) -> None:
    """Strike out the lots with which a share of a whole exceeds a ceiling, or exceeds it by more.

    Args:
        part: without any lot; only its magnitude counts.
        part_per_lot: what one lot adds to it.
        own: what the lots move of the whole, without any; only its magnitude counts.
        own_per_lot: what one lot adds to it.
        rest: what they do not move of the whole.
        least_whole: the denominator is never taken as less, since the first trade of all is
            always the whole of them.
        ceiling: as a share; in breach, the share as it is now.
        passing: by number of lots, from 0 on.
    """
    for lots in range(1, len(passing)):
        if not passing[lots]:
            continue
        whole = max(rest + abs(own + lots * own_per_lot), least_whole)
        if abs(part + lots * part_per_lot) > ceiling * whole:
            passing[lots] = False


def intervals(passing: Flags) -> list[tuple[int, int]]:
    """Return runs of passing lots as (first, last), the one with the largest lot first; not 0.

    >>> intervals(np.array([True, True, True, False, True]))
    [(4, 4), (1, 2)]
    >>> intervals(np.array([True, False]))
    []
    """
    asked = np.concatenate(([False], passing[1:], [False]))
    turns = np.flatnonzero(asked[1:] != asked[:-1])
    runs = zip(turns[::2] + 1, turns[1::2], strict=True)
    return [(int(first), int(last)) for first, last in runs][::-1]
