"""What became of a body, in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.isos import MARKETS
from flows.commands import app
from flows.outcomes import Outcome, as_words, outcome_of
from tests.connectors.isos.written import csv, lines, price_rows, spp_rows

NOON = datetime(2026, 8, 14, 19, tzinfo=UTC)
LMP = {"LMP": 30.5, "MCE": 28, "MCC": 2, "MCL": 0.5}


def outcome(body: bytes, *, market: str = "caiso", where: str = "body") -> Outcome:
    return outcome_of(MARKETS[market], body, received_at_ns=5, where=where)


def hours(first: datetime, *after: int, **prices: dict[str, object]) -> bytes:
    starts = [first + timedelta(hours=hour) for hour in after]
    nodes = prices or {"N": LMP}
    return csv("PRC_LMP", [row for at in starts for row in price_rows("PRC_LMP", nodes, start=at)])


def test_counts_and_ranges_are_those_of_the_body():
    found = outcome(hours(NOON, 0, 1, A=LMP, B=LMP | {"LMP": -4, "MCE": -6.5}))
    assert found.contents == (
        "DA price: 2 hours × 2, 2026-08-14 19:00 to 08-14 21:00Z, -4.00 to 30.50",
    )
    assert "2 prices below 0" in found.quirks
    assert found.alarms == ()
    assert as_words(found).startswith("DA price: 2 hours × 2")


def test_a_gap_a_missing_name_and_a_day_that_is_not_whole_are_told():
    body = (
        hours(NOON, 0, 1, 3, A=LMP)
        + "".join(f"{row}\n" for row in price_rows("PRC_LMP", {"B": LMP}, start=NOON)).encode()
    )
    found = outcome(body)
    assert set(found.quirks) == {
        "1 interval missing in between",
        "2 intervals without every name",
        "1 of 1 day not whole",
    }


@pytest.mark.parametrize(
    ("first", "count"), [((2026, 11, 1, 7), 25), ((2026, 3, 8, 8), 23), ((2026, 8, 14, 7), 24)]
)
def test_a_whole_day_of_another_length_says_its_hours(first: tuple[int, ...], count: int):
    found = outcome(hours(datetime(*first, tzinfo=UTC), *range(count)))
    told = [f"{count} hours on {first[0]}-{first[1]:02}-{first[2]:02}"]
    assert list(found.quirks) == (told if count != 24 else [])


def test_a_day_cut_at_a_rows_end_is_a_gap_and_never_whole():
    whole = hours(datetime(2026, 8, 14, 7, tzinfo=UTC), *range(24))
    assert outcome(whole).quirks == ()
    rows = whole.splitlines(keepends=True)
    for count in range(5, len(rows), 4):
        found = outcome(b"".join(rows[:count]))
        assert found.rejected == 0
        assert "1 of 1 day not whole" in found.quirks


def test_a_component_that_some_intervals_lack_is_missing_and_one_that_all_lack_is_absent():
    rows = [
        row
        for hour, prices in enumerate(({"LMP": 30, "MCE": 28, "MCC": 2}, {"LMP": 30, "MCE": 28}))
        for row in price_rows("PRC_LMP", {"A": prices}, start=NOON + timedelta(hours=hour))
    ]
    quirks = outcome(csv("PRC_LMP", rows)).quirks
    assert "congestion missing in 1 of 2" in quirks
    assert "no loss" in quirks


def test_a_price_off_the_sum_of_its_components_is_named():
    found = outcome(hours(NOON, 0, A=LMP, B=LMP | {"LMP": 31}))
    (alarm,) = found.alarms
    assert alarm.startswith("LMP of B at 2026-08-14T19:00:00+00:00 is 31, +0.5 off the sum")
    assert "1 price off the sum of the components" in as_words(found)


@pytest.mark.parametrize(
    ("body", "verdict", "words"),
    [
        (b"", "refused", "refused: the body is empty"),
        (b"a,b\n1,2\n", "refused", "refused: report not supported: it looks like columns"),
        (hours(NOON), "no data yet", "no data yet: the report has no rows"),
    ],
)
def test_what_was_not_read_says_why(body: bytes, verdict: str, words: str):
    found = outcome(body)
    assert found.verdict == verdict
    assert as_words(found).startswith(words)


def test_what_is_absent_later_and_left_out_is_told():
    rows = [f"08/14/2026 12:{at},WEST,1,30,1,-2" for at in ("05:00", "08:29", "10:00")]
    found = outcome(lines("LBMP", *rows), market="nyiso")
    assert set(found.quirks) == {"no energy", "1 later issue of the same interval"}
    ahead = [f"08/14/2026 12:{at}:00,WEST,1,30,1,-2" for at in ("05", "10", "15", "30", "45")]
    found = outcome(lines("LBMP", *ahead), market="nyiso")
    assert any("look ahead" in quirk for quirk in found.quirks)


# The command --------------------------------------------------------------------------------


def written(folder: Path, body: bytes, name: str = "body.csv") -> str:
    path = folder / name
    path.write_bytes(body)
    return str(path)


@pytest.mark.parametrize("more", [[], ["--summary"]])
def test_the_exit_code_tells_what_could_not_be_used_from_what_alarms(
    tmp_path: Path, more: list[str]
):
    good = written(tmp_path, hours(NOON, 0), "good.csv")
    off = written(tmp_path, hours(NOON, 0, A=LMP | {"LMP": 31}), "off.csv")
    bad = written(tmp_path, hours(NOON, 0)[:-1], "cut.csv")
    assert app.invoke(["parse", "caiso", good, *more]) == 0
    assert app.invoke(["parse", "caiso", good, off, *more]) == 2
    assert app.invoke(["parse", "caiso", good, off, bad, *more]) == 1


def test_alarms_and_notes_are_said_beside_the_messages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    nodes = {f"N-{number:02}": LMP | {"LMP": 31} for number in range(12)}
    assert app.invoke(["parse", "caiso", written(tmp_path, hours(NOON, 0, **nodes))]) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["kind"] == "price"
    assert said.err.count("off the sum of its components") == 10
    assert "and 2 more prices" in said.err


def test_the_summary_is_a_row_of_a_table_or_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    body = csv("SPP", spp_rows(NOON, {"A_HUB": (12, -1, 3, 10)}))
    file = written(tmp_path, body, "RTBM.csv")
    assert app.invoke(["parse", "spp", file, "--summary"]) == 0
    row = capsys.readouterr().out
    assert row.startswith("| RTBM.csv | RTD price: 1 5-minute interval × 1, 2026-08-14 18:55")
    assert app.invoke(["parse", "spp", file, "--summary", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["file"], told["verdict"], told["rejected"]) == ("RTBM.csv", "read", 0)


@pytest.mark.parametrize("market", sorted(MARKETS))
def test_every_market_can_be_parsed_by_name(
    market: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert app.invoke(["parse", market, written(tmp_path, b"a,b\n1,2\n")]) == 1
    assert "report not supported" in capsys.readouterr().err
