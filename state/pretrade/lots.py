"""The sizes that pass every limit, in whole lots."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from state.arrays import Flags
from state.pretrade.bounds import Bound, ShareBound
from state.pretrade.situation import Situation
from state.pretrade.sizes import keep_linear, keep_share, keep_tail
from state.risk.historical import tail_size

MOST_LOTS = 400
"""The most lots that are looked at, one by one."""

_FEWEST_LOTS = 100

_ROUNDING = 1e-9
"""Nearer to an edge than this part of it, sums in another order can say otherwise."""


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
    linear = _Linear([one for one in bounds if isinstance(one, Bound) and one.node is None])
    others = [one for one in bounds if isinstance(one, ShareBound) or one.node is not None]
    likely = np.ones(lots + 1, dtype=np.bool_)
    for slack in (_ROUNDING, -_ROUNDING):
        sure = likely if slack > 0.0 else likely.copy()
        # The cheapest first: a lot that is struck out is not looked at again.
        linear.keep(share, slack, sure)
        for bound in others:
            if isinstance(bound, ShareBound):
                _keep_share(bound, share, slack, sure)
            else:
                _keep_tail(situation, bound, share, slack, sure)
    return sure, likely & ~sure


class _Linear:
    """The bounds on what moves in proportion to size, side by side."""

    def __init__(self, bounds: Sequence[Bound]) -> None:
        self._edge = np.array([bound.edge.number for bound in bounds], dtype=np.int64)
        columns = [(one.start, one.after, one.low, one.high, one.least, one.most) for one in bounds]
        rows = np.array(columns).reshape(-1, 6).T.copy()
        self._start, self._after, self._low, self._high, self._least, self._most = rows
        self._room = np.array([min(0.0, bound.headroom(bound.before)) for bound in bounds])
        edges = np.fmax(np.abs(self._low), np.abs(self._high))
        self._size = np.fmax(1.0, np.fmax(edges, np.abs(self._start)))

    def keep(self, share: float, slack: float, passing: Flags) -> None:
        if len(self._edge):
            per_lot, room = (self._after - self._start) * share, self._room - slack * self._size
            edges = self._low, self._high, self._least, self._most
            keep_linear(self._edge, self._start, per_lot, *edges, room, passing)


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
