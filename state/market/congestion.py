"""The day-ahead congestion component of prices, kept as published for what settles on it.

Only congestion revenue rights ask for it, at few locations, so the columns stay as they came and
a location's day is put together when it is asked for.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from state.arrays import Numbers
from state.calendar import MarketDay
from state.messages import FloatColumn

Column = tuple[int, int, Numbers, FloatColumn]
"""First and one past the last interval, location indexes, and $/MWh."""


class DayAheadCongestion:
    """Holds what was published for the days held, NaN where it was not.

    Attributes:
        edition: grows with every change; not saved.
    """

    def __init__(self) -> None:
        self._days: dict[date, dict[str, Column]] = {}
        self._made: dict[tuple[date, int], FloatColumn] = {}
        self.edition = 0

    def enter(self, day: MarketDay, key: str, column: Column) -> None:
        """Take in one publication; a correction of it replaces what it publishes."""
        first, last, places, congestion = column
        held = self._days.setdefault(day.day, {})
        known = held.get(key)
        if known is not None:
            congestion = np.where(np.isnan(congestion), known[3], congestion)
            del held[key]  # the last word of all publications comes last
        held[key] = (first, last, places, congestion)
        self._made.clear()
        self.edition += 1

    def at(self, day: MarketDay, place: int) -> FloatColumn:
        """Return the congestion component of a location by interval."""
        made = self._made.get((day.day, place))
        if made is None:
            self._made[day.day, place] = made = self._put_together(day, place)
        return made

    def _put_together(self, day: MarketDay, place: int) -> FloatColumn:
        found = np.full(day.intervals, np.nan)
        for first, last, places, congestion in self._days.get(day.day, {}).values():
            for value in congestion[places == place]:
                if np.isfinite(value):
                    found[first:last] = value
        return found

    def close(self, day: date) -> None:
        """Let go of a day."""
        self._days.pop(day, None)
        self._made.clear()

    def snapshot(self) -> list[list[Any]]:
        """Return what :meth:`restore` needs."""
        return [
            [day.isoformat(), key, first, last, places, congestion]
            for day, held in self._days.items()
            for key, (first, last, places, congestion) in held.items()
        ]

    def restore(self, saved: list[list[Any]]) -> None:
        """Take over a snapshot."""
        for text, key, first, last, places, congestion in saved:
            held = self._days.setdefault(date.fromisoformat(text), {})
            held[key] = (first, last, places, congestion)
