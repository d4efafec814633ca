"""Scenario P&L of lines: what one hour of every book, hour and state would gain, by scenario.

A publication of all locations moves all lines of a book and hour alike, so the sum over lines is
kept as a vector a unit of exposure: following a publication then costs books × scenarios and not
lines × scenarios. Locations that moved otherwise than most are followed line by line.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from state.compiled import compiled
from state.exposures import (
    KIND_OF_STATE,
    RUN_OF_STATE,
    RUNS,
    STATES_OF_RUN,
    LineMove,
    WeightMove,
)
from state.hourly import HourlyPositions
from state.messages import FloatColumn
from state.risk.factors import MarketShocks

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]

Nodes = list[int] | slice
"""Which nodes a move changed."""

KINDS_OF_RUN = tuple(KIND_OF_STATE[list(states)] for states in STATES_OF_RUN)


class LineRisk:
    """Follows the lines of one market day into the scenario P&L of the books and the firm.

    Attributes:
        unit: $ of one h of exposure by run, shape (books, hours, states of the run, scenarios);
            a run without lines has none.
    """

    def __init__(self, hourly: HourlyPositions, shocks: MarketShocks, *, books: int) -> None:
        self._hourly = hourly
        self._shocks = shocks
        self._books = books
        self.unit: dict[int, Matrix] = {}

    def grow(self, books: int) -> None:
        """Make room for more books."""
        more = books - self._books
        self._books = books
        behind = ((0, more), (0, 0), (0, 0), (0, 0))
        self.unit = {run: np.pad(unit, behind) for run, unit in self.unit.items()}

    def follow(self, move: LineMove | WeightMove, pnl: Matrix) -> Nodes:
        """Add what a move changes to scenario P&L; return the nodes it changed.

        Args:
            move: of this day, in the order in which they happened.
            pnl: $, shape (books + firm, scenarios).
        """
        if isinstance(move, LineMove):
            return self._follow_line(move, pnl)
        return self._follow_weight(move, pnl)

    def _follow_line(self, move: LineMove, pnl: Matrix) -> Nodes:
        columns = self._hourly.lines.columns
        book, place, run = (int(columns[part, move.line]) for part in range(3))
        _enter_line(
            self._unit(run),
            pnl,
            self._shocks.hub,
            self._shocks.basis,
            (book, place, int(self._shocks.hub_row[place]), move.first_hour),
            KINDS_OF_RUN[run],
            self._hourly.day.clock_hours,
            move.mw,
            move.weight,
        )
        return [book, -1]

    def _unit(self, run: int) -> Matrix:
        unit = self.unit.get(run)
        if unit is None:
            scenarios = self._shocks.hub.shape[-1]
            shape = (self._books, self._hourly.day.hours, len(STATES_OF_RUN[run]), scenarios)
            unit = self.unit[run] = np.zeros(shape)
        return unit

    def _follow_weight(self, move: WeightMove, pnl: Matrix) -> Nodes:
        for run in range(RUNS):
            if run not in self.unit:
                continue
            for at, state in enumerate(STATES_OF_RUN[run]):
                moved = move.weight[state]
                common = _most_common(moved)
                if common:
                    _scale_units(self.unit[run], (move.hour, at), common, pnl)
                apart = moved - common
                if apart.any():
                    self._follow_apart(state, move, apart, pnl)
        return slice(None)

    def _follow_apart(self, state: int, move: WeightMove, apart: FloatColumn, pnl: Matrix) -> None:
        """Follow the lines at places that moved otherwise than most."""
        lines, shocks = self._hourly.lines, self._shocks
        count = len(move.mw)
        mwh = move.mw * apart[lines.place[:count]]
        held = np.flatnonzero((lines.run[:count] == RUN_OF_STATE[state]) & (mwh != 0.0))
        kind, clock = int(KIND_OF_STATE[state]), self._hourly.day.clock_hours[move.hour]
        _add_lines(
            held,
            mwh,
            lines.book,
            lines.place,
            shocks.hub[kind, :, clock],
            shocks.hub_row,
            shocks.basis[kind],
            pnl,
        )

    def snapshot(self) -> list[Any]:
        """Return what :meth:`restore` needs."""
        return [[run, unit] for run, unit in self.unit.items()]

    def restore(self, saved: list[Any]) -> None:
        """Take over a snapshot."""
        self.unit = dict(saved)


def _most_common(values: FloatColumn) -> float:
    """Return the value that most places share.

    >>> float(_most_common(np.array([0.5, 0.0, 0.5])))
    0.5
    """
    if (values == values[0]).all():
        return float(values[0])
    found, counts = np.unique(values, return_counts=True)
    return float(found[np.argmax(counts)])


@compiled
def _enter_line(
    unit: Matrix,
    pnl: Matrix,
    hub: Matrix,
    basis: Matrix,
    where: tuple[int, int, int, int],
    kinds: Numbers,
    clock_hours: Numbers,
    mw: FloatColumn,
    weight: Matrix,
) -> None:
    book, place, hub_row, first_hour = where
    own, firm = pnl[book], pnl[len(pnl) - 1]
    for at in range(len(mw)):
        amount, hour = mw[at], first_hour + at
        if amount == 0.0:
            continue
        for state in range(len(kinds)):
            level, local = hub[kinds[state], hub_row, clock_hours[hour]], basis[kinds[state], place]
            held, mwh = unit[book, hour, state], amount * weight[state, at]
            for scenario in range(len(held)):
                held[scenario] += amount * (level[scenario] + local[scenario])
            if mwh != 0.0:
                for scenario in range(len(held)):
                    gained = mwh * (level[scenario] + local[scenario])
                    own[scenario] += gained
                    firm[scenario] += gained


@compiled
def _scale_units(unit: Matrix, where: tuple[int, int], hours: float, pnl: Matrix) -> None:
    hour, state = where
    firm = pnl[len(pnl) - 1]
    for book in range(unit.shape[0]):
        held, own = unit[book, hour, state], pnl[book]
        for scenario in range(len(held)):
            gained = hours * held[scenario]
            own[scenario] += gained
            firm[scenario] += gained


@compiled
def _add_lines(
    held: Numbers,
    mwh: FloatColumn,
    books: Numbers,
    places: Numbers,
    hub: Matrix,
    hub_row: Numbers,
    basis: Matrix,
    pnl: Matrix,
) -> None:
    firm = pnl[-1]
    for line in held:
        level, local = hub[hub_row[places[line]]], basis[places[line]]
        own, amount = pnl[books[line]], mwh[line]
        for scenario in range(len(own)):
            gained = amount * (level[scenario] + local[scenario])
            own[scenario] += gained
            firm[scenario] += gained
