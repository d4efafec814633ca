"""A small day under two policies: what appears, vanishes and moves, and what the command says."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.records import to_record
from flows.commands import app
from flows.days import find_day
from flows.diff import Watch, merged
from state.messages import ActionKind, TradeAction
from state.moments import MINUTE_NS
from state.trading import judgement
from tests.small_days import PLACES, at_ns, price_body, record_line, write_day
from tests.state.alerts.arrived import house
from tests.state.pretrade.house import AUGUST, made
from tests.typed import typed

ROW = "limit-prompt-month"
PRICES = {310.0: 31.5, 610.0: 60.0, 910.0: 900.0, 1210.0: 40.0}
"""Real-time prices of the hub by second of receipt, $/MWh."""

LIMIT = """name: desk-limits
version: "{version}"
title: Limits of a small day
limits:
  - id: {limit}
    rule: price_spike
    title: Real-time price at a hub
    clause: desk limits §4
    unit: $/MWh
    ceiling: {ceiling}
    warn_at: {warn_at}
    clear_at: 1.0
    materiality: material
"""


@pytest.fixture
def day(tmp_path: Path) -> Path:
    folder = write_day(
        tmp_path / "small",
        receipts={second: price_body(int(second) - 10, lmp) for second, lmp in PRICES.items()},
        last_second=1300,
    )
    opening = folder / "opening.jsonl.gz"
    lines = gzip.decompress(opening.read_bytes()).decode()
    lines += record_line(0, to_record(PLACES), "opening") + "\n"
    opening.write_bytes(gzip.compress(lines.encode()))
    return folder


def limits(
    folder: Path,
    name: str,
    ceiling: float,
    *,
    limit: str = "rtd-price-spike",
    warn_at: float = 1.0,
) -> str:
    path = folder / f"{name}.yaml"
    text = LIMIT.format(version=name, ceiling=ceiling, limit=limit, warn_at=warn_at)
    path.write_text(text, encoding="utf-8")
    return str(path)


def compared(
    capsys: pytest.CaptureFixture[str], day: Path, *policies: str
) -> tuple[int, list[dict[str, Any]]]:
    options = [part for policy in policies for part in ("--policy", policy)]
    code = app.invoke(["diff", str(day), *options, "--json"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_policy_against_itself_is_equal(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    policy = limits(tmp_path, "a", 500)
    code, (summary, limit) = compared(capsys, day, policy, policy)

    assert code == 0
    assert summary["equal"] is True
    assert limit["a"] == limit["b"]
    assert limit["a"]["minutes_in_breach"] == 5.0


def test_a_tighter_limit_moves_its_alert_and_lengthens_its_breach(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    loose, tight = limits(tmp_path, "a", 500), limits(tmp_path, "b", 50)
    code, (summary, alert, limit) = compared(capsys, day, loose, tight)

    assert code == 1
    assert summary["policies"] == ["desk-limits a", "desk-limits b"]
    assert (summary["appears"], summary["vanishes"], summary["moves"]) == (0, 0, 1)
    assert (alert["alert"], alert["limit"], alert["scope"]) == (
        "moves", "rtd-price-spike", "HUB_A",
    )  # fmt: skip
    assert alert["a"]["in_breach"] == [["2026-08-14T00:15:10-05:00", "2026-08-14T00:20:10-05:00"]]
    assert alert["b"]["first"] == "2026-08-14T00:10:10-05:00"
    assert [limit[side]["minutes_in_breach"] for side in "ab"] == [5.0, 10.0]
    assert [limit[side]["rows_in_breach"] for side in "ab"] == [1, 1]
    assert limit["a"]["cost_to_cure_usd"] is None


def test_a_warning_moves_an_alert_and_is_no_breach(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    late, early = limits(tmp_path, "a", 500), limits(tmp_path, "b", 500, warn_at=0.1)
    _, (_, alert, limit) = compared(capsys, day, late, early)

    assert alert["b"]["first"] == "2026-08-14T00:10:10-05:00"
    assert alert["b"]["in_breach"] == alert["a"]["in_breach"]
    assert limit["b"]["minutes_in_breach"] == 5.0


def test_alerts_appear_and_vanish_by_their_identity(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    one, other = (
        limits(tmp_path, "a", 500, limit="old-name"),
        limits(tmp_path, "b", 500, limit="new-name"),
    )
    code, (summary, *rest) = compared(capsys, day, one, other)

    assert code == 1
    assert (summary["appears"], summary["vanishes"], summary["moves"]) == (1, 1, 0)
    alerts = {each["limit"]: each for each in rest if "alert" in each}
    assert alerts["new-name"]["alert"] == "appears"
    assert alerts["new-name"]["a"] is None
    assert alerts["old-name"]["alert"] == "vanishes"
    assert alerts["old-name"]["b"] is None


def test_one_policy_is_compared_with_the_days_own(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    code, (summary, *_) = compared(capsys, day, limits(tmp_path, "b", 500))

    assert code == 1
    assert summary["policies"] == ["the day's own", "desk-limits b"]
    assert summary["appears"] == 1


def test_a_breach_that_no_one_ends_lasts_until_the_day_does(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    policy = limits(tmp_path, "a", 35)
    _, (_, limit) = compared(capsys, day, policy, policy)
    assert limit["a"]["minutes_in_breach"] == pytest.approx((1300 - 610) / 60, abs=0.001)


def test_people_see_both_sides_with_local_times(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    options = ["--policy", limits(tmp_path, "a", 500), "--policy", limits(tmp_path, "b", 50)]
    out = tmp_path / "diff.html"

    assert app.invoke(["diff", str(day), *options, "--out", str(out)]) == 1
    said = capsys.readouterr().out
    assert "00:15:10 CDT breach, 5 min in breach" in said
    assert "00:10:10 CDT breach, 10 min in breach" in said
    assert "alerts: 0 appears, 0 vanishes, 1 moves" in said
    page = out.read_text(encoding="utf-8")
    assert "<td>00:15:10 CDT breach, 5 min in breach</td>" in page
    assert app.invoke(["diff", str(day), *options, "--out", str(out)]) == 1
    assert out.read_text(encoding="utf-8") == page


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("limits: [\n", "bad.yaml: line 2: "),
        ("name: x\nscenarios: []\n", "bad.yaml"),
        (LIMIT.format(version="1", ceiling="many", limit="x", warn_at=1.0), "bad.yaml: line 10"),
    ],
)
def test_a_policy_that_cannot_be_read_is_trouble_and_no_difference(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
):
    bad = tmp_path / "bad.yaml"
    bad.write_text(text, encoding="utf-8")

    good = limits(tmp_path, "a", 500)
    assert app.invoke(["diff", str(day), "--policy", good, "--policy", str(bad)]) == 2
    error = capsys.readouterr().err
    assert said in error.replace("\n", " ")


def test_a_file_that_cannot_be_written_is_trouble_before_anything_is_played(
    day: Path, tmp_path: Path
):
    policy, out = limits(tmp_path, "a", 500), str(tmp_path / "no-such-folder" / "diff.csv")
    options = ["--policy", policy, "--policy", policy, "--out", out]
    done = typed(tmp_path, "diff", str(day), *options)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("tieline: ")
    assert out in done.stderr.replace("\n", "")


def test_a_file_that_holds_no_limits_is_trouble_before_anything_is_played(
    day: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("flows.diff.play", lambda *_: pytest.fail("the day was played first"))
    stress = Path(__file__).parents[2] / "policies" / "stress-scenarios.yaml"
    done = typed(tmp_path, "diff", str(day), "--policy", str(stress))

    assert done.returncode == 2
    assert "holds stress scenarios" in done.stderr


def test_an_opening_that_is_cut_off_is_trouble_and_no_difference(day: Path, tmp_path: Path):
    opening = day / "opening.jsonl.gz"
    opening.write_bytes(opening.read_bytes()[:-9])

    done = typed(tmp_path, "diff", str(day), "--policy", limits(tmp_path, "a", 500))

    assert done.returncode == 2
    assert f"{opening} cannot be unpacked" in done.stderr.replace("\n", "")


def test_a_third_policy_is_one_too_many(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    policy = limits(tmp_path, "a", 500)
    options = ["--policy", policy] * 3
    assert app.invoke(["diff", str(day), *options]) == 3
    assert "--policy was given 3 times" in capsys.readouterr().err


def test_breaches_that_overlap_count_once():
    minute = 60 * 10**9
    spans = [(at_ns(0), at_ns(0) + 3 * minute), (at_ns(60), at_ns(0) + 5 * minute)]
    assert merged(spans) == [(at_ns(0), at_ns(0) + 5 * minute)]


def test_trades_beyond_authority_and_late_duties_are_in_breach_until_none_counts_or_all_is_done(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setitem(judgement.AREAS, "west", ("WECC", "California"))
    one = house()
    watch, told = Watch(one.company), 0
    big = made((AUGUST, 0), 1, mw=101.0, usd=40.0, counterparty="A", trader="ann",
               trade="1", version=1)  # fmt: skip

    def note() -> int:
        nonlocal told
        for transition in one.told[told:]:
            watch.note(transition)
        told = len(one.told)
        return one.company.tick_ns

    one.apply(big)
    begun_ns = note()
    one.tick(begun_ns + 20 * MINUTE_NS)
    late_ns = note()
    case = one.case(ROW)
    for row in one.company.desk.alerts.cases():
        if any(duty.duty == "duty-report-breach" for duty in row.duties):
            one.act(ActionKind.DONE, row.case, duty="duty-report-breach")
    one.apply(msgspec.structs.replace(big, version=2, action=TradeAction.CANCEL))
    over_ns = note()
    one.tick(over_ns + MINUTE_NS)
    watch.end(note())

    alert = watch.alerts[case.limit, case.scope, case.period]
    assert alert.breaches == [(begun_ns, over_ns)]
    lates = {name: each.breaches for (name, *_), each in watch.alerts.items()}
    assert lates["duty-report-breach"] == [(late_ns, over_ns)]
    assert lates["duty-notify-material"] == [(late_ns, over_ns + MINUTE_NS)]


def test_the_written_policy_on_a_shipped_day_adds_tolerances_authority_and_duties_and_moves_nothing(
    capsys: pytest.CaptureFixture[str],
):
    day = find_day("2026-07-14-caiso-summer")
    written = Path(__file__).parents[2] / "policies" / "svce-2017-05-10.yaml"
    code, (summary, *rest) = compared(capsys, day, str(written))

    assert code == 1
    assert (summary["vanishes"], summary["moves"]) == (0, 0)
    added = {each["limit"].partition("-")[0] for each in rest if "alert" in each}
    assert added == {"nop", "duty", "limit", "trader"}
    month = next(each for each in rest if each.get("limit") == "nop-energy-prompt-month"
                 and "alert" not in each)  # fmt: skip
    assert month["b"]["days_in_breach"] == 1
    assert month["b"]["cost_to_cure_usd"] < 0.0  # it is long: what is beyond the edge is sold
