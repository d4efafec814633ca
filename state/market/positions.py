"""Legs and open position of one market day, by row: a (book, location) pair that holds something.

Every position is held as MW by the price it settles at (DA, FMM, RTD, LOAD). The open position is
the legs that are not yet fixed; see docs/meanings.md, "Legs" and "Open position".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from state.arrays import Matrix, Numbers, with_room
from state.calendar import MarketDay
from state.market.row_loops import WHOLE, Held
from state.messages import FloatColumn


def whole_mw(mw: Matrix) -> FloatColumn:
    """Return the sum over rows by interval, each in whole multiples of 2^-24 MW.

    Such sums are exact, so that they are the same however they came about.

    >>> float(whole_mw(np.array([[0.1], [0.2]]))[0]) * 2**24
    5033165.0
    """
    return np.asarray(np.add.reduce(np.rint(mw * WHOLE), axis=0) / WHOLE)


class RowTable:
    """Gives the (book, location) pairs of a market stable row numbers, in order of appearance."""

    def __init__(self) -> None:
        self.index: dict[tuple[int, int], int] = {}
        self.book = np.empty(0, dtype=np.int64)
        self.location = np.empty(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.index)

    def row(self, book: int, location: int) -> int:
        """Return the row of a pair, a new one if it has none yet."""
        found = self.index.get((book, location))
        if found is not None:
            return found
        self.index[book, location] = row = len(self.index)
        self.book = np.append(self.book, book)
        self.location = np.append(self.location, location)
        return row

    def at(self, places: Numbers, locations: int) -> Numbers:
        """Return the rows that lie at any of some locations, out of so many there are."""
        if not len(self.location):
            return self.location
        chosen = np.zeros(locations, dtype=np.bool_)
        chosen[places] = True
        return np.flatnonzero(chosen[self.location])

    def snapshot(self) -> list[list[int]]:
        """Return what :meth:`restore` needs."""
        return [[book, location] for book, location in self.index]

    def restore(self, saved: list[list[int]]) -> None:
        """Take over a snapshot."""
        for book, location in saved:
            self.row(book, location)


class LegGrid:
    """Holds what every row of one day is long or short, by the price it settles at.

    All arrays are MW of shape (rows, intervals), costs are $ an interval.

    Attributes:
        physical, financial: trades by run, shape (3, rows, intervals).
        virtual: convergence bids as the open position they make: supply −, demand +.
        adjustment: manual adjustments in force.
        cost: what trades cost: price × MWh.
        generated_cost: what as-generated contracts cost.
        volumes: legs of the row's resources, shape (4, rows, intervals).
        legs: all of it by price, shape (4, rows, intervals).
        open: the open position, + long.
        at_end: the open position as it stood when its interval ended.
    """

    INPUTS = ("physical", "financial", "virtual", "adjustment", "cost", "generated_cost")
    DERIVED = ("volumes", "legs", "open", "at_end")

    def __init__(self, day: MarketDay) -> None:
        self.capacity = 0
        intervals = day.intervals
        self.physical = np.zeros((3, 0, intervals))
        self.financial = np.zeros((3, 0, intervals))
        self.virtual = np.zeros((0, intervals))
        self.adjustment = np.zeros((0, intervals))
        self.cost = np.zeros((0, intervals))
        self.generated_cost = np.zeros((0, intervals))
        self.volumes = np.zeros((4, 0, intervals))
        self.legs = np.zeros((4, 0, intervals))
        self.open = np.zeros((0, intervals))
        self.at_end = np.zeros((0, intervals))

    def grow(self, rows: int) -> None:
        """Make room for more rows; spare ones are zero and count nowhere."""
        if rows <= self.capacity:
            return
        capacity = max(16, self.capacity)
        while capacity < rows:
            capacity *= 2
        for name in (*self.INPUTS, *self.DERIVED):
            array = getattr(self, name)
            setattr(self, name, with_room(array, capacity, axis=array.ndim - 2))
        self.capacity = capacity

    @property
    def held(self) -> Held:
        """The arrays that compiled loops work on."""
        return Held(*(getattr(self, name) for name in Held._fields))

    def snapshot(self, rows: int) -> dict[str, Any]:
        """Return what :meth:`restore` needs, spare rows left out."""
        return {name: getattr(self, name)[..., :rows, :] for name in (*self.INPUTS, *self.DERIVED)}

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self.capacity = saved["open"].shape[0]
        for name in (*self.INPUTS, *self.DERIVED):
            setattr(self, name, saved[name])
