"""Lines: what a book holds at one location under contracts that settle alike.

A contract whose delivery begins and ends on the hour is the same in all intervals of an hour, so
a line is kept by hour; everything else is kept by interval (``state.market.positions``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from state.arrays import Narrow, Numbers, with_room
from state.compiled import compiled
from state.market.numbering_loops import (
    BOOK,
    FINANCIAL,
    LINES,
    OF_RUN,
    PAIR,
    PAIRS,
    PART_BITS,
    PLACE,
    PLACE_BITS,
    RUN,
    RUNS,
    fill_slots,
    find_line,
    find_pairs,
    number_line,
    number_lines,
)

LineKey = tuple[int, int, int, bool]
"""Book index, location index, settlement run, and whether it is financial."""

_FIRST_CAPACITY = 8  # a power of two, as every later one

RunColumns = tuple[Narrow, Narrow, Narrow]


Part = TypeVar("Part", int, Numbers)


def pair_of(book: Part, place: Part) -> Part:
    """Return a (book, location) pair as one number."""
    return book << PLACE_BITS | place


def key_of(book: Part, place: Part, run: Part, financial: Part) -> Part:
    """Return the key of a line as one number likewise."""
    return pair_of(book, place) << PART_BITS | run << 1 | financial


def room_after(count: int) -> int:
    """Return for how many to make room when there is none: eight times as many.

    A message that finds no room waits while all there is is copied, 40 ms of 100,000 lines; room
    that is not written to takes no memory (``flows.supervise``).

    >>> room_after(64)
    512
    """
    return 8 * count


class RunLines:
    """The lines that settle at one run, in order of appearance: narrow columns to pass over.

    Args:
        columns: number, place and book of each, with room for more.
        count: how many there are, an array of one.
    """

    def __init__(self, columns: Narrow, count: Numbers) -> None:
        self.live_in(columns, count)
        self._keyed = 0
        self._keys = np.zeros((1, 0), dtype=np.int64)
        self._first_cells = np.zeros(0, dtype=np.int64)

    def live_in(self, columns: Narrow, count: Numbers) -> None:
        """Be kept in other arrays from now on."""
        self._columns, self._count = columns, count

    def __len__(self) -> int:
        return self._count.item()

    @property
    def columns(self) -> RunColumns:
        """Number, location and book of each line."""
        numbers, places, books = self._columns[:, : len(self)]
        return numbers, places, books

    def keys(self, first_cells: Numbers) -> tuple[Narrow, Numbers]:
        """Return number and key of each line: its book's cell at its hub, and its location.

        Both are one number, as of a pair (:func:`pair_of`): a pass over lines reads a column less.

        Args:
            first_cells: ``state.market.locations.LocationTable.first_cells``.
        """
        if first_cells is not self._first_cells:
            self._first_cells, self._keyed = first_cells, 0
        count = len(self)
        if self._keyed < count:
            self._keys = with_room(self._keys, self._columns.shape[1], axis=1)
            _write_keys(self._columns, first_cells, self._keyed, count, self._keys[0])
            self._keyed = count
        return self._columns[0, :count], self._keys[0, :count]


@compiled
def _write_keys(
    columns: Narrow,
    first_cells: Numbers,
    first: int,
    last: int,
    keys: Numbers,
) -> None:
    """Write the keys of some lines of a run, from their columns."""
    for at in range(first, last):
        place = columns[1, at]
        keys[at] = (first_cells[place] + columns[2, at]) << PLACE_BITS | place


class LineTable:
    """Gives lines stable numbers, in order of appearance.

    Attributes:
        columns: book, location, run, pair and financial of each line, with room for more.
        of_run: the lines of each run.
    """

    def __init__(self) -> None:
        self.columns = np.zeros((5, _FIRST_CAPACITY), dtype=np.int64)
        self._keys = np.zeros(_FIRST_CAPACITY, dtype=np.int64)
        self._slots = np.zeros(2 * _FIRST_CAPACITY, dtype=np.int32)
        self._counts = np.zeros(OF_RUN + RUNS, dtype=np.int64)
        self._by_run = np.zeros((RUNS, 3, _FIRST_CAPACITY), dtype=np.int32)
        self.of_run = tuple(RunLines(*self._of_run(run)) for run in range(RUNS))

    def __len__(self) -> int:
        return self._counts.item(LINES)

    @property
    def capacity(self) -> int:
        """Lines there is room for."""
        return self.columns.shape[1]

    @property
    def pair_count(self) -> int:
        """How many (book, location) pairs have a line."""
        return self._counts.item(PAIRS)

    @property
    def book(self) -> Numbers:
        """Book of each line."""
        return self.columns[BOOK, : len(self)]

    @property
    def place(self) -> Numbers:
        """Location of each line."""
        return self.columns[PLACE, : len(self)]

    @property
    def run(self) -> Numbers:
        """Settlement run of each line: DA, FMM or RTD."""
        return self.columns[RUN, : len(self)]

    @property
    def financial(self) -> Numbers:
        """Whether each line settles in money only, 0 or 1."""
        return self.columns[FINANCIAL, : len(self)]

    @property
    def pair(self) -> Numbers:
        """Number of each line's (book, location) pair, in order of appearance."""
        return self.columns[PAIR, : len(self)]

    @property
    def numbering(self) -> tuple[NDArray[Any], ...]:
        """What ``number_line`` reads and writes beside the columns, in its order."""
        return self._slots, self._keys, self._counts, self._by_run

    def find(self, book: int, place: int, run: int, financial: bool) -> int:  # noqa: FBT001 - the parts of a key
        """Return the number of a line by the parts of its key, −1 if it has none yet."""
        return find_line(key_of(book, place, run, financial), self._slots, self._keys)

    def pairs_of(self, pairs: Iterable[int]) -> Numbers:
        """Return the numbers of pairs (:func:`pair_of`), −1 of those without a line."""
        wanted = np.fromiter(pairs, dtype=np.int64)
        numbers = np.empty_like(wanted)
        find_pairs(wanted, numbers, self.columns, self._slots, self._keys)
        return numbers

    def line(self, key: LineKey) -> int:
        """Return the number of a line, the next one if it has none yet."""
        if len(self) == self.capacity:
            self.make_room()
        return number_line(key_of(*key), self.columns, *self.numbering)

    def lines(self, keys: Numbers) -> Numbers:
        """Return the numbers of lines, new ones in order of appearance where they have none yet.

        Args:
            keys: of the lines (:func:`key_of`).
        """
        numbers = np.empty_like(keys)
        done = number_lines(keys, 0, numbers, self.columns, *self.numbering)
        while done < len(keys):
            self.make_room()
            done = number_lines(keys, done, numbers, self.columns, *self.numbering)
        return numbers

    def make_room(self, lines: int = 1) -> None:
        """Make room for so many lines more, if there is none."""
        capacity = self.capacity
        while capacity < len(self) + lines:
            capacity = room_after(capacity)
        if capacity == self.capacity:
            return
        self.columns, [self._keys] = (
            with_room(each, capacity, axis=1) for each in (self.columns, self._keys[None])
        )
        self._by_run = with_room(self._by_run, capacity, axis=2)
        self._slots = np.zeros(2 * capacity, dtype=np.int32)
        fill_slots(self._slots, self._keys, len(self))
        for run, lines_of_run in enumerate(self.of_run):
            lines_of_run.live_in(*self._of_run(run))

    def __deepcopy__(self, memo: dict[int, Any]) -> LineTable:
        """Return a table of its own: the lines of a run live in arrays of all of them."""
        other = LineTable()
        other.columns, other._keys = self.columns.copy(), self._keys.copy()
        other._slots, other._counts = self._slots.copy(), self._counts.copy()
        other._by_run = self._by_run.copy()
        for run, lines_of_run in enumerate(other.of_run):
            lines_of_run.live_in(*other._of_run(run))
        return other

    def _of_run(self, run: int) -> tuple[Narrow, Numbers]:
        return self._by_run[run], self._counts[OF_RUN + run : OF_RUN + run + 1]

    def snapshot(self) -> list[list[int]]:
        """Return what :meth:`restore` needs."""
        keys: list[list[int]] = self.columns[[BOOK, PLACE, RUN, FINANCIAL], : len(self)].T.tolist()
        return keys

    def restore(self, saved: list[list[int]]) -> None:
        """Take over a snapshot."""
        for book, place, run, financial in saved:
            self.line((book, place, run, bool(financial)))
