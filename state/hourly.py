"""Contracts of whole hours on one market day: MW, value, open position and exposure by line.

Everything that depends on prices is the same for all lines of a run at a location, so it is kept
there (sums of marks over an hour, which intervals still count) and a line only carries its MW: a
publication touches one number a line, a trade one number an hour. The meanings are those of
``docs/meanings.md``; rows kept by interval are in ``state.positions``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from state.calendar import MarketDay
from state.changes import HubSums
from state.exposures import RUNS, STATES, LineMove, WeightMove
from state.hour_loops import (
    LATE,
    VALUED,
    add_contract,
    count_fmm,
    deliver_interval,
    reprice_hour,
    spread_over_lines,
    weigh_hour,
)
from state.lines import LineTable
from state.messages import FloatColumn
from state.prices import DA, FMM, RTD, PriceGrid

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]


class HourlyPositions:
    """Folds the contracts of whole hours of one day.

    Arrays by line are laid out hour by hour, because a publication is about one hour.

    Attributes:
        mw, cost: of every line, shape (hours, capacity); cost in $ an hour.
        at_end: mean MW that was open when each interval of the hour ended.
        value_usd, realised_usd, base_usd: by book; realised is what realised intervals gained
            since midnight, base the value then.
        open_mw: the firm's open position by interval.
        physical_mw: the firm's physical trades by run and hour.
        weight: h of each hour still exposed, shape (states, locations, hours).
        entered, weighed: what the scenario P&L has not followed yet: MW of lines, and what is
            exposed of them; not saved.
        by_hub: what prices moved since the explain last looked; not saved.
    """

    def __init__(self, day: MarketDay, lines: LineTable, prices: PriceGrid) -> None:
        self.day = day
        self.lines = lines
        self._prices = prices
        shape = (day.hours, 0)
        self.mw, self.cost, self.at_end = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self._base_mw, self._base_cost = np.zeros(shape), np.zeros(shape)
        self.value_usd, self.realised_usd, self.base_usd = np.zeros((3, 0))
        self.open_mw = np.zeros(day.intervals)
        self.physical_mw = np.zeros((RUNS, day.hours))
        self.entered: list[LineMove] = []
        self.weighed: list[WeightMove] = []
        self.by_hub = HubSums()
        self.edition = 0
        self._past = False
        self._realised = np.zeros((0, day.intervals), dtype=np.bool_)
        self._unscheduled = np.ones(day.intervals)
        places = (RUNS, 0, day.hours)
        self._place_mw, self._marks, self._realised_marks = (np.zeros(places) for _ in range(3))
        self._base_marks = np.zeros((RUNS, 0, day.intervals))
        self._counts = np.zeros((RUNS, 0, day.intervals))
        self._realised_count = np.zeros((0, day.hours))
        self.weight = np.zeros((len(STATES), 0, day.hours))

    # Room ----------------------------------------------------------------------------------------

    def grow(self, books: int, realised: Flags) -> None:
        """Make room for the lines, locations and books there are by now.

        Args:
            books: how many there are.
            realised: the day's flags by location and interval, which this object reads.
        """
        self._realised = realised
        more = books - len(self.value_usd)
        if more > 0:
            for name in ("value_usd", "realised_usd", "base_usd"):
                setattr(self, name, np.pad(getattr(self, name), (0, more)))
        self._grow_lines()
        self._grow_places(realised.shape[0])

    def _grow_lines(self) -> None:
        more = self.lines.capacity - self.mw.shape[1]
        if more <= 0:
            return
        for name in self._BY_LINE if not self._past else self._BY_LINE[:3]:
            setattr(self, name, np.pad(getattr(self, name), ((0, 0), (0, more))))

    def _grow_places(self, places: int) -> None:
        known = self._place_mw.shape[1]
        more = places - known
        if more <= 0:
            return
        behind = ((0, 0), (0, more), (0, 0))
        for name in ("_place_mw", "_marks", "_realised_marks", "weight"):
            setattr(self, name, np.pad(getattr(self, name), behind))
        if not self._past:
            self._base_marks = np.pad(self._base_marks, behind)
        self._counts = np.pad(self._counts, behind, constant_values=1.0)
        self._counts[DA] = self._unscheduled
        self._realised_count = np.pad(self._realised_count, behind[1:])
        self.reprice(np.arange(known, places), (0, self.day.hours))

    # Contracts -----------------------------------------------------------------------------------

    def add(self, line: int, first_hour: int, mw: FloatColumn, *, price: float) -> None:
        """Add a contract's MW by hour to a line; minus the same MW takes it out again.

        Args:
            line: number of the line.
            first_hour: of the day.
            mw: signed MW of consecutive hours.
            price: $/MWh paid.
        """
        self.edition += 1
        add_contract(
            (self.mw, self.cost),
            (self._marks, self._realised_marks),
            self._realised_count,
            self._counts,
            self._place_mw,
            self.physical_mw,
            self.open_mw,
            (line, first_hour, price),
            mw,
            self.lines.columns,
            (self.value_usd, self.realised_usd),
        )
        self.entered.append((line, first_hour, mw))

    @property
    def place_mw(self) -> Matrix:
        """The firm's MW by run, location and hour, shape (runs, locations, hours)."""
        return self._place_mw

    @property
    def _step_hours(self) -> float:
        return self.day.interval_seconds / 3600.0

    # Prices --------------------------------------------------------------------------------------

    def reprice(self, places: Places, span: tuple[int, int]) -> None:
        """Follow the marks and publications of some places over whole hours of intervals."""
        self.edition += 1
        per_hour = self.day.per_hour
        for hour in range(span[0] // per_hour, span[1] // per_hour):
            self._reprice_hour(places, hour)
            count_fmm(
                self._prices.published,
                places,
                hour,
                per_hour,
                self._counts,
                self._place_mw,
                self.open_mw,
            )
            self._weigh(places, hour)

    def _reprice_hour(self, places: Places, hour: int) -> None:
        moved, moved_late = np.zeros((2, *self._place_mw.shape[:2]))
        seen = reprice_hour(
            self._prices.mark,
            self._realised,
            places,
            hour,
            self.day.per_hour,
            (self._marks, self._realised_marks),
            (moved, moved_late),
        )
        if seen & VALUED:
            on_peak = bool(self.day.on_peak[hour * self.day.per_hour])
            self.by_hub.spread(self.mw[hour], self.lines, moved, self.value_usd, on_peak=on_peak)
        if seen & LATE:
            self._spread(self.mw[hour], moved_late, self.realised_usd)

    def _spread(self, by_line: FloatColumn, moved: Matrix, by_book: FloatColumn) -> None:
        spread_over_lines(by_line, self.lines.columns, len(self.lines), moved, by_book)

    def _hour(self, hour: int) -> slice:
        return slice(hour * self.day.per_hour, (hour + 1) * self.day.per_hour)

    def _count_anew(self, run: int, places: Places, part: slice, counts: Matrix | Flags) -> None:
        moved = counts - self._counts[run, places, part]
        if moved.any():
            self._counts[run, places, part] = counts
            held = self._place_mw[run, places, part.start // self.day.per_hour]
            self.open_mw[part] += np.add.reduce(held[:, None] * moved, axis=0)

    def _weigh(self, places: Places, hour: int) -> None:
        """Follow what of an hour is still exposed, and to which kind of shock."""
        moved = np.zeros(self.weight.shape[:2])
        published, per_hour = self._prices.published, self.day.per_hour
        if weigh_hour(published, self._realised, places, hour, per_hour, self.weight, moved):
            self.weighed.append(WeightMove(hour, places, moved))

    # Schedule and time ---------------------------------------------------------------------------

    def schedule(self, scheduled: Flags) -> None:
        """Follow the switch: a leg at DA counts as open until the schedule is known."""
        self.edition += 1
        unscheduled = (~scheduled).astype(np.float64)
        moved = unscheduled - self._unscheduled
        held = np.add.reduce(self._place_mw[DA], axis=0)
        self.open_mw += np.repeat(held, self.day.per_hour) * moved
        self._unscheduled = unscheduled
        self._counts[DA] = unscheduled

    def deliver(self, first: int, last: int) -> None:
        """Keep what was open at the end of some intervals."""
        self.edition += 1
        for interval in range(first, last):
            hour = interval // self.day.per_hour
            deliver_interval(
                self.mw[hour],
                self.lines.columns,
                len(self.lines),
                self._counts,
                interval,
                self.day.per_hour,
                self.at_end[hour],
            )

    def realise(self, turned: Flags) -> None:
        """Follow intervals that turned realised, flags by location and interval of the day."""
        self.edition += 1
        hours = np.flatnonzero(turned.reshape(len(turned), self.day.hours, -1).any(axis=(0, 2)))
        for hour in hours.tolist():
            part = self._hour(hour)
            places = np.flatnonzero(turned[:, part].any(axis=1))
            self._realise_hour(places, hour, turned[places, part])
            self._count_anew(RTD, places, part, ~self._realised[places, part])
            self._weigh(places, hour)

    def _realise_hour(self, places: Places, hour: int, turned: Flags) -> None:
        part, step = self._hour(hour), self._step_hours
        now = np.nan_to_num(self._prices.mark[:RUNS, places, part])
        now = np.add.reduce(np.where(turned, now, 0.0), axis=2)
        count = np.count_nonzero(turned, axis=1).astype(np.float64)
        self._realised_marks[:, places, hour] += now
        self._realised_count[places, hour] += count
        if self._past:
            return
        base = np.where(turned, self._base_marks[:, places, part], 0.0)
        gained, before, over = np.zeros((3, *self._place_mw.shape[:2]))
        gained[:, places] = now * step
        before[:, places] = np.add.reduce(base, axis=2) * -step
        over[:, places] = count * step
        self._spread(self.mw[hour], gained, self.realised_usd)
        self._spread(self.cost[hour], -over, self.realised_usd)
        self._spread(self._base_mw[hour], before, self.realised_usd)
        self._spread(self._base_cost[hour], over, self.realised_usd)

    def rebase(self, *, past: bool) -> None:
        """Begin a new P&L day: what everything is worth now is its base.

        Args:
            past: the day is over; only its value as a whole can still be corrected.
        """
        if past:
            self._base_mw, self._base_cost = np.zeros((2, self.day.hours, 0))
            self._base_marks = np.zeros((RUNS, 0, self.day.intervals))
        else:
            self._base_mw, self._base_cost = self.mw.copy(), self.cost.copy()
            self._base_marks = np.nan_to_num(self._prices.mark[:RUNS])
        self._past = past
        self.base_usd = self.value_usd.copy()
        self.realised_usd[:] = 0.0

    @property
    def past(self) -> bool:
        """Whether the day is over."""
        return self._past

    @property
    def base(self) -> tuple[Matrix, Matrix, Matrix] | None:
        """MW and cost by line, and marks, at midnight; None of a day that is past."""
        return None if self._past else (self._base_mw, self._base_cost, self._base_marks)

    # Exposure ------------------------------------------------------------------------------------

    def expose_all(self) -> None:
        """Let every exposure count as moved, from zero."""
        everywhere = np.arange(self.weight.shape[1])
        self.entered.clear()
        self.weighed = [
            WeightMove(hour, everywhere, self.weight[:, :, hour].copy())
            for hour in range(self.day.hours)
        ]

    def forget_moves(self) -> None:
        """Let nothing wait to be followed."""
        self.entered.clear()
        self.weighed.clear()

    # Figures -------------------------------------------------------------------------------------

    def open_by_hour(self, left: Flags) -> Matrix:
        """Return the mean open MW of each (book, location) pair and hour.

        Args:
            left: which intervals are undelivered; an hour without any shows what it was.
        """
        by_hour = left.reshape(self.day.hours, -1)
        count = np.count_nonzero(by_hour, axis=1)
        counts = np.where(left, self._counts, 0.0).reshape(*self._marks.shape, -1)
        share = np.add.reduce(counts, axis=3) / np.maximum(count, 1)
        lines = len(self.lines)
        waiting = self.mw[:, :lines] * share[self.lines.run, self.lines.place].T
        mean = np.where(count[:, None] > 0, waiting, self.at_end[:, :lines])
        pairs = np.zeros((len(self.lines.pairs), self.day.hours))
        np.add.at(pairs, self.lines.pair, mean.T)
        return pairs

    def held_hours(self) -> Flags:
        """Return which lines hold anything, by hour, shape (hours, lines)."""
        return np.asarray(self.mw[:, : len(self.lines)] != 0.0)

    # Saving --------------------------------------------------------------------------------------

    _BY_LINE = ("mw", "cost", "at_end", "_base_mw", "_base_cost")
    _WHOLE = (
        "value_usd",
        "realised_usd",
        "base_usd",
        "open_mw",
        "physical_mw",
        "_base_marks",
        "_place_mw",
        "_realised_marks",
        "_realised_count",
    )

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs; sums over marks follow from the prices."""
        lines = len(self.lines)
        by_line = {name: getattr(self, name)[:, :lines] for name in self._BY_LINE}
        whole = {name: getattr(self, name) for name in self._WHOLE}
        return {**by_line, **whole, "past": self._past}

    def restore(self, saved: dict[str, Any], scheduled: Flags) -> None:
        """Take over a snapshot, after prices and flags of the day were restored."""
        for name in (*self._BY_LINE, *self._WHOLE):
            setattr(self, name, saved[name])
        self._past = saved["past"]
        self._grow_lines()
        places = self._place_mw.shape[1]
        everywhere = np.arange(places)
        self._unscheduled = (~scheduled).astype(np.float64)
        self._counts = np.ones((RUNS, places, self.day.intervals))
        self._counts[DA] = self._unscheduled
        self._counts[FMM] = np.isnan(self._prices.published[FMM])
        self._counts[RTD] = ~self._realised
        self.weight = np.zeros((len(STATES), places, self.day.hours))
        self._marks, late = np.zeros((2, RUNS, places, self.day.hours))
        moved, moved_late = np.zeros((2, RUNS, places))
        for hour in range(self.day.hours):
            # In the very order in which publications sum them.
            sums, room = (self._marks, late), (moved, moved_late)
            reprice_hour(
                self._prices.mark, self._realised, everywhere, hour, self.day.per_hour, sums, room
            )
            self._weigh(everywhere, hour)
        self.forget_moves()
