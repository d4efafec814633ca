"""Lines: what a book holds at one location under contracts that settle alike.

A contract whose delivery begins and ends on the hour is the same in all intervals of an hour, so
a line is kept by hour; everything else is kept by interval (``state.market.positions``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from state.compiled import compiled

LineKey = tuple[int, int, int, bool]
"""Book index, location index, settlement run, and whether it is financial."""

_FIRST_CAPACITY = 64
PLACE_BITS = 32
PLACES = (1 << PLACE_BITS) - 1

RunColumns = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]


Part = TypeVar("Part", int, NDArray[np.int64])


def pair_of(book: Part, place: Part) -> Part:
    """Return a (book, location) pair as one number: of a tuple the collector would keep track."""
    return book << PLACE_BITS | place


def _packed(book: Part, place: Part, run: Part, financial: Part) -> Part:
    """Return the key of a line as one number likewise."""
    return pair_of(book, place) << 3 | run << 1 | financial


def places_of(pairs: Iterable[int]) -> NDArray[np.int64]:
    """Return the location of each pair.

    >>> places_of([pair_of(3, 7), pair_of(0, 2)]).tolist()
    [7, 2]
    """
    return np.fromiter(pairs, dtype=np.int64) & PLACES


Number = TypeVar("Number", np.float64, np.int64, np.int32, np.uint64, np.bool_)


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
    """Return for how many to make room when there is none: eight times as many.

    A message that finds no room waits while all there is is copied, 40 ms of 100,000 lines; room
    that is not written to takes no memory (``flows.supervise``).

    >>> room_after(64)
    512
    """
    return 8 * count


class RunLines:
    """The lines that settle at one run, in order of appearance: narrow columns to pass over."""

    def __init__(self) -> None:
        self._columns = np.zeros((3, _FIRST_CAPACITY), dtype=np.int32)
        self._count = self._keyed = 0
        self._keys = np.zeros((1, 0), dtype=np.int64)
        self._first_cells = np.zeros(0, dtype=np.int64)

    def add(self, number: int, place: int, book: int) -> None:
        """Add a line."""
        if self._count == self._columns.shape[1]:
            self._columns = with_room(self._columns, room_after(self._count))
        columns, at = self._columns, self._count
        # One by one: to assign a tuple costs five times as much.
        columns[0, at], columns[1, at], columns[2, at] = number, place, book
        self._count = at + 1

    def __len__(self) -> int:
        return self._count

    def extend(self, columns: NDArray[np.int64]) -> None:
        """Add lines by :attr:`columns`."""
        begin, end = self._count, self._count + columns.shape[1]
        while end > self._columns.shape[1]:
            self._columns = with_room(self._columns, room_after(self._columns.shape[1]))
        self._columns[:, begin:end] = columns
        self._count = end

    @property
    def columns(self) -> RunColumns:
        """Number, location and book of each line."""
        numbers, places, books = self._columns[:, : self._count]
        return numbers, places, books

    def keys(self, first_cells: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return number and key of each line: its book's cell at its hub, and its location.

        Both are one number, as of a pair (:func:`pair_of`): a pass over lines reads a column less.

        Args:
            first_cells: ``state.market.locations.LocationTable.first_cells``.
        """
        if first_cells is not self._first_cells:
            self._first_cells, self._keyed = first_cells, 0
        if self._keyed < self._count:
            self._keys = with_room(self._keys, self._columns.shape[1])
            _write_keys(self._columns, first_cells, self._keyed, self._count, self._keys[0])
            self._keyed = self._count
        return self._columns[0, : self._count], self._keys[0, : self._count]


@compiled
def _write_keys(
    columns: NDArray[np.int32],
    first_cells: NDArray[np.int64],
    first: int,
    last: int,
    keys: NDArray[np.int64],
) -> None:
    """Write the keys of some lines of a run, from their columns."""
    for at in range(first, last):
        place = columns[1, at]
        keys[at] = (first_cells[place] + columns[2, at]) << PLACE_BITS | place


class LineTable:
    """Gives lines stable numbers, in order of appearance.

    Attributes:
        pairs: number of each (book, location) pair that has a line (:func:`pair_of`).
        columns: book, location, run, pair and financial of each line, with room for more.
        of_run: the lines of each run.
    """

    def __init__(self) -> None:
        self._index: dict[int, int] = {}
        self.pairs: dict[int, int] = {}
        self.columns = np.zeros((5, _FIRST_CAPACITY), dtype=np.int64)
        self.of_run = tuple(RunLines() for _ in range(3))

    def __len__(self) -> int:
        return len(self._index)

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

    def find(self, book: int, place: int, run: int, financial: bool) -> int:  # noqa: FBT001 - the parts of a key
        """Return the number of a line by the parts of its key, −1 if it has none yet."""
        return self._index.get(_packed(book, place, run, financial), -1)

    def lines(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the numbers of lines, new ones in order of appearance where they have none yet.

        Args:
            keys: book, place, run and financial of each, shape (4, lines).
        """
        book, place, run, financial = keys
        packed, first, which = np.unique(  # contracts that share a line ask once
            _packed(book, place, run, financial), return_index=True, return_inverse=True
        )
        found = list(map(self._index.get, packed.tolist()))
        new = [at for at, number in enumerate(found) if number is None]
        if new:
            new.sort(key=first.item)
            self._extend(packed[new].tolist(), keys[:, first[new]])
            found = list(map(self._index.get, packed.tolist()))
        return np.array(found, dtype=np.int64)[which]

    def _extend(self, packed: Iterable[int], keys: NDArray[np.int64]) -> None:
        """Add lines by their keys, none of which is there yet."""
        begin, (book, place, run, financial) = len(self._index), keys
        numbers = np.arange(begin, begin + keys.shape[1])
        while begin + keys.shape[1] > self.columns.shape[1]:
            self.columns = with_room(self.columns, room_after(self.columns.shape[1]))
        pairs, told = self.pairs, pair_of(book, place).tolist()
        pair = [pairs.setdefault(each, len(pairs)) for each in told]
        self.columns[:, numbers] = book, place, run, pair, financial
        for number, lines in enumerate(self.of_run):
            lines.extend(np.array((numbers, place, book))[:, run == number])
        self._index.update(zip(packed, numbers.tolist(), strict=True))

    def line(self, key: LineKey) -> int:
        """Return the number of a line, a new one if it has none yet."""
        book, place, run, financial = key
        packed = _packed(book, place, run, financial)
        found = self._index.get(packed)
        if found is not None:
            return found
        number, pairs = len(self._index), self.pairs
        if number == self.columns.shape[1]:
            self.columns = with_room(self.columns, room_after(number))
        columns = self.columns
        columns[0, number], columns[1, number], columns[2, number] = book, place, run
        columns[3, number] = pairs.setdefault(pair_of(book, place), len(pairs))
        columns[4, number] = financial
        self.of_run[run].add(number, place, book)
        self._index[packed] = number
        return number

    def snapshot(self) -> list[list[int]]:
        """Return what :meth:`restore` needs."""
        keys: list[list[int]] = self.columns[[0, 1, 2, 4], : len(self)].T.tolist()
        return keys

    def restore(self, saved: list[list[int]]) -> None:
        """Take over a snapshot."""
        for book, place, run, financial in saved:
            self.line((book, place, run, bool(financial)))
