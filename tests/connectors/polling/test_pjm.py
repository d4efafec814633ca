"""PJM is asked for every page, with the key and nobody else with it."""

from __future__ import annotations

import http.server
import json
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.clock import WALL
from connectors.polling.host import Answer, Host, host_of
from connectors.polling.pjm import KEY_HEADER, KEY_VARIABLE, PjmFeeds
from connectors.polling.poller import Polled, Poller
from connectors.polling.report import Report
from connectors.polling.schedule import day_ns
from flows.live_file import read_live_file
from state.errors import ConfigError
from state.messages import FeedOutcome
from tests.connectors.polling.hosts import send, serving

SECOND_NS = 10**9
HOUR_NS = 3600 * SECOND_NS
KEY = "0123456789abcdef"
SECTION = {"locations": ["WESTERN HUB", "EASTERN HUB"], "pnode_ids": [51288, 51217]}
LIVE = "opening: o.jsonl\npjm:\n  locations: [WESTERN HUB]\n  pnode_ids: [51288]\n"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)


def reports(**section: object) -> dict[str, Report]:
    (asked,) = PjmFeeds.model_validate({**SECTION, **section}).asked()
    return {report.feed: report for report in asked.reports}


def ns(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * SECOND_NS


@pytest.mark.parametrize(
    ("feed", "path", "column", "stretch", "others"),
    [
        (
            "pjm/RTD", "rt_unverified_fivemin_lmps", "datetime_beginning_utc",
            "06/10/2026 18:40to06/10/2026 19:10", {"pnode_id": "51217;51288"},
        ),
        (
            "pjm/RTD_verified", "rt_fivemin_hrl_lmps", "datetime_beginning_utc",
            "06/10/2026 18:40to06/10/2026 19:10",
            {"pnode_id": "51217;51288", "row_is_current": "TRUE"},
        ),
        (
            "pjm/DA", "da_hrl_lmps", "datetime_beginning_utc",
            "06/10/2026 18:40to06/10/2026 18:15",  # five-minute stretch: see the hours below
            {"pnode_id": "51217;51288", "row_is_current": "TRUE"},
        ),
        (
            "pjm/load_actual", "inst_load", "datetime_beginning_utc",
            "06/10/2026 18:40to06/10/2026 19:10", {},
        ),
        (
            "pjm/load_forecast", "load_frcstd_7_day", "forecast_datetime_beginning_utc",
            "06/10/2026 18:40to06/10/2026 18:15", {},
        ),
    ],
)  # fmt: skip
def test_a_feed_is_asked_for_by_utc_intervals_whose_last_is_a_part_of_the_stretch(
    feed: str, path: str, column: str, stretch: str, others: dict[str, str]
) -> None:
    found = reports(areas=["PJM RTO"], forecast_areas=["RTO_COMBINED"])
    question = found[feed].ask(ns(2026, 6, 10, 18, 40), ns(2026, 6, 10, 19, 15))
    assert question.path == f"/api/v1/{path}"
    assert question.query == {
        "rowCount": "50000", "startRow": "1", "sort": column, "order": "Asc", column: stretch,
        **others,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("day", "stretch"),
    [
        ((3, 8), "03/08/2026 05:00to03/09/2026 03:00"),
        ((6, 10), "06/10/2026 04:00to06/11/2026 03:00"),
        ((11, 1), "11/01/2026 04:00to11/02/2026 04:00"),
    ],
)
def test_a_day_of_23_24_or_25_hours_is_asked_for_whole(day: tuple[int, int], stretch: str) -> None:
    first_ns, last_ns = day_ns(date(2026, *day), ZoneInfo("America/New_York"))
    report = reports()["pjm/DA"]
    due = [one for one in report.schedule.due(first_ns, first_ns) if one < last_ns]
    asked = report.ask(due[0], due[-1] + HOUR_NS).query
    assert asked["datetime_beginning_utc"] == stretch


def test_verified_prices_are_due_when_unverified_ones_are_asked_for_no_more() -> None:
    found = reports()
    _, midnight_ns = day_ns(date(2026, 6, 10), ZoneInfo("America/New_York"))
    spot, verified = found["pjm/RTD"], found["pjm/RTD_verified"].schedule
    last_ns = midnight_ns - verified.step_ns
    due_ns = next(at for at in range(midnight_ns, midnight_ns + 24 * HOUR_NS, HOUR_NS)
                  if last_ns in verified.due(last_ns, at))  # fmt: skip
    assert due_ns - last_ns > max(spot.kept_seconds, spot.again_seconds) * SECOND_NS
    assert len(verified.due(midnight_ns - 24 * HOUR_NS, due_ns)) == 288
    assert "pjm/RTD_verified" not in reports(verified=False)
    host = Host("http://h", every_seconds=0, clock=WALL)
    since_ns = due_ns - HOUR_NS
    restarted, first = (
        Poller(found["pjm/RTD_verified"], host, WALL, since_ns=since_ns, is_restart=again)
        for again in (True, False)
    )
    notice = restarted.notice(due_ns + 12 * HOUR_NS)
    assert notice is not None
    assert notice.missing_from_ns <= midnight_ns - 24 * HOUR_NS
    assert not first._grid.missing(due_ns + 12 * HOUR_NS)


def page(first: int, last: int, total: int) -> bytes:
    items = [
        {
            "datetime_beginning_utc": f"2026-06-10T{12 + at // 12}:{at % 12 * 5:02d}:00",
            "pnode_name": "WESTERN HUB",
            "total_lmp_rt": 30.0 + at,
        }
        for at in range(first, last)
    ]
    return json.dumps({"links": [], "items": items, "totalRows": total}).encode()


def test_every_page_is_asked_for_whatever_size_they_come_in() -> None:
    report = reports()["pjm/RTD"]
    host = Host("http://127.0.0.1:9", every_seconds=0, clock=WALL)
    own = Poller(report, host, WALL, since_ns=ns(2026, 6, 10, 12))
    question, starts, count = report.ask(ns(2026, 6, 10, 12), ns(2026, 6, 10, 14)), [], 0
    for first, last in ((0, 10), (10, 20), (20, 24)):
        starts.append(question.query["startRow"])
        answer = Answer(200, {}, page(first, last, 24), "api.pjm.com")
        taken = own.take(Polled(own, answer, question=question), received_at_ns=1)
        count += len(taken.messages)
        if taken.follow_ups:
            (question,) = taken.follow_ups
    assert (starts, count, taken.follow_ups) == (["1", "11", "21"], 24, [])


def test_a_lone_price_on_the_hour_is_told_by_the_name_of_its_feed() -> None:
    report = reports()["pjm/RTD"]
    own = Poller(report, Host("http://h", every_seconds=0, clock=WALL), WALL, since_ns=0)
    question = report.ask(ns(2026, 6, 10, 12), ns(2026, 6, 10, 12, 5))
    polled = Polled(own, Answer(200, {}, page(0, 1, 1), "api.pjm.com"), question=question)
    assert polled.payload.startswith("pjm/RTD/rt_unverified_fivemin_lmps-")
    own.take(polled, received_at_ns=1)
    notice = own.notice(1)
    assert notice is not None
    assert notice.outcome is FeedOutcome.DATA


def test_the_key_is_sent_and_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}2\n")
    section = {**SECTION, "api_key_file": "key"}
    for feeds, sent in (
        (PjmFeeds.model_validate(SECTION).beside(tmp_path), KEY),
        (PjmFeeds.model_validate(section).beside(tmp_path), f"{KEY}2"),
    ):
        (asked,) = feeds.asked()
        assert asked.headers == {KEY_HEADER: sent}
        assert KEY not in f"{asked!r} {feeds!r} {asked} {feeds.model_dump()} {asked.reports}"


def test_every_request_carries_the_key() -> None:
    came: list[str | None] = []

    def noted(handler: http.server.BaseHTTPRequestHandler) -> None:
        came.append(handler.headers.get(KEY_HEADER))
        send(handler, 401)

    (asked,) = PjmFeeds.model_validate(SECTION).asked()
    with serving(noted) as url, host_of(asked._replace(base_url=url), WALL) as host:
        answer = host.get("/api/v1/inst_load", {})
    assert came == [KEY]
    assert KEY not in repr(answer)


def test_the_key_of_the_environment_goes_to_pjm_alone() -> None:
    (own,) = PjmFeeds.model_validate({**SECTION, "base_url": "https://api.pjm.com/"}).asked()
    assert own.headers == {KEY_HEADER: KEY}
    mirror = PjmFeeds.model_validate({**SECTION, "base_url": "https://mirror.example"})
    (asked,) = mirror.asked()
    assert asked.headers == {}


@pytest.mark.parametrize(
    ("more", "value", "says"),
    [
        ("", "", r"pjm: TIELINE_PJM_API_KEY holds no API key; put .* into TIELINE_PJM_API_KEY"),
        ("", "two words", "TIELINE_PJM_API_KEY holds no API key"),
        ("  api_key_file: nowhere\n", KEY, r"pjm.api_key_file: cannot read .*nowhere"),
        ("  api_key_file: empty\n", KEY, r"pjm.api_key_file: .*empty is empty"),
    ],
)
def test_a_key_that_is_not_there_is_one_line_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str, value: str, says: str
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, value)
    (tmp_path / "empty").write_text("")
    (tmp_path / "live.yaml").write_text(LIVE + more)
    with pytest.raises(ConfigError, match=says) as raised:
        read_live_file(tmp_path / "live.yaml", ("pjm",))
    assert "two words" not in str(raised.value)


def test_a_node_without_its_number_is_named_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "live.yaml").write_text(LIVE.replace("[51288]", "[51288, 1]"))
    with pytest.raises(ConfigError, match=r"pjm: .*2 nodes and locations 1; write the pnode_id"):
        read_live_file(tmp_path / "live.yaml", ("pjm",))


def test_a_key_goes_to_no_other_machine_in_clear(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    section = {**SECTION, "api_key_file": tmp_path / "key"}
    clear = PjmFeeds.model_validate({**section, "base_url": "http://mirror.example"})
    with pytest.raises(ConfigError, match=r"pjm\.base_url: .*in clear; use https") as caught:
        clear.asked()
    assert KEY not in str(caught.value)
    own = PjmFeeds.model_validate({**section, "base_url": "http://127.0.0.1:9"})
    assert own.headers() == {KEY_HEADER: KEY}
