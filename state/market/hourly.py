"""Contracts of whole hours on one market day: MW, value, open position and exposure by line.

Everything that depends on prices is the same for all lines of a run at a location, so it is kept
there (sums of marks over an hour, which intervals still count) and a line only carries its MW: a
publication touches one number a line, a trade one number an hour. The meanings are those of
``docs/meanings.md``; rows kept by interval are in ``state.market.positions``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from state.arrays import Bits, Flags, Floats, Matrix, Places, with_room
from state.calendar import MarketDay
from state.market.changes import HubSums
from state.market.entry_loops import Counted, enter_contract
from state.market.exposed_hours import ExposedHours
from state.market.exposures import RUNS, LineMove, WeightMove
from state.market.held_cells import HeldCells
from state.market.hour_loops import (
    Held,
    LineContracts,
    add_contracts,
    close_fmm,
    deliver_interval,
    realise_places,
    spread_over_lines,
    spread_realised,
)
from state.market.likeness import alike
from state.market.lines import LineTable
from state.market.mark_sums import MarkSums
from state.market.prices import DA, FMM, RTD, Entered, PriceGrid
from state.market.resting import Resting, blocks_of
from state.messages import Block, FloatColumn

_BY_BOOK = ("value_usd", "realised_usd", "base_usd")


class HourlyPositions:
    """Folds the contracts of whole hours of one day.

    Arrays by line are laid out hour by hour, because a publication is about one hour; so are sums
    of marks and weights.

    Attributes:
        mw, cost: of every line, shape (hours, capacity); cost in $ an hour.
        at_end: mean MW that was open when each interval of the hour ended.
        value_usd, realised_usd, base_usd: by book; realised is what realised intervals gained
            since midnight, base the value then.
        open_mw: the firm's open position by interval.
        physical_mw: the firm's physical trades by run and hour.
        past: whether the day is over.
        beside_of: the lines beside which these hold what is asked about; None of a day's own.
        entered, weighed: what the scenario P&L has not followed yet: MW of lines, and what is
            exposed of them; not saved.
        by_hub: what prices moved since the explain last looked; not saved.
        resting: fingerprints of MW, cost and ends by hour and block of lines; not saved.
        recounted: hours that ``state.market.open_lines`` has to sum anew; not saved.
    """

    def __init__(self, day: MarketDay, lines: LineTable, prices: PriceGrid) -> None:
        self.day = day
        self.lines = lines
        self._prices = prices
        shape = (day.hours, 0)
        self.mw, self.cost, self.at_end = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self._base = HeldCells.none(day.hours, figures=2)
        self.resting = Resting(*shape)
        self.value_usd, self.realised_usd, self.base_usd = np.zeros((3, 0))
        self.open_mw = np.zeros(day.intervals)
        self.physical_mw = np.zeros((RUNS, day.hours))
        self.entered: list[LineMove] = []
        self.weighed: list[WeightMove] = []
        self.by_hub = HubSums()
        self.recounted = np.ones(day.hours, dtype=np.bool_)
        self.edition = 0
        self.past = self._keeps_ends = False
        self.beside_of: HourlyPositions | None = None
        self._realised = np.zeros((0, day.intervals), dtype=np.bool_)
        self._unscheduled = np.ones(day.intervals)
        self._place_mw = np.zeros((RUNS, 0, day.hours))
        self._sums = MarkSums(day, prices)
        self._base_marks = np.zeros((RUNS, 0, day.intervals))
        self._realised_count = np.zeros((0, day.hours))
        self._exposed = ExposedHours(day, prices)

    # Room ----------------------------------------------------------------------------------------

    def grow(self, books: int, realised: Flags) -> None:
        """Make room for the lines, locations and books there are by now.

        Args:
            books: how many there are.
            realised: the day's flags by location and interval, which this object reads.
        """
        self._realised = realised
        for name in _BY_BOOK:
            setattr(self, name, with_room(getattr(self, name), books, axis=0))
        self.grow_lines()
        self._grow_places(realised.shape[0])

    def grow_lines(self) -> None:
        """Make room for the lines there are by now."""
        for name in ("mw", "cost", *(["at_end"] if self._keeps_ends else [])):
            setattr(self, name, with_room(getattr(self, name), self.lines.capacity, axis=1))
        self.resting.grow(blocks_of(self.lines.capacity))

    def _grow_places(self, places: int) -> None:
        known = self._place_mw.shape[1]
        if places <= known:
            return
        self._place_mw = with_room(self._place_mw, places, axis=1)
        if not self.past:
            self._base_marks = with_room(self._base_marks, places, axis=1)
        self._realised_count = with_room(self._realised_count, places, axis=0)
        self._sums.grow(places)
        self.reprice(np.arange(known, places), delivered=0)
        self.weighed += self._exposed.grow(places, self._realised)

    # Contracts -----------------------------------------------------------------------------------

    def add(
        self, line: int, first_hour: int, mw: FloatColumn, price: float, counted: Counted
    ) -> None:
        """Add a contract's MW by hour to a line; minus the same MW takes it out again.

        Args:
            line: number of the line.
            first_hour: of the day.
            mw: signed MW of consecutive hours.
            price: $/MWh paid.
            counted: what follows the lines' open position (``state.market.open_lines``).
        """
        self.edition += 1
        enter_contract(line, first_hour, price, mw, *(*self.entry_arrays, *counted))
        self.entered.append((line, first_hour, mw))

    @property
    def entry_arrays(self) -> tuple[NDArray[Any], ...]:
        """What ``enter_contract`` changes and reads of the lines, in its order."""
        sums = self._sums
        return (
            self.lines.columns, self.mw, self.cost, sums.total, sums.realised,
            self._realised_count, self._unscheduled, self._prices.out, self._realised,
            self._place_mw, self.physical_mw, self.open_mw, self.value_usd, self.realised_usd,
            self.resting.flags,
        )  # fmt: skip

    def add_all(self, contracts: LineContracts) -> None:
        """Add contracts to a day whose lines hold nothing; the same bits as one by one."""
        self.edition += 1
        self.recounted[:] = True
        self.resting.stir()
        inside = np.array([self.day.block_mask(block)[:: self.day.per_hour] for block in Block])
        by_book = self.value_usd, self.realised_usd
        add_contracts(contracts, inside, self.lines.columns, by_book, self._held)
        self.expose_all()

    def beside(self, lines: LineTable) -> HourlyPositions:
        """Return the day for other lines, that hold nothing yet: they move figures, not the day."""
        none, names = np.zeros((self.day.hours, lines.capacity)), ("physical_mw", "open_mw")
        own = {name: getattr(self, name).copy() for name in (*names, "recounted", *_BY_BOOK)}
        own["resting"] = Resting(self.day.hours, blocks_of(lines.capacity))
        own |= {"mw": none, "cost": none.copy(), "_place_mw": np.zeros(self._place_mw.shape)}
        return alike(self, lines=lines, entered=[], weighed=[], beside_of=self, **own)

    @property
    def _held(self) -> Held:
        return (
            (self.mw, self.cost),
            (self._sums.total, self._sums.realised),
            self._realised_count,
            self._settled,
            self._place_mw,
            self.physical_mw,
            self.open_mw,
        )

    @property
    def _settled(self) -> tuple[FloatColumn, Bits, Flags]:
        """What says where a leg still counts (``state.market.hour_loops.add_contract``)."""
        return self._unscheduled, self._prices.out, self._realised

    @property
    def weight(self) -> Matrix:
        """H of each hour still exposed: a view of shape (states, locations, hours)."""
        return self._exposed.weight

    @property
    def weight_by_hour(self) -> Matrix:
        """The same as it lies in memory, shape (states, hours, locations)."""
        return self._exposed.by_hour

    @property
    def place_mw(self) -> Matrix:
        """The firm's MW by run, location and hour, shape (runs, locations, hours)."""
        return self._place_mw

    def open_intervals(self, part: slice) -> Matrix:
        """Count the intervals of a part of the day in which MW count as open; (runs, places)."""
        counted = np.zeros(self._place_mw.shape[:2])
        counted[DA] = np.add.reduce(self._unscheduled[part])
        counted[FMM] = np.count_nonzero((self._prices.out[:, part] & (1 << FMM)) == 0, axis=1)
        counted[RTD] = np.count_nonzero(~self._realised[:, part], axis=1)
        return counted

    # Prices --------------------------------------------------------------------------------------

    def publish(self, run: int, entered: Entered, span: tuple[int, int], *, delivered: int) -> None:
        """Follow what a publication changed.

        Args:
            run: that was published.
            entered: where, and where for the first time.
            span: the intervals it covers.
            delivered: how many intervals of the day are over.
        """
        self.edition += 1
        per_hour = self.day.per_hour
        if run == FMM and entered.fresh:
            where = (entered.first, entered.places, span[0], per_hour)
            close_fmm(*where, self._place_mw, self.open_mw)
        for hour in range(span[0] // per_hour, -(-span[1] // per_hour)):
            self.recounted[hour] = True
            late = max(span[0], hour * per_hour) < delivered
            self._reprice_hour(entered.places, hour, run, late=late)
            if entered.fresh:
                known = self._realised, delivered
                self.weighed += self._exposed.publish(run, entered, span[0], hour, known)

    def reprice(self, places: Places, *, delivered: int) -> None:
        """Follow the curve at some places in the whole day, of which some intervals are over."""
        self.edition += 1
        self.recounted[:] = True
        for hour in range(self.day.hours):
            self._reprice_hour(places, hour, DA, late=hour * self.day.per_hour < delivered)

    def _reprice_hour(self, places: Places, hour: int, run: int, *, late: bool) -> None:
        on_peak = bool(self.day.on_peak[hour * self.day.per_hour])
        found, moved = self._sums.follow(run, places, hour)
        for own, lines in enumerate(self.lines.of_run):
            if found >> own & 1 and len(lines):
                by_book, mw = self.value_usd, self.mw[hour]
                self.by_hub.spread(mw, lines, moved[own], by_book, on_peak=on_peak)
        if late:
            gained = self._sums.follow_realised(run, places, hour, self._realised)
            if gained is not None:
                self._spread(self.mw[hour], gained, self.realised_usd)

    def _spread(self, by_line: FloatColumn, moved: Matrix, by_book: FloatColumn) -> None:
        spread_over_lines(by_line, self.lines.columns, len(self.lines), moved, by_book)

    # Schedule and time ---------------------------------------------------------------------------

    def schedule(self, scheduled: Flags) -> None:
        """Follow the switch: a leg at DA counts as open until the schedule is known."""
        self.edition += 1
        self.recounted[:] = True
        unscheduled = (~scheduled).astype(np.float64)
        moved = unscheduled - self._unscheduled
        held = np.add.reduce(self._place_mw[DA], axis=0)
        self.open_mw += np.repeat(held, self.day.per_hour) * moved
        self._unscheduled = unscheduled

    def deliver(self, first: int, last: int) -> None:
        """Keep what was open at the end of some intervals; nothing shows a day that is over."""
        self.edition += 1
        if self.past:
            return
        if not self._keeps_ends:
            self._keeps_ends, self.at_end = True, np.zeros(self.mw.shape)
        for interval in range(first, last):
            hour = interval // self.day.per_hour
            self.recounted[hour], self.resting.flags[hour] = True, False
            for run, lines in enumerate(self.lines.of_run):
                where, at_end = (run, interval, self.day.per_hour), self.at_end[hour]
                deliver_interval(self.mw[hour], lines.columns, self._settled, where, at_end)

    def realise(self, interval: int, places: Places) -> None:
        """Follow an interval of the day that turned realised at some places, all different."""
        self.edition += 1
        hour, per_hour = interval // self.day.per_hour, self.day.per_hour
        self.recounted[hour] = True
        now, before = np.zeros((2, *self._place_mw.shape[:2]))
        realise_places(
            (self._prices.by_interval, self._prices.curve),
            self._base_marks,
            places,
            interval,
            per_hour,
            (self._sums.realised, self._realised_count),
            (self._place_mw, self.open_mw),
            (now, before),
        )
        if not self.past:
            over = np.zeros(now.shape[1])
            over[places] = 1.0 / per_hour
            at_midnight, (base_mw, base_cost) = self._base.hour(hour)
            held, base = (self.mw[hour], self.cost[hour]), (at_midnight, (base_mw, base_cost))
            lines, count = self.lines.columns, len(self.lines)
            spread_realised(held, base, lines, count, (now, before), over, self.realised_usd)
        self.weighed += self._exposed.realise(interval, places)

    def rebase(self, *, past: bool, ahead: bool = False) -> None:
        """Begin a new P&L day: what everything is worth now is its base.

        Args:
            past: the day is over; only its value as a whole can still be corrected.
            ahead: the day has yet to begin; nothing of it is realised before its own midnight,
                so that its base as a whole will do until then.
        """
        everywhere = np.arange(len(self._realised))
        self._base = HeldCells.none(self.day.hours, figures=2)
        if past:
            self._keeps_ends, self.at_end = False, np.zeros((self.day.hours, 0))
            self._base_marks = np.zeros((RUNS, 0, self.day.intervals))
        elif ahead:
            self._base_marks = np.zeros((RUNS, len(everywhere), self.day.intervals))
        else:
            held = slice(len(self.lines))
            self._base = HeldCells.of(self.mw[:, held], self.cost[:, held])
            marks = self._prices.marks(everywhere, slice(None))
            self._base_marks = np.nan_to_num(marks[:RUNS])
        self.edition += 1
        self.resting.stir()
        self.past = past
        self.base_usd = self.value_usd.copy()
        self.realised_usd[:] = 0.0

    @property
    def base(self) -> tuple[HeldCells, Floats] | None:
        """MW and cost of lines, and marks, at midnight; None of a day that is past."""
        return None if self.past else (self._base, self._base_marks)

    # Exposure ------------------------------------------------------------------------------------

    def expose_all(self) -> None:
        """Let every exposure count as moved, from zero."""
        self.entered.clear()
        self.weighed = self._exposed.expose_all()

    # Saving --------------------------------------------------------------------------------------

    _BY_LINE = ("mw", "cost", "at_end")
    _OF_BASE = ("_base_mw", "_base_cost")
    _WHOLE = (
        "value_usd",
        "realised_usd",
        "base_usd",
        "open_mw",
        "physical_mw",
        "_base_marks",
        "_place_mw",
        "_realised_count",
    )

    def snapshot(self, *, with_base: bool = True) -> dict[str, Any]:
        """Return what :meth:`restore` needs; sums over marks follow from the prices.

        Args:
            with_base: whether what lines held at midnight is in it.
        """
        lines = len(self.lines)
        by_line = {name: getattr(self, name)[:, :lines] for name in self._BY_LINE}
        whole = {name: getattr(self, name) for name in self._WHOLE}
        for number, name in enumerate(self._OF_BASE if with_base else ()):
            by_line[name] = self._base.by_hour(number)
        return {**by_line, **whole, "realised_marks": self._sums.realised, "past": self.past}

    def restore(self, saved: dict[str, Any], scheduled: Flags, *, delivered: int) -> None:
        """Take over a snapshot, after prices and flags of the day were restored.

        ``delivered`` intervals are over; ends are kept from the first on.
        """
        for name in (*self._BY_LINE, *self._WHOLE):
            setattr(self, name, saved[name])
        self._base = HeldCells.of(*(saved[name] for name in self._OF_BASE))
        self.past = saved["past"]
        begun = delivered > 0 and self.at_end.shape == self.mw.shape
        self._keeps_ends = begun and not self.past
        self.recounted[:] = True
        self.grow_lines()
        self.resting.stir()
        self._unscheduled = (~scheduled).astype(np.float64)
        self._sums.restore(saved["realised_marks"])
        places = self._place_mw.shape[1]
        self._exposed = ExposedHours(self.day, self._prices)
        self._exposed.grow(places, self._realised)
        self.weighed.clear()
