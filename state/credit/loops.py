"""The compiled loops over counterparties: a contract in or out, time, and shares of the whole."""

from __future__ import annotations

import numpy as np

from state.arrays import Codes, Floats, Matrix
from state.compiled import compiled

RECEIVABLE, PAYABLE, LEFT_MWH, LEFT_MW, VALUE, MWH, MW, LATE = range(8)
"""Rows of the amounts of counterparties; ``LATE`` counts trades while suspended."""

AMOUNTS = 8

(
    OWED_ROW, LEFT_MWH_ROW, LEFT_MW_ROW, VALUE_ROW, MWH_ROW, MW_ROW, OWED_SHARE_ROW,
    VOLUME_SHARE_ROW, SUSPENDED_ROW,
) = range(9)  # fmt: skip
"""Rows of the figures, in the order of ``state.limits.credit.RULES``."""

FIGURES = 9

_SLACK = 1e-9


@compiled
def owed_of(amounts: Matrix, netted: Floats, number: int) -> float:
    """Return what is owed between the company and a counterparty, either way."""
    receivable, payable = amounts[RECEIVABLE, number], amounts[PAYABLE, number]
    if netted[number] > 0.0:
        return float(abs(receivable - payable))
    return float(receivable + payable)


@compiled
def share_of(part: float, whole: float) -> float:
    """Return which share of a whole a part is; what is nothing is no share, of nothing too."""
    return part / whole if part > 0.0 else 0.0


@compiled
def write_own(
    amounts: Matrix, netted: Floats, wholes: Floats, figures: Matrix, number: int
) -> None:
    """Write the figures of one counterparty; the wholes hold its part already."""
    owed = owed_of(amounts, netted, number)
    volume = amounts[MWH, number]
    figures[OWED_ROW, number] = owed
    figures[LEFT_MWH_ROW, number] = amounts[LEFT_MWH, number]
    figures[LEFT_MW_ROW, number] = amounts[LEFT_MW, number]
    figures[VALUE_ROW, number] = amounts[VALUE, number]
    figures[MWH_ROW, number] = volume
    figures[MW_ROW, number] = amounts[MW, number]
    figures[OWED_SHARE_ROW, number] = share_of(owed, max(wholes[0], wholes[2]))
    figures[VOLUME_SHARE_ROW, number] = share_of(volume, max(wholes[1], wholes[3]))
    figures[SUSPENDED_ROW, number] = amounts[LATE, number]


@compiled
def enter(
    amounts: Matrix,
    netted: Floats,
    wholes: Floats,
    figures: Matrix,
    marks: Floats,
    bounds: Matrix,
    loose: Codes,
    number: int,
    change: Floats,
) -> bool:
    """Add a change to the amounts of a counterparty; say whether others' shares may turn.

    Args:
        amounts: shape (``AMOUNTS``, counterparties), written.
        netted: 1 where contracts are netted.
        wholes: dollars owed and MWh of all, written; then the least whole of each.
        figures: shape (``FIGURES``, counterparties); those of the counterparty are written.
        marks: shares at which a limit turns, shape (2, marks, counterparties).
        bounds: for each whole, between which values no other's share passes a mark; made
            narrower by what the counterparty's own would pass.
        loose: for each whole, whether its bounds may be wider now; set where the counterparty's
            own was one of them.
        number: of the counterparty.
        change: of each amount.
    """
    owed = owed_of(amounts, netted, number)
    wholes[0] -= owed
    wholes[1] -= amounts[MWH, number]
    for share in range(2):
        part = owed if share == 0 else amounts[MWH, number]
        if _is_bound(part, marks[share, :, number], bounds[share]):
            loose[share] = 1
    for row in range(AMOUNTS):
        amounts[row, number] += change[row]
    owed = owed_of(amounts, netted, number)
    wholes[0] += owed
    wholes[1] += amounts[MWH, number]
    write_own(amounts, netted, wholes, figures, number)
    crossed = False
    for share in range(2):
        whole = max(wholes[share], wholes[2 + share])
        crossed |= not bounds[share, 0] < whole < bounds[share, 1]
        part = owed if share == 0 else amounts[MWH, number]
        _narrow(part, whole, marks[share, :, number], bounds[share])
    return crossed


@compiled
def _narrow(part: float, whole: float, marks: Floats, bounds: Floats) -> None:
    """Let the bounds of a whole stand where a part of it would pass a mark."""
    if not part > 0.0:
        return
    for mark in marks:
        if not mark > 0.0:
            continue
        turn = part / mark
        if turn * (1.0 - _SLACK) > whole:
            bounds[1] = min(bounds[1], turn * (1.0 - _SLACK))
        elif turn * (1.0 + _SLACK) < whole:
            bounds[0] = max(bounds[0], turn * (1.0 + _SLACK))
        else:
            bounds[0] = bounds[1] = whole


@compiled
def _is_bound(part: float, marks: Floats, bounds: Floats) -> bool:
    """Say whether a part of a whole would pass a mark at one of the bounds."""
    if not part > 0.0:
        return False
    for mark in marks:
        turn = part / mark if mark > 0.0 else np.nan
        if turn * (1.0 - _SLACK) == bounds[1] or turn * (1.0 + _SLACK) == bounds[0]:
            return True
    return False


@compiled
def write_all(
    amounts: Matrix,
    netted: Floats,
    wholes: Floats,
    figures: Matrix,
    marks: Floats,
    bounds: Matrix,
    loose: Codes,
) -> None:
    """Sum the wholes anew, write every figure, and find between which wholes no share turns."""
    wholes[:2], loose[:] = 0.0, 1
    for number in range(amounts.shape[1]):
        wholes[0] += owed_of(amounts, netted, number)
        wholes[1] += amounts[MWH, number]
    write_every(amounts, netted, wholes, figures)
    write_shares(wholes, figures, marks, bounds, loose)


@compiled
def write_every(amounts: Matrix, netted: Floats, wholes: Floats, figures: Matrix) -> None:
    """Write the figures of every counterparty, of the wholes as they are."""
    for number in range(amounts.shape[1]):
        write_own(amounts, netted, wholes, figures, number)


@compiled
def write_shares(
    wholes: Floats,
    figures: Matrix,
    marks: Floats,
    bounds: Matrix,
    loose: Codes,
) -> None:
    """Write everyone's shares of the wholes as they are, and the bounds of the wholes.

    Args:
        wholes: as ``enter`` has them.
        figures: those that are no shares hold already.
        marks: as ``enter`` has them.
        bounds: likewise; found anew where a whole has left them or they are loose, to the bits
            that they have anyway where they are not.
        loose: as ``enter`` has them; none is afterwards.
    """
    for share in range(2):
        parts = figures[OWED_ROW] if share == 0 else figures[MWH_ROW]
        whole = max(wholes[share], wholes[2 + share])
        for number in range(len(parts)):
            figures[OWED_SHARE_ROW + share, number] = share_of(parts[number], whole)
        if bounds[share, 0] < whole < bounds[share, 1] and not loose[share]:
            continue
        bounds[share, 0], bounds[share, 1] = -np.inf, np.inf
        for number in range(len(parts)):
            _narrow(parts[number], whole, marks[share, :, number], bounds[share])
    loose[:] = 0
