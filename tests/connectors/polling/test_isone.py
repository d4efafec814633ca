"""What ISO-NE is asked, by whose name, and that nobody sees the password."""

from __future__ import annotations

import base64
import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.clock import WALL
from connectors.polling.host import host_of
from connectors.polling.isone import IsoneFeeds
from connectors.polling.report import Report
from flows.live_file import read_live_file
from state.errors import ConfigError

ZONE = ZoneInfo("America/New_York")
LOOPBACK = "http://127.0.0.1:9"


def ns(*at: int, fold: int = 0) -> int:
    return int(dt.datetime(*at, tzinfo=ZONE, fold=fold).timestamp()) * 10**9


def reports() -> dict[str, Report]:
    feeds = IsoneFeeds(base_url=LOOPBACK, locations=(".H.INTERNAL_HUB",), load=True)
    (asked,) = feeds.asked()
    return {report.feed: report for report in asked.reports}


@pytest.fixture(autouse=True)
def no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USER", "PASSWORD"):
        monkeypatch.delenv(f"TIELINE_ISONE_{name}", raising=False)


@pytest.mark.parametrize(
    ("feed", "start_ns", "path"),
    [
        ("isone/RTD", ns(2026, 7, 14, 17, 25), "fiveminutelmp/prelim/day/20260714/starthour/17"),
        ("isone/RTD_final", ns(2026, 7, 14, 0, 0), "fiveminutelmp/final/day/20260714/starthour/00"),
        ("isone/RTD", ns(2026, 11, 1, 1, 55), "fiveminutelmp/prelim/day/20261101/starthour/01"),
        (
            "isone/RTD", ns(2026, 11, 1, 1, 0, fold=1),
            "fiveminutelmp/prelim/day/20261101/starthour/01",
        ),
        ("isone/RTD", ns(2026, 3, 8, 3, 0), "fiveminutelmp/prelim/day/20260308/starthour/03"),
        ("isone/DA", ns(2026, 11, 1, 23, 0), "hourlylmp/da/final/day/20261101"),
        ("isone/load_actual", ns(2026, 11, 1, 23, 0), "hourlysysload/day/20261101"),
        ("isone/load_forecast", ns(2026, 11, 1, 23, 0), "hourlyloadforecast/day/20261101"),
    ],
)  # fmt: skip
def test_an_interval_is_asked_for_by_its_local_hour_or_day(
    feed: str, start_ns: int, path: str
) -> None:
    report = reports()[feed]
    found = report.ask(start_ns, start_ns + report.schedule.step_ns)
    assert (found.path, found.query) == (f"/api/v1.1/{path}.json", {})


@pytest.mark.parametrize(
    ("feed", "start_ns", "path"),
    [
        ("isone/RTD", ns(2026, 7, 14, 17, 25), "5min-rt-prelim/lmp_5min_20260714_16-20.csv"),
        ("isone/RTD", ns(2026, 7, 14, 23, 55), "5min-rt-prelim/lmp_5min_20260714_20-24.csv"),
        ("isone/RTD", ns(2026, 11, 1, 1, fold=1), "5min-rt-prelim/lmp_5min_20261101_00-04.csv"),
        ("isone/DA", ns(2026, 11, 1, 23, 0), "da-lmp/WW_DALMP_ISO_20261101.csv"),
    ],
)
def test_csv_reports_are_a_day_or_four_hours_and_need_no_account(
    feed: str, start_ns: int, path: str
) -> None:
    (asked,) = IsoneFeeds(locations=("A",), prices="csv").asked()
    assert (asked.base_url, dict(asked.headers)) == ("https://www.iso-ne.com", {})
    (report,) = (one for one in asked.reports if one.feed == feed)
    found = report.ask(start_ns, start_ns + report.schedule.step_ns)
    assert found.path == f"/static-transform/csv/histRpts/{path}"


@pytest.mark.parametrize(("day", "blocks"), [((2026, 3, 8), 36), ((2026, 11, 1), 60)])
def test_four_hours_of_real_time_are_due_when_they_are_over(
    day: tuple[int, int, int], blocks: int
) -> None:
    (asked,) = IsoneFeeds(locations=("A",), prices="csv").asked()
    schedule = next(one.schedule for one in asked.reports if one.feed == "isone/RTD")
    midnight = ns(*day)
    assert not schedule.due(midnight, ns(*day, 4, 29))
    assert len(schedule.due(midnight, ns(*day, 4, 30))) == blocks
    assert {schedule.late_ns(start) for start in schedule.due(midnight, ns(*day, 5))} == {
        ns(*day, 8, 30)
    }


def test_load_needs_an_account_also_beside_csv_reports() -> None:
    with pytest.raises(ConfigError, match="the web services need an account"):
        IsoneFeeds(locations=("A",), prices="csv", load=True).asked()


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 8), 23), ((2026, 11, 1), 25)])
def test_a_day_of_the_change_has_its_hours_and_one_answer(
    day: tuple[int, int, int], hours: int
) -> None:
    report = reports()["isone/DA"]
    due = report.schedule.due(ns(*day), ns(*day, 1))
    assert len(due) == hours
    assert len({report.answer_of(start) for start in due}) == 1


def test_final_prices_are_due_five_days_later_and_kept_in_mind_until_then() -> None:
    report, start = reports()["isone/RTD_final"], ns(2026, 7, 14, 17, 25)
    assert start not in report.schedule.due(start, ns(2026, 7, 19, 11, 59))
    assert start in report.schedule.due(start, ns(2026, 7, 19, 12, 0))
    assert len(report.schedule.due(ns(2026, 11, 1), ns(2026, 11, 6, 12))) == 25 * 12
    assert ns(2026, 7, 19, 12) <= ns(2026, 7, 14) + int(report.kept_seconds) * 10**9


def test_an_account_comes_from_files_beside_the_file_of_feeds_and_is_never_shown(
    tmp_path: Path,
) -> None:
    (tmp_path / "name").write_text("desk@example.com\n")
    (tmp_path / "word").write_text("s3cret:word\n")
    (tmp_path / "live.yaml").write_text(
        "opening: o\nisone:\n  locations: [A]\n  user_file: name\n  password_file: word\n"
    )
    file = read_live_file(tmp_path / "live.yaml", ("isone",))
    (asked,) = file.asked()
    scheme, _, pair = asked.headers["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(pair)) == ("Basic", b"desk@example.com:s3cret:word")
    with host_of(asked, WALL) as host:
        shown = f"{file!r}{asked!r}{asked}{host!r}{vars(host)!r}"
    assert "isone/RTD" in shown
    assert not any(word in shown for word in ("s3cret", pair))


def test_an_account_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIELINE_ISONE_USER", "u")
    monkeypatch.setenv("TIELINE_ISONE_PASSWORD", "p")
    (asked,) = IsoneFeeds(locations=("A",)).asked()
    assert asked.headers == {"Authorization": "Basic dTpw"}
    (mirror,) = IsoneFeeds(locations=("A",), base_url="https://example.com").asked()
    assert mirror.headers == {}


def test_an_account_of_the_environment_is_sent_to_the_own_address_with_a_slash_at_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TIELINE_ISONE_USER", "u")
    monkeypatch.setenv("TIELINE_ISONE_PASSWORD", "p")
    (asked,) = IsoneFeeds(locations=("A",), base_url="https://webservices.iso-ne.com/").asked()
    assert asked.headers == {"Authorization": "Basic dTpw"}


def test_half_an_account_beside_another_address_is_refused(tmp_path: Path) -> None:
    (tmp_path / "name").write_text("desk")
    half = IsoneFeeds(locations=("A",), base_url=LOOPBACK, user_file=tmp_path / "name")
    with pytest.raises(ConfigError, match="name both user_file and password_file"):
        half.asked()


def test_a_password_goes_to_no_other_machine_in_clear(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("s3cret")
    feeds = IsoneFeeds(
        locations=("A",), base_url="http://example.com",
        user_file=tmp_path / "word", password_file=tmp_path / "word",
    )  # fmt: skip
    with pytest.raises(ConfigError, match="in clear; use https") as caught:
        feeds.asked()
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [(None, "cannot read .*name a readable file"), ("\n", "is empty")],
)
def test_a_file_of_a_secret_that_is_none_is_named(
    tmp_path: Path, text: str | None, says: str
) -> None:
    if text is not None:
        (tmp_path / "name").write_text(text)
    with pytest.raises(ConfigError, match=rf"isone\.user_file: .*{says}"):
        IsoneFeeds(locations=("A",), user_file=tmp_path / "name").asked()


def test_without_an_account_the_web_services_are_not_asked() -> None:
    with pytest.raises(ConfigError, match=r"need an account .free.*TIELINE_ISONE_PASSWORD"):
        IsoneFeeds(locations=("A",)).asked()
