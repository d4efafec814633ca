"""When a report's intervals are due and when late: all day long, or those of a day at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Protocol
from zoneinfo import ZoneInfo

from state.moments import HOUR_NS, SECOND_NS, from_ns, to_ns


class Schedule(Protocol):
    """Says what a report should have published.

    Attributes:
        step_ns: length of an interval.
    """

    step_ns: int

    def due(self, since_ns: int, now_ns: int) -> Sequence[int]:
        """Return the starts of the intervals from a moment on that should be published by now."""
        ...

    def late_ns(self, start_ns: int) -> int:
        """Return from when an interval that is not there counts as missing."""
        ...


class Running:
    """Goes on all day, interval after interval.

    Args:
        step_seconds: length of an interval.
        ahead_seconds: so long before its begin an interval is published; negative for after.
        patience_seconds: so long after that it is late.

    >>> Running(300, ahead_seconds=-120, patience_seconds=60).late_ns(0) // 10**9
    180
    """

    def __init__(self, step_seconds: int, *, ahead_seconds: float, patience_seconds: float) -> None:
        self.step_ns = step_seconds * SECOND_NS
        self._ahead_ns = int(ahead_seconds * SECOND_NS)
        self._patience_ns = int(patience_seconds * SECOND_NS)

    def due(self, since_ns: int, now_ns: int) -> Sequence[int]:
        """Return the intervals that should be published by now."""
        first = -(-since_ns // self.step_ns) * self.step_ns
        return range(first, now_ns + self._ahead_ns + 1, self.step_ns)

    def late_ns(self, start_ns: int) -> int:
        """Return from when an interval counts as missing."""
        return start_ns - self._ahead_ns + self._patience_ns


class Daily:
    """A whole day of intervals, published at a local time of another day.

    Args:
        zone: of the market.
        at: market-local.
        patience: how long after that its intervals are late.
        days_before: so many days before its own it is published; negative for after.
        step_seconds: length of an interval.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        *,
        at: time,
        patience: timedelta,
        days_before: int = 1,
        step_seconds: int = 3600,
    ) -> None:
        self.step_ns = step_seconds * SECOND_NS
        self._zone, self._at, self._patience = zone, at, patience
        self._before = timedelta(days=days_before)

    def due(self, since_ns: int, now_ns: int) -> Sequence[int]:
        """Return the intervals of every day that is due; of 23 or 25 hours twice a year."""
        day, last = local_day(since_ns, self._zone), local_day(now_ns, self._zone)
        starts: list[int] = []
        while day <= last + self._before:
            if self._due_ns(day) <= now_ns:
                starts.extend(range(*day_ns(day, self._zone), self.step_ns))
            day += timedelta(days=1)
        return [start for start in starts if start >= since_ns]

    def late_ns(self, start_ns: int) -> int:
        """Return from when an interval counts as missing."""
        patience_ns = int(self._patience.total_seconds()) * SECOND_NS
        return self._due_ns(local_day(start_ns, self._zone)) + patience_ns

    def _due_ns(self, day: date) -> int:
        return to_ns(datetime.combine(day - self._before, self._at, tzinfo=self._zone))


class Blocks:
    """Some hours of the local clock at once, published when they are over.

    Args:
        zone: of the market.
        hours: of a block; a divisor of 24.
        after: how long after its end a block is published.
        patience: how long after that its intervals are late.
        step_seconds: length of an interval.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        *,
        hours: int,
        after: timedelta,
        patience: timedelta,
        step_seconds: int,
    ) -> None:
        self.step_ns = step_seconds * SECOND_NS
        self._zone, self._hours = zone, hours
        self._after_ns = int(after.total_seconds()) * SECOND_NS
        self._patience_ns = int(patience.total_seconds()) * SECOND_NS

    def due(self, since_ns: int, now_ns: int) -> Sequence[int]:
        """Return the intervals of every block that is due; one is of three or five hours."""
        day, last = local_day(since_ns, self._zone), local_day(now_ns, self._zone)
        starts: list[int] = []
        while day <= last:
            for first_ns, end_ns in pairwise(self._edges(day)):
                if end_ns + self._after_ns <= now_ns:
                    starts.extend(range(first_ns, end_ns, self.step_ns))
            day += timedelta(days=1)
        return [start for start in starts if start >= since_ns]

    def late_ns(self, start_ns: int) -> int:
        """Return from when an interval counts as missing."""
        edges = self._edges(local_day(start_ns, self._zone))
        end_ns = min(edge for edge in edges if edge > start_ns)
        return end_ns + self._after_ns + self._patience_ns

    def _edges(self, day: date) -> list[int]:
        return [clock_ns(day, hour, self._zone) for hour in range(0, 25, self._hours)]


class TradeDays:
    """Every trade day as one interval, from its local midnight on.

    Args:
        zone: of the market.
        patience: how long after its begin a day without an answer is late.
    """

    step_ns = 24 * 3600 * SECOND_NS

    def __init__(self, zone: ZoneInfo, *, patience: timedelta) -> None:
        self._zone, self._patience = zone, patience

    def due(self, since_ns: int, now_ns: int) -> Sequence[int]:
        """Return the midnights of the days up to today."""
        day, last = local_day(since_ns, self._zone), local_day(now_ns, self._zone)
        days = (day + timedelta(days=number) for number in range((last - day).days + 1))
        return [start for one in days if (start := day_ns(one, self._zone)[0]) >= since_ns]

    def late_ns(self, start_ns: int) -> int:
        """Return from when a day counts as missing."""
        return start_ns + int(self._patience.total_seconds()) * SECOND_NS


def longest_ns(schedule: Schedule, at_ns: int) -> int:
    """Return after how long intervals about a moment are late at the latest, 0 before they begin.

    >>> schedule = Daily(ZoneInfo("Etc/GMT+5"), at=time(6), patience=timedelta(), days_before=-1)
    >>> longest_ns(schedule, 0) // (3600 * 10**9)
    30
    """
    last_ns = at_ns // HOUR_NS * HOUR_NS  # a day's first hour waits longest
    hours = range(last_ns - 25 * HOUR_NS, last_ns + 1, HOUR_NS)
    return max(0, *(schedule.late_ns(hour) - hour for hour in hours))


def local_day(at_ns: int, zone: ZoneInfo) -> date:
    """Return the day of a moment, as a market counts it."""
    return local_hour(at_ns, zone)[0]


def local_hour(at_ns: int, zone: ZoneInfo) -> tuple[date, int]:
    """Return the day and the hour of a moment on a market's clock; two may have the same."""
    local = from_ns(at_ns).astimezone(zone)
    return local.date(), local.hour


@lru_cache(maxsize=1000)
def clock_ns(day: date, hour: int, zone: ZoneInfo) -> int:
    """Return when a market's clock first shows an hour of a day; 24 is the midnight after it."""
    of = day + timedelta(days=hour // 24)
    return to_ns(datetime.combine(of, time(hour % 24), tzinfo=zone))


def day_ns(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """Return when a market's day begins and ends.

    >>> first, last = day_ns(date(2026, 11, 1), ZoneInfo("America/Los_Angeles"))
    >>> (last - first) // 3600 // 10**9
    25
    """
    midnights = (day, day + timedelta(days=1))
    first, last = (to_ns(datetime.combine(one, time(), tzinfo=zone)) for one in midnights)
    return first, last
