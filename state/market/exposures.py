"""Exposures that changed: what the scenario P&L still has to follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from state.arrays import Cube, Matrix, Numbers, Places
from state.market.lines import LineTable
from state.market.prices import DA, FMM, RTD
from state.messages import FloatColumn
from state.risk.kinds import DAY_ON_DAY, FMM_LESS_DA, RTD_LESS_DA, RTD_LESS_FMM

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
# Loops are compiled with these, and anew with others: ``state.compiled`` looks for the word.
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

    kinds: Numbers
    books: Numbers
    places: Numbers
    clock_hours: Numbers
    mwh: FloatColumn


LineMove = tuple[int, int, FloatColumn]
"""MW that changed on a line over consecutive hours: its number, the first hour of the day, MW."""


class WeightMove(NamedTuple):
    """How much of an hour is still exposed, in h, that changed.

    Attributes:
        hour: of the day.
        places: locations.
        weight: by state and place; times a line's MW it is the MWh.
    """

    hour: int
    places: Places
    weight: Matrix


def weight_before(weight: Cube, moves: Sequence[WeightMove]) -> Cube:
    """Return the h of each hour that were exposed before they moved.

    Args:
        weight: now, shape (states, locations, hours); returned itself when nothing moved.
        moves: since then.
    """
    before = weight.copy(order="K") if moves else weight
    for move in moves:
        before[:, : move.weight.shape[1], move.hour] -= move.weight
    return before


def line_columns(
    move: LineMove, lines: LineTable, weight: Cube, clock_hours: Numbers
) -> ExposureMove:
    """Return what MW that changed on a line change as columns of MWh.

    Args:
        move: of a day.
        lines: of its market.
        weight: h exposed, shape (states, locations, hours).
        clock_hours: local, of each hour of that day.
    """
    line, first, mw = move
    book, place, run = lines.columns[:3, line].tolist()
    part, states = slice(first, first + len(mw)), np.array(STATES_OF_RUN[run])
    mwh = weight[states, place, part] * mw
    numbers, hours = np.nonzero(mwh)
    return ExposureMove(
        KIND_OF_STATE[states[numbers]],
        np.full(len(numbers), book),
        np.full(len(numbers), place),
        clock_hours[part][hours],
        mwh[numbers, hours],
    )


def weight_columns(
    move: WeightMove, lines: LineTable, mw: FloatColumn, clock_hours: Numbers
) -> ExposureMove:
    """Return what a weight that changed changes as columns of MWh.

    Args:
        move: of a day.
        lines: of its market.
        mw: of every line in the hour that moved.
        clock_hours: local, of each hour of that day.
    """
    of_run = RUN_OF_STATE[:, None] == lines.run
    by_line = move.weight[:, lines.place] * mw[: len(lines)] * of_run
    states, held = np.nonzero(by_line)
    clocks = np.full(len(states), clock_hours[move.hour])
    books, places = lines.columns[:2, held]
    return ExposureMove(KIND_OF_STATE[states], books, places, clocks, by_line[states, held])
