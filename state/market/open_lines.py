"""What screens show of the lines of a day: open position by hub and book, what is estimated.

A desk sees all it holds; a house with sixty thousand (book, location) pairs sees the locations
with the largest positions and the others summed by hub. Those sums follow every contract. They
are kept in whole multiples of 2^-32 MW, so that any order gives the same bits: nothing of it has
to be saved.
"""

from __future__ import annotations

import numpy as np

from state.arrays import Flags, Matrix, Numbers
from state.compiled import compiled
from state.market.entry_loops import UNITS, Counted
from state.market.hourly import HourlyPositions
from state.market.likeness import alike
from state.market.locations import LocationTable
from state.market.prices import RTD, PriceGrid
from state.messages import FloatColumn

_NO_LINE = -1


class OpenLines:
    """Follows what the lines of a day hold open, by hub, book and hour.

    Args:
        hourly: the lines.
        locations: of their market.
        prices: of the day.
        books: how many there are.

    Attributes:
        counted: what a contract that enters the lines moves here.
        share: of an hour's undelivered intervals in which MW still count as open, by run, location
            and hour.
        unpriced: whether some interval of an hour has no RTD price, by location and hour.
    """

    def __init__(
        self,
        hourly: HourlyPositions,
        locations: LocationTable,
        prices: PriceGrid,
        *,
        books: int,
    ) -> None:
        self._hourly = hourly
        self._prices = prices
        self._locations = locations
        self._books = 0
        self._shape = 0, 0, 0
        self._units = np.zeros((hourly.day.hours, 0))
        self._stale = hourly.recounted
        self._unlooked = np.ones(hourly.day.hours, dtype=np.bool_)
        self._early = np.zeros((hourly.day.hours, 0), dtype=np.int64)
        self.share = np.zeros((*hourly.place_mw.shape[:2], hourly.day.hours))
        self.unpriced = np.zeros(self.share.shape[1:], dtype=np.bool_)
        self._held = np.zeros(0, dtype=np.bool_)
        self._books_with = np.zeros(0, dtype=np.bool_)
        self._missing = np.zeros(hourly.day.hours, dtype=np.bool_)
        self._unsought = np.ones(hourly.day.hours, dtype=np.bool_)
        self._noted_lines = 0
        self.grow(books)

    def beside(self, hourly: HourlyPositions) -> OpenLines:
        """Return what contracts that enter other lines move; it is not for screens.

        Args:
            hourly: the day for those lines.
        """
        units, unlooked = np.zeros(self._units.shape), self._unlooked.copy()
        stale = hourly.recounted
        counted: Counted = (units, stale, unlooked, *self.counted[3:])
        own = {"_units": units, "_stale": stale, "_unlooked": unlooked, "_noted_lines": 0}
        own |= {"_held": self.held.copy(), "_books_with": self._books_with.copy()}
        own["_unsought"] = self._unsought.copy()
        return alike(self, _hourly=hourly, counted=counted, **own)

    def _note_counted(self) -> None:
        first_slot = self._locations.first_cells(self._books)
        self.counted: Counted = (self._units, self._stale, self._unlooked, self.share, first_slot)

    def grow(self, books: int) -> None:
        """Make room for the books, hubs and locations there are by now."""
        self._books = books
        sums = len(self._locations.ranked_hubs) * books
        places = len(self._locations)
        if (sums, places, books) != self._shape:
            self._shape = sums, places, books
            self._units = np.zeros((len(self._units), sums))
            self.share = np.zeros((len(self.share), places, self.share.shape[2]))
            self.unpriced = np.zeros(self.share.shape[1:], dtype=np.bool_)
            self._held = np.zeros(places, dtype=np.bool_)
            self._books_with = np.zeros(books, dtype=np.bool_)
            self._early = np.full((len(self._units), books), _NO_LINE)
            self._noted_lines = 0
            self._stale[:] = True
        self._note_counted()

    def follow(self, delivered: int) -> None:
        """Sum anew the hours in which more than contracts moved.

        Args:
            delivered: how many intervals of the day are over.
        """
        for hour in np.flatnonzero(self._stale).tolist():
            self._follow_hour(hour, delivered)
        self._unlooked |= self._stale
        self._unsought |= self._stale
        self._stale[:] = False

    def _follow_hour(self, hour: int, delivered: int) -> None:
        hourly, prices = self._hourly, self._prices
        part = slice(hour * hourly.day.per_hour, (hour + 1) * hourly.day.per_hour)
        left = slice(max(part.start, delivered), part.stop)
        waiting = left.start < left.stop
        self.share[:, :, hour] = 0.0  # what comes for an hour that is over was not open at its end
        if waiting:
            self.share[:, :, hour] = hourly.open_intervals(left) / (left.stop - left.start)
        self.unpriced[:, hour] = (prices.out[:, part] & (1 << RTD) == 0).any(axis=1)
        _sum_hour(
            self._units[hour],
            self.share[:, :, hour],
            hourly.mw[hour] if waiting else hourly.at_end[hour],
            hourly.lines.columns,
            len(hourly.lines),
            self._locations.first_cells(self._books),
            waiting,
        )

    @property
    def held(self) -> Flags:
        """Locations with a line."""
        self._note_lines()
        return self._held

    def _note_lines(self) -> None:
        lines = self._hourly.lines
        if self._noted_lines == len(lines):
            return
        fresh = slice(self._noted_lines, None)
        self._noted_lines = len(lines)
        places = lines.place[fresh]
        if not self._held[places].all():
            self._held[places] = True
            self._unsought[:] = True
        self._books_with[lines.book[fresh][lines.run[fresh] == RTD]] = True

    def size(self, first_hour: int) -> FloatColumn:
        """Return how large the firm's position at each location is, MW over the hours left."""
        size = np.zeros(self.share.shape[1])
        _add_sizes(self._hourly.place_mw, self.share, first_hour, size)
        return size

    def estimate(self) -> Flags:
        """Flag the books that hold what settles at RTD and has no RTD price."""
        hourly, unlooked = self._hourly, self._unlooked
        if unlooked.any():
            self._note_lines()
            _find_missing(self.unpriced, self._held, self._unsought, self._missing)
            _find_estimates(
                hourly.mw,
                hourly.lines.columns,
                len(hourly.lines),
                (self.unpriced, self._missing),
                self._books_with,
                unlooked,
                self._early,
            )
            unlooked[:] = False
        return np.asarray((self._early != _NO_LINE).any(axis=0))

    def rows(self, lines: Numbers, row_of: Numbers, delivered: int, open_mw: Matrix) -> Matrix:
        """Add the mean open MW of some lines to rows; return what is left by hour, hub and book.

        Args:
            lines: numbers of lines.
            row_of: the row of each of them.
            delivered: how many intervals of the day are over.
            open_mw: by row and hour; written to.

        Returns:
            MW, shape (hours, hubs, books): the sums without those lines.
        """
        hourly = self._hourly
        rest = self._units.copy()
        grid = (hourly.day.per_hour, delivered)
        _add_rows(
            open_mw,
            rest,
            (lines, row_of),
            hourly.lines.columns,
            self._locations.first_cells(self._books),
            self.share,
            (hourly.mw, hourly.at_end),
            grid,
        )
        hubs = len(self._locations.ranked_hubs)
        return np.asarray(rest.reshape(len(rest), hubs, self._books) / UNITS)


@compiled
def _sum_hour(
    units: FloatColumn,
    share: Matrix,
    held: FloatColumn,
    columns: Numbers,
    lines: int,
    first_slot: Numbers,
    waiting: bool,  # noqa: FBT001 - a compiled loop takes no keywords
) -> None:
    units[:] = 0.0
    for line in range(lines):
        if held[line] == 0.0:
            continue
        book, place, run = columns[0, line], columns[1, line], columns[2, line]
        amount = held[line] * UNITS
        if waiting:
            amount *= share[run, place]
        units[first_slot[place] + book] += np.rint(amount)


@compiled
def _find_missing(unpriced: Flags, held: Flags, unsought: Flags, missing: Flags) -> None:
    """Note the hours in which some location with lines has no RTD price."""
    for hour in range(len(unsought)):
        if not unsought[hour]:
            continue
        unsought[hour] = early = False
        for place in range(len(held)):
            if held[place]:
                early = early or unpriced[place, hour]
        missing[hour] = early


@compiled
def _count_sought(
    hour: int,
    mw: Matrix,
    columns: Numbers,
    missing: tuple[Flags, Flags],
    books_with: Flags,
    early: Numbers,
) -> int:
    """Keep the lines that show still what they showed, most of them; count what has none."""
    unpriced, some = missing
    sought = 0
    for book in range(len(early)):
        line = early[book]
        if line >= 0 and (mw[hour, line] == 0.0 or not unpriced[columns[1, line], hour]):
            early[book] = _NO_LINE
        sought += int(some[hour] and books_with[book] and early[book] < 0)
    return sought


@compiled
def _find_estimates(
    mw: Matrix,
    columns: Numbers,
    lines: int,
    missing: tuple[Flags, Flags],
    books_with: Flags,
    unlooked: Flags,
    found: Numbers,
) -> None:
    """Find a line by hour and book; an hour is done when every book with such lines has one."""
    unpriced, _ = missing
    for hour in range(len(unlooked)):
        if not unlooked[hour]:
            continue
        early = found[hour]
        sought = _count_sought(hour, mw, columns, missing, books_with, early)
        for line in range(lines):
            if sought == 0:
                break
            book, place, run = columns[0, line], columns[1, line], columns[2, line]
            if run == RTD and early[book] < 0 and mw[hour, line] != 0.0 and unpriced[place, hour]:
                early[book] = line
                sought -= 1


@compiled
def _add_sizes(place_mw: Matrix, share: Matrix, first_hour: int, size: FloatColumn) -> None:
    for place in range(len(size)):
        for hour in range(first_hour, share.shape[2]):
            held = 0.0
            for run in range(share.shape[0]):
                held += place_mw[run, place, hour] * share[run, place, hour]
            size[place] += abs(held)


@compiled
def _add_rows(
    open_mw: Matrix,
    rest: Matrix,
    chosen: tuple[Numbers, Numbers],
    columns: Numbers,
    first_slot: Numbers,
    share: Matrix,
    by_line: tuple[Matrix, Matrix],
    grid: tuple[int, int],
) -> None:
    per_hour, delivered = grid
    for hour in range(open_mw.shape[1]):
        waiting = (hour + 1) * per_hour > delivered
        for at in range(len(chosen[0])):
            line = chosen[0][at]
            book, place, run = columns[0, line], columns[1, line], columns[2, line]
            slot = first_slot[place] + book
            if waiting:
                amount = by_line[0][hour, line] * share[run, place, hour]
                rest[hour, slot] -= np.rint(amount * UNITS)
            else:
                amount = by_line[1][hour, line]
                rest[hour, slot] -= np.rint(amount * UNITS)
            open_mw[chosen[1][at], hour] += amount
