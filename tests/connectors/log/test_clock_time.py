"""Times of the day as people write them, on the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from connectors.log.clock_time import moment_on
from state.errors import UsageError

PACIFIC = ZoneInfo("America/Los_Angeles")
AUTUMN, SPRING = date(2025, 11, 2), date(2026, 3, 8)


@pytest.mark.parametrize(
    ("day", "clock", "utc"),
    [
        (AUTUMN, "00:59", datetime(2025, 11, 2, 7, 59, tzinfo=UTC)),
        (AUTUMN, "01:30-07:00", datetime(2025, 11, 2, 8, 30, tzinfo=UTC)),
        (AUTUMN, "01:30-08:00", datetime(2025, 11, 2, 9, 30, tzinfo=UTC)),
        (AUTUMN, "02:00", datetime(2025, 11, 2, 10, 0, tzinfo=UTC)),
        (SPRING, "01:59", datetime(2026, 3, 8, 9, 59, tzinfo=UTC)),
        (SPRING, "3:00", datetime(2026, 3, 8, 10, 0, tzinfo=UTC)),
    ],
)
def test_a_time_that_comes_once_or_says_which_is_a_moment(day: date, clock: str, utc: datetime):
    assert moment_on(day, clock, PACIFIC).astimezone(UTC) == utc


@pytest.mark.parametrize(
    ("day", "clock", "told"),
    [
        (AUTUMN, "01:30", "01:30 comes twice on 2025-11-02; write 01:30-07:00 or 01:30-08:00"),
        (AUTUMN, "01:30-06:00", "does not come on 2025-11-02; write 01:30-07:00 or 01:30-08:00"),
        (AUTUMN, "03:00-07:00", "does not come on 2025-11-02; write 03:00-08:00"),
        (SPRING, "02:30", "02:30 never comes on 2026-03-08: clocks go forward over that hour; "
         "write another time, as 03:30"),
        (SPRING, "24:00", "'24:00' is no time of a day"),
    ],
)  # fmt: skip
def test_a_time_that_never_comes_or_comes_twice_is_refused_with_what_to_write(
    day: date, clock: str, told: str
):
    with pytest.raises(UsageError) as caught:
        moment_on(day, clock, PACIFIC)

    assert told in str(caught.value)
