"""The prices of one market day by run, location and interval, and the marks they give.

A mark is the price a leg is valued at: its own when published, else the next best forecast of it
(RTD ← FMM ← DA ← curve); see docs/meanings.md, "Marks". Marks follow from what is published, so
only that is kept, interval by interval: a publication is one column of it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from state.arrays import Flags, Matrix, Places, with_room
from state.calendar import MarketDay
from state.market.price_loops import enter_prices, mark_places
from state.market.resting import Resting
from state.messages import FloatColumn, Run

DA, FMM, RTD, LOAD = range(4)
"""The prices a leg can settle at, in the order of settlement; LOAD is the real-time load price."""

RUN_INDEX = {Run.DA: DA, Run.FMM: FMM, Run.RTD: RTD}


class Entered(NamedTuple):
    """What a publication changed.

    Attributes:
        places: whose price changed.
        first: which of the intervals it covers had no price there before, by interval and number
            of the place; what is behind the last place means nothing.
        fresh: whether any had none.
    """

    places: Places
    first: Flags
    fresh: bool


class PriceGrid:
    """Holds what was published for one day.

    Attributes:
        by_interval: $/MWh, shape (3 runs, intervals, locations); NaN where not published.
        out: the runs published at a location and interval, bit i of run i, shape (locations,
            intervals); not saved.
        count: at how many locations a price is published, shape (3 runs, intervals); not saved.
        curve: the forward curve's $/MWh, shape (hours, locations); NaN where none.
        revisions: how often a published price was replaced by another, by run.
        resting: fingerprints of what is published, by run and interval; not saved.
        edition: grows whenever a mark may have moved; not saved.
        reach: grows whenever a mark may be where none was; not saved.

    Args:
        day: the grid.
        locations: how many there are.
        fmm_weight: weight of FMM in the estimated load price; 0 without FMM.
    """

    def __init__(self, day: MarketDay, locations: int, *, fmm_weight: float) -> None:
        self.day = day
        self._fmm_weight = fmm_weight
        self.by_interval = np.full((3, day.intervals, locations), np.nan)
        self.out = np.zeros((locations, day.intervals), dtype=np.uint8)
        self.count = np.zeros((3, day.intervals), dtype=np.int64)
        self.curve = np.full((day.hours, locations), np.nan)
        self.revisions = np.zeros(3, dtype=np.int64)
        self.resting = Resting(3, day.intervals)
        self.edition = self.reach = 0
        self._unmarked: Flags = np.zeros(0, dtype=np.bool_)
        self._lacking = np.ones((day.hours, locations), dtype=np.bool_)
        self._unsought = np.ones(day.hours, dtype=np.bool_)
        self._lacks_marks = self._is_sought = False

    def grow(self, locations: int) -> None:
        """Make room for more locations."""
        if locations > len(self.out):
            self.by_interval = with_room(self.by_interval, locations, axis=2, empty=np.nan)
            self.curve = with_room(self.curve, locations, axis=1, empty=np.nan)
            self.out = with_room(self.out, locations, axis=0)
            self.resting.stir()
            self._lacking = with_room(self._lacking, locations, axis=1)
            self._seek(slice(None))

    @property
    def published(self) -> Matrix:
        """What is published, by location: a view of shape (3 runs, locations, intervals)."""
        return self.by_interval.swapaxes(1, 2)

    def publish(
        self, run: int, places: Places, lmp: FloatColumn, *, span: tuple[int, int]
    ) -> Entered:
        """Enter one publication; NaN leaves what was there.

        Args:
            run: DA, FMM or RTD.
            places: location indexes; −1 for one that is not ours.
            lmp: one $/MWh a place.
            span: the intervals it covers, first and one past the last.
        """
        moved = np.empty(len(places), dtype=np.int64)
        first = np.zeros((span[1] - span[0], len(places)), dtype=np.bool_)
        known = (self.by_interval[run], self.out, self.count[run], run)
        # A copy: what a message holds may be read-only, for which loops are compiled apart.
        count, revised, fresh = enter_prices(*known, places, np.array(lmp), span, moved, first)
        self.revisions[run] += revised
        self.resting.flags[run, span[0] : span[1]] = False
        self.edition += count > 0
        if run == DA and fresh:
            self._seek(slice(span[0] // self.day.per_hour, -(-span[1] // self.day.per_hour)))
        return Entered(moved[:count], first, fresh > 0)

    def set_curve(self, places: Places, curve: Matrix) -> None:
        """Enter the curve's price of whole days at some places, shape (hours, places)."""
        self.curve[:, places] = curve
        self.edition += 1
        self._seek(slice(None))

    def hours_around(self, span: tuple[int, int]) -> tuple[int, int]:
        """Widen a span of intervals to whole hours: the load price is hourly."""
        per_hour = self.day.per_hour
        return span[0] // per_hour * per_hour, -(-span[1] // per_hour) * per_hour

    def marks(self, places: Places, part: slice) -> Matrix:
        """Return the marks of some places over a span, $/MWh; NaN where there is no mark at all.

        Returns:
            Shape (4, places, intervals), the first axis DA, FMM, RTD, LOAD.
        """
        first, last, _ = part.indices(self.day.intervals)
        marks = np.empty((4, len(places), last - first))
        mark_places(
            self.by_interval,
            self.curve,
            places,
            (first, last),
            self.day.per_hour,
            self._fmm_weight,
            marks,
        )
        return marks

    @property
    def unmarked(self) -> Flags:
        """Locations at which a leg that settles day-ahead has no mark in some interval.

        Where that leg has one, every other has: the mark of each falls back on it. A house whose
        curves reach as far as its contracts has no such location (docs/meanings.md, "Marks").
        """
        if not self._is_sought:
            self._find_unmarked()
        return self._unmarked

    @property
    def lacks_marks(self) -> bool:
        """Whether there is such a location."""
        if not self._is_sought:
            self._find_unmarked()
        return self._lacks_marks

    def _seek(self, hours: slice) -> None:
        self._unsought[hours] = True
        self._is_sought = False
        self.reach += 1

    def _find_unmarked(self) -> None:
        for hour in np.flatnonzero(self._unsought).tolist():
            part = slice(hour * self.day.per_hour, (hour + 1) * self.day.per_hour)
            lacking = np.isnan(self.curve[hour])
            if lacking.any():
                lacking &= np.isnan(self.by_interval[DA, part]).any(axis=0)
            self._lacking[hour] = lacking
        self._unsought[:] = False
        self._unmarked = np.asarray(self._lacking.any(axis=0))
        self._lacks_marks, self._is_sought = bool(self._unmarked.any()), True

    def marked(self) -> Flags:
        """Say where a leg has a mark, shape (3 runs, locations, intervals)."""
        curve = np.repeat(~np.isnan(self.curve.T), self.day.per_hour, axis=1)
        earlier = [(1 << run + 1) - 1 for run in range(LOAD)]
        return np.array([curve | ((self.out & runs) != 0) for runs in earlier])

    def priced(self, run: int) -> Flags:
        """Say where a run is published, shape (locations, intervals)."""
        return np.asarray((self.out & (1 << run)) != 0)

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        return {
            "published": self.by_interval,
            "curve": self.curve,
            "revisions": self.revisions,
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self.by_interval = saved["published"]
        self.curve = saved["curve"]
        self.revisions = saved["revisions"]
        self.resting.stir()
        finite = np.isfinite(self.by_interval)
        self.count = np.count_nonzero(finite, axis=2).astype(np.int64)
        self.out = np.zeros(finite.shape[:0:-1], dtype=np.uint8)
        for run, published in enumerate(finite):
            self.out |= published.T.astype(np.uint8) << np.uint8(run)
        self.edition += 1
        self._lacking = np.zeros(self.curve.shape, dtype=np.bool_)
        self._seek(slice(None))
