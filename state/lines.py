"""Lines: what a book holds at one location under contracts that settle alike.

A contract whose delivery begins and ends on the hour is the same in all intervals of an hour, so
a line is kept by hour; everything else is kept by interval (``state.positions``).
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

LineKey = int
"""What :func:`line_key` makes; a number takes a third of the memory of a tuple."""

_FIRST_CAPACITY = 64

RunColumns = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]


def line_key(book: int, place: int, run: int, financial: int) -> LineKey:
    """Return book index, location index, settlement run and whether it is financial in one."""
    return ((book << 32 | place) << 2 | run) << 1 | financial


Number = TypeVar("Number", np.float64, np.int64, np.int32)


def with_room(array: NDArray[Number], columns: int) -> NDArray[Number]:
    """Return rows with room for so many columns.

    >>> with_room(np.array([[1.0], [2.0]]), 3)
    array([[1., 0., 0.],
           [2., 0., 0.]])
    """
    if array.shape[1] >= columns:
        return array
    wider = np.zeros((len(array), columns), dtype=array.dtype)
    wider[:, : array.shape[1]] = array
    return wider


def room_after(count: int) -> int:
    """Return for how many to make room when there is none: a quarter more, as room is memory.

    >>> room_after(64), room_after(1000)
    (128, 1250)
    """
    return count + max(count // 4, _FIRST_CAPACITY)


class RunLines:
    """The lines that settle at one run, in order of appearance: narrow columns to pass over."""

    def __init__(self) -> None:
        self._columns = np.zeros((3, _FIRST_CAPACITY), dtype=np.int32)
        self._count = 0

    def add(self, number: int, place: int, book: int) -> None:
        """Add a line."""
        if self._count == self._columns.shape[1]:
            self._columns = with_room(self._columns, room_after(self._count))
        self._columns[:, self._count] = number, place, book
        self._count += 1

    @property
    def columns(self) -> RunColumns:
        """Number, location and book of each line."""
        numbers, places, books = self._columns[:, : self._count]
        return numbers, places, books


class LineTable:
    """Gives lines stable numbers, in order of appearance.

    Attributes:
        index: number by key.
        pairs: number of each (book, location) pair that has a line.
        columns: book, location, run, pair and financial of each line, with room for more.
        of_run: the lines of each run.
    """

    def __init__(self) -> None:
        self.index: dict[LineKey, int] = {}
        self.pairs: dict[tuple[int, int], int] = {}
        self.columns = np.zeros((5, _FIRST_CAPACITY), dtype=np.int64)
        self.of_run = tuple(RunLines() for _ in range(3))

    def __len__(self) -> int:
        return len(self.index)

    @property
    def capacity(self) -> int:
        """Lines there is room for."""
        return self.columns.shape[1]

    @property
    def book(self) -> NDArray[np.int64]:
        """Book of each line."""
        return self.columns[0, : len(self)]

    @property
    def place(self) -> NDArray[np.int64]:
        """Location of each line."""
        return self.columns[1, : len(self)]

    @property
    def run(self) -> NDArray[np.int64]:
        """Settlement run of each line: DA, FMM or RTD."""
        return self.columns[2, : len(self)]

    @property
    def financial(self) -> NDArray[np.int64]:
        """Whether each line settles in money only, 0 or 1."""
        return self.columns[4, : len(self)]

    @property
    def pair(self) -> NDArray[np.int64]:
        """Number of each line's (book, location) pair."""
        return self.columns[3, : len(self)]

    def line(self, key: LineKey) -> int:
        """Return the number of a line, a new one if it has none yet."""
        found = self.index.get(key)
        if found is not None:
            return found
        number = len(self.index)
        if number == self.capacity:
            self.columns = with_room(self.columns, room_after(number))
        columns, financial, run = self.columns, key & 1, key >> 1 & 3
        book, place = key >> 35, key >> 3 & 0xFFFFFFFF
        columns[0, number], columns[1, number], columns[2, number] = book, place, run
        columns[3, number] = self.pairs.setdefault((book, place), len(self.pairs))
        columns[4, number] = financial
        self.of_run[run].add(number, place, book)
        self.index[key] = number
        return number

    def snapshot(self) -> list[list[int]]:
        """Return what :meth:`restore` needs."""
        kept: list[list[int]] = self.columns[[0, 1, 2, 4], : len(self)].T.tolist()
        return kept

    def restore(self, saved: list[list[int]]) -> None:
        """Take over a snapshot."""
        for book, place, run, financial in saved:
            self.line(line_key(book, place, run, financial))
