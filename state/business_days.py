"""The company's business days, and by when a duty is to be done (risk policy §1, §3.4, §4.6, §6.5).

Duties, close of business and holidays are the company's own, in its own time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from state.calendar import local_date, local_midnight_ns, nerc_holidays
from state.moments import SECOND_NS, to_ns
from state.periods import month_after
from state.policy.risk_policy import Deadline, WorkingDays

_SATURDAY = 5
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class BusinessDays:
    """When the company works.

    Attributes:
        time_zone: IANA name.
        close: of business, local time.
        holidays: dates without business, besides Saturdays and Sundays.
        at_once: within which what is to be done at once is done in time.
    """

    time_zone: str
    close: time = time(17)
    holidays: frozenset[date] = field(default_factory=frozenset)
    at_once: timedelta = timedelta(0)

    def works(self, day: date) -> bool:
        """Say whether a date is a business day."""
        return day.weekday() < _SATURDAY and day not in self.holidays

    def after(self, day: date) -> date:
        """Return the first business day after a date."""
        day += _ONE_DAY
        while not self.works(day):
            day += _ONE_DAY
        return day

    def close_ns(self, day: date) -> int:
        """Return the moment business closes on a date."""
        local = datetime.combine(day, self.close, tzinfo=ZoneInfo(self.time_zone))
        return to_ns(local.astimezone(UTC))

    def due_ns(
        self, deadline: Deadline, called_ns: int, *, every_months: int | None = None
    ) -> int | None:
        """Return the last moment at which a duty is done in time; None where it is never late.

        Close of business is that of the day itself; of a day without business, or after its
        close, that of the next business day. The next business day ends with its date.

        Args:
            deadline: of the duty.
            called_ns: when it was called for; of a periodic duty, when it was last done.
            every_months: of a periodic duty.
        """
        today = local_date(called_ns, self.time_zone)
        match deadline:
            case Deadline.AT_ONCE:
                return called_ns + round(self.at_once.total_seconds()) * SECOND_NS
            case Deadline.BEFORE_TRADE:
                return called_ns
            case Deadline.CLOSE_OF_BUSINESS:
                closes = self.close_ns(today)
                is_open = self.works(today) and called_ns <= closes
                return closes if is_open else self.close_ns(self.after(today))
            case Deadline.NEXT_BUSINESS_DAY:
                return local_midnight_ns(self.after(today) + _ONE_DAY, self.time_zone)
            case Deadline.PERIODIC if every_months is not None:
                return local_midnight_ns(_months_on(today, every_months) + _ONE_DAY, self.time_zone)
            case _:
                return None

    def first_due_ns(
        self, deadlines: Iterable[Deadline], called_ns: int, *, every_months: int | None = None
    ) -> int | None:
        """Return when a duty with several deadlines is late: at the earliest that has an end."""
        each = (self.due_ns(one, called_ns, every_months=every_months) for one in deadlines)
        return min((due for due in each if due is not None), default=None)


@lru_cache(maxsize=64)
def business_days(stated: WorkingDays, time_zone: str, year: int) -> BusinessDays:
    """Return the days of a policy around a year, in the company's time.

    >>> business_days(WorkingDays(), "America/Los_Angeles", 2026).works(date(2026, 11, 26))
    False
    """
    years = range(year - 1, year + 3) if stated.holidays == "nerc" else ()
    return BusinessDays(
        time_zone,
        close=time.fromisoformat(stated.close),
        holidays=frozenset(day for each in years for day in nerc_holidays(each)),
        at_once=timedelta(minutes=stated.at_once_minutes),
    )


def _months_on(day: date, months: int) -> date:
    """Return the same day so many months later, or the last of that month."""
    month = month_after(day, months)
    last = month_after(month, 1) - _ONE_DAY
    return min(last, month + (day.day - 1) * _ONE_DAY)
