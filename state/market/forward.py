"""The position beyond the intraday grid: per book, hub, block and delivery month.

It is kept by day, so that the roll at midnight only moves the first day that counts; months are
sums over days. A block is on-peak or off-peak; a flat contract is both.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from state.arrays import Flags, Matrix, with_room
from state.calendar import MarketCalendar, MarketDay, local_midnight_ns
from state.market.horizon import BLOCKS, HORIZON_DAYS, Horizon, HubBlock
from state.market.likeness import alike
from state.market.resting import Resting
from state.messages import Block, CurveMarks, FloatColumn

RowKey = tuple[int, int, Block]
"""Book index, location index of the hub, and block."""

NOTHING = 1e-6
"""MW, MWh or $ that rounding leaves of contracts that set each other off."""


@dataclass(frozen=True)
class ForwardMove:
    """Forward MWh that changed at one row, by month."""

    row: int
    months: list[str]
    mwh: FloatColumn


class ForwardBook:
    """Holds one market's position from the day after tomorrow on.

    Attributes:
        keys: of the rows.
        horizon: the days it is kept by.
        months, month_of: as the horizon has them.
        mwh, cost_usd: by row and month, over the days that count.
        mark: $/MWh by row and month; NaN without a mark.
        marks: the curve, by hub, block and month.
        edition: grows with every change of what is shown; not saved.
        marks_edition: grows with every change of the curve; not saved.
        resting: fingerprints of what rows hold by day; not saved.
        before_marks: value by row before the curve moved, since the explain last looked; not saved.
    """

    def __init__(self, calendar: MarketCalendar, origin: date) -> None:
        self._calendar = calendar
        self.origin = origin
        self.horizon = Horizon(calendar, origin)
        self.months, self.month_of = self.horizon.months, self.horizon.month_of
        self.first = 0
        self.keys: dict[RowKey, int] = {}
        self._daily = np.zeros((2, 0, HORIZON_DAYS))
        self.resting = Resting(1, 0)
        self.mwh = np.zeros((0, len(self.months)))
        self.cost_usd = np.zeros((0, len(self.months)))
        self.mark = np.zeros((0, len(self.months)))
        self._rooms = self._by_row()
        self._days_of: dict[int, int] | None = None  # in a book beside: of rows that may change
        self.marks: dict[tuple[str, Block, str], float] = {}
        self.moves: list[ForwardMove] = []
        self.edition = 0
        self.before_marks: FloatColumn | None = None
        self.marks_edition = 0
        self._row_like: dict[HubBlock, int] = {}
        self._worth, self._holders = np.zeros(0), np.zeros(0, dtype=np.int64)
        self._lacks = np.zeros(0, dtype=np.bool_)
        self._unvalued: set[int] = set()
        self._value_stamp = (-1, 0)
        self._value = np.zeros(0)
        self._first_ns = (-1, 0)

    @property
    def end(self) -> date:
        """The first day beyond it."""
        return self.origin + timedelta(days=HORIZON_DAYS)

    @property
    def first_ns(self) -> int:
        """When the first day that counts begins."""
        if self._first_ns[0] != self.first:
            day = self.origin + timedelta(days=self.first)
            self._first_ns = (self.first, local_midnight_ns(day, self._calendar.time_zone))
        return self._first_ns[1]

    # What can change -----------------------------------------------------------------------------

    def begin_after(self, tomorrow: date) -> None:
        """Let the day after ``tomorrow`` be the first that counts."""
        before = self.first
        self.edition += 1
        self.first = (tomorrow - self.origin).days + 1
        if self.keys and self.first > before:
            last = int(self.month_of[min(self.first, HORIZON_DAYS - 1)])
            for row in range(len(self.keys)):
                self._sum_months(row, int(self.month_of[before]), last + 1)

    def add(self, key: RowKey, name: str, mwh: FloatColumn, cost: FloatColumn, *, at: int) -> None:
        """Add MWh and $ by day to a row.

        Args:
            key: the row.
            name: of the row's hub, to find its marks.
            mwh: by day.
            cost: $ by day.
            at: number of the first of these days since the origin; may lie before it.
        """
        skip = max(0, -at)
        mwh, cost, at = mwh[skip:], cost[skip:], at + skip
        length = min(len(mwh), HORIZON_DAYS - at)
        if length <= 0:
            return
        row = self._row(key, name)
        if not mwh.any() and not cost.any():
            return
        self.resting.flags[0, row] = False
        daily = self._days(row)
        daily[0, at : at + length] += mwh[:length]
        daily[1, at : at + length] += cost[:length]
        if at + length > self.first:
            begin, end = max(at, self.first), at + length - 1
            self._sum_months(row, int(self.month_of[begin]), int(self.month_of[end]) + 1)

    def curve_of(self, day: MarketDay, hubs: list[str]) -> Matrix:
        """Return the mark of each hub in every hour of a day, shape (hours, hubs); NaN without."""
        month = day.day.strftime("%Y-%m")
        known = {
            hub: [self.marks.get((hub, one, month), np.nan) for one in BLOCKS] for hub in set(hubs)
        }
        peak, off = np.array([known[hub] for hub in hubs]).T
        return np.asarray(np.where(day.on_peak_by_hour[:, None], peak, off))

    def curve_by_day(self, hub: str, block: Block) -> FloatColumn:
        """Return the mark of a hub's block on each day since the origin; NaN without one."""
        marks = [self.marks.get((hub, block, month), np.nan) for month in self.months]
        return np.array(marks)[self.month_of]

    def set_marks(self, message: CurveMarks, names: list[str]) -> None:
        """Take over curve marks; ``names`` are those of the market's locations."""
        columns = zip(
            message.hubs, message.blocks, message.months, message.price_usd_per_mwh, strict=True
        )
        for hub, block, month, price in columns:
            if not np.isfinite(price):
                continue
            for part in BLOCKS if block is Block.FLAT else (block,):
                self.marks[hub, part, month] = float(price)
        self.edition += 1
        self.marks_edition += 1
        if self.before_marks is None:
            self.before_marks = self.worth_by_row()
        for key, row in self.keys.items():
            self._mark_row(row, key[2], names[key[1]])

    def succeed(self, before: ForwardBook, names: list[str]) -> None:
        """Take over the rows of another book, empty, and its marks: this one holds no row yet."""
        self.edition, self.marks_edition = before.edition + 1, before.marks_edition + 1
        self.marks, self.before_marks = before.marks, before.before_marks
        for key in before.keys:
            self._row(key, names[key[1]])

    def moved_since(self, before: ForwardBook) -> list[ForwardMove]:
        """Return by how much MWh are other than those of a book whose rows come first here."""
        months = sorted({*before.months, *self.months})
        place = {month: number for number, month in enumerate(months)}
        moved = np.zeros((len(self.keys), len(months)))
        moved[:, [place[month] for month in self.months]] = self.mwh
        moved[: len(before.keys), [place[month] for month in before.months]] -= before.mwh
        return [
            ForwardMove(row, [months[month]], moved[row, month : month + 1])
            for row, month in np.argwhere(moved).tolist()
        ]

    # Figures -------------------------------------------------------------------------------------

    def value_by_book(self, books: int) -> FloatColumn:
        """Return Σ (MWh × mark − cost) by book, $; months without a mark are left out."""
        if self._value_stamp != (self.edition, books):
            self._value_stamp, self._value = (self.edition, books), self._value_by_book(books)
        return self._value

    def _value_by_book(self, books: int) -> FloatColumn:
        by_row = self._follow_worth()
        return np.bincount(self._holders, weights=by_row, minlength=books).astype(np.float64)

    def value_from(self, day: date, books: int) -> FloatColumn:
        """Return the same of the days from one on alone."""
        at = (day - self.origin).days
        mark, (mwh, cost) = self.mark[:, self.month_of[at:]], self._daily[:, :, at:]
        worth = np.where(np.isfinite(mark), mwh * np.nan_to_num(mark) - cost, 0.0)
        holders = np.array([key[0] for key in self.keys], dtype=np.int64)
        return np.bincount(holders, np.add.reduce(worth, axis=1), books).astype(np.float64)

    def worth_by_row(self) -> FloatColumn:
        """Return Σ over months of MWh × mark − cost by row, $; without a mark nothing."""
        return self._follow_worth().copy()

    def unmarked_by_book(self, books: int) -> Flags:
        """Say which books hold MWh, or owe for some, in a month without a mark."""
        self._follow_worth()
        found = np.zeros(books, dtype=np.bool_)
        if self._lacks.any():
            found[self._holders[self._lacks]] = True
        return found

    def unmarked_mwh(self, books: int) -> FloatColumn:
        """Return how many MWh of each book, without sign, are in months without a mark."""
        self._follow_worth()
        rows = np.flatnonzero(self._lacks)
        without = np.where(np.isnan(self.mark[rows]), np.abs(self.mwh[rows]), 0.0)
        amounts = np.add.reduce(without, axis=1)
        return np.bincount(self._holders[rows], amounts, books).astype(np.float64)

    def _follow_worth(self) -> FloatColumn:
        rows = list(self._unvalued)
        if len(self._worth) < len(self.keys):
            more = len(self.keys) - len(self._worth)
            self._worth = np.append(self._worth, np.zeros(more))
            self._lacks = np.append(self._lacks, np.zeros(more, dtype=np.bool_))
            self._holders = np.array([key[0] for key in self.keys])
        if rows:
            self._unvalued.clear()
            mark, mwh, cost = self.mark[rows], self.mwh[rows], self.cost_usd[rows]
            known = np.isfinite(mark)
            worth = np.where(known, mwh * np.where(known, mark, 0.0) - cost, 0.0)
            self._worth[rows] = np.add.reduce(worth, axis=1)
            held = (np.abs(mwh) > NOTHING) | (np.abs(cost) > NOTHING)
            self._lacks[rows] = (held & ~known).any(axis=1)
        return self._worth

    def beside(self, keys: Iterable[RowKey]) -> ForwardBook:
        """Return the same position, to change by itself at some rows, and at new ones."""
        rows = list(dict.fromkeys(self.keys[key] for key in keys if key in self.keys))
        rooms = {name: room.copy() for name, room in self._rooms.items() if name != "_daily"}
        own = {name: room[..., : len(self.keys), :] for name, room in rooms.items()}
        # Days are most of it, and few rows of them change.
        rooms["_daily"] = own["_daily"] = self._daily[:, rows]
        days_of = {row: place for place, row in enumerate(rows)}
        rows_by = {"keys": dict(self.keys), "_row_like": dict(self._row_like), "_days_of": days_of}
        own["_worth"], lacks = self._worth.copy(), self._lacks.copy()
        rows_by["_unvalued"] = set(self._unvalued)
        resting = Resting(1, len(self.keys))
        own_rows = {"_rooms": rooms, "_lacks": lacks, **rows_by}
        return alike(self, moves=[], resting=resting, **own_rows, **own)

    def __deepcopy__(self, memo: dict[int, Any]) -> ForwardBook:
        """Return a book of its own: what has a row a key lives in arrays with room for more."""
        other = memo[id(self)] = object.__new__(type(self))
        own = {name: thing for name, thing in vars(self).items() if name not in self._rooms}
        vars(other).update({name: deepcopy(thing, memo) for name, thing in own.items()})
        for name, room in other._rooms.items():
            setattr(other, name, room[..., : getattr(self, name).shape[-2], :])
        return other

    # Rows ----------------------------------------------------------------------------------------

    def _row(self, key: RowKey, name: str) -> int:
        row = self.keys.get(key)
        if row is None:
            self.keys[key] = row = len(self.keys)
            self.resting.grow(len(self.keys))
            for name_of, array in self._rooms.items():
                rows = row + 1
                if name_of == "_daily" and self._days_of is not None:
                    self._days_of[row] = len(self._days_of)
                    rows = len(self._days_of)
                self._rooms[name_of] = room = _with_room(array, rows)
                setattr(self, name_of, room[..., :rows, :])
            like = self._row_like.setdefault(key[1:], row)
            if like == row:
                self._mark_row(row, key[2], name)
            else:
                self.mark[row] = self.mark[like]
                self._unvalued.add(row)
        return row

    def _days(self, row: int) -> Matrix:
        """Return MWh and $ of a row by day."""
        return self._daily[:, row if self._days_of is None else self._days_of[row]]

    def _by_row(self) -> dict[str, Matrix]:
        """Return the arrays that have a row a key; these keep room for more."""
        return {
            "_daily": self._daily,
            "mwh": self.mwh,
            "cost_usd": self.cost_usd,
            "mark": self.mark,
        }

    def _mark_row(self, row: int, block: Block, hub: str) -> None:
        self.mark[row] = [self.marks.get((hub, block, month), np.nan) for month in self.months]
        self._unvalued.add(row)

    def _sum_months(self, row: int, begin: int, end: int) -> None:
        self.edition += 1
        self._unvalued.add(row)
        starts, first = self.horizon.month_edges[begin : end + 1], self.first
        edges = [min(max(start, first), HORIZON_DAYS) for start in starts]
        daily = self._days(row)
        for number, month in enumerate(range(begin, end)):
            part = daily[:, edges[number] : edges[number + 1]]
            mwh, cost = np.add.reduce(part, axis=1)
            self._move(row, month, float(mwh))
            self.cost_usd[row, month] = cost

    def _move(self, row: int, month: int, mwh: float) -> None:
        moved = mwh - self.mwh[row, month]
        self.mwh[row, month] = mwh
        if moved:
            self.moves.append(ForwardMove(row, [self.months[month]], np.array([moved])))

    def expose_all(self) -> None:
        """Let every exposure count as moved, from zero."""
        self.moves = [
            ForwardMove(row, [self.months[month]], self.mwh[row, month : month + 1].copy())
            for row, month in zip(*np.nonzero(self.mwh), strict=True)
        ]

    def drain(self, names: list[str]) -> list[tuple[int, tuple[str, Block], ForwardMove]]:
        """Return what moved since the last call, with book, hub and block of its row."""
        if not self.moves:
            return []
        keys = list(self.keys)
        moves, self.moves = self.moves, []
        return [
            (keys[move.row][0], (names[keys[move.row][1]], keys[move.row][2]), move)
            for move in moves
        ]

    def hours_left(self, block: Block) -> FloatColumn:
        """Count the hours of a block on the days of each month that count."""
        hours = self.horizon.hours[block].copy()
        hours[: self.first] = 0.0
        return np.asarray(np.add.reduceat(hours, self.horizon.month_starts))

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        return {
            "origin": self.origin.isoformat(),
            "first": self.first,
            "keys": [list(key) for key in self.keys],
            "daily": self._daily,
            "mwh": self.mwh,
            "cost_usd": self.cost_usd,
            "mark": self.mark,
            "marks": [[*key, price] for key, price in self.marks.items()],
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot made with the same origin."""
        self.first = saved["first"]
        for number, (book, hub, block) in enumerate(saved["keys"]):
            self.keys[book, hub, Block(block)] = number
            self._row_like.setdefault((hub, Block(block)), number)
        self._unvalued.update(range(len(self.keys)))
        self.resting = Resting(1, len(self.keys))
        self._daily = saved["daily"]
        for name in ("mwh", "cost_usd", "mark"):
            setattr(self, name, saved[name])
        self._rooms = self._by_row()
        for hub, block, month, price in saved["marks"]:
            self.marks[hub, Block(block), month] = price


def _with_room(array: Matrix, rows: int) -> Matrix:
    """Return an array with at least so many rows, along its last axis but one."""
    known = array.shape[-2]
    if rows <= known:
        return array
    return with_room(array, known + max(known, rows), axis=array.ndim - 2)
