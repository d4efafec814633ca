"""Values into rows: measure, next standing and attribution of all rows, in one compiled loop."""

from __future__ import annotations

import numpy as np

from state.arrays import Codes, Floats, Matrix, Places
from state.compiled import compiled
from state.limits.edges import BAND, CEILING, measured, reaches
from state.limits.standing import OK, next_standing, pinned_standing

KNOWN, UNKNOWN, NOT_APPLICABLE, UNREAD = range(4)
"""What lies over the standing; ``UNREAD`` until the first reading."""

CHANGED, MOVED, KEPT = 1, 2, 4
"""What became of a row: it is to be looked at, its state moved, it became ok."""

NUMBERS = (
    "value", "utilisation", "headroom", "low", "high", "least", "most", "warn_at", "clear_at",
)  # fmt: skip
"""Numbers of a row: its own three, its edges, what nothing at all comes to, where it turns."""

CODES = ("standing", "overlay", "unsettled", "shown", "anew", "edges")
"""Codes of a row: state, whether it is looked at whatever its state, whether what the screens show
of it still holds, whether it is measured though its value is the same, and the kind of edge."""

VALUE, UTILISATION, HEADROOM, LOW, HIGH, LEAST, MOST, WARN_AT, CLEAR_AT = range(len(NUMBERS))
STANDING, OVERLAY, UNSETTLED, SHOWN, ANEW, EDGE = range(len(CODES))


@compiled
def _outcome(before: int, after: int, relaid: bool, unsettled: int) -> int:  # noqa: FBT001 - compiled calls are positional
    moved = after != before or relaid
    result = MOVED if moved else 0
    if moved or unsettled:
        result |= CHANGED
    return result | KEPT if after == OK and before != OK else result


@compiled
def settle(
    where: Places,
    values: Floats,
    claims: Codes,
    numbers: Matrix,
    codes: Codes,
    share: Floats,
    outcome: Codes,
) -> int:
    """Take values into their rows; a row whose value is what it was costs a comparison.

    Args:
        where: row and place in the sheet of each instance, shape (2, instances).
        values: of the sheet.
        claims: of the sheet: what it says lies over each value.
        numbers: :data:`NUMBERS` by row; value, utilisation and headroom are written.
        codes: :data:`CODES` by row; all but the edge are written.
        share: what this kind of cause has moved each row by, written.
        outcome: what became of each instance, written.

    Returns:
        All outcomes together.
    """
    seen = 0
    for at in range(where.shape[1]):
        row, claim, number = where[0, at], claims[where[1, at]], values[where[1, at]]
        outcome[at] = 0
        stays = codes[OVERLAY, row] == claim and not (codes[UNSETTLED, row] or codes[ANEW, row])
        if stays and (claim != KNOWN or number == numbers[VALUE, row]):
            continue
        if stays and _stays_below(row, number, numbers, codes):
            continue
        outcome[at] = _settle_row(row, claim, number, numbers, codes, share)
        seen |= outcome[at]
    return seen


@compiled
def _stays_below(row: int, number: float, numbers: Matrix, codes: Codes) -> bool:
    """Write a value that is below its ceiling as the one before was; say whether it is.

    Most rows are ceilings that nobody is near, and there is nothing else to follow of them.
    """
    high = numbers[HIGH, row]
    if codes[STANDING, row] != OK or codes[EDGE, row] != CEILING or not high > 0.0:
        return False
    used, room = number / high, high - number
    if reaches(used, numbers[WARN_AT, row]) or not (room >= 0.0 and np.isfinite(room)):
        return False
    numbers[VALUE, row], numbers[UTILISATION, row], numbers[HEADROOM, row] = number, used, room
    codes[SHOWN, row] = 0
    return True


@compiled
def _settle_row(
    row: int, claim: int, number: float, numbers: Matrix, codes: Codes, share: Floats
) -> int:
    void, known = claim == NOT_APPLICABLE, claim == KNOWN and np.isfinite(number)
    before, after = codes[STANDING, row], codes[STANDING, row]
    used, room = np.nan, np.nan
    if known:
        edge, low, high = codes[EDGE, row], numbers[LOW, row], numbers[HIGH, row]
        used, room = measured(edge, number, low, high, numbers[LEAST, row], numbers[MOST, row])
        if edge == BAND and low == high:
            after = pinned_standing(number, high, room)
        else:
            warn_at, clear_at = numbers[WARN_AT, row], numbers[CLEAR_AT, row]
            after = next_standing(before, used, room, warn_at, clear_at)
        change = number - numbers[VALUE, row]
        if after != OK and np.isfinite(change):
            share[row] += change
    elif void:
        after = OK
    over = KNOWN if known else (NOT_APPLICABLE if void else UNKNOWN)
    outcome = _outcome(before, after, over != codes[OVERLAY, row], codes[UNSETTLED, row])
    if known or void:
        numbers[VALUE, row] = number if known else np.nan
    numbers[UTILISATION, row], numbers[HEADROOM, row] = used, room
    codes[STANDING, row], codes[OVERLAY, row] = after, over
    codes[UNSETTLED, row] = codes[SHOWN, row] = codes[ANEW, row] = 0
    return outcome
