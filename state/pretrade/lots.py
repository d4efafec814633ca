"""The sizes that pass every limit, in whole lots."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from state.pretrade.bounds import Bound, ShareBound
from state.pretrade.situation import Situation
from state.pretrade.sizes import keep_linear, keep_share, keep_tail
from state.risk.historical import tail_size

MOST_LOTS = 400
"""The most lots that are looked at, one by one."""

_FEWEST_LOTS = 100

_ROUNDING = 1e-9
"""Nearer to an edge than this part of it, sums in another order can say otherwise."""

Flags = NDArray[np.bool_]


def looked_up_to(size: float, lot: float) -> int:
    """Return how many lots are looked at: twice what is asked for, 0 if that are too many.

    >>> looked_up_to(25.0, 1.0), looked_up_to(120.0, 1.0), looked_up_to(25.0, 0.01)
    (100, 240, 0)
    """
    if not size or not lot:
        return 0
    asked = math.ceil(size / lot)
    return min(MOST_LOTS, max(_FEWEST_LOTS, 2 * asked)) if asked <= MOST_LOTS else 0


def passing_lots(
    situation: Situation, bounds: Sequence[Bound | ShareBound], *, lots: int, share: float
) -> tuple[Flags, Flags]:
    """Return which numbers of lots keep every bound, from 0 on.

    What a lot adds is the part of what the trade adds, so at an edge the last bits of a sum may
    say otherwise than booking would.

    Args:
        situation: of the trade as it is asked for.
        bounds: all of them known.
        lots: the most to look at.
        share: what a lot is of the trade as it is asked for.

    Returns:
        The lots that pass for sure, and those of which only booking tells.
    """
    likely = np.ones(lots + 1, dtype=np.bool_)
    _strike_out(situation, bounds, share=share, slack=_ROUNDING, passing=likely)
    sure = likely.copy()
    _strike_out(situation, bounds, share=share, slack=-_ROUNDING, passing=sure)
    return sure, likely & ~sure


def _strike_out(
    situation: Situation,
    bounds: Sequence[Bound | ShareBound],
    *,
    share: float,
    slack: float,
    passing: Flags,
) -> None:
    # The cheapest first: a lot that is struck out is not looked at again.
    linear = [one for one in bounds if isinstance(one, Bound) and one.node is None]
    _keep_linear(linear, share, slack, passing)
    for bound in bounds:
        if isinstance(bound, ShareBound):
            _keep_share(bound, share, slack, passing)
        elif bound.node is not None:
            _keep_tail(situation, bound, share, slack, passing)


def _keep_linear(bounds: Sequence[Bound], share: float, slack: float, passing: Flags) -> None:
    if not bounds:
        return
    edge = np.array([bound.edge.number for bound in bounds])
    start = np.array([bound.start for bound in bounds])
    per_lot = (np.array([bound.after for bound in bounds]) - start) * share
    low, high, least, most = np.array(
        [(bound.low, bound.high, bound.least, bound.most) for bound in bounds]
    ).T.copy()
    room = np.array([min(0.0, bound.headroom(bound.before)) for bound in bounds])
    room -= slack * np.fmax(1.0, np.fmax(np.fmax(np.abs(low), np.abs(high)), np.abs(start)))
    keep_linear(edge, start, per_lot, low, high, least, most, room, passing)


def _keep_tail(
    situation: Situation, bound: Bound, share: float, slack: float, passing: Flags
) -> None:
    pnl, gained = situation.gained(bound.node if bound.node is not None else -1)
    confidence = situation.desk.portfolio.parameters.confidence
    k = tail_size(len(pnl), confidence)
    ceiling = max(bound.high, bound.before)
    ceiling += slack * max(1.0, abs(ceiling))
    keep_tail(pnl, gained * share, k, ceiling, passing)


def _keep_share(bound: ShareBound, share: float, slack: float, passing: Flags) -> None:
    ceiling = max(bound.ceiling, bound.before)
    keep_share(
        bound.part,
        (bound.part_after - bound.part) * share,
        bound.own,
        (bound.own_after - bound.own) * share,
        bound.rest,
        bound.least_whole,
        ceiling + slack * max(1.0, ceiling),
        passing,
    )
