"""Which of the days held a delivery period covers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from state.market.delivery_day import DeliveryDay

Hours = tuple[int, int]
"""The first hour of a day, and one past the last."""

_MOST_REMEMBERED = 10_000


class CoveredDays:
    """Finds the days of a period; most trades deliver in one of a few hundred, so it remembers.

    Args:
        days: the days held, ascending; with others it begins anew.
    """

    def __init__(self, days: Mapping[date, DeliveryDay]) -> None:
        self._days = days
        self._found: dict[tuple[int, int], list[tuple[DeliveryDay, Hours | None]]] = {}

    def days_of(self, start_ns: int, end_ns: int) -> list[tuple[DeliveryDay, Hours | None]]:
        """Return the days on which [start, end) delivers, ascending.

        Returns:
            Each with the hours covered, None where an edge is not on the hour.
        """
        found = self._found.get((start_ns, end_ns))
        if found is None:
            if len(self._found) == _MOST_REMEMBERED:
                self._found.clear()
            found = self._found[start_ns, end_ns] = [
                (day, day.day.whole_hours(start_ns, end_ns))
                for day in self._days.values()
                if start_ns < day.day.end_ns and end_ns > day.day.start_ns
            ]
        return found

    def hours_of(
        self, day: DeliveryDay, periods: Iterable[tuple[int, int]]
    ) -> dict[tuple[int, int], Hours]:
        """Return the hours of periods that deliver on no other day than this, in whole hours."""
        found = {period: self.days_of(*period) for period in periods}
        alone = ((period, *days[0]) for period, days in found.items() if len(days) == 1)
        return {period: hours for period, on, hours in alone if on is day and hours is not None}
