"""Local stamps of reports to UTC."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.isos.local_time import (
    RepeatedHour,
    date_in,
    hour_ending_in,
    hour_start_ns,
    is_repeated,
    is_skipped,
    utc_ns_of,
    wall_in,
)
from state.calendar import MarketCalendar, local_midnight_ns
from state.errors import ParseError
from state.moments import HOUR_NS

ZONE = "America/New_York"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("03/31/2025", (2025, 3, 31)), ("3/1/2025", (2025, 3, 1)), ("2025-03-31", (2025, 3, 31))],
)
def test_dates_come_in_three_writings(text: str, expected: tuple[int, int, int]):
    assert date_in(text, "Date") == date(*expected)


@pytest.mark.parametrize("text", ["", "31/03/2025", "02/30/2025", "1/1/25", "1/1/1800", "٣/1/2025"])
def test_what_is_no_date_is_refused_by_column_and_value(text: str):
    with pytest.raises(ParseError, match="Date is") as refused:
        date_in(text, "Date")
    assert repr(text) in refused.value.what


@pytest.mark.parametrize(
    ("text", "hour", "minute", "second"),
    [
        ("08/14/2026 13:40", 13, 40, 0),
        ("08/14/2026 13:40:09", 13, 40, 9),
        ("2026-08-14T13:40:09.123", 13, 40, 9),
        ("8/14/2026 12:05:00 AM", 0, 5, 0),
        ("8/14/2026 12:05:00 PM", 12, 5, 0),
    ],
)
def test_times_come_in_five_writings(text: str, hour: int, minute: int, second: int):
    expected = datetime(2026, 8, 14, hour, minute, second)  # noqa: DTZ001 - a wall clock
    assert wall_in(text, "Time") == expected


@pytest.mark.parametrize(
    "text",
    ["08/14/2026", "08/14/2026 24:00", "08/14/2026 13:60", "08/14/2026 13:40:61", "13:40", "x y"],
)
def test_what_is_no_time_is_refused(text: str):
    with pytest.raises(ParseError):
        wall_in(text, "Time")


@pytest.mark.parametrize(("text", "hour"), [("1", 1), ("01", 1), ("1:00", 1), ("24:00", 24)])
def test_hours_ending_come_in_four_writings(text: str, hour: int):
    assert hour_ending_in(text, "Hour") == hour


@pytest.mark.parametrize("text", ["0", "25", "1:30", "-1", "", "x"])
def test_what_is_no_hour_ending_is_refused(text: str):
    with pytest.raises(ParseError, match="no hour ending"):
        hour_ending_in(text, "Hour")


@given(day=st.dates(date(2019, 1, 1), date(2030, 12, 31)))
def test_the_hours_of_every_day_are_all_there_and_none_twice(day: date):
    hours = MarketCalendar(ZONE).hours_of(day)
    starts = {hour_start_ns(day, hour, ZONE) for hour in range(1, 25)}
    if hours == 25:
        starts.add(hour_start_ns(day, 2, ZONE, repeated=True))
    first = local_midnight_ns(day, ZONE)
    assert starts == {first + hour * HOUR_NS for hour in range(hours)}


def test_a_time_is_skipped_in_spring_and_repeated_in_autumn():
    spring, autumn = datetime(2026, 3, 8, 2, 30), datetime(2026, 11, 1, 1, 30)  # noqa: DTZ001 - walls
    assert is_skipped(spring, ZONE)
    assert not is_repeated(spring, ZONE)
    assert is_repeated(autumn, ZONE)
    with pytest.raises(ParseError, match="skipped"):
        utc_ns_of(spring, ZONE)
    assert utc_ns_of(autumn, ZONE, repeated=True) - utc_ns_of(autumn, ZONE) == HOUR_NS


def test_order_is_kept_by_name_so_that_names_may_come_one_after_the_other():
    walls = [datetime(2026, 11, 1, hour) for hour in (0, 1)]  # noqa: DTZ001 - walls
    clock = RepeatedHour(walls, ZONE, 0)
    found = [clock.utc_ns(wall, name) for name in "AB" for wall in (walls[0], walls[1], walls[1])]
    assert found[:3] == found[3:]
    assert [later - found[0] for later in found[:3]] == [0, HOUR_NS, 2 * HOUR_NS]
