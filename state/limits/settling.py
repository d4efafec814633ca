"""Values into rows: measure, next standing and attribution of one reading, in one compiled loop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from state.compiled import compiled
from state.limits.edges import BAND, Floats, measured
from state.limits.standing import OK, next_standing, pinned_standing

KNOWN, UNKNOWN, NOT_APPLICABLE, UNREAD = range(4)
"""What lies over the standing; ``UNREAD`` until the first reading."""

CHANGED, MOVED, KEPT = 1, 2, 4
"""What became of a row: it is to be looked at, its state moved, it became ok."""


@compiled
def _outcome(before: int, after: int, relaid: bool, unsettled: bool) -> int:  # noqa: FBT001 - compiled calls are positional
    moved = after != before or relaid
    result = MOVED if moved else 0
    if moved or unsettled:
        result |= CHANGED
    return result | KEPT if after == OK and before != OK else result


@compiled
def settle(
    rows: NDArray[np.intp],
    take: NDArray[np.intp],
    values: Floats,
    trusted: NDArray[np.bool_],
    applicable: NDArray[np.bool_],
    edge: int,
    bounds: tuple[float, float, float, float],
    low: Floats,
    high: Floats,
    value: Floats,
    utilisation: Floats,
    headroom: Floats,
    standing: NDArray[np.int8],
    overlay: NDArray[np.int8],
    unsettled: NDArray[np.bool_],
    shown: NDArray[np.bool_],
    share: Floats,
    outcome: NDArray[np.int8],
) -> int:
    """Take values into their rows.

    Args:
        rows: of the instances.
        take: the place of each in the reading.
        values: of the reading.
        trusted: by row taken, whether the reading gives no reason against it.
        applicable: of the reading.
        edge: number of the limit's edge.
        bounds: what the value cannot cross (least, most), ``warn_at`` and ``clear_at``.
        low: lower edge by instance; NaN for none.
        high: upper edge by instance.
        value: by instance, written; so are all that follow.
        utilisation: by instance.
        headroom: by instance.
        standing: by instance.
        overlay: by instance.
        unsettled: by instance.
        shown: by instance, whether what the screens show of it still holds.
        share: what this kind of cause has moved each instance by.
        outcome: what became of each row.

    Returns:
        All outcomes together.
    """
    least, most, warn_at, clear_at = bounds
    seen = 0
    for at in range(len(rows)):
        row, number = rows[at], values[take[at]]
        void = trusted[at] and not applicable[take[at]]
        known = trusted[at] and not void and np.isfinite(number)
        before, after = standing[row], standing[row]
        used, room = np.nan, np.nan
        if known:
            used, room = measured(edge, number, low[row], high[row], least, most)
            if edge == BAND and low[row] == high[row]:
                after = pinned_standing(number, high[row], room)
            else:
                after = next_standing(before, used, room, warn_at, clear_at)
            change = number - value[row]
            if after != OK and np.isfinite(change):
                share[row] += change
        elif void:
            after = OK
        over = KNOWN if known else (NOT_APPLICABLE if void else UNKNOWN)
        outcome[at] = _outcome(before, after, over != overlay[row], unsettled[row])
        if outcome[at] or not (known and value[row] == number):
            shown[row] = False
        seen |= outcome[at]
        if known or void:
            value[row] = number if known else np.nan
        utilisation[row], headroom[row] = used, room
        standing[row], overlay[row], unsettled[row] = after, over, False
    return seen
