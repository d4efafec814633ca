"""The delivery calendar against hours and dates that others published."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.calendar import MarketCalendar, MarketDay, local_date, local_midnight_ns, nerc_holidays
from state.messages import Block
from state.moments import HOUR_NS, SECOND_NS, from_ns, to_ns

CAISO = MarketCalendar("America/Los_Angeles")
PJM = MarketCalendar("America/New_York", on_peak_days=(0, 1, 2, 3, 4), on_peak_hours=(8, 23))
ERCOT = MarketCalendar("America/Chicago", on_peak_days=(0, 1, 2, 3, 4))
MARKETS = pytest.mark.parametrize("calendar", [CAISO, PJM, ERCOT], ids=["caiso", "pjm", "ercot"])

days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def month_hours(calendar: MarketCalendar, month: int, block: Block) -> int:
    _, length = monthrange(2026, month)
    dates = (date(2026, month, day) for day in range(1, length + 1))
    return sum(calendar.block_hours(day, block) for day in dates)


@pytest.mark.parametrize(
    ("calendar", "month", "on_peak", "off_peak"),
    [
        (CAISO, 1, 416, 328),
        (CAISO, 2, 384, 288),
        (CAISO, 3, 416, 327),
        (CAISO, 7, 416, 328),
        (CAISO, 11, 384, 337),
        (PJM, 3, 352, 391),
        (PJM, 11, 320, 401),
        (ERCOT, 3, 352, 391),
        (ERCOT, 11, 320, 401),
    ],
)
def test_the_hours_of_standard_products_in_2026(
    calendar: MarketCalendar, month: int, on_peak: int, off_peak: int
):
    assert month_hours(calendar, month, Block.ON_PEAK) == on_peak
    assert month_hours(calendar, month, Block.OFF_PEAK) == off_peak
    assert month_hours(calendar, month, Block.FLAT) == on_peak + off_peak


@pytest.mark.parametrize(
    ("calendar", "on_peak", "off_peak"),
    [(CAISO, 4912, 3848), (PJM, 4096, 4664), (ERCOT, 4096, 4664)],
)
def test_the_hours_of_the_year_2026(calendar: MarketCalendar, on_peak: int, off_peak: int):
    months = range(1, 13)
    assert sum(month_hours(calendar, month, Block.ON_PEAK) for month in months) == on_peak
    assert sum(month_hours(calendar, month, Block.OFF_PEAK) for month in months) == off_peak


def test_the_holidays_of_2010_with_christmas_kept_on_its_saturday():
    assert nerc_holidays(2010) == {
        date(2010, 1, 1),
        date(2010, 5, 31),
        date(2010, 7, 5),
        date(2010, 9, 6),
        date(2010, 11, 25),
        date(2010, 12, 25),
    }


@given(year=st.integers(1990, 2100))
def test_there_are_six_holidays_a_year_and_none_on_a_sunday(year: int):
    holidays = sorted(nerc_holidays(year))
    assert len(holidays) == 6
    assert all(day.weekday() != 6 for day in holidays)
    assert [day.month for day in holidays] == [1, 5, 7, 9, 11, 12]


def test_a_saturday_holiday_is_off_peak_where_saturdays_are_on_peak():
    independence_day, week_before = date(2026, 7, 4), date(2026, 6, 27)
    assert CAISO.on_peak_hours_of(week_before) == 16
    assert CAISO.on_peak_hours_of(independence_day) == 0


@MARKETS
@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 8, 14), 24), (date(2026, 11, 1), 25)]
)
def test_days_of_23_24_and_25_hours(calendar: MarketCalendar, day: date, hours: int):
    grid = MarketDay(calendar, day, settlement_seconds=300)
    assert calendar.hours_of(day) == grid.hours == hours
    assert grid.intervals == hours * 12
    assert grid.end_ns - grid.start_ns == hours * HOUR_NS
    assert len(grid.hour_labels) == len(set(grid.hour_labels)) == hours


def test_the_short_day_skips_clock_hour_two_and_the_long_day_repeats_one():
    short = MarketDay(CAISO, date(2026, 3, 8), settlement_seconds=300)
    long = MarketDay(CAISO, date(2026, 11, 1), settlement_seconds=300)
    assert short.clock_hours.tolist() == [0, 1, *range(3, 24)]
    assert long.clock_hours.tolist() == [0, 1, 1, *range(2, 24)]
    assert "03" not in short.hour_labels
    assert long.hour_labels[1:4] == ["02", "02*", "03"]


@MARKETS
@given(day=days)
def test_every_hour_begins_at_its_clock_hour_and_lies_in_its_block(
    calendar: MarketCalendar, day: date
):
    grid = MarketDay(calendar, day, settlement_seconds=1800)
    starts = [from_ns(grid.start_ns + hour * HOUR_NS) for hour in range(grid.hours)]
    clock = [start.astimezone(calendar.zone).hour for start in starts]
    assert grid.clock_hours.tolist() == clock
    peaks = [calendar.is_on_peak(day, hour) for hour in clock]
    assert grid.on_peak.tolist() == [peak for peak in peaks for _ in range(2)]


@MARKETS
@given(day=days)
def test_one_day_ends_where_the_next_begins(calendar: MarketCalendar, day: date):
    today = MarketDay(calendar, day, settlement_seconds=300)
    tomorrow = MarketDay(calendar, day + timedelta(days=1), settlement_seconds=300)
    assert today.end_ns == tomorrow.start_ns
    assert local_date(today.start_ns, calendar.time_zone) == day
    assert local_date(today.end_ns - 1, calendar.time_zone) == day


@MARKETS
@given(day=days)
def test_the_blocks_share_out_the_intervals_of_a_day(calendar: MarketCalendar, day: date):
    grid = MarketDay(calendar, day, settlement_seconds=900)
    on_peak, off_peak = grid.block_mask(Block.ON_PEAK), grid.block_mask(Block.OFF_PEAK)
    assert (on_peak ^ off_peak).all()
    assert grid.block_mask(Block.FLAT).all()
    assert on_peak.sum() == 4 * calendar.block_hours(day, Block.ON_PEAK)
    assert off_peak.sum() == 4 * calendar.block_hours(day, Block.OFF_PEAK)


def test_on_peak_lasts_from_hour_ending_7_to_22():
    grid = MarketDay(CAISO, date(2026, 8, 14), settlement_seconds=300)
    assert np.flatnonzero(grid.on_peak[::12]).tolist() == list(range(6, 22))


@pytest.mark.parametrize(
    ("start", "end", "covered"),
    [
        (0, 24 * 3600, (0, 288)),
        (-3600, 0, (0, 0)),
        (-3600, 600, (0, 2)),
        (24 * 3600, 25 * 3600, (288, 288)),
        (3600, 3600, (12, 12)),
        (3600, 0, (12, 12)),
        (1, 601, (1, 3)),
        (-(10**6), 10**6, (0, 288)),
    ],
)
def test_a_span_covers_the_intervals_that_start_inside_it(
    start: int, end: int, covered: tuple[int, int]
):
    grid = MarketDay(CAISO, date(2026, 8, 14), settlement_seconds=300)
    bounds = (grid.start_ns + second * SECOND_NS for second in (start, end))
    assert grid.span(*bounds) == covered


@given(
    day=days, cuts=st.lists(st.integers(-(10**5), 2 * 10**5), min_size=2, max_size=6).map(sorted)
)
def test_spans_end_to_end_cover_each_interval_once(day: date, cuts: list[int]):
    grid = MarketDay(CAISO, day, settlement_seconds=300)
    moments = [grid.start_ns + cut * SECOND_NS for cut in cuts]
    parts = [grid.span(*pair) for pair in pairwise(moments)]
    whole = grid.span(moments[0], moments[-1])
    assert sum(last - first for first, last in parts) == whole[1] - whole[0]


def test_midnight_follows_the_clock_change():
    zone = "America/Los_Angeles"
    assert from_ns(local_midnight_ns(date(2026, 3, 8), zone)).hour == 8
    assert from_ns(local_midnight_ns(date(2026, 3, 9), zone)).hour == 7


@given(moment=st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds are naive
def test_a_moment_comes_back_from_nanoseconds_to_the_microsecond(moment: datetime):
    assert from_ns(to_ns(moment)) == moment


def test_a_local_time_and_its_utc_twin_are_one_moment():
    local = datetime(2026, 8, 14, 12, tzinfo=ZoneInfo("America/Los_Angeles"))
    assert to_ns(local) == to_ns(datetime(2026, 8, 14, 19, tzinfo=UTC))
