"""Values into rows: measure, next standing and attribution of one reading, in one compiled loop.

The formulas are those of ``state.limits.edges`` and ``state.limits.standing``; a test holds both to
the same results.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from state.compiled import compiled
from state.limits.edges import Edge
from state.limits.standing import BREACH, OK, WARN

Floats = NDArray[np.float64]

KNOWN, UNKNOWN, NOT_APPLICABLE, UNREAD = range(4)
"""What lies over the standing; ``UNREAD`` until the first reading."""

CHANGED, MOVED, KEPT = 1, 2, 4
"""What became of a row: it is to be looked at, its state moved, it became ok."""

EDGES = (Edge.CEILING, Edge.FLOOR, Edge.LOSS, Edge.BAND)
_CEILING, _FLOOR, _LOSS, _BAND = range(4)


@compiled
def _ratio(part: float, whole: float, headroom: float) -> float:
    if whole != 0.0:
        return part / whole
    if headroom < 0.0:
        return np.inf
    return np.nan if np.isnan(headroom) else 0.0


@compiled
def _measured(
    edge: int, value: float, low: float, high: float, least: float, most: float
) -> tuple[float, float]:
    if edge == _CEILING:
        return _ratio(value, high, high - value), high - value
    if edge == _LOSS:
        return _ratio(max(-value, 0.0), -low, value - low), value - low
    if edge == _FLOOR or high >= most or low == high:
        return _ratio(low, max(value, 0.0), value - low), value - low
    if low <= least:
        return _ratio(value, high, high - value), high - value
    headroom = min(value - low, high - value)
    return _ratio(abs(value - (low + high) / 2), (high - low) / 2, headroom), headroom


@compiled
def _next_standing(before: int, ratio: float, room: float, warn_at: float, clear_at: float) -> int:
    if room < 0.0 or (before == BREACH and ratio >= clear_at):
        return BREACH
    if ratio >= warn_at or (before >= WARN and ratio >= clear_at * warn_at):
        return WARN
    return OK


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
        edge: number of the limit's edge in ``EDGES``.
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
            used, room = _measured(edge, number, low[row], high[row], least, most)
            if edge == _BAND and low[row] == high[row]:  # only a surplus warns, and nothing holds
                after = _next_standing(OK, np.inf if number > high[row] else 0.0, room, 1.0, 1.0)
            else:
                after = _next_standing(before, used, room, warn_at, clear_at)
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


def edge_number(edge: Any) -> int:
    """Return the number of an edge in ``EDGES``."""
    return EDGES.index(edge)
