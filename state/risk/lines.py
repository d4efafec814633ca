"""Scenario P&L of lines: what contracts of whole hours would gain, by scenario.

A trade adds its own. A publication of all locations moves all lines of an hour and run alike, by a
multiple of what one h of exposure of their book would gain: its unit. A unit is summed from the
lines when it is wanted, and kept, followed by trades, while parts of the hour are still to be
published (twelve real-time publications move the same hour). Locations that moved otherwise than
most are followed line by line.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from state.arrays import Cube, Flags, with_room
from state.market.exposures import (
    KIND_OF_STATE,
    RUN_OF_STATE,
    STATES,
    LineMove,
    WeightMove,
)
from state.market.hourly import HourlyPositions
from state.messages import FloatColumn
from state.risk.factors import MarketShocks
from state.risk.line_loops import add_by_book, enter_line, is_under_way, most_share, sum_lines

_NOWHERE = -1


class LineRisk:
    """Follows the lines of one market day into the scenario P&L of the books and the firm."""

    def __init__(self, hourly: HourlyPositions, shocks: MarketShocks, *, books: int) -> None:
        self._hourly = hourly
        self._shocks = shocks
        self._units = np.zeros((0, books, shocks.hub.shape[-1]))
        self._at = np.full((len(STATES), hourly.day.hours), _NOWHERE)
        self._moved_by = shocks.hub_before, shocks.basis, shocks.hub_row, hourly.day.clock_hours
        self._lines = hourly.lines

    def grow(self, books: int) -> None:
        """Make room for more books."""
        self._units = with_room(self._units, books, axis=1)

    def enter(self, move: LineMove, weight: Cube, pnl: Cube, stale: Flags) -> None:
        """Follow MW that changed on a line.

        Args:
            move: of this day.
            weight: h exposed when it happened, shape (states, hours, locations).
            pnl: $, the first horizon of it, shape (horizons, books + firm, scenarios).
            stale: which nodes moved, shape (horizons, books + firm).
        """
        line, first_hour, mw = move
        # One by one: to hand over a tuple of arrays costs a third more.
        arrays = self._lines.columns, weight, *self.arrays, pnl, stale
        enter_line(line, first_hour, mw, *arrays)

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """What ``enter_line`` reads and changes here, in its order."""
        return *self._moved_by, self._units, self._at

    def weigh(self, move: WeightMove, pnl: Cube, stale: Flags) -> None:
        """Follow hours that are more or less exposed than they were, once all lines are entered."""
        common, apart = most_share(move.weight)
        for state in np.flatnonzero(common).tolist():
            number = self._kept(state, move.hour)
            add_by_book(self._units[number], common[state], pnl)
        for state in np.flatnonzero(apart).tolist():
            number = self._free()
            if self._sum(state, move.hour, move.weight[state] - common[state], number):
                add_by_book(self._units[number], 1.0, pnl)
        if not is_under_way(self._hourly.weight, move.places, move.hour):
            self._at[:, move.hour] = _NOWHERE
        stale[0] = True

    def _kept(self, state: int, hour: int) -> int:
        """Return the number of a unit, summed from the lines if it is not kept."""
        number = int(self._at[state, hour])
        if number == _NOWHERE:
            number = self._at[state, hour] = self._free()
            self._sum(state, hour, np.ones(len(self._shocks.hub_row)), number)
        return number

    def _free(self) -> int:
        """Return the number of a unit that nothing is kept in."""
        taken = set(self._at.ravel().tolist())
        number = next(number for number in range(len(self._units) + 1) if number not in taken)
        if number == len(self._units):
            self._units = np.concatenate((self._units, np.zeros((1, *self._units.shape[1:]))))
        return number

    def _sum(self, state: int, hour: int, hours: FloatColumn, number: int) -> int:
        """Sum what lines gain in some h by place; return how many lines."""
        hourly, shocks, kind = self._hourly, self._shocks, KIND_OF_STATE[state]
        of_run = hourly.lines.of_run[RUN_OF_STATE[state]].columns
        level = np.ascontiguousarray(shocks.hub[kind, :, hourly.day.clock_hours[hour]])
        moved_by = level, shocks.basis[kind]
        unit = self._units[number]
        return sum_lines(hourly.mw[hour], of_run, hours, shocks.hub_row, moved_by, unit)

    def snapshot(self) -> list[Any]:
        """Return what :meth:`restore` needs."""
        kept = np.argwhere(self._at != _NOWHERE).tolist()
        return [[state, hour, self._units[self._at[state, hour]]] for state, hour in kept]

    def restore(self, saved: list[Any]) -> None:
        """Take over a snapshot."""
        self._at[:] = _NOWHERE
        if saved:
            self._units = np.stack([unit for _, _, unit in saved])
        for number, (state, hour, _) in enumerate(saved):
            self._at[state, hour] = number
