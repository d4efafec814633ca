"""A stretch of the past comes whole from every market, whatever questions its answers name."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from connectors.isos import MARKETS
from connectors.isos.parsed import Again
from connectors.polling import FOLLOWED
from connectors.polling.backfill import Backfill, Progress, Request, Requests, requests_for
from connectors.polling.host import Answer, Host
from connectors.polling.past import PastPoller
from connectors.polling.report import Question, Report
from connectors.polling.schedule import Running, day_ns
from connectors.simulated import SIMULATED, PublishedDay
from connectors.simulated.faults import Fault, FaultPlan
from connectors.simulated.published import Published
from state.messages import Run
from tests.connectors.live_markets import (
    CLOCK_CHANGES,
    HOUR_NS,
    NAMES,
    DirectHost,
    SteppedClock,
    Values,
    market_of,
    published_of,
    reports_of,
    values_of,
)

DAY_NS = 24 * HOUR_NS


class Asking(DirectHost):
    """Remembers what it was asked."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.asked: list[str] = []

    def get(self, path: str, query: dict[str, str], **way: bool) -> Answer:
        self.asked.append(f"{path} {query}")
        return super().get(path, query, **way)


def stretch_of(market: str) -> tuple[int, int]:
    """Return five hours over a midnight and the hour that the clock repeats."""
    midnight_ns, _ = day_ns(CLOCK_CHANGES["25 hours"], ZoneInfo(MARKETS[market].time_zone))
    return midnight_ns - HOUR_NS, midnight_ns + 4 * HOUR_NS


def past_of(report: Report, first_ns: int, last_ns: int) -> list[int]:
    return [
        start for start in report.schedule.due(first_ns, last_ns + 9 * DAY_NS) if start < last_ns
    ]


def asking(report: Report, published: Sequence[Published], faults: FaultPlan) -> Asking:
    now_ns = max(report.schedule.late_ns(one.message.interval_start_ns) for one in published)
    clock = SteppedClock(now_ns + HOUR_NS, now_ns + 90 * DAY_NS)
    market = SIMULATED[report.market](PublishedDay(report.market, published))
    return Asking(market, clock, faults)


def fill(report: Report, request: Request, folder: Path, host: Asking) -> tuple[Values, Progress]:
    """Work a request off; return what came and how it ended."""
    requests, came, stop = Requests(folder), Values(), threading.Event()
    requests.put(request)
    hosts = [(cast("Host", host), [report])]
    backfill = Backfill(requests, cast("Any", host._clock), hosts, until_ended=True)
    for (polled,) in backfill.run(stop):
        taken = polled.poller.take(polled, received_at_ns=host._clock.now_ns())
        values_of(taken.messages, report, came)
        polled.poller.appended()
    return came, requests.progress(request)


@pytest.mark.parametrize("name", NAMES)
def test_a_stretch_of_the_past_comes_whole_from_every_report(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.polling.pjm.MOST_ROWS", 7)  # so that there are pages
    market = market_of(name)
    first_ns, last_ns = stretch_of(market)
    for report in reports_of(name):
        wide_ns = DAY_NS if report.schedule.step_ns == HOUR_NS else 0  # a day's file is whole
        around = past_of(report, first_ns - wide_ns, last_ns + wide_ns)
        published = list(published_of(report, around))
        request = Request(market, first_ns, last_ns, (report.feed,))
        host = asking(report, published, FaultPlan(0))
        came, progress = fill(report, request, tmp_path, host)
        if not report.has_past:
            assert (came, progress.of, len(progress.left_out)) == ({}, 0, 1)
            continue
        expected = Values()
        values_of([one.message for one in published], report, expected)
        asked_for = {place for place in expected if first_ns <= place[0] < last_ns}
        assert asked_for <= came.keys(), report.feed
        assert all(expected[place] == said for place, said in came.items()), report.feed
        assert progress == Progress(done=progress.of, of=progress.of, ended=True), report.feed


@pytest.mark.parametrize("name", ["ercot", "pjm", "spp"])
def test_a_bad_answer_is_asked_for_again_and_what_was_not_published_is_named(
    name: str, tmp_path: Path
) -> None:
    first_ns, last_ns = stretch_of(name)
    report = next(one for one in reports_of(name) if one.run == Run.RTD)
    starts = past_of(report, first_ns, last_ns)
    published = list(published_of(report, starts[:-1]))
    host = asking(report, published, FaultPlan(2, [Fault.TRUNCATED]))
    came, progress = fill(report, Request(name, first_ns, last_ns), tmp_path, host)
    assert {start for start, _ in came} == set(starts[:-1])
    assert (progress.failures, progress.ended) == (1, True)
    [failed] = progress.failed
    assert "1 intervals did not come" in failed
    assert min(host.faults.met.values()) > 0


def test_documents_of_other_days_are_left_alone_and_each_of_a_stretch_comes_once(
    tmp_path: Path,
) -> None:
    first_ns, last_ns = stretch_of("ercot")
    report = next(one for one in reports_of("ercot") if one.feed == "ercot/RTD")
    published = list(published_of(report, past_of(report, first_ns - DAY_NS, last_ns + DAY_NS)))
    host = asking(report, published, FaultPlan(0))
    came, _ = fill(report, Request("ercot", first_ns, last_ns), tmp_path, host)
    documents = [one for one in host.asked if "doclookupId" in one]
    assert len(documents) == len(set(documents))
    around = 2 * (4 + 1)  # hours before and after, a document each quarter
    assert len(documents) <= (last_ns - first_ns) // (HOUR_NS // 4) + 2 * around
    assert set(past_of(report, first_ns, last_ns)) <= {start for start, _ in came}


def test_corrections_are_asked_for_after_every_stretch_that_they_may_correct() -> None:
    correction = Question("/document", {}, once="correction", published_ns=9 * DAY_NS)

    def follow_ups(question: Question, _: bytes) -> Sequence[Question]:
        if question.path == "/list":
            first = Question("/document", {}, once="first", published_ns=1)
            return [first, Question("/corrections", {}, is_aside=True)]
        return [correction] if question.is_aside else []

    report = Report(
        "caiso/RTD", Run.RTD, frozenset(), Running(3600, ahead_seconds=0, patience_seconds=0),
        lambda _, __: Question("/list", {}), every_seconds=1, follow_ups=follow_ups,
        documents_seconds=600,
    )  # fmt: skip
    clock, asked = SteppedClock(10 * DAY_NS, 11 * DAY_NS), []
    poller = PastPoller(report, cast("Host", _Good()), cast("Any", clock))
    for hour in (0, 1):
        for (polled,) in poller.ask_stretch(
            hour * HOUR_NS, (hour + 1) * HOUR_NS, tries=2, stop=threading.Event()
        ):
            asked.append(polled.question.once or polled.question.path if polled.question else "")
            poller._has_it, poller._follow_ups = True, poller._follow_ups_of(polled)
            poller._came.update([polled.question.once] if polled.question else [])
            poller.appended()
    once = ["/list", "first", "/corrections", "correction"]
    assert asked == [*once, "/list", "/corrections", "correction"]


class _Good(DirectHost):
    def __init__(self) -> None:
        """Answer everything."""

    def get(self, path: str, query: dict[str, str], **_: bool) -> Answer:
        return Answer(200, {}, b"", f"{path}{query}")


def test_what_a_run_does_not_follow_stays_open_until_one_does(tmp_path: Path) -> None:
    requests, report = Requests(tmp_path), reports_of("caiso")[0]
    request = Request("spp", 0, HOUR_NS)
    requests.put(request)
    hosts, clock = [(cast("Host", _Good()), [report])], SteppedClock(DAY_NS, DAY_NS)
    asked = Backfill(requests, cast("Any", clock), hosts, until_ended=True)
    assert list(asked.run(threading.Event())) == []
    assert requests.open() == [request]
    assert requests.progress(request) == Progress(of_nobody=True)
    requests.put(request)
    assert requests.progress(request) == Progress()


def test_open_requests_go_on_in_turn(tmp_path: Path) -> None:
    requests = Requests(tmp_path)
    report = next(one for one in reports_of("caiso") if one.run == Run.DA)
    for first_day, days in ((1, 4), (11, 1)):
        feeds = (report.feed,)
        requests.put(Request("caiso", first_day * DAY_NS, (first_day + days) * DAY_NS, feeds))
    hosts, clock = [(cast("Host", _Good()), [report])], SteppedClock(30 * DAY_NS, 90 * DAY_NS)
    firsts = []
    for (polled,) in Backfill(requests, cast("Any", clock), hosts, until_ended=True).run(
        threading.Event()
    ):
        firsts.append(polled.first_ns // DAY_NS)
        polled.poller._has_it = True
        polled.poller.appended()
    assert firsts.index(11) == 1
    assert len(firsts) > 5


def test_corrections_of_a_run_and_a_local_day_are_one_request() -> None:
    midnight_ns, _ = day_ns(CLOCK_CHANGES["summer"], ZoneInfo("America/Los_Angeles"))
    step_ns = HOUR_NS // 12
    corrected = [
        Again(Run.RTD, midnight_ns + at * step_ns, midnight_ns + (at + 1) * step_ns, "reason")
        for at in (*range(288), 288)
    ]
    corrected.append(Again(Run.FMM, midnight_ns, midnight_ns + HOUR_NS, "reason"))
    found = requests_for("caiso", corrected)
    day_end_ns = midnight_ns + DAY_NS
    assert [(one.feeds, one.from_ns, one.to_ns) for one in found] == [
        (("caiso/RTD",), midnight_ns, day_end_ns),
        (("caiso/RTD",), day_end_ns, day_end_ns + step_ns),
        (("caiso/FMM",), midnight_ns, midnight_ns + HOUR_NS),
    ]


def test_of_a_day_preliminary_prices_come_before_the_final_ones(tmp_path: Path) -> None:
    section = {"locations": ["A"], "real_time": "hourly"}
    reports = [
        report
        for host in FOLLOWED["miso"].model_validate(section).asked()
        for report in host.reports
    ]
    clock = cast("Any", SteppedClock(40 * DAY_NS, 41 * DAY_NS))
    backfill = Backfill(Requests(tmp_path), clock, [(cast("Host", _Good()), reports)])
    feeds = [
        piece.poller.report.feed
        for piece in backfill.pieces(Request("miso", 10 * DAY_NS, 11 * DAY_NS))
        if piece.poller.report.run == Run.RTD
    ]
    assert feeds == ["miso/RTD_prelim", "miso/RTD_final"] * (len(feeds) // 2)
    assert feeds
