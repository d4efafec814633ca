"""The company's own calendar: business days, close of business, holidays.

Duties run on the company's local clock, whatever market caused them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from state.calendar import local_date, nerc_holidays, to_ns

_SATURDAY = 5


@dataclass(frozen=True)
class BusinessDays:
    """Says when the company is at work.

    Attributes:
        time_zone: IANA name.
        closes_at: local time of the close of business.
        holidays: days off besides weekends and the six NERC holidays.
    """

    time_zone: str
    closes_at: time = time(17)
    holidays: frozenset[date] = field(default_factory=frozenset)

    def is_business_day(self, day: date) -> bool:
        """Say whether the company works on a day.

        >>> BusinessDays("America/Los_Angeles").is_business_day(date(2026, 11, 26))
        False
        """
        if day.weekday() >= _SATURDAY or day in self.holidays:
            return False
        return day not in nerc_holidays(day.year)

    def next_business_day(self, day: date) -> date:
        """Return the first business day after a day.

        >>> BusinessDays("America/Los_Angeles").next_business_day(date(2026, 11, 25)).isoformat()
        '2026-11-27'
        """
        following = day + timedelta(days=1)
        while not self.is_business_day(following):
            following += timedelta(days=1)
        return following

    def close_ns(self, day: date) -> int:
        """Return the close of business of a day, whether the company works on it or not."""
        return self._moment_ns(day, self.closes_at)

    def close_of_business_ns(self, at_ns: int) -> int:
        """Return by when something that happened is to be done on its own day.

        That is the day's close of business; of what happens after it, the end of the day, because
        the next day's close would be a longer time than the rule gives.
        """
        day = local_date(at_ns, self.time_zone)
        close_ns = self.close_ns(day)
        if at_ns <= close_ns:
            return close_ns
        return self._moment_ns(day + timedelta(days=1), time(0))

    def next_business_day_ns(self, at_ns: int) -> int:
        """Return the close of business of the first business day after the day of a moment."""
        return self.close_ns(self.next_business_day(local_date(at_ns, self.time_zone)))

    def _moment_ns(self, day: date, clock: time) -> int:
        local = datetime.combine(day, clock, tzinfo=ZoneInfo(self.time_zone))
        return to_ns(local.astimezone(ZoneInfo("UTC")))
