"""When each duty of the policy is late: weekends, holidays, after close, both clock changes."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from state.business_days import BusinessDays
from state.calendar import nerc_holidays
from state.moments import from_ns, to_ns
from state.policy.load_risk import load_risk
from state.policy.risk_policy import Deadline

ZONE = ZoneInfo("America/Los_Angeles")
DAYS = BusinessDays("America/Los_Angeles", holidays=nerc_holidays(2026))
POLICY = load_risk(
    (Path(__file__).parents[2] / "policies" / "svce-2017-05-10.yaml").read_text(encoding="utf-8")
)


def at(text: str) -> int:
    return to_ns(datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC))


def shown(moment_ns: int | None) -> str | None:
    if moment_ns is None:
        return None
    return from_ns(moment_ns).astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("called", "due"),
    [
        ("2026-03-10 09:00", "2026-03-10 17:00"),
        ("2026-03-10 17:00", "2026-03-10 17:00"),
        ("2026-03-10 17:01", "2026-03-11 17:00"),
        ("2026-03-06 18:00", "2026-03-09 17:00"),  # Friday evening; clocks change on Sunday
        ("2026-03-07 10:00", "2026-03-09 17:00"),
        ("2026-10-31 10:00", "2026-11-02 17:00"),  # 25 hours on the 1st
        ("2026-11-26 10:00", "2026-11-27 17:00"),  # Thanksgiving
        ("2026-12-31 18:00", "2027-01-01 17:00"),  # 2027's holidays are not in this calendar
    ],
)
def test_close_of_business_is_that_of_the_day_or_of_the_next_with_business(called: str, due: str):
    assert shown(DAYS.due_ns(Deadline.CLOSE_OF_BUSINESS, at(called))) == due


@pytest.mark.parametrize(
    ("called", "due"),
    [
        ("2026-03-10 09:00", "2026-03-12 00:00"),
        ("2026-03-06 09:00", "2026-03-10 00:00"),
        ("2026-11-25 23:59", "2026-11-28 00:00"),
        ("2026-07-03 12:00", "2026-07-07 00:00"),  # a Friday; the 4th stays on its Saturday
        ("2026-10-30 12:00", "2026-11-03 00:00"),
    ],
)
def test_the_next_business_day_ends_with_its_date(called: str, due: str):
    assert shown(DAYS.due_ns(Deadline.NEXT_BUSINESS_DAY, at(called))) == due


@pytest.mark.parametrize(
    ("called", "closes", "next_day_ends"),
    [
        # A holiday on a Saturday stays there: the days beside it have business.
        ("2026-07-03 16:00", "2026-07-03 17:00", "2026-07-07 00:00"),
        ("2027-12-24 16:00", "2027-12-24 17:00", "2027-12-28 00:00"),
        ("2027-12-31 18:00", "2028-01-03 17:00", "2028-01-04 00:00"),
        # One on a Sunday moves to the Monday, which has none.
        ("2027-07-02 16:00", "2027-07-02 17:00", "2027-07-07 00:00"),
        ("2027-07-02 18:00", "2027-07-06 17:00", "2027-07-07 00:00"),
        ("2027-07-05 10:00", "2027-07-06 17:00", "2027-07-07 00:00"),
        ("2028-12-31 10:00", "2029-01-02 17:00", "2029-01-03 00:00"),
        # The nights of both clock changes lie between.
        ("2026-03-06 17:01", "2026-03-09 17:00", "2026-03-10 00:00"),
        ("2026-10-30 17:01", "2026-11-02 17:00", "2026-11-03 00:00"),
        # On the changed days themselves there is no business.
        ("2026-03-08 03:30", "2026-03-09 17:00", "2026-03-10 00:00"),
        ("2026-11-01 01:30", "2026-11-02 17:00", "2026-11-03 00:00"),
        # Turns of month, quarter and year.
        ("2026-09-30 17:01", "2026-10-01 17:00", "2026-10-02 00:00"),
        ("2026-12-31 17:01", "2027-01-04 17:00", "2027-01-05 00:00"),
    ],
)
def test_holidays_on_weekends_clock_changes_and_turns_put_a_duty_off_as_calendars_do(
    called: str, closes: str, next_day_ends: str
):
    years = frozenset().union(*map(nerc_holidays, range(2026, 2030)))
    days = BusinessDays("America/Los_Angeles", holidays=years)

    assert shown(days.due_ns(Deadline.CLOSE_OF_BUSINESS, at(called))) == closes
    assert shown(days.due_ns(Deadline.NEXT_BUSINESS_DAY, at(called))) == next_day_ends


@pytest.mark.parametrize(
    ("done", "months", "due"),
    [
        ("2026-01-31 12:00", 3, "2026-05-01 00:00"),
        ("2026-02-28 12:00", 12, "2027-03-01 00:00"),
        ("2028-02-29 12:00", 12, "2029-03-01 00:00"),
        ("2026-06-15 12:00", 24, "2028-06-16 00:00"),
        ("2026-12-31 23:59", 3, "2027-04-01 00:00"),
        ("2025-12-08 12:00", 3, "2026-03-09 00:00"),  # due with a day of 23 hours
        ("2026-08-01 12:00", 3, "2026-11-02 00:00"),  # of 25
    ],
)
def test_a_periodic_duty_is_late_after_the_same_day_so_many_months_on(
    done: str, months: int, due: str
):
    assert shown(DAYS.due_ns(Deadline.PERIODIC, at(done), every_months=months)) == due


@pytest.mark.parametrize(
    ("deadline", "due"),
    [
        (Deadline.AT_ONCE, "2026-03-10 09:00"),
        (Deadline.BEFORE_TRADE, "2026-03-10 09:00"),
        (Deadline.AS_SOON_AS_PRACTICAL, None),
        (Deadline.ON_REQUEST, None),
        (Deadline.ALWAYS, None),
    ],
)
def test_what_has_no_bound_is_never_late_and_at_once_is_now(deadline: Deadline, due: str | None):
    assert shown(DAYS.due_ns(deadline, at("2026-03-10 09:00"))) == due


@pytest.mark.parametrize(
    ("name", "due"),
    [
        ("duty-report-breach", "2026-03-10 09:00"),
        ("duty-notify-material", "2026-03-10 09:00"),
        ("duty-suspend", "2026-03-10 09:00"),
        ("duty-tell-executed", "2026-03-10 17:00"),
        ("duty-update-nop", "2026-03-12 00:00"),
        ("duty-cure-nop", None),
        ("duty-quarterly-report", "2026-06-11 00:00"),
        ("duty-verify-updates", "2028-03-11 00:00"),
    ],
)
def test_a_duty_of_the_policy_is_late_when_the_source_says(name: str, due: str | None):
    duty = next(each for each in POLICY.duties if each.id == name)
    called = at("2026-03-10 09:00")

    assert shown(DAYS.first_due_ns(duty.deadlines, called, every_months=duty.every_months)) == due


def test_a_company_closes_when_it_says():
    early = BusinessDays("America/Los_Angeles", close=time(13, 30))

    assert shown(early.close_ns(date(2026, 3, 10))) == "2026-03-10 13:30"
    assert not early.works(date(2026, 3, 8))
    assert early.works(date(2026, 11, 26)), "no holidays unless it names them"
