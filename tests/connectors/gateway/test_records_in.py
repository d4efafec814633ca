"""Frames of trades: the fast way makes of them what the records' own way makes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.gateway import forms, records_in
from connectors.gateway.records_in import MOST_TRADES, Read, read_check, read_frame
from connectors.gateway.trades import _refused
from connectors.records import from_record, parse_record, to_json_line, to_record
from state.errors import ParseError
from state.messages import Trade, TradeCheck
from state.wire import encode
from tests.connectors.message_strategies import BY_KIND
from tests.flows.gateways import deal

NOW_NS = 7

trades = st.one_of(BY_KIND["trade"], BY_KIND["product_trade"])
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def slowly(record: object) -> Read:
    return records_in._read_slowly(record, NOW_NS)


def fate(read: Callable[[], list[Read]]) -> str | list[tuple[str, bytes | None, str]]:
    """Return what became of a frame: why it was refused, or what each record became."""
    try:
        return [
            (each.name, None if each.trade is None else encode(each.trade), each.reason)
            for each in read()
        ]
    except ParseError as error:
        return str(error)


@settings(deadline=None)
@given(st.lists(trades, min_size=1, max_size=4))
def test_a_frame_says_what_each_of_its_records_says(drawn: list[Trade]):
    lines = [to_json_line(trade) for trade in drawn]
    many = read_frame(f"[{','.join(lines)}]".encode(), received_at_ns=NOW_NS)
    alone = [read_frame(line.encode(), received_at_ns=NOW_NS) for line in lines]

    expected = [parse_record(line.encode(), received_at_ns=NOW_NS) for line in lines]
    assert [encode(read.trade) for read in many if read.trade] == [encode(e) for e in expected]
    assert fate(lambda: many) == [told for [told] in (fate(lambda one=one: one) for one in alone)]


def by_itself(raw: bytes) -> Read:
    """Read a record; one of which a field is no JSON is refused by that field."""
    try:
        return slowly(records_in.json_in(raw))
    except ParseError as error:
        if not error.field:
            raise
        return Read("", None, str(error), error.field)


@settings(deadline=None)
@given(trades, st.data())
def test_a_record_with_one_field_of_anything_gets_the_verdict_of_a_record(
    trade: Trade, data: st.DataObject
):
    record = to_record(trade)
    name = data.draw(st.sampled_from([*record, "trader", "profile_mw", "strange"]))
    record[name] = data.draw(st.one_of(plain, st.sampled_from([1, 1.0, 2**53 + 1, -0.0, "DA"])))
    raw = json.dumps(record, allow_nan=True).encode()
    assert fate(lambda: read_frame(raw, received_at_ns=NOW_NS)) == fate(lambda: [by_itself(raw)])


@settings(deadline=None)
@given(trades, st.data())
def test_a_frame_cut_or_changed_anywhere_is_refused_or_read_as_a_record_is(
    trade: Trade, data: st.DataObject
):
    raw = bytearray(to_json_line(trade).encode())
    at = data.draw(st.integers(0, len(raw) - 1))
    if data.draw(st.booleans()):
        del raw[at:]
    else:
        raw[at] = data.draw(st.integers(0, 255))
    frame = bytes(raw)
    assert fate(lambda: read_frame(frame, received_at_ns=NOW_NS)) == fate(
        lambda: [slowly(records_in.json_in(frame))]
    )


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_bytes_of_anything_are_refused_with_a_reason(raw: bytes):
    told = fate(lambda: read_frame(raw, received_at_ns=NOW_NS))

    assert isinstance(told, str) or all(reason for _, _, reason in told)
    assert told
    reasons = [told] if isinstance(told, str) else [reason for _, _, reason in told]
    assert all(forms.encode(forms.refusal_of(1, ParseError(reason))) for reason in reasons)


@pytest.mark.parametrize("field", ["trade", "book", "quantity_mw", "version", "strange"])
def test_half_a_character_anywhere_is_refused_in_words_that_can_be_sent(field: str):
    half = json.dumps(deal(1, **{field: "\ud800"})).encode()
    [read] = read_frame(half, received_at_ns=NOW_NS)

    assert read.trade is None
    outcome = msgspec.json.decode(forms.encode(_refused(read)))
    assert field in outcome["reason"]


def test_half_a_character_that_names_two_fields_is_refused_in_words_that_can_be_sent():
    [read] = read_frame(b'{"\\ud800": 1, "\\ud800": 2}', received_at_ns=NOW_NS)

    assert read.trade is None
    assert "expected given once" in read.reason
    assert forms.encode(_refused(read))


@settings(deadline=None)
@given(trades, st.data())
def test_a_trade_that_gives_a_name_twice_is_refused_alone(trade: Trade, data: st.DataObject):
    record = to_record(trade)
    name = data.draw(st.sampled_from(list(record)))
    line = json.dumps(record)
    twice = f"{line[:-1]}, {json.dumps(name)}: {json.dumps(record[name])}}}"

    good, odd = read_frame(f"[{line}, {twice}]".encode(), received_at_ns=NOW_NS)
    [alone] = read_frame(line.encode(), received_at_ns=NOW_NS)
    assert good.trade is not None
    assert alone.trade is not None
    assert to_record(good.trade) == to_record(alone.trade)
    assert (odd.name, odd.trade, odd.field) == (good.name, None, name)
    assert "expected given once" in odd.reason


def test_usual_frames_take_the_fast_way(monkeypatch: pytest.MonkeyPatch):
    """Otherwise everything above holds, at a fifth of the speed."""
    monkeypatch.setattr(records_in, "_read_slowly", lambda *_: pytest.fail("read slowly"))
    frame = json.dumps([deal(number, executed_at="2026-09-08T23:12:04.5Z") for number in range(9)])

    reads = read_frame(frame.encode(), received_at_ns=NOW_NS)
    assert [read.name for read in reads] == [f"etrm/G-{number}/1" for number in range(9)]


@pytest.mark.parametrize("size", [0, MOST_TRADES + 1])
def test_a_frame_of_none_or_too_many_is_refused(size: int):
    with pytest.raises(ParseError, match=f"the frame holds {size} trades, expected 1 to 500"):
        read_frame(json.dumps([deal(1)] * size).encode(), received_at_ns=NOW_NS)


def test_a_bare_trade_is_asked_about_in_lots_of_one_mw():
    check = read_check(json.dumps(deal(1)).encode(), name="desk-1", received_at_ns=NOW_NS)

    assert (check.check, check.lot, check.received_at_ns) == ("desk-1", 1.0, NOW_NS)
    assert encode(check.candidate) == encode(from_record(deal(1), received_at_ns=NOW_NS))


def test_a_check_keeps_what_it_says_of_itself():
    record: dict[str, Any] = {"kind": "trade_check", "check": "C", "candidate": deal(1), "lot": 5.0}
    check = read_check(json.dumps(record).encode(), name="other", received_at_ns=NOW_NS)

    assert isinstance(check, TradeCheck)
    assert (check.check, check.lot) == ("C", 5.0)
