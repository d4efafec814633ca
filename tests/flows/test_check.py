"""``tieline check``: a trade in a file, an answer, an exit code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from flows.check import check_in, refused
from flows.commands import app
from state.errors import ParseError

HELD = ["--replayed", "2026-07-14-caiso-summer", "--until", "00:10"]
TRADE: dict[str, Any] = {
    "kind": "trade",
    "source": "etrm",
    "trade": "X-1",
    "version": 1,
    "action": "new",
    "product": "energy",
    "market": "caiso",
    "book": "load-serving",
    "counterparty": "CP-01",
    "location": "TH_SP15_GEN-APND",
    "delivery_start": "2026-07-15T02:00:00Z",
    "delivery_end": "2026-07-15T04:00:00Z",
    "quantity_mw": 2.0,
    "price_usd_per_mwh": 60.0,
    "settles_at": "RTD",
}


def answered(
    path: Path, capsys: pytest.CaptureFixture[str], *options: str, **changes: Any
) -> tuple[int, Any]:
    file = path / "trade.json"
    file.write_text(json.dumps(TRADE | changes), encoding="utf-8")
    code = app.invoke(["check", str(file), *HELD, *options, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_small_trade_is_accepted_with_headroom_and_the_sizes_that_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    code, told = answered(tmp_path, capsys, "--lot", "5")
    assert (code, told["decision"], told["trade"]) == (0, "accept", "etrm/X-1")
    var = [
        one for one in told["effects"] if one["scope"] == "firm" and one["clause"].endswith("§3")
    ]
    assert var[0]["headroom_after"] != var[0]["headroom_before"]
    assert told["sizes"][0][0] == 1
    assert told["largest"] == told["sizes"][0][1] * 5


def test_a_file_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path):
    """Windows programs write one."""
    file = tmp_path / "trade.json"
    file.write_text(json.dumps(TRADE), encoding="utf-8-sig")

    assert check_in(file, lot=None).candidate.trade == "X-1"


def test_a_trade_far_too_large_is_rejected_and_exits_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    code, told = answered(tmp_path, capsys, "--lot", "0", quantity_mw=-9000.0)
    assert (code, told["decision"]) == (2, "reject")
    assert {"breached"} <= {one["outcome"] for one in told["effects"]}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity_mw": "ten"}, "quantity_mw"),
        ({"book": "nowhere"}, "book"),
        ({"x": 1}, "x"),
        ({"quantity_mw": float("nan")}, "quantity_mw"),
        ({"profile_mw": [1.0, float("-inf")]}, "profile_mw"),
    ],
)
def test_what_is_malformed_is_an_answer_that_names_the_field(
    changes: dict[str, Any], field: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    code, told = answered(tmp_path, capsys, **changes)
    assert (code, told["decision"], told["field"]) == (2, "reject", field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"kind": "trade_check", "check": "c", "candidate": {"price_usd_per_mwh": NaN}}',
         "price_usd_per_mwh"),
        (b'{"kind": "trade_check", "check": "c", "areas": [1]}', "candidate"),
    ],
)  # fmt: skip
def test_what_is_no_whole_record_of_a_trade_names_its_field_or_none(
    body: bytes, field: str, tmp_path: Path
):
    file = tmp_path / "trade.json"
    file.write_bytes(body)
    with pytest.raises(ParseError) as caught:
        check_in(file)
    answer = refused(caught.value)

    assert (answer.decision, answer.field) == ("reject", field), answer.reason


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('{"kind": "tick"}', "kind is 'tick', expected trade or product_trade or trade_check"),
        ('{"at": "2026-07-15T02:00:00Z"}', "kind is missing, expected trade or"),
        ('{"kind": ["trade"]}', "kind is ['trade'], expected trade or"),
        ('{"kind": []}', "kind is [], expected trade or"),
        ("[]", "holds list, expected one JSON object"),
        ("", "holds no record of a trade"),
        ("trade,mw\nT1,5\n", "holds no record of a trade"),
        ("NaN", "holds no record of a trade"),
        (json.dumps(TRADE) * 2, "holds no record of a trade"),
        (b"\xff\xfe", "holds no record of a trade"),
    ],
)
def test_what_is_no_trade_at_all_is_wrong_usage_that_names_the_kind(
    body: str | bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "trade.json"
    file.write_bytes(body.encode() if isinstance(body, str) else body)

    assert app.invoke(["check", str(file), *HELD, "--json"]) == 3
    assert told in capsys.readouterr().err


def test_people_read_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "trade.json"
    file.write_text(json.dumps(TRADE), encoding="utf-8")
    assert app.invoke(["check", str(file), *HELD]) == 0
    said = capsys.readouterr().out
    assert "ACCEPT  etrm/X-1" in said
    assert "desk limits §3" in said
    assert re.search(r"largest size that passes [\d,.]+ MW \(in lots of 1, up to", said)
