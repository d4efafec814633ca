"""What MISO is asked, when, and how it says that a file is not there yet."""

from __future__ import annotations

import datetime as dt

import pytest

from connectors.polling.miso import MisoFeeds
from connectors.polling.report import Report

EST = dt.timezone(dt.timedelta(hours=-5))


def ns(*at: int) -> int:
    return int(dt.datetime(*at, tzinfo=EST).timestamp()) * 10**9


def reports(**chosen: str) -> dict[str, Report]:
    feeds = MisoFeeds.model_validate({"locations": ["A.HUB"], **chosen})
    return {report.feed: report for asked in feeds.asked() for report in asked.reports}


def test_two_hosts_are_asked_and_only_that_of_the_reports_as_a_browser() -> None:
    api, files = MisoFeeds(locations=("A.HUB",)).asked()
    assert (api.base_url, dict(api.headers)) == ("https://public-api.misoenergy.org", {})
    assert files.base_url == "https://docs.misoenergy.org"
    assert files.headers["User-Agent"].startswith("Mozilla/5.0 ")
    assert {api.every_seconds, files.every_seconds} == {60.0}


@pytest.mark.parametrize(
    ("chosen", "feed", "start", "path"),
    [
        (
            {}, "miso/RTD",
            (2026, 7, 14, 17, 5), "/api/MarketPricing/GetRealTimeFiveMinExPost/Current",
        ),
        ({}, "miso/DA", (2026, 7, 14, 0, 0), "/marketreports/20260714_da_expost_lmp.csv"),
        ({}, "miso/DA", (2026, 7, 14, 23, 0), "/marketreports/20260714_da_expost_lmp.csv"),
        (
            {"day_ahead": "exante"}, "miso/DA",
            (2026, 7, 14, 0, 0), "/marketreports/20260714_da_exante_lmp.csv",
        ),
        # Both days of the change have 24 hours here: the midnights are those of EST.
        ({}, "miso/DA", (2026, 3, 8, 23, 0), "/marketreports/20260308_da_expost_lmp.csv"),
        (
            {"real_time": "hourly"}, "miso/RTD_prelim",
            (2026, 11, 1, 0, 0), "/marketreports/20261101_rt_lmp_prelim.csv",
        ),
        (
            {"real_time": "hourly"}, "miso/RTD_final",
            (2026, 11, 1, 23, 0), "/marketreports/20261101_rt_lmp_final.csv",
        ),
    ],
)  # fmt: skip
def test_an_interval_is_asked_for_by_the_day_it_lies_in_on_standard_time(
    chosen: dict[str, str], feed: str, start: tuple[int, ...], path: str
) -> None:
    report, start_ns = reports(**chosen)[feed], ns(*start)
    found = report.ask(start_ns, start_ns + report.schedule.step_ns)
    assert (found.path, found.query) == (path, {})


@pytest.mark.parametrize("day", [(2026, 3, 8), (2026, 7, 14), (2026, 11, 1)])
def test_every_day_has_24_hours_in_one_file(day: tuple[int, int, int]) -> None:
    report = reports()["miso/DA"]
    due = report.schedule.due(ns(*day), ns(*day, 1))
    assert list(due) == [ns(*day) + hour * 3600 * 10**9 for hour in range(24)]
    assert len({report.answer_of(start) for start in due}) == 1


def test_real_time_is_ex_post_and_hours_come_days_after_their_day() -> None:
    five = reports()["miso/RTD"].schedule
    start = ns(2026, 7, 14, 17, 5)
    assert start not in five.due(start, ns(2026, 7, 14, 17, 10))
    assert start in five.due(start, ns(2026, 7, 14, 17, 11))
    hourly = reports(real_time="hourly")
    assert "miso/RTD" not in hourly
    for feed, after in (("miso/RTD_prelim", 1), ("miso/RTD_final", 6)):
        schedule = hourly[feed].schedule
        assert not schedule.due(ns(2026, 7, 14), ns(2026, 7, 14 + after, 5, 59))
        assert len(schedule.due(ns(2026, 7, 14), ns(2026, 7, 14 + after, 6))) == 24


def test_a_final_file_is_still_asked_for_when_it_is_due_and_the_preliminary_never_again() -> None:
    hourly = reports(real_time="hourly")
    assert hourly["miso/RTD_final"].kept_seconds >= 10 * 86_400
    assert hourly["miso/RTD_prelim"].again_seconds == 0.0


def test_a_file_may_be_absent_and_the_public_api_always_answers() -> None:
    found = reports(real_time="hourly")
    assert all(report.may_be_absent for report in found.values())
    assert not reports()["miso/RTD"].may_be_absent
