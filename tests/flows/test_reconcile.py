"""``tieline reconcile``: a file of another system's record, lines, an exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.records import to_json_line
from flows import standing
from flows.commands import app
from state.company import Company
from state.messages import AnyMessage
from tests.state.close.samples import MORNING, bought, record, totals
from tests.state.worked import company, tick


def told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], held: Company, *words: str
) -> tuple[int, str, str]:
    monkeypatch.setattr(standing, "company_of", lambda *_, **__: held)
    code = app.invoke(["reconcile", *words])
    out = capsys.readouterr()
    return code, out.out, out.err


def written(folder: Path, *messages: AnyMessage) -> str:
    path = folder / "settlement.jsonl"
    path.write_text("".join(to_json_line(each) + "\n" for each in messages), "utf-8")
    return str(path)


def test_a_file_that_agrees_exits_0(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    path = written(tmp_path, record(bought()), totals(1, 20.0, 800.0))
    code, out, _ = told(monkeypatch, capsys, company(MORNING), path)
    assert code == 0
    assert "2026-07-15  settlement: 1 of 1 contracts of blotter agree" in out
    assert "2026-07-15  3 of 3 totals agree" in out


def test_a_difference_is_named_and_exits_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    path = written(tmp_path, record(bought(price=41.0)), totals(2, 20.0, 800.0))
    code, out, _ = told(monkeypatch, capsys, company(MORNING), path)
    assert code == 2
    assert "  T1 price: ours 40.00 $/MWh, settlement 41.00 $/MWh" in out
    assert "  book contracts: ours 1.00 count, blotter 2.00, -1.00, differs" in out


def test_without_a_file_what_came_into_the_log_is_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    held = company(MORNING, record(bought(), bought("T2")), tick(10))
    code, out, _ = told(monkeypatch, capsys, held, "--json")
    answer: Any = json.loads(out)
    assert (code, answer["date"]) == (2, "2026-07-15")
    assert [(row["trade"], row["detail"]) for row in answer["details"]] == [("T2", "surplus")]
    assert [row["compared"] for row in answer["records"]] == [2]


def test_where_nothing_is_to_be_reconciled_it_says_what_to_give(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    code, _, err = told(monkeypatch, capsys, company(MORNING))
    assert code == 1
    assert "no system sent totals or details of contracts" in err


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (tick(9), "holds a record of kind 'tick'"),
        (record(bought(price=float("nan"))), "price_usd_per_mwh holds a value that is not known"),
    ],
)
def test_a_file_that_cannot_be_compared_is_refused(
    wrong: AnyMessage,
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    code, _, err = told(monkeypatch, capsys, company(MORNING), written(tmp_path, wrong))
    assert code == 1
    assert reason in err
