"""The delivery calendar: market days of 23, 24 or 25 hours, blocks, NERC holidays, months.

Local time exists only here and on screens. A day is told by its UTC edges, so that nothing has
to know why it is short or long.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from state.arrays import Flags, Numbers
from state.messages import Block
from state.moments import HOUR_NS, MINUTE_NS, SECOND_NS, from_ns, to_ns

_PLAIN_HOURS = 24
_THURSDAY = 3
_MONDAY = 0
_SUNDAY = 6


def local_date(at_ns: int, time_zone: str) -> date:
    """Return the market-local date of a moment."""
    return _date_of_minute(at_ns // MINUTE_NS, time_zone)


@lru_cache(maxsize=4096)
def _date_of_minute(minute: int, time_zone: str) -> date:
    # Zones differ from UTC by whole minutes: what happens in one has one date.
    return from_ns(minute * MINUTE_NS).astimezone(ZoneInfo(time_zone)).date()


@lru_cache(maxsize=4096)
def local_midnight_ns(day: date, time_zone: str) -> int:
    """Return the moment a market-local date begins."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(time_zone))
    return to_ns(midnight.astimezone(UTC))


@lru_cache(maxsize=64)
def nerc_holidays(year: int) -> frozenset[date]:
    """Return the six NERC off-peak holidays of a year.

    New Year, Memorial, Independence, Labor, Thanksgiving and Christmas Day; one that falls on
    a Sunday moves to Monday, one on a Saturday stays (NERC Additional Off-peak Days).

    >>> date(2026, 7, 4) in nerc_holidays(2026)
    True
    """
    fixed = (date(year, 1, 1), date(year, 7, 4), date(year, 12, 25))
    kept = [day + timedelta(days=1) if day.weekday() == _SUNDAY else day for day in fixed]
    may_31 = date(year, 5, 31)
    memorial = may_31 - timedelta(days=(may_31.weekday() - _MONDAY) % 7)
    september_1 = date(year, 9, 1)
    labor = september_1 + timedelta(days=(_MONDAY - september_1.weekday()) % 7)
    november_1 = date(year, 11, 1)
    thanksgiving = november_1 + timedelta(days=(_THURSDAY - november_1.weekday()) % 7 + 21)
    return frozenset((*kept, memorial, labor, thanksgiving))


class MarketCalendar:
    """A market's prevailing time and its peak hours.

    Args:
        time_zone: IANA name.
        on_peak_days: weekdays (Monday 0) with on-peak hours.
        on_peak_hours: first and last on-peak hour ending.
    """

    def __init__(
        self,
        time_zone: str,
        *,
        on_peak_days: tuple[int, ...] = (0, 1, 2, 3, 4, 5),
        on_peak_hours: tuple[int, int] = (7, 22),
    ) -> None:
        self.time_zone = time_zone
        self.zone = ZoneInfo(time_zone)
        self._on_peak_days = on_peak_days
        self._on_peak_hours = on_peak_hours

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MarketCalendar) and self._terms == other._terms

    def __hash__(self) -> int:
        return hash(self._terms)

    @property
    def _terms(self) -> tuple[str, tuple[int, ...], tuple[int, int]]:
        return self.time_zone, self._on_peak_days, self._on_peak_hours

    def has_on_peak(self, day: date) -> bool:
        """Say whether a date has on-peak hours at all."""
        return day.weekday() in self._on_peak_days and day not in nerc_holidays(day.year)

    def on_peak_hours_of(self, day: date) -> int:
        """Count the on-peak hours of a date; clock changes fall into off-peak hours."""
        first, last = self._on_peak_hours
        return last - first + 1 if self.has_on_peak(day) else 0

    def hours_of(self, day: date) -> int:
        """Count the hours of a date: 23, 24 or 25."""
        start = local_midnight_ns(day, self.time_zone)
        return (local_midnight_ns(day + timedelta(days=1), self.time_zone) - start) // HOUR_NS

    def is_on_peak(self, day: date, clock_hour: int) -> bool:
        """Say whether the hour that begins at ``clock_hour`` (0 to 23) is on-peak."""
        first, last = self._on_peak_hours
        return self.has_on_peak(day) and first <= clock_hour + 1 <= last

    def on_peak_at(self, day: date, clock_hours: Numbers) -> Flags:
        """Say likewise of some hours of a date."""
        first, last = self._on_peak_hours
        ending = clock_hours + 1
        return (first <= ending) & (ending <= last) & self.has_on_peak(day)

    def block_hours(self, day: date, block: Block) -> int:
        """Count the hours of a block on a date.

        >>> MarketCalendar("America/Los_Angeles").block_hours(date(2026, 11, 1), Block.OFF_PEAK)
        25
        """
        if block is Block.FLAT:
            return self.hours_of(day)
        on_peak = self.on_peak_hours_of(day)
        return on_peak if block is Block.ON_PEAK else self.hours_of(day) - on_peak


class MarketDay:
    """One market-local date as a grid of hours and settlement intervals.

    Args:
        calendar: the market's.
        day: the date.
        settlement_seconds: length of an interval; must divide an hour.

    Attributes:
        step_ns: length of an interval.
    """

    def __init__(self, calendar: MarketCalendar, day: date, *, settlement_seconds: int) -> None:
        self.calendar = calendar
        self.day = day
        self.interval_seconds = settlement_seconds
        self.start_ns = local_midnight_ns(day, calendar.time_zone)
        self.end_ns = local_midnight_ns(day + timedelta(days=1), calendar.time_zone)
        self.hours = (self.end_ns - self.start_ns) // HOUR_NS
        self.step_ns = settlement_seconds * SECOND_NS
        self.per_hour = 3600 // settlement_seconds
        self.intervals = self.hours * self.per_hour

    @cached_property
    def clock_hours(self) -> Numbers:
        """Local clock hour (0 to 23) at which each hour begins; a repeated hour repeats."""
        if self.end_ns - self.start_ns == _PLAIN_HOURS * HOUR_NS:  # no clock is changed
            return np.arange(_PLAIN_HOURS)
        starts = (from_ns(self.start_ns + hour * HOUR_NS) for hour in range(self.hours))
        return np.array([start.astimezone(self.calendar.zone).hour for start in starts])

    @cached_property
    def hour_labels(self) -> list[str]:
        """Hour ending of each hour as people write it; the repeated hour carries a star.

        >>> calendar = MarketCalendar("America/Los_Angeles")
        >>> MarketDay(calendar, date(2026, 11, 1), settlement_seconds=300).hour_labels[:4]
        ['01', '02', '02*', '03']
        >>> MarketDay(calendar, date(2026, 3, 8), settlement_seconds=300).hour_labels[:4]
        ['01', '02', '04', '05']
        """
        labels: list[str] = []
        for clock_hour in self.clock_hours:
            label = f"{clock_hour + 1:02d}"
            labels.append(f"{label}*" if label in labels else label)
        return labels

    @cached_property
    def on_peak_by_hour(self) -> Flags:
        """Whether each hour is on-peak."""
        return self.calendar.on_peak_at(self.day, self.clock_hours)

    @cached_property
    def on_peak(self) -> Flags:
        """Whether each interval is on-peak."""
        return np.repeat(self.on_peak_by_hour, self.per_hour)

    def block_mask(self, block: Block) -> Flags:
        """Return which intervals belong to a block."""
        if block is Block.FLAT:
            return np.ones(self.intervals, dtype=np.bool_)
        return self.on_peak if block is Block.ON_PEAK else ~self.on_peak

    def on_the_hour(self, start_ns: int | Numbers, end_ns: int | Numbers) -> bool | Flags:
        """Say whether [start, end) begins and ends on the hour here."""
        begins = (start_ns - self.start_ns) % HOUR_NS == 0
        return begins & ((end_ns - self.start_ns) % HOUR_NS == 0)

    def whole_hours(self, start_ns: int, end_ns: int) -> tuple[int, int] | None:
        """Return the first and one past the last hour that [start, end) covers here.

        None where an edge within the day is not on the hour.
        """
        if not self.on_the_hour(start_ns, end_ns):
            return None
        first = max(0, (start_ns - self.start_ns) // HOUR_NS)
        last = min(self.hours, (end_ns - self.start_ns) // HOUR_NS)
        return first, max(first, last)

    def span(self, start_ns: int, end_ns: int) -> tuple[int, int]:
        """Return the first and one past the last interval that [start, end) covers here."""
        step_ns, origin_ns = self.step_ns, self.start_ns
        first = max(0, -(-(start_ns - origin_ns) // step_ns))
        last = min(self.intervals, -(-(end_ns - origin_ns) // step_ns))
        return first, max(first, last)

    def cover(self, start_ns: int, seconds: int, count: int) -> tuple[int, Numbers]:
        """Spread ``count`` consecutive intervals of another length over this grid.

        Returns:
            The first interval here, and for it and each following one the number of the
            interval it lies in.

        >>> day = MarketDay(MarketCalendar("UTC"), date(2026, 1, 1), settlement_seconds=1800)
        >>> first, numbers = day.cover(day.start_ns - HOUR_NS, 3600, 3)
        >>> first, numbers.tolist()
        (0, [1, 1, 2, 2])
        """
        first, last = self.span(start_ns, start_ns + count * seconds * SECOND_NS)
        starts = self.start_ns + np.arange(first, last) * self.step_ns
        return first, (starts - start_ns) // (seconds * SECOND_NS)
