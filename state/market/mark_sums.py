"""The marks of each hour of a day, summed by run and location: what a MW of an hour is worth."""

from __future__ import annotations

import numpy as np

from state.arrays import Flags, Matrix, Places, with_room
from state.calendar import MarketDay
from state.market.exposures import RUNS
from state.market.price_loops import sum_late_marks, sum_marks
from state.market.prices import PriceGrid


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

    def grow(self, locations: int) -> None:
        """Make room for the locations there are by now."""
        self.total = with_room(self.total, locations, axis=2)
        self.realised = with_room(self.realised, locations, axis=2)

    def follow(self, first_run: int, places: Places, hour: int) -> tuple[int, Matrix]:
        """Follow the marks of a run and of those that fall back on it, at some places.

        Returns:
            The runs of which any moved, bit i of run i, and by how much the means of the hour did,
            shape (runs, locations).
        """
        prices, moved = self._prices, np.zeros((RUNS, self.total.shape[2]))
        known = (prices.by_interval, prices.curve, prices.count, first_run)
        found = sum_marks(*known, places, hour, self._day.per_hour, self.total, moved)
        return found, moved

    def follow_realised(
        self, first_run: int, places: Places, hour: int, flags: Flags
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
            self.follow(0, everywhere, hour)
