"""ERCOT is asked for lists, and for each document once, whatever comes between."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, cast

import numpy as np
import pytest

from connectors.clock import WALL
from connectors.log.days import Receipt
from connectors.polling.ercot import DOCUMENT_PATH, LIST_PATH, ErcotFeeds
from connectors.polling.host import Answer, Host
from connectors.polling.poller import Polled, Poller, Taken
from connectors.polling.report import Part, Question, Report
from connectors.polling.schedule import day_ns
from connectors.simulated.ercot_form import SETTLEMENT, Document, settlement_csv
from connectors.simulated.faults import WEB_PAGE
from flows.entries import messages_of
from state.messages import FeedOutcome, PricePublication, Run
from tests.connectors.live_markets import FreeBucket, SteppedClock

SECOND_NS = 10**9
START = int(datetime(2026, 6, 10, 18, 0, tzinfo=UTC).timestamp()) * SECOND_NS
NODES = ("HB_NORTH", "LZ_WEST")
NAME = "cdr.00012301.0000000000000000.20260610.131702{}.SPPHLZNP6905_20260610_1315{}_{}.zip"


def reports(**section: object) -> dict[str, Report]:
    feeds = ErcotFeeds.model_validate({"locations": NODES, **section})
    (asked,) = feeds.asked()
    assert asked.base_url == "https://www.ercot.com"
    return {report.feed: report for report in asked.reports}


def poller(report: Report) -> Poller:
    host = Host("http://127.0.0.1:9", every_seconds=0, clock=WALL)
    return Poller(report, host, WALL, since_ns=START)


def listed(number: str, name: str, published: str = "2026-06-10T13:17:02-05:00") -> dict[str, str]:
    return {"DocID": number, "ConstructedName": name, "PublishDate": published}


def listing(*documents: dict[str, str]) -> bytes:
    items = [{"Document": document} for document in documents]
    return json.dumps({"ListDocsByRptTypeRes": {"DocumentList": items}}).encode()


def document(price: float, *, published_ns: int = START + 1022 * SECOND_NS) -> bytes:
    publication = PricePublication(
        market="ercot", run=Run.RTD, interval_start_ns=START, interval_seconds=900,
        locations=NODES, lmp=np.array([price, 2 * price]),
    )  # fmt: skip
    of = Document(SETTLEMENT, "1" * 18, published_ns, START + 900 * SECOND_NS)
    return of.zipped(settlement_csv([publication]))


def taken(own: Poller, question: Question, body: bytes) -> Taken:
    polled = Polled(own, Answer(200, {}, body, "host"), question=question)
    return own.take(polled, received_at_ns=START + 1100 * SECOND_NS)


def asked_after(own: Poller, body: bytes) -> list[dict[str, str]]:
    """Return the queries that a list makes."""
    return [one.query for one in taken(own, own.report.ask(0, 0), body).follow_ups]


CORRECTIONS = {"reportTypeId": "13045"}
FIRST = listed("11", NAME.format("123", "", "csv"))


@pytest.mark.parametrize(
    ("section", "lists"),
    [
        ({}, {"ercot/RTD": "12301", "ercot/DA": "12331"}),
        ({"real_time": "dispatch"}, {"ercot/RTD": "12300", "ercot/DA": "12331"}),
        (
            {"areas": ["North", "SystemTotal"]},
            {
                "ercot/RTD": "12301",
                "ercot/DA": "12331",
                "ercot/load_forecast": "12311",
                "ercot/load_actual": "12340",
            },
        ),
    ],
)
def test_each_feed_asks_for_its_list(section: dict[str, object], lists: dict[str, str]) -> None:
    asked = {feed: report.ask(START, START) for feed, report in reports(**section).items()}
    assert {feed: one.query for feed, one in asked.items()} == {
        feed: {"reportTypeId": number} for feed, number in lists.items()
    }
    assert {one.path for one in asked.values()} == {LIST_PATH}
    assert all(one.is_fresh for one in asked.values())


def test_a_dashboard_is_one_question_of_its_own() -> None:
    found = reports(dashboards=["fuel-mix", "system-wide-demand"])
    assert found["ercot/fuel_mix"].ask(0, 0) == Question(
        "/api/1/services/read/dashboards/fuel-mix.json", {}
    )
    assert "ercot/system_wide_demand" in found


@pytest.mark.parametrize(("day", "hours"), [((3, 8), 23), ((6, 10), 24), ((11, 1), 25)])
def test_the_day_ahead_has_the_hours_of_its_central_day(day: tuple[int, int], hours: int) -> None:
    report = reports()["ercot/DA"]
    first_ns, last_ns = day_ns(date(2026, *day), report.schedule._zone)
    due = [one for one in report.schedule.due(first_ns, first_ns) if one < last_ns]
    assert (len(due), due[0]) == (hours, first_ns)


def test_a_list_names_its_new_csv_documents_the_oldest_first_and_then_the_corrections() -> None:
    old = listed("9", NAME.format("000", "", "csv"), "2026-06-10T10:00:00-05:00")
    again = listed("13", NAME.format("900", "_retry", "csv"), "2026-06-10T13:20:00-05:00")
    other = listed("15", NAME.format("123", "", "csv").replace("12301", "12331"))
    twin = listed("12", NAME.format("123", "", "xml"))
    own = poller(reports()["ercot/RTD"])
    assert asked_after(own, listing(again, twin, other, FIRST, old)) == [
        {"doclookupId": "11"}, {"doclookupId": "13"}, CORRECTIONS,
    ]  # fmt: skip
    assert asked_after(poller(reports(corrections=False)["ercot/RTD"]), listing(FIRST)) == [
        {"doclookupId": "11"}
    ]


def test_a_document_that_came_is_asked_for_no_more_and_one_that_did_not_is() -> None:
    own = poller(reports()["ercot/RTD"])
    body = listing(FIRST)
    question = taken(own, own.report.ask(0, 0), body).follow_ups[0]
    assert question.path == DOCUMENT_PATH
    for spoilt in (b"", document(30.0)[:200], b"<html>maintained</html>", body):
        assert not taken(own, question, spoilt).messages
        assert {"doclookupId": "11"} in asked_after(own, body)
    elsewhere = document(99.0, published_ns=START + 5000 * SECOND_NS)
    assert taken(own, question, elsewhere).messages  # a good answer, and not to this question
    assert {"doclookupId": "11"} in asked_after(own, body)
    assert taken(own, question, document(30.0)).messages
    assert asked_after(own, body) == [CORRECTIONS]


def test_corrections_come_after_what_they_correct_and_none_says_nothing_of_the_feed() -> None:
    own = poller(reports()["ercot/RTD"])
    question, corrections = taken(own, own.report.ask(0, 0), listing(FIRST)).follow_ups
    taken(own, question, document(30.0))
    assert taken(own, corrections, listing()).follow_ups == ()
    notice = own.notice(START)
    assert notice is not None
    assert notice.outcome is FeedOutcome.DATA
    names = ("RTM_SPP", "RTM_EBLMP", "RTM_SPLMP")
    found = listing(*(
        listed(str(at), f"cdr.00013045.0000000000000000.20260610.15000{at}000.{name}_csv.zip")
        for at, name in enumerate(names)
    ))  # fmt: skip
    assert [one.query for one in taken(own, corrections, found).follow_ups] == [
        {"doclookupId": "0"}
    ]


def test_a_list_is_looked_at_gives_no_message_and_none_when_it_is_played_again() -> None:
    own = poller(reports()["ercot/RTD"])
    came = taken(own, own.report.ask(0, 0), listing(FIRST))
    assert (came.messages, came.fault, came.is_read) == ([], "", True)
    played: Sequence[object] = messages_of(Receipt(1, "ercot", listing(FIRST), "list"), "letter")
    assert played == []


def test_a_cache_on_the_way_is_passed_by_and_documents_follow_their_list_at_once() -> None:
    class Asked:
        bucket = Host("http://h", every_seconds=0, clock=WALL).bucket
        has_fallback = False
        queries: list[dict[str, str]] = []  # noqa: RUF012 - of this test alone

        def get(self, path: str, query: dict[str, str], **_: bool) -> Answer:
            self.queries.append(query)
            return Answer(200, {}, listing(FIRST) if path == LIST_PATH else document(30.0), path)

        def remember(self, answer: Answer) -> None:
            pytest.fail(f"{answer.where} is asked for no more, or under another address")

    host, stop = Asked(), threading.Event()
    own = Poller(reports()["ercot/RTD"], cast("Host", host), WALL, since_ns=START)
    for (polled,), _ in zip(own.run(stop), range(4), strict=False):
        own.take(polled, received_at_ns=START)
        if len(host.queries) == 3:
            stop.set()
    numbers = [query.pop("_", "") for query in host.queries]
    assert host.queries == [{"reportTypeId": "12301"}, {"doclookupId": "11"}, CORRECTIONS]
    assert [number.isdigit() for number in numbers] == [True, False, True]


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (404, b""), (302, b""), (429, b""), (200, WEB_PAGE)]
)
def test_a_host_that_serves_no_document_loses_none_and_is_asked_later_and_later(
    status: int, body: bytes
) -> None:
    own = poller(reports()["ercot/RTD"])
    for _ in range(50):
        question = taken(own, own.report.ask(0, 0), listing(FIRST)).follow_ups[0]
        own.take(
            Polled(own, Answer(status, {}, body, "host"), question=question), received_at_ns=START
        )
    assert own._seconds() >= 150
    assert {"doclookupId": "11"} in asked_after(own, listing(FIRST))
    second = listed("12", NAME.format("900", "", "csv"))
    assert asked_after(own, listing(FIRST, second))[0] == {"doclookupId": "12"}
    taken(own, question, document(30.0))
    assert own._seconds() == own.report.every_seconds


def test_a_document_that_stays_damaged_is_left_alone_in_the_end() -> None:
    own = poller(reports(corrections=False)["ercot/RTD"])
    (question,) = taken(own, own.report.ask(0, 0), listing(FIRST)).follow_ups
    for _ in range(20):
        taken(own, question, document(30.0)[:200])
    assert asked_after(own, listing(FIRST)) == []


def test_a_document_that_is_not_served_leaves_the_rest_to_the_next_list() -> None:
    asked: list[str] = []

    class Ill:
        bucket = FreeBucket()
        has_fallback = False

        def get(self, path: str, query: dict[str, str], **_: bool) -> Answer:
            asked.append(query.get("doclookupId") or query["reportTypeId"])
            is_list = path == LIST_PATH
            return Answer(200, {}, listing(FIRST) if is_list else WEB_PAGE, path)

    clock = SteppedClock(START + 1100 * SECOND_NS, START + 1101 * SECOND_NS)
    own = Poller(reports()["ercot/RTD"], cast("Host", Ill()), cast("Any", clock), since_ns=START)
    for (polled,) in own.run(threading.Event()):
        own.take(polled, received_at_ns=START)
    assert asked == ["12301", "11"]


def test_an_old_list_is_read_again_once_an_hour_whatever_its_corrections_are() -> None:
    own = poller(reports()["ercot/DA"])
    report, later_ns = own.report, START + 3 * 3600 * SECOND_NS
    starts = report.schedule.due(START, later_ns)
    own._grid.note([Part(start, report.names, b"") for start in starts])
    assert own._grid.wanted(later_ns) is not None
    (aside,) = taken(own, report.ask(0, 0), listing(FIRST)).follow_ups
    assert aside.is_aside
    assert taken(own, aside, listing()).follow_ups == ()
    assert own._grid.wanted(later_ns + 120 * SECOND_NS) is None
