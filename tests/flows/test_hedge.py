"""``tieline hedge``: blocks, what they cost, an exit code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flows import standing
from flows.commands import app
from tests.state.hedging.house import PROMPT, house


def told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], plant_mw: float, *more: str
) -> tuple[int, str]:
    company = house(plant_mw).company
    before = company.snapshot()
    monkeypatch.setattr(standing, "company_of", lambda *_, **__: company)
    code = app.invoke(["hedge", *more])
    assert company.snapshot() == before
    return code, capsys.readouterr().out


def test_blocks_stand_with_cost_parties_and_what_is_covered_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    code, out = told(monkeypatch, capsys, 80.0, PROMPT)

    assert code == 0
    assert "Prompt month 2026-07: covered 80.0% of load, allowed 90% to 105% (SVCE §4.6 p. 8" in out
    row = next(line for line in out.splitlines() if line.startswith("buy"))
    assert row.split()[:11] == [
        "buy", "18", "MW", "on-peak", "2026-07", "HUB", "7,488", "MWh", "50.00", "374,400", "CP-01",
    ]  # fmt: skip
    assert "together 7,488 MWh, $374,400 paid at the curve; covered then 90.1%" in out


def test_as_json_every_figure_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    code, out = told(monkeypatch, capsys, 80.0, "--json", "--lot", "5")

    answer: Any = json.loads(out)
    assert (code, answer["limit"], answer["complete"]) == (0, PROMPT, True)
    assert [block["size"] for block in answer["blocks"]] == [25.0]
    assert (answer["amount"], answer["cost_usd"]) == (25.0 * 328, 25.0 * 328 * 40.0)


def test_where_nothing_is_found_it_exits_2_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    code, out = told(monkeypatch, capsys, 80.0, PROMPT, "--location", "LONELY")

    assert code == 2
    assert "no curve of LONELY" in out


def test_where_nothing_is_to_be_closed_it_exits_0_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    code, out = told(monkeypatch, capsys, 95.0, "--period", "2026-07", "--kind", "on_peak")

    assert code == 0
    assert "every tolerance that is asked about is kept" in out


def test_until_belongs_to_a_replayed_day():
    assert app.invoke(["hedge", "--until", "17:00"]) == app.WRONG_USAGE
