"""Files that look ahead, and what comes late: each interval has the value of its own file."""

from __future__ import annotations

import threading
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from connectors.isos import MARKETS
from connectors.log.days import Receipt
from connectors.polling import FOLLOWED
from connectors.polling.host import Answer, Host
from connectors.polling.past import PastPoller
from connectors.polling.poller import Poller
from connectors.polling.report import Report
from connectors.polling.schedule import day_ns
from connectors.simulated import SIMULATED, PublishedDay
from connectors.simulated.faults import FaultPlan
from connectors.simulated.published import Published
from flows.entries import messages_of
from state.messages import AreaVolume, FeedOutcome, Series
from state.wire import encode
from tests.connectors.live_markets import (
    AREAS,
    CLOCK_CHANGES,
    HOUR_NS,
    NAMES,
    DirectHost,
    SteppedClock,
    reports_of,
)

DAY = CLOCK_CHANGES["summer"]
DAYS_AHEAD = 6
FORECASTS = {"nyiso/load_day_ahead": 8, "spp/load_day_ahead": 9, "spp/load_actual": 9}
"""The feeds of files that hold more than was asked for, and the local hour of the forecast."""
MOST_ABSENT = 40
"""Questions for a file that comes a few minutes later."""


class CountingHost(DirectHost):
    """Counts the questions that are answered with status 404."""

    absent = 0

    def get(self, path: str, query: dict[str, str], **fallback: bool) -> Answer:
        answer = super().get(path, query, **fallback)
        self.absent += answer.status == 404
        return answer


def load(market: str, run: str, start_ns: int, mw: float) -> AreaVolume:
    return AreaVolume(
        market=market, series=Series.LOAD, run=run, interval_start_ns=start_ns,
        interval_seconds=3600, areas=AREAS, mw=np.full(len(AREAS), mw),
    )  # fmt: skip


def published(market: str, forecast: str, hour: int, midnight_ns: int) -> list[Published]:
    """Return a forecast of six days every morning, each another one, and what came of it."""
    found = []
    for day in range(-1, 3):
        day_begin_ns = midnight_ns + day * 24 * HOUR_NS
        at_ns = day_begin_ns + hour * HOUR_NS
        for ahead in range(24, 24 * DAYS_AHEAD):
            mw = 1000.0 * (day + 2) + ahead
            start_ns = day_begin_ns + ahead * HOUR_NS
            found.append(Published(at_ns, load(market, forecast, start_ns, mw)))
    for hour_of in range(48):
        start_ns = midnight_ns + hour_of * HOUR_NS
        mw = 50.0 + hour_of
        found.append(Published(start_ns + 7200 * 10**9, load(market, "ACTUAL", start_ns, mw)))
    return sorted(found, key=lambda one: one.at_ns)


@pytest.mark.parametrize("feed", sorted(FORECASTS))
def test_a_file_counts_for_what_it_was_asked_for_and_none_to_come_is_asked_for(feed: str) -> None:
    (report,) = (one for one in reports_of(feed.partition("/")[0]) if one.feed == feed)
    midnight_ns, _ = day_ns(DAY, ZoneInfo(MARKETS[report.market].time_zone))
    forecast = {"nyiso": "ISOLF", "spp": "MTLF"}[report.market]
    own = published(report.market, forecast, FORECASTS[feed], midnight_ns)
    clock = SteppedClock(midnight_ns + 8 * HOUR_NS, midnight_ns + 36 * HOUR_NS)
    market = SIMULATED[report.market](PublishedDay(report.market, own))
    host = CountingHost(market, clock, FaultPlan(0))
    poller = Poller(
        report, cast("Host", host), cast("Any", clock), since_ns=midnight_ns + 8 * HOUR_NS
    )
    stop, said = threading.Event(), dict[int, set[float]]()
    for (polled,) in poller.run(stop):
        taken = poller.take(polled, received_at_ns=clock.now_ns())
        assert polled.answer is not None
        if not taken.is_read:
            continue
        receipt = Receipt(clock.now_ns(), report.market, polled.answer.body, polled.payload)
        played = messages_of(receipt, "letter")
        assert [*map(encode, played)] == [*map(encode, taken.messages)]
        for message in taken.messages:
            assert isinstance(message, AreaVolume)
            assert message.run == report.run
            said.setdefault(message.interval_start_ns, set()).add(float(message.mw.min()))
    if report.run == "ACTUAL":
        expected = {midnight_ns + at * HOUR_NS: {50.0 + at} for at in range(8, 34)}
    else:
        expected = {
            midnight_ns + at * HOUR_NS: {1000.0 * (at // 24 + 1) + 24 + at % 24}
            for at in range(8, 72)
        }
    assert said == expected
    assert not poller._grid.missing(clock.now_ns())
    assert host.absent < MOST_ABSENT


def late_reports() -> list[Report]:
    """Return every report of every market, and MISO's hourly ones."""
    section = {"locations": ["A"], "base_url": "https://h", "real_time": "hourly"}
    hourly = [one for asked in FOLLOWED["miso"].model_validate(section).asked()
              for one in asked.reports]  # fmt: skip
    return [*hourly, *(report for name in NAMES for report in reports_of(name))]


@pytest.mark.parametrize("hour", [0, 11, 18])
def test_a_restart_expects_what_was_not_late_when_the_run_ended_and_a_first_start_does_not(
    hour: int,
) -> None:
    for report in late_reports():
        midnight_ns, _ = day_ns(DAY, ZoneInfo(MARKETS[report.market].time_zone))
        ended_ns = midnight_ns + hour * HOUR_NS
        clock = SteppedClock(ended_ns, ended_ns)
        host = DirectHost(SIMULATED["spp"](PublishedDay("spp", [])), clock, FaultPlan(0))
        restarted, first = (
            Poller(
                report, cast("Host", host), cast("Any", clock),
                since_ns=ended_ns, is_restart=is_restart,
            )
            for is_restart in (True, False)
        )  # fmt: skip
        then_ns = ended_ns + 6 * HOUR_NS
        kept_ns = then_ns - int(report.kept_seconds * 10**9)
        open_then = {
            start
            for start in report.schedule.due(ended_ns - 12 * 24 * HOUR_NS, then_ns)
            if report.schedule.late_ns(start) > ended_ns and start >= kept_ns
        }
        assert open_then <= set(restarted._grid.incomplete(then_ns)), report.feed
        assert min(first._grid.incomplete(then_ns), default=ended_ns) >= ended_ns, report.feed


@pytest.mark.parametrize("feed", ["nyiso/load_day_ahead", "spp/load_day_ahead"])
def test_the_file_of_a_forecast_stands_when_its_day_is_over_and_one_to_come_is_absent(
    feed: str,
) -> None:
    (report,) = (one for one in reports_of(feed.partition("/")[0]) if one.feed == feed)
    midnight_ns, last_ns = day_ns(DAY, ZoneInfo(MARKETS[report.market].time_zone))
    forecast = {"nyiso": "ISOLF", "spp": "MTLF"}[report.market]
    own = published(report.market, forecast, FORECASTS[feed], midnight_ns)
    clock = SteppedClock(midnight_ns + 13 * HOUR_NS, last_ns + 20 * HOUR_NS)
    market = SIMULATED[report.market](PublishedDay(report.market, own))
    host = DirectHost(market, clock, FaultPlan(0))
    path, query, *_ = report.ask(last_ns, last_ns + HOUR_NS)
    before = host.get(path, query)
    path_to_come, query_to_come, *_ = report.ask(last_ns + 48 * HOUR_NS, last_ns + 49 * HOUR_NS)
    assert host.get(path_to_come, query_to_come).status == 404
    clock.wait_until(last_ns + 12 * HOUR_NS, threading.Event())
    assert (before.status, host.get(path, query)) == (200, before)
    poller = Poller(report, cast("Host", host), cast("Any", clock), since_ns=midnight_ns)
    to_come = poller.ask(last_ns + 48 * HOUR_NS, last_ns + 49 * HOUR_NS)
    poller.take(to_come, received_at_ns=clock.now_ns())
    notice = poller.notice(clock.now_ns())
    assert notice is not None
    assert notice.outcome is FeedOutcome.NO_DATA


@pytest.mark.parametrize("feed", ["nyiso/load_day_ahead", "spp/load_day_ahead"])
def test_the_past_of_a_forecast_is_that_of_its_day(feed: str) -> None:
    (report,) = (one for one in reports_of(feed.partition("/")[0]) if one.feed == feed)
    _, first_ns = day_ns(DAY, ZoneInfo(MARKETS[report.market].time_zone))
    forecast = {"nyiso": "ISOLF", "spp": "MTLF"}[report.market]
    own = published(report.market, forecast, FORECASTS[feed], first_ns - 24 * HOUR_NS)
    clock = SteppedClock(first_ns + 24 * HOUR_NS, first_ns + 48 * HOUR_NS)
    market = SIMULATED[report.market](PublishedDay(report.market, own))
    host = DirectHost(market, clock, FaultPlan(0))
    poller = PastPoller(report, cast("Host", host), cast("Any", clock))
    starts: list[int] = []
    for (polled,) in poller.ask_stretch(
        first_ns, first_ns + 24 * HOUR_NS, tries=1, stop=threading.Event()
    ):
        taken = poller.take(polled, received_at_ns=clock.now_ns())
        starts += [one.interval_start_ns for one in taken.messages if isinstance(one, AreaVolume)]
        poller.appended()
    assert starts == [first_ns + at * HOUR_NS for at in range(24)]
    assert not poller.lacking()
