"""Scenario P&L of lines: what one MW-hour of every book, hour and state would gain, by scenario.

A publication of all locations moves all lines of a book and hour alike, so the sum over lines is
kept as a vector a unit of exposure: following a publication then costs books × scenarios and not
lines × scenarios. Locations that were not published are set apart and followed one by one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from state.hourly import (
    KIND_OF_STATE,
    RUN_OF_STATE,
    RUNS,
    STATES_OF_RUN,
    HourlyPositions,
    LineMove,
    WeightMove,
)
from state.messages import FloatColumn
from state.risk.factors import MarketShocks

Matrix = NDArray[np.float64]
Places = NDArray[np.int64]

_LINES_AT_ONCE = 256


class LineRisk:
    """Follows the lines of one market day into the scenario P&L of the books.

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

    def follow(self, move: LineMove | WeightMove, pnl: Matrix) -> None:
        """Add what a move changes to the scenario P&L, shape (books, scenarios)."""
        if isinstance(move, LineMove):
            self._follow_line(move, pnl)
        else:
            self._follow_weight(move, pnl)

    def _follow_line(self, move: LineMove, pnl: Matrix) -> None:
        columns = self._hourly.lines.columns
        book, place, run = (int(columns[part, move.line]) for part in range(3))
        hours = slice(move.first_hour, move.first_hour + len(move.mw))
        shocks = self._unit_shocks(run, place, hours)
        amounts = move.mw[:, None, None] * shocks
        self._unit(run)[book, hours] += amounts
        for hour, state in np.argwhere(move.weight.T):
            pnl[book] += amounts[hour, state] * move.weight[state, hour]

    def _unit_shocks(self, run: int, place: int, hours: slice) -> Matrix:
        """Return $/MWh of each hour and state of a run at a place, by scenario."""
        kinds = KIND_OF_STATE[list(STATES_OF_RUN[run])]
        clock = self._hourly.day.clock_hours[hours]
        hub = self._shocks.hub[kinds[None, :], self._shocks.hub_row[place], clock[:, None]]
        return np.asarray(hub + self._shocks.basis[kinds, place])

    def _unit(self, run: int) -> Matrix:
        unit = self.unit.get(run)
        if unit is None:
            scenarios = self._shocks.hub.shape[-1]
            shape = (self._books, self._hourly.day.hours, len(STATES_OF_RUN[run]), scenarios)
            unit = self.unit[run] = np.zeros(shape)
        return unit

    def _follow_weight(self, move: WeightMove, pnl: Matrix) -> None:
        for run in range(RUNS):
            if run not in self.unit:
                continue
            for at, state in enumerate(STATES_OF_RUN[run]):
                moved = np.zeros(self._hourly.weight.shape[1])
                moved[move.places] = move.weight[state]
                common = _most_common(moved)
                if common:
                    pnl += common * self.unit[run][:, move.hour, at]
                apart = moved - common
                if apart.any():
                    self._follow_apart(state, move, apart, pnl)

    def _follow_apart(self, state: int, move: WeightMove, apart: FloatColumn, pnl: Matrix) -> None:
        """Follow the lines at places that moved otherwise than most."""
        lines, shocks = self._hourly.lines, self._shocks
        count = len(move.mw)
        mwh = move.mw * apart[lines.place[:count]]
        held = np.flatnonzero((lines.run[:count] == RUN_OF_STATE[state]) & (mwh != 0.0))
        kind, clock = int(KIND_OF_STATE[state]), self._hourly.day.clock_hours[move.hour]
        for begin in range(0, len(held), _LINES_AT_ONCE):
            some = held[begin : begin + _LINES_AT_ONCE]
            places = lines.place[some]
            vectors = shocks.hub[kind, shocks.hub_row[places], clock] + shocks.basis[kind, places]
            amounts = mwh[some, None] * vectors
            books = lines.book[some]
            for book in np.unique(books):
                pnl[book] += np.add.reduce(amounts[books == book], axis=0)

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
