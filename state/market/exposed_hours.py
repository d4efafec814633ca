"""What of each hour of a day is still exposed, and to which shock (``exposures.STATES``)."""

from __future__ import annotations

import numpy as np

from state.arrays import Cube, Flags, Floats, Places, with_room
from state.calendar import MarketDay
from state.market.exposed_loops import weigh_hour, weigh_published, weigh_realised
from state.market.exposures import STATES, WeightMove
from state.market.prices import Entered, PriceGrid


class ExposedHours:
    """Follows what is published and realised; it follows from both, and is not saved.

    Attributes:
        by_hour: h of each hour still exposed, shape (states, hours, locations).
    """

    def __init__(self, day: MarketDay, prices: PriceGrid) -> None:
        self._day = day
        self._prices = prices
        self._counts = np.zeros((day.hours, 0), dtype=np.int64)
        self.by_hour = np.zeros((len(STATES), day.hours, 0))

    @property
    def weight(self) -> Cube:
        """The same by location: a view of shape (states, locations, hours)."""
        return self.by_hour.swapaxes(1, 2)

    def grow(self, places: int, realised: Flags) -> list[WeightMove]:
        """Make room for the locations there are by now; return what is exposed of the new ones."""
        known = self._counts.shape[1]
        self._counts = with_room(self._counts, places, axis=1)
        self.by_hour = with_room(self.by_hour, places, axis=2)
        added, per_hour, moves = np.arange(known, places), self._day.per_hour, []
        for hour in range(self._day.hours):
            where, moved = (added, hour, per_hour), self._unmoved()
            out, counts = self._prices.out, self._counts
            if weigh_hour(out, realised, *where, counts, self.by_hour, moved):
                moves.append(WeightMove(hour, added, moved))
        return moves

    def publish(
        self, run: int, entered: Entered, begin: int, hour: int, known: tuple[Flags, int]
    ) -> list[WeightMove]:
        """Follow an hour of a publication; return what moved.

        Args:
            run: that was published.
            entered: where.
            begin: the first interval it covers.
            hour: of the day.
            known: what is realised, and how many intervals of the day are over.
        """
        moved, places = self._unmoved(), entered.places
        where = (run, places, entered.first, begin, hour, self._day.per_hour)
        out, (realised, delivered) = self._prices.out, known
        if weigh_published(out, realised, delivered, *where, self._counts, self.by_hour, moved):
            return [WeightMove(hour, places, moved)]
        return []

    def realise(self, interval: int, places: Places) -> list[WeightMove]:
        """Follow an interval that turned realised at some places; return what moved."""
        moved, per_hour = self._unmoved(), self._day.per_hour
        where = (interval, places, per_hour)
        if weigh_realised(self._prices.out, *where, self._counts, self.by_hour, moved):
            return [WeightMove(interval // per_hour, places, moved)]
        return []

    def expose_all(self) -> list[WeightMove]:
        """Return all of it as if it had moved from zero."""
        everywhere = np.arange(self._counts.shape[1])
        by_hour = enumerate(self.by_hour.swapaxes(0, 1))
        return [WeightMove(hour, everywhere, weight.copy()) for hour, weight in by_hour]

    def _unmoved(self) -> Floats:
        return np.zeros((len(STATES), self._counts.shape[1]))
