"""Business days: weekends, holidays, both days on which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from state.calendar import to_ns
from state.duties.business_days import BusinessDays

PACIFIC = ZoneInfo("America/Los_Angeles")
OFFICE = BusinessDays("America/Los_Angeles")


def local_ns(year: int, month: int, day: int, hour: int, minute: int = 0) -> int:
    return to_ns(datetime(year, month, day, hour, minute, tzinfo=PACIFIC).astimezone(UTC))


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2026, 9, 8), date(2026, 9, 9)),  # a Tuesday
        (date(2026, 9, 11), date(2026, 9, 14)),  # a Friday
        (date(2026, 9, 4), date(2026, 9, 8)),  # before Labor Day
        (date(2026, 7, 3), date(2026, 7, 6)),  # Independence Day is a Saturday and stays there
        (date(2023, 12, 29), date(2024, 1, 2)),  # over the new year
        (date(2022, 12, 23), date(2022, 12, 27)),  # Christmas Day is a Sunday and moves
    ],
)
def test_the_next_business_day_leaves_out_weekends_and_holidays(day: date, following: date) -> None:
    assert OFFICE.next_business_day(day) == following


def test_a_holiday_of_the_company_is_no_business_day() -> None:
    closed = BusinessDays("America/Los_Angeles", holidays=frozenset([date(2026, 11, 27)]))
    assert closed.next_business_day(date(2026, 11, 25)) == date(2026, 11, 30)


def test_what_happens_before_the_close_is_due_at_the_close() -> None:
    assert OFFICE.close_of_business_ns(local_ns(2026, 9, 8, 16, 59)) == local_ns(2026, 9, 8, 17)
    assert OFFICE.close_of_business_ns(local_ns(2026, 9, 8, 17)) == local_ns(2026, 9, 8, 17)


def test_what_happens_after_the_close_is_due_at_the_end_of_the_day() -> None:
    assert OFFICE.close_of_business_ns(local_ns(2026, 9, 8, 17, 1)) == local_ns(2026, 9, 9, 0)


def test_the_next_business_day_ends_at_its_close_on_the_clock_of_that_day() -> None:
    # Clocks go back on Sunday 1 November 2026 and forward on Sunday 8 March.
    friday = OFFICE.next_business_day_ns(local_ns(2026, 10, 30, 10))
    assert friday == local_ns(2026, 11, 2, 17)
    assert friday - local_ns(2026, 10, 30, 17) == (3 * 24 + 1) * 3600 * 10**9
    before_spring = OFFICE.next_business_day_ns(local_ns(2026, 3, 6, 10))
    assert before_spring - local_ns(2026, 3, 6, 17) == (3 * 24 - 1) * 3600 * 10**9


def test_the_close_of_business_is_the_company_s_own() -> None:
    early = BusinessDays("America/New_York", closes_at=time(15, 30))
    assert early.close_ns(date(2026, 9, 8)) == local_ns(2026, 9, 8, 12, 30)
