"""Each period on dates where it turns: month, quarter, year, leap day, both clock changes."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from state.calendar import MarketCalendar, local_date
from state.messages import Block
from state.moments import to_ns
from state.periods import PERIODS, Span, month_after, quarter_after

LOS_ANGELES = "America/Los_Angeles"
CALENDAR = MarketCalendar(LOS_ANGELES)

ON = {
    date(2026, 1, 1): {
        "balance_of_month": "2026-01-02 to 2026-01-31",
        "prompt_month": "2026-02",
        "prompt_month_plus_1": "2026-03",
        "prompt_month_plus_2": "2026-04",
        "prompt_quarter": "2026-Q2",
        "remaining_quarters": "2026-Q3 2026-Q4 2027-Q1",
        "year_after_next_12_months": "2027-04 to 2028-03",
        "five_years_after_next_12_months": "2027-04 to 2032-03",
        "balance_of_year": "2026-03 to 2026-12",
        "running_calendar_year": "2026",
        "prompt_calendar_year": "2027",
        "second_calendar_year": "2028",
        "third_calendar_year": "2029",
        "fourth_calendar_year": "2030",
        "fifth_calendar_year": "2031",
        "years_2_to_5": "2028-01 to 2031-12",
        "post_prompt_year": "2028-01 to 2031-12",
        "through_five_years": "2026-02 to 2031-12",
        "real_time": "2026-01-01",
        "day_ahead": "2026-01-01 to 2026-01-02",
        "through_36_months": "2026-01 to 2028-12",
        "through_60_months": "2026-01 to 2030-12",
    },
    date(2026, 3, 31): {
        "balance_of_month": "",
        "prompt_month": "2026-04",
        "prompt_quarter": "2026-Q2",
        "balance_of_year": "2026-05 to 2026-12",
        "day_ahead": "2026-03-31 to 2026-04-01",
        "through_36_months": "2026-03-31 to 2029-02-28",
    },
    date(2026, 4, 1): {
        "prompt_month": "2026-05",
        "prompt_quarter": "2026-Q3",
        "remaining_quarters": "2026-Q4 2027-Q1 2027-Q2",
    },
    date(2026, 3, 8): {"real_time": "2026-03-08", "day_ahead": "2026-03-08 to 2026-03-09"},
    date(2026, 6, 30): {"prompt_month": "2026-07", "prompt_quarter": "2026-Q3"},
    date(2026, 7, 1): {"prompt_month": "2026-08", "prompt_quarter": "2026-Q4"},
    date(2026, 7, 31): {
        "prompt_month": "2026-08",
        "prompt_month_plus_1": "2026-09",
        "prompt_quarter": "2026-Q4",
        "balance_of_year": "2026-09 to 2026-12",
        "prompt_calendar_year": "2027",
    },
    date(2026, 8, 1): {
        "prompt_month": "2026-09",
        "prompt_month_plus_1": "2026-10",
        "prompt_quarter": "2026-Q4",
        "balance_of_year": "2026-Q4",
        "prompt_calendar_year": "2027",
    },
    date(2026, 9, 30): {
        "prompt_month": "2026-10",
        "prompt_quarter": "2026-Q4",
        "balance_of_year": "2026-11 to 2026-12",
        "prompt_calendar_year": "2027",
    },
    date(2026, 10, 1): {
        "prompt_month": "2026-11",
        "prompt_quarter": "2027-Q1",
        "balance_of_year": "2026-12",
        "prompt_calendar_year": "2027",
    },
    date(2026, 10, 31): {"balance_of_month": "", "balance_of_year": "2026-12"},
    date(2026, 11, 1): {"prompt_month": "2026-12", "balance_of_year": ""},
    date(2026, 12, 31): {
        "balance_of_month": "",
        "prompt_month": "2027-01",
        "prompt_month_plus_1": "2027-02",
        "prompt_quarter": "2027-Q1",
        "balance_of_year": "",
        "prompt_calendar_year": "2027",
        "year_after_next_12_months": "2028",
        "day_ahead": "2026-12-31 to 2027-01-01",
    },
    date(2027, 1, 1): {"prompt_month": "2027-02", "prompt_calendar_year": "2028"},
    date(2028, 2, 28): {"balance_of_month": "2028-02-29", "prompt_month": "2028-03"},
}


@pytest.mark.parametrize(
    ("today", "name", "labels"),
    [(today, name, labels) for today, own in ON.items() for name, labels in own.items()],
)
def test_a_period_is_what_the_table_says_on_a_date(today: date, name: str, labels: str):
    assert " ".join(span.label for span in PERIODS[name].spans(today)) == labels


def test_the_first_date_of_the_table_shows_every_period():
    assert set(ON[date(2026, 1, 1)]) == set(PERIODS)


@pytest.mark.parametrize("today", [month_after(date(2026, 1, 1), n) for n in range(24)])
def test_the_tolerance_periods_of_energy_leave_no_month_out_and_the_years_do_not_overlap(
    today: date,
):
    """Prompt month, balance of year and the calendar years tile the horizon of §4.2."""
    names = ("prompt_month", "balance_of_year", *(
        f"{which}_calendar_year" for which in ("prompt", "second", "third", "fourth", "fifth")
    ))  # fmt: skip
    months = [
        month
        for name in names
        for span in PERIODS[name].spans(today)
        for month in span.months
        if not (name == "prompt_month" and span.first.year > today.year)  # it is in the year too
    ]

    assert months == list(PERIODS["through_five_years"].spans(today)[0].months)


@pytest.mark.parametrize("today", [month_after(date(2026, 1, 1), n) for n in range(12)])
def test_the_closing_periods_follow_on_each_other(today: date):
    spans = [
        span
        for name in ("prompt_quarter", "remaining_quarters", "five_years_after_next_12_months")
        for span in PERIODS[name].spans(today)
    ]

    assert all(one.end == other.first for one, other in pairwise(spans))
    assert spans[0].first == quarter_after(today, 1)
    assert spans[-1].end == month_after(spans[0].first, 72)


def test_a_period_of_several_spans_goes_from_the_first_to_the_last():
    whole = PERIODS["remaining_quarters"].span(date(2026, 1, 1))

    assert whole == Span(date(2026, 7, 1), date(2027, 4, 1))
    assert PERIODS["balance_of_year"].span(date(2026, 11, 1)) is None


@pytest.mark.parametrize(
    ("month", "flat", "on_peak"),
    [
        (date(2026, 2, 1), 672, 384),
        (date(2026, 3, 1), 743, 416),  # 23 hours on the 8th
        (date(2026, 7, 1), 744, 416),  # Independence Day falls on a Saturday and stays there
        (date(2026, 11, 1), 721, 384),  # 25 hours on the 1st
        (date(2027, 7, 1), 744, 416),  # Independence Day on a Sunday takes the Monday
        (date(2028, 1, 1), 744, 400),  # New Year on a Saturday stays there
        (date(2023, 1, 1), 744, 400),  # on a Sunday it takes the Monday
    ],
)
def test_a_month_counts_its_hours_over_clock_changes_and_holidays(
    month: date, flat: int, on_peak: int
):
    span = PERIODS["prompt_month"].spans(month_after(month, -1))[0]

    assert span.hours(CALENDAR, Block.FLAT) == flat
    assert span.hours(CALENDAR, Block.ON_PEAK) == on_peak
    assert span.hours(CALENDAR, Block.OFF_PEAK) == flat - on_peak


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)])
def test_a_day_of_23_or_25_hours_begins_and_ends_at_local_midnight(day: date):
    start_ns, end_ns = PERIODS["real_time"].spans(day)[0].edges_ns(LOS_ANGELES)

    assert (end_ns - start_ns) / 3_600_000_000_000 == CALENDAR.hours_of(day)
    assert local_date(start_ns, LOS_ANGELES) == day
    assert local_date(end_ns - 1, LOS_ANGELES) == day


@pytest.mark.parametrize(
    ("moment", "prompt"),
    [
        (datetime(2026, 11, 1, 6, 59, 59, tzinfo=UTC), "2026-11"),  # 23:59:59 of October 31
        (datetime(2026, 11, 1, 7, tzinfo=UTC), "2026-12"),  # local midnight, still summer time
        (datetime(2027, 1, 1, 7, 59, 59, tzinfo=UTC), "2027-01"),
        (datetime(2027, 1, 1, 8, tzinfo=UTC), "2027-02"),
    ],
)
def test_periods_roll_at_local_midnight(moment: datetime, prompt: str):
    today = local_date(to_ns(moment), LOS_ANGELES)

    assert PERIODS["prompt_month"].spans(today)[0].label == prompt


def test_a_span_holds_its_first_date_and_not_its_end():
    span = Span(date(2026, 2, 1), date(2026, 3, 1))

    assert span.holds(date(2026, 2, 1))
    assert span.holds(date(2026, 2, 28))
    assert not span.holds(date(2026, 3, 1))
    assert Span(date(2025, 12, 30), date(2026, 2, 2)).months == ("2025-12", "2026-01", "2026-02")
