"""Exposures that changed: what the scenario P&L still has to follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from state.lines import LineTable
from state.messages import FloatColumn
from state.prices import DA, FMM, RTD
from state.risk.kinds import DAY_ON_DAY, FMM_LESS_DA, RTD_LESS_DA, RTD_LESS_FMM

Matrix = NDArray[np.float64]
Places = NDArray[np.int64]

RUNS = 3

STATES = (
    (DA, DAY_ON_DAY),
    (FMM, DAY_ON_DAY),
    (FMM, FMM_LESS_DA),
    (RTD, DAY_ON_DAY),
    (RTD, RTD_LESS_DA),
    (RTD, RTD_LESS_FMM),
)
"""The run a line settles at and the kind of shock that still moves it."""

STATES_OF_RUN = tuple(
    tuple(number for number, (run, _) in enumerate(STATES) if run == own) for own in range(RUNS)
)
RUN_OF_STATE = np.array([run for run, _ in STATES])
KIND_OF_STATE = np.array([kind for _, kind in STATES])


@dataclass(frozen=True)
class ExposureMove:
    """Exposures that changed: columns of one length.

    Attributes:
        kinds: of shock (``state.risk.kinds``).
        books, places: whose, and where.
        clock_hours: local, 0 to 23.
        mwh: by how much, + long.
    """

    kinds: NDArray[np.int64]
    books: NDArray[np.int64]
    places: NDArray[np.int64]
    clock_hours: NDArray[np.int64]
    mwh: FloatColumn


@dataclass(frozen=True)
class LineMove:
    """MW that changed on one line, over consecutive hours.

    Attributes:
        weight: h of each hour exposed at that moment, by state of the line's run and hour.
    """

    line: int
    first_hour: int
    mw: FloatColumn
    weight: Matrix


@dataclass(frozen=True)
class WeightMove:
    """How much of an hour is still exposed, in h, that changed.

    Attributes:
        hour: of the day.
        places: locations.
        weight: by state and place; times a line's MW it is the MWh.
        mw: of every line in that hour at that moment.
    """

    hour: int
    places: Places
    weight: Matrix
    mw: FloatColumn


def as_columns(
    move: LineMove | WeightMove, lines: LineTable, clock_hours: NDArray[np.int64]
) -> ExposureMove:
    """Return what a move of lines changes as columns of MWh.

    Args:
        move: of a day.
        lines: of its market.
        clock_hours: local, of each hour of that day.
    """
    columns = lines.columns
    if isinstance(move, LineMove):
        mwh = move.weight * move.mw
        states, hours = np.nonzero(mwh)
        kinds = KIND_OF_STATE[np.array(STATES_OF_RUN[columns[2, move.line]])[states]]
        held = np.full(len(states), move.line)
        clocks, amounts = clock_hours[hours + move.first_hour], mwh[states, hours]
    else:
        count = len(move.mw)
        of_run = RUN_OF_STATE[:, None] == lines.run[:count]
        by_line = move.weight[:, lines.place[:count]] * move.mw * of_run
        states, held = np.nonzero(by_line)
        kinds, amounts = KIND_OF_STATE[states], by_line[states, held]
        clocks = np.full(len(states), clock_hours[move.hour])
    return ExposureMove(kinds, columns[0, held], columns[1, held], clocks, amounts)
