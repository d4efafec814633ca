"""The prices of one market day by run, location and interval, and the marks they give.

A mark is the price a leg is valued at: its own when published, else the next best forecast of it
(RTD ← FMM ← DA ← curve); see docs/meanings.md, "Marks".
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from state.calendar import MarketDay
from state.compiled import compiled
from state.messages import FloatColumn, Run

Matrix = NDArray[np.float64]

DA, FMM, RTD, LOAD = range(4)
"""The prices a leg can settle at, in the order of settlement; LOAD is the real-time load price."""

RUN_INDEX = {Run.DA: DA, Run.FMM: FMM, Run.RTD: RTD}


class PriceGrid:
    """Holds what was published for one day, and keeps the marks current.

    Attributes:
        published: $/MWh, shape (3 runs, locations, intervals); NaN where not published.
        known: where any location's price is published, shape (3 runs, intervals).
        curve: the forward curve's $/MWh at each location and interval; NaN where none.
        mark: $/MWh, shape (4, locations, intervals); NaN where there is no mark at all.
        revisions: how often a published price was replaced by another, by run.
        edition: grows whenever a mark may have moved; not saved.

    Args:
        day: the grid.
        locations: how many there are.
        fmm_weight: weight of FMM in the estimated load price; 0 without FMM.
    """

    def __init__(self, day: MarketDay, locations: int, *, fmm_weight: float) -> None:
        self.day = day
        self._fmm_weight = fmm_weight
        self.published = np.full((3, locations, day.intervals), np.nan)
        self.curve = np.full((locations, day.intervals), np.nan)
        self.mark = np.full((4, locations, day.intervals), np.nan)
        self.known = np.zeros((3, day.intervals), dtype=np.bool_)
        self.revisions = np.zeros(3, dtype=np.int64)
        self.edition = 0

    def grow(self, locations: int) -> None:
        """Make room for more locations."""
        more = locations - self.curve.shape[0]
        if more > 0:
            self.published = np.pad(self.published, _rows_behind(more), constant_values=np.nan)
            self.mark = np.pad(self.mark, _rows_behind(more), constant_values=np.nan)
            self.curve = np.pad(self.curve, ((0, more), (0, 0)), constant_values=np.nan)

    def publish(
        self, run: int, places: NDArray[np.int64], lmp: FloatColumn, *, span: tuple[int, int]
    ) -> NDArray[np.int64]:
        """Enter one publication; NaN leaves what was there.

        Args:
            run: DA, FMM or RTD.
            places: location indexes.
            lmp: one $/MWh a place.
            span: the intervals it covers, first and one past the last.

        Returns:
            The places whose price changed.
        """
        first, last = span
        old = self.published[run, places, first]
        changed = np.isfinite(lmp) & (old != lmp)
        if not changed.any():
            return places[:0]
        self.revisions[run] += int(np.isfinite(old[changed]).sum())
        moved = places[changed]
        self.published[run, moved, first:last] = lmp[changed, None]
        self.known[run, first:last] = True
        self.refresh(moved, span)
        return np.asarray(moved)

    def set_curve(self, places: NDArray[np.int64], curve: Matrix) -> None:
        """Enter the curve's price of whole days at some places and refresh their marks."""
        self.curve[places] = curve
        self.refresh(places, (0, self.day.intervals))

    def hours_around(self, span: tuple[int, int]) -> tuple[int, int]:
        """Widen a span of intervals to whole hours: the load price is hourly."""
        per_hour = self.day.per_hour
        return span[0] // per_hour * per_hour, -(-span[1] // per_hour) * per_hour

    def refresh(self, places: NDArray[np.int64], span: tuple[int, int]) -> None:
        """Recompute the marks of some places over the hours around a span."""
        if not len(places):
            return
        self.edition += 1
        first, last = self.hours_around(span)
        _mark_hours(
            self.published,
            self.curve,
            self.mark,
            places,
            (first // self.day.per_hour, last // self.day.per_hour),
            self.day.per_hour,
            self._fmm_weight,
        )

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs; marks follow from it."""
        return {
            "published": self.published,
            "curve": self.curve,
            "revisions": self.revisions,
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self.published = saved["published"]
        self.known = np.isfinite(self.published).any(axis=1)
        self.curve = saved["curve"]
        self.revisions = saved["revisions"]
        self.mark = np.full((4, *self.curve.shape), np.nan)
        self.refresh(np.arange(self.curve.shape[0]), (0, self.day.intervals))


def _rows_behind(more: int) -> tuple[tuple[int, int], ...]:
    return ((0, 0), (0, more), (0, 0))


@compiled
def _else(first: float, second: float) -> float:
    return second if np.isnan(first) else first


@compiled
def _mark_hours(
    published: NDArray[np.float64],
    curve: Matrix,
    mark: NDArray[np.float64],
    places: NDArray[np.int64],
    hours: tuple[int, int],
    per_hour: int,
    fmm_weight: float,
) -> None:
    for place in places:
        for hour in range(hours[0], hours[1]):
            mean = 0.0
            for at in range(hour * per_hour, (hour + 1) * per_hour):
                da = _else(published[DA, place, at], curve[place, at])
                fmm = _else(published[FMM, place, at], da)
                rtd = _else(published[RTD, place, at], fmm)
                mark[DA, place, at], mark[FMM, place, at], mark[RTD, place, at] = da, fmm, rtd
                # The hourly load price is a weighted mean of FMM and RTD (CAISO tariff 11.5).
                mean += rtd if fmm_weight == 0.0 else fmm_weight * fmm + (1.0 - fmm_weight) * rtd
            for at in range(hour * per_hour, (hour + 1) * per_hour):
                mark[LOAD, place, at] = mean / per_hour
