"""What holds for every market that is followed and simulated: nothing lost, nothing doubled."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

import pytest

from connectors.isos import MARKETS
from connectors.polling import FOLLOWED
from connectors.polling.feed_names import LIVE_FEEDS
from connectors.polling.host import Host
from connectors.polling.poller import Poller
from connectors.polling.report import Report
from connectors.polling.schedule import Blocks, Daily, day_ns
from connectors.simulated import SIMULATED, PublishedDay
from connectors.simulated.faults import Fault, FaultPlan
from state.messages import AreaVolume, Run, Series
from tests.connectors.live_markets import (
    BASE,
    CLOCK_CHANGES,
    HOUR_NS,
    LOCATIONS,
    MINUTE_NS,
    NAMES,
    SECOND_NS,
    DirectHost,
    SteppedClock,
    Values,
    due_ns,
    everything_of,
    market_of,
    published_of,
    reports_of,
    values_of,
)

DAYS_LATER = 72.0
MOST_LAG = 3.0


class Followed(NamedTuple):
    """What came of polling one report; told are the intervals that were missing at some
    time, but for those that were published in the last minute.
    """

    published: Values
    came: Values
    missing: Sequence[int]
    told: set[int]


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=sorted(CLOCK_CHANGES))
def day(request: pytest.FixtureRequest) -> date:
    return CLOCK_CHANGES[request.param]


def test_every_feed_is_called_by_a_name_that_a_policy_may_expect(name: str) -> None:
    assert {report.feed.partition("/")[2] for report in reports_of(name)} <= set(LIVE_FEEDS)


@pytest.mark.parametrize("name", sorted(FOLLOWED))
def test_a_section_asks_for_nothing_that_its_day_has_not(name: str) -> None:
    price, *volumes = everything_of(name)
    solar = next(
        one for one in volumes
        if isinstance(one.message, AreaVolume)
        and (one.message.series, one.message.run) == (Series.SOLAR, "DAM")
    )  # fmt: skip
    for published, runs in (([price], set[str]()), ([price, solar], {"DAM"})):
        market = SIMULATED[name](PublishedDay(name, published))
        asked = FOLLOWED[name].model_validate(market.section(BASE)).asked()
        others = {
            report.run
            for one in asked
            for report in one.reports
            if report.announced is None and report.run not in set(Run)
        }
        assert others == (runs if name == "caiso" else set())


def follow(report: Report, begin_ns: int, hours: float, fault_every: int = 0) -> Followed:
    """Poll a report until all of a stretch is out; then, after faults, until it was read again."""
    end_ns = begin_ns + int(hours * HOUR_NS)
    published = list(published_of(report, report.schedule.due(begin_ns, end_ns)))
    last_ns = max(one.at_ns for one in published)
    due = report.schedule.due(begin_ns, last_ns + HOUR_NS)
    turns = 1 if report.newest_only else len({report.answer_of(start) for start in due})
    in_turn_ns = 2 * turns * int(report.every_seconds) * SECOND_NS
    out_ns = last_ns + 10 * MINUTE_NS + in_turn_ns
    reread_ns = int(report.reread_seconds) * SECOND_NS
    again_ns = reread_ns + 20 * MINUTE_NS + in_turn_ns if fault_every else 0
    market = SIMULATED[report.market](PublishedDay(report.market, published))
    clock, stop, came = SteppedClock(begin_ns, out_ns + again_ns), threading.Event(), Values()
    kinds = [kind for kind in Fault if kind is not Fault.CORRECTED or not report.newest_only]
    host = DirectHost(market, clock, FaultPlan(fault_every, kinds))
    poller = Poller(report, cast("Host", host), cast("Any", clock), since_ns=begin_ns)
    told: set[int] = set()
    for (polled,) in poller.run(stop):
        taken = poller.take(polled, received_at_ns=clock.now_ns())
        notice = poller.notice(clock.now_ns())
        if notice is not None and notice.missing:
            told.update(one for one in poller._grid.missing(clock.now_ns()) if one < end_ns)
        assert fault_every or not taken.rejected
        values_of(taken.messages, report, came)
        if clock.now_ns() > out_ns:
            host.faults.stop()
    expected = Values()
    values_of([one.message for one in published], report, expected)
    assert not fault_every or min(host.faults.met.values()) > 0
    last_minute = {
        start
        for at_ns, message in published
        for start in (message.interval_start_ns,)
        if at_ns >= report.schedule.late_ns(start) - MINUTE_NS
    }
    return Followed(expected, came, poller._grid.missing(end_ns), told - last_minute)


def stretch(report: Report, day: date) -> tuple[int, float]:
    """Return where to begin and how many hours to go on: over the hour at which clocks change.

    What is published a day at once is followed from the morning before that day; what is published
    days later until then.
    """
    zone = ZoneInfo(MARKETS[report.market].time_zone)
    midnight_ns, _ = day_ns(day, zone)
    late_hours = (report.schedule.late_ns(midnight_ns) - midnight_ns) / HOUR_NS
    if late_hours > DAYS_LATER:
        return midnight_ns, late_hours - 1
    if isinstance(report.schedule, Daily):
        return midnight_ns - 18 * HOUR_NS, 18.0
    lag_hours = (due_ns(report, midnight_ns) - midnight_ns) / HOUR_NS
    waits = lag_hours if lag_hours > MOST_LAG else 0.0
    return midnight_ns + HOUR_NS // 2, waits + (2.0 if report.schedule.step_ns < HOUR_NS else 4.0)


def test_every_interval_comes_once_with_the_days_own_values_at_every_location(
    name: str, day: date
) -> None:
    first_ns, last_ns = day_ns(day, ZoneInfo(MARKETS[market_of(name)].time_zone))
    reports = reports_of(name)
    assert any(one.run == Run.DA and isinstance(one.schedule, Daily) for one in reports)
    for report in reports:
        found = follow(report, *stretch(report, day))
        assert found.published, report.feed
        assert found.came == found.published, report.feed
        assert not found.missing, report.feed
        if not isinstance(report.schedule, Daily | Blocks):
            assert not found.told, report.feed
        elif isinstance(report.schedule, Daily):
            hours = {start for start, _ in found.came if first_ns <= start < last_ns}
            assert len(hours) == (last_ns - first_ns) // report.schedule.step_ns, report.feed


def test_a_fault_on_any_answer_loses_nothing(name: str) -> None:
    for report in reports_of(name):
        begin_ns, hours = stretch(report, CLOCK_CHANGES["summer"])
        found = follow(report, begin_ns, hours, fault_every=2)
        stands = {place: [said[-1]] for place, said in found.came.items()}
        if report.newest_only:  # what was missed does not come again: it is told as missing
            lost = found.published.keys() - stands.keys()
            assert {start for start, _ in lost} == set(found.missing), report.feed
            assert len(lost) < len(found.published), report.feed
            assert all(found.published[place] == said for place, said in stands.items())
        else:
            assert stands == found.published, report.feed


def test_an_interval_is_in_time_while_a_day_of_answers_is_read_again() -> None:
    (report,) = (one for one in reports_of("isone") if one.feed == "isone/RTD")
    begin_ns, _ = stretch(report, CLOCK_CHANGES["summer"])
    found = follow(report, begin_ns, 26.0)
    assert found.came == found.published
    assert not found.told


def test_every_trade_day_is_asked_for_its_corrections_once_and_then_rests() -> None:
    begin_ns, _ = day_ns(CLOCK_CHANGES["summer"], ZoneInfo(MARKETS["caiso"].time_zone))
    section = {"locations": LOCATIONS, "base_url": BASE}
    asked = FOLLOWED["caiso"].model_validate(section).asked()
    (report,) = (one for host in asked for one in host.reports if one.announced is not None)
    clock = SteppedClock(begin_ns + HOUR_NS, begin_ns + HOUR_NS + 40 * MINUTE_NS)
    market = SIMULATED["caiso"](PublishedDay("caiso", []))
    host = DirectHost(market, clock, FaultPlan(0))
    poller = Poller(report, cast("Host", host), cast("Any", clock), since_ns=begin_ns)
    days = []
    for (polled,) in poller.run(threading.Event()):
        poller.take(polled, received_at_ns=clock.now_ns())
        assert polled.question is not None
        days.append(polled.question.query["startdatetime"])
    assert len(days) == len(set(days)) == 14
    assert not poller._grid.missing(clock.now_ns())
