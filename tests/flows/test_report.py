"""``tieline report`` of a day folder: a person's close comes in as records like everything else."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from connectors.records import to_record
from flows.commands import app
from state.reports import REPORTS
from tests.small_days import PLACES, price_body, record_line, trade, write_day

DATE = "2026-08-14"


def close(step: str, actor: str) -> dict[str, Any]:
    at = "2026-08-14T05:20:00Z"
    return {"kind": "day_close", "date": DATE, "step": step, "actor": actor, "at": at}


def totals(contracts: float) -> dict[str, Any]:
    """What the desk's system counts: 5 MWh a contract at $30."""
    return {
        "kind": "trade_totals",
        "source": "desk",
        "date": DATE,
        "books": ["B1"],
        "contracts": [contracts],
        "volume_mwh": [5.0 * contracts],
        "value_usd": [150.0 * contracts],
    }


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """Two contracts, of which the trade system counts three; locked and signed off."""
    folder = write_day(
        tmp_path / "small",
        receipts={310.0: price_body(300, 31.5)},
        records=[
            record_line(20, {**trade(1), "product": "energy"}),
            record_line(21, {**trade(2), "product": "energy"}),
            record_line(900, totals(3.0), "etrm"),
            record_line(1200, close("lock", "risk-1"), "people"),
            record_line(1210, close("sign_off", "risk-2"), "people"),
        ],
        last_second=1300,
    )
    opening = folder / "opening.jsonl.gz"
    lines = gzip.decompress(opening.read_bytes()).decode()
    lines += record_line(0, to_record(PLACES), "opening") + "\n"
    opening.write_bytes(gzip.compress(lines.encode()))
    return folder


def test_the_close_of_a_day_folder_names_who_and_what_differs(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "close.csv"
    assert app.invoke(["report", "close", "--day", str(day), "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["report"] == "close"

    rows = list(csv.reader(out.read_text("utf-8").splitlines()))
    assert [DATE, "signed off", "lock", "risk-1", "2026-08-14 00:20:00 CDT", ""] in rows
    assert [DATE, "signed off", "sign-off", "risk-2", "2026-08-14 00:20:00 CDT", ""] in rows
    assert [DATE, "desk", "B1", "Contracts", "2", "3", "-1", "differs"] in rows
    assert [DATE, "desk", "B1", "Volume, MWh", "10", "15", "-5", "differs"] in rows


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("form", ["html", "csv"])
def test_a_report_made_twice_has_the_same_bytes(day: Path, tmp_path: Path, name: str, form: str):
    one, other = tmp_path / f"one.{form}", tmp_path / f"other.{form}"
    for out in (one, other):
        assert app.invoke(["report", name, "--day", str(day), "--out", str(out)]) == 0
    assert one.read_bytes() == other.read_bytes()


def test_a_report_nobody_knows_lists_those_there_are(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = str(tmp_path / "x.csv")
    assert app.invoke(["report", "weather", "--day", str(day), "--out", out]) == 3
    assert "close, counterparties, exceptions, nop" in capsys.readouterr().err


@pytest.mark.parametrize("clock", ["25:00", "24:00", "12", "ab:cd", "9:5", "١٢:٠٠"])
def test_what_is_no_time_of_a_day_is_refused_with_the_form_wanted(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], clock: str
):
    out = str(tmp_path / "x.csv")
    assert app.invoke(["report", "nop", "--day", str(day), "--until", clock, "--out", out]) == 3
    assert f"{clock!r} is no time of a day; write HH:MM" in capsys.readouterr().err


def test_a_path_that_cannot_be_written_is_named_with_the_remedy(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "nowhere" / "x.csv"
    assert app.invoke(["report", "nop", "--day", str(day), "--out", str(out)]) == 1
    told = f"{out}: no such file or directory; name another path"
    assert told in capsys.readouterr().err
