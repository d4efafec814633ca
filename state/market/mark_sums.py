"""The marks of each hour of a day, summed by run and location: what a MW of an hour is worth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from state.calendar import MarketDay
from state.market.exposures import RUNS
from state.market.price_loops import sum_late_marks, sum_marks
from state.market.prices import PriceGrid
from state.messages import FloatColumn

Matrix = NDArray[np.float64]
Places = NDArray[np.int64]


class MarkSums:
    """Keeps the sums of one day in step with its prices.

    Sums are made anew, in the order of the intervals, whenever an hour is looked at: they follow
    from the prices alone.

    Attributes:
        total: $/MWh summed over the intervals of an hour, shape (runs, hours, locations); a leg
            without a mark is left out.
        realised: the same over the intervals that are realised.
    """

    def __init__(self, day: MarketDay, prices: PriceGrid) -> None:
        self._day = day
        self._prices = prices
        self.total, self.realised = np.zeros((2, RUNS, day.hours, 0))

    def grow(self, more: int) -> None:
        """Make room for more locations."""
        behind = ((0, 0), (0, 0), (0, more))
        self.total, self.realised = np.pad(self.total, behind), np.pad(self.realised, behind)

    def follow(
        self, first_run: int, places: Places, hour: int
    ) -> Iterator[tuple[int, FloatColumn]]:
        """Follow the marks of a run and of those that fall back on it, at some places.

        Yields:
            Each run of which any moved, and by how much the mean of the hour did, by location.
        """
        prices, room = self._prices, np.empty(len(places))
        for run in range(first_run, RUNS):
            moved = np.zeros(self.total.shape[2])
            known = (prices.by_interval, prices.curve, prices.count, run)
            where = (places, hour, self._day.per_hour, room)
            if sum_marks(*known, *where, self.total[run, hour], moved):
                yield run, moved

    def follow_realised(
        self, first_run: int, places: Places, hour: int, flags: NDArray[np.bool_]
    ) -> Matrix | None:
        """Do likewise with the intervals that are realised, ``flags`` by location and interval.

        Returns:
            By how much the means moved, shape (runs, locations); None if none did.
        """
        prices, room, found = self._prices, np.empty(len(places)), False
        moved = np.zeros((RUNS, self.total.shape[2]))
        for run in range(first_run, RUNS):
            known = (prices.by_interval, prices.curve, flags, run)
            where = (places, hour, self._day.per_hour, room)
            found |= sum_late_marks(*known, *where, self.realised[run, hour], moved[run])
        return moved if found else None

    def restore(self, realised: Matrix) -> None:
        """Take over the sums of what is realised, after the prices were restored."""
        self.total, self.realised = np.zeros(realised.shape), realised
        everywhere = np.arange(realised.shape[2])
        for hour in range(self._day.hours):
            for _ in self.follow(0, everywhere, hour):
                pass
