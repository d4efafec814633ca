"""The record form of messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.records import (
    MOST_BYTES,
    RECORDS,
    from_record,
    parse_record,
    to_json_line,
    to_record,
)
from state.errors import NoDataYet, ParseError
from state.messages import KINDS, AnyMessage, CurveMarks, Trade
from state.wire import encode
from tests.connectors.message_strategies import BY_KIND

TRADE = {
    "kind": "trade",
    "source": "etrm",
    "trade": "T-1",
    "version": 1,
    "action": "new",
    "product": "forward",
    "market": "caiso",
    "book": "SUPPLY",
    "counterparty": "CP-01",
    "location": "TH_SP15_GEN-APND",
    "delivery_start": "2026-08-14T00:00:00-07:00",
    "delivery_end": "2026-08-15T00:00:00-07:00",
    "quantity_mw": -5,
    "price_usd_per_mwh": 41.25,
    "settles_at": "DA",
}
PRICE = {
    "kind": "price",
    "market": "caiso",
    "run": "RTD",
    "interval_start": "2026-08-14T19:05:00Z",
    "interval_seconds": 300,
    "locations": ["N-1", "N-2"],
    "lmp": [30.5, None],
}
MARKS = {
    "kind": "curve_marks",
    "market": "caiso",
    "as_of": "2026-08-13",
    "hubs": ["TH_SP15_GEN-APND", "TH_SP15_GEN-APND"],
    "blocks": ["on_peak", "off_peak"],
    "months": ["2026-09", "2026-09"],
    "price_usd_per_mwh": [55.0, None],
}
SCHEDULE = {
    "kind": "schedule",
    "market": "caiso",
    "run": "DA",
    "interval_start": "2026-08-14T07:00:00Z",
    "interval_seconds": 3600,
    "resources": ["SOLAR", "LOAD"],
    "mw": [0, 1, 100, 101],
}
MARKET = {"kind": "market", "market": "caiso", "time_zone": "America/Los_Angeles"}
HISTORY = {
    "kind": "factor_history",
    "market": "caiso",
    "factors": ["a/RTD/HE01"],
    "dates": ["2026-08-12", "2026-08-13"],
    "levels": [1, None],
}
OUTAGE = {
    "kind": "outage",
    "outage": "O-1",
    "version": 1,
    "resource": "SOLAR",
    "start": "2026-08-14T07:00:00Z",
    "end": "2026-08-14T09:00:00Z",
    "available_mw": 0,
}
CHARGE = {
    "kind": "state_of_charge",
    "resource": "BATTERY",
    "at": "2026-08-14T07:00:00Z",
    "energy_mwh": 100,
}
AWARD = {
    "kind": "award",
    "award": "V-1",
    "market": "caiso",
    "book": "VIRTUAL",
    "location": "N-1",
    "award_kind": "virtual_supply",
    "interval_start": "2026-08-14T07:00:00Z",
    "interval_seconds": 3600,
    "mw": [10, 20],
}
ACTION = {
    "kind": "action",
    "action": "A-1",
    "action_kind": "close",
    "case": "C-1",
    "actor": "desk",
    "at": "2026-08-14T07:00:00Z",
    "text": "cause",
    "resolution": "sold",
}


def read(record: dict[str, Any], **changes: object) -> AnyMessage:
    return from_record(record | changes, received_at_ns=9)


def refusal(record: object) -> str:
    with pytest.raises(ParseError) as refused:
        from_record(record, received_at_ns=0)
    assert refused.value.remedy
    return refused.value.what


def test_every_kind_has_a_strategy():
    assert set(BY_KIND) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(BY_KIND))
def test_every_kind_comes_back_bit_for_bit(kind: str):
    @settings(max_examples=25)
    @given(message=BY_KIND[kind])
    def comes_back(message: AnyMessage) -> None:
        line = to_json_line(message)
        assert "\n" not in line
        again = parse_record(line.encode(), received_at_ns=message.received_at_ns)
        assert encode(again) == encode(message)
        assert to_record(again) == json.loads(line)

    comes_back()


def test_a_record_is_written_as_documented():
    trade = read(TRADE)
    assert isinstance(trade, Trade)
    assert trade.received_at_ns == 9
    utc = {"delivery_start": "2026-08-14T07:00:00Z", "delivery_end": "2026-08-15T07:00:00Z"}
    assert to_record(trade) == TRADE | utc


def test_null_in_a_column_is_not_published():
    marks = read(MARKS)
    assert isinstance(marks, CurveMarks)
    np.testing.assert_equal(marks.price_usd_per_mwh, [55.0, np.nan])
    assert not marks.price_usd_per_mwh.flags.writeable
    assert to_record(marks)["price_usd_per_mwh"] == [55.0, None]


def test_a_negative_zero_is_kept_though_it_equals_the_default():
    party = {"kind": "counterparty", "counterparty": "CP-01", "name": "CP-01"}
    assert to_record(read(party, collateral_usd=-0.0)) == party | {"collateral_usd": -0.0}
    assert to_record(read(party, collateral_usd=0.0)) == party


def test_nanoseconds_are_kept():
    tick = {"kind": "tick", "at": "2026-08-14T07:00:00.000000001Z"}
    assert read(tick).at_ns % 10**9 == 1
    assert to_record(read(tick)) == tick


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"colour": "red"}, "unknown field 'colour' is 'red'"),
        ({"received_at": "2026-08-14T07:00:00Z"}, "unknown field 'received_at'"),
        ({"kind": "trades"}, "kind is 'trades'"),
        ({"kind": ["trade"]}, "kind is ['trade']"),
        ({"version": True}, "version is True, expected a whole number"),
        ({"version": 1.5}, "version is 1.5, expected a whole number"),
        ({"version": 10**30}, "version is 1000"),
        ({"version": 0}, "version is '0', expected 1 or more"),
        ({"quantity_mw": "5"}, "quantity_mw is '5', expected a number"),
        ({"quantity_mw": False}, "quantity_mw is False, expected a number"),
        ({"quantity_mw": None}, "quantity_mw is None, expected a number"),
        ({"quantity_mw": float("nan")}, "quantity_mw is nan, expected a finite number"),
        ({"quantity_mw": float("inf")}, "quantity_mw is inf, expected a finite number"),
        ({"quantity_mw": 10**400}, "quantity_mw is 1000"),
        ({"quantity_mw": 2e6}, "quantity_mw is '2000000.0', expected from"),
        ({"price_usd_per_mwh": -2e6}, "price_usd_per_mwh is '-2000000.0'"),
        ({"action": "kill"}, "action is 'kill', expected one of new, amend, cancel"),
        ({"action": 5}, "action is 5, expected one of"),
        ({"delivery_start": "2026-08-14T00:00:00"}, "delivery_start is '2026-08-14T00:00:00'"),
        ({"delivery_start": 1_786_000_000}, "delivery_start is 1786000000"),
        ({"delivery_start": "2026-02-30T00:00:00Z"}, "a time that exists"),
        ({"delivery_start": "1969-01-01T00:00:00Z"}, "a time from 1970"),
        ({"delivery_start": "2026-08-14T00:01:00Z"}, "a multiple of 300 s"),
        ({"delivery_end": "2026-08-14T00:00:00-07:00"}, "delivery_end is '0 h after its start'"),
        ({"delivery_end": "2126-08-14T00:00:00Z"}, "by 50 years at most"),
        ({"trade": ""}, "trade is '', expected a name"),
        ({"trade": " T"}, "trade is ' T'"),
        ({"trade": "T\x00"}, "trade is 'T\\x00'"),
        ({"trade": "T" * 300}, "trade is 'TTT"),
        ({"trade": "T\ud800"}, "trade is 'T\\ud800'"),
        ({"comment": "T\ud800"}, "without half characters"),
        ({"source": "a/b"}, "source is 'a/b', expected a name without a slash"),
        ({"product": "ppa"}, "resource is ''"),
        ({"product": "ppa", "resource": "SOLAR", "quantity_mw": 1.5}, "a share of the plant"),
        ({"resource": "SOLAR"}, "quantity_mw is '-5.0'"),
        (
            {"product": "ppa", "resource": "S", "quantity_mw": 1, "profile_mw": [0.5, 50] * 12},
            "profile_mw is '50.0', expected shares of the plant's output",
        ),
        ({"quantity_mw": 0}, "quantity_mw is '0.0', expected other than 0 MW of a new trade"),
        ({"quantity_mw": 0, "profile_mw": [0] * 24}, "expected other than 0 MW of a new trade"),
        ({"profile_mw": [1, 2]}, "profile_mw is '2 long', expected one of 24 hours each"),
        ({"profile_mw": [None] * 24}, "profile_mw is 'null'"),
        ({"profile_mw": [1, "x"]}, "profile_mw[1] is 'x', expected a number or null"),
        ({"profile_mw": [1, True]}, "profile_mw[1] is True"),
        ({"profile_mw": [1, float("inf")]}, "profile_mw[1] is inf"),
        ({"profile_mw": [2e6] * 24}, "profile_mw is '2000000.0'"),
        ({"profile_mw": 5}, "profile_mw is 5, expected a list"),
    ],
)
def test_a_senseless_trade_is_refused_by_field_and_value(changes: dict[str, Any], named: str):
    assert named in refusal(TRADE | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "amend", "version": 2},
        {"action": "cancel", "version": 2},
        {"version": 2},
        {"profile_mw": [0, 5] * 12},
        {"kind": "product_trade", "product": "rec", "units": 500},
    ],
)
def test_only_a_first_version_that_is_counted_in_mw_has_to_have_some(changes: dict[str, Any]):
    message = from_record(TRADE | {"quantity_mw": 0} | changes, received_at_ns=0)

    assert isinstance(message, Trade)


@pytest.mark.parametrize(
    ("record", "changes", "named"),
    [
        (PRICE, {"lmp": [1]}, "lmp is '1 long', expected the length of locations, which is 2"),
        (PRICE, {"ghg": [1]}, "ghg is '1 long'"),
        (PRICE, {"locations": ["N-1", "N-1"]}, "locations is 'N-1', expected there once only"),
        (PRICE, {"locations": ["N-1", 2]}, "locations[1] is 2, expected text"),
        (PRICE, {"locations": [], "lmp": []}, "locations is 'empty'"),
        (PRICE, {"locations": ["N-1", " "]}, "locations is ' '"),
        (PRICE, {"lmp": [1, 2e6]}, "lmp is '2000000.0'"),
        (PRICE, {"interval_seconds": 0}, "interval_seconds is '0'"),
        (PRICE, {"interval_seconds": -300}, "interval_seconds is '-300'"),
        (PRICE, {"interval_seconds": 420}, "interval_seconds is '420'"),
        (PRICE, {"interval_seconds": 900}, "a multiple of 900 s"),
        (PRICE, {"run": "HASP"}, "run is 'HASP', expected one of DA, FMM, RTD"),
        (PRICE, {"market": "caiso/2"}, "market is 'caiso/2'"),
        (PRICE, {"published_at": "now"}, "published_at is 'now'"),
        (MARKS, {"months": ["2026-09"]}, "months is '1 long'"),
        (MARKS, {"months": ["2026-09", "2026-13"]}, "months is '2026-13'"),
        (MARKS, {"as_of": "13/08/2026"}, "as_of is '13/08/2026'"),
        (MARKS, {"blocks": ["on_peak", "peak"]}, "blocks[1] is 'peak', expected one of flat"),
        (SCHEDULE, {"mw": [1, 2, 3]}, "mw is '3 long', expected a multiple of the 2 resources"),
        (SCHEDULE, {"mw": []}, "mw is '0 long'"),
        (SCHEDULE, {"interval_start": "2026-08-14T07:05:00Z"}, "a multiple of 3600 s"),
        (MARKET, {"time_zone": "Pacific"}, "time_zone is 'Pacific'"),
        (MARKET, {"time_zone": "../../etc/passwd"}, "time_zone is '../../etc/passwd'"),
        (MARKET, {"runs": ["RTD"]}, "runs is 'RTD', expected DA and RTD"),
        (MARKET, {"settlement_seconds": 420}, "settlement_seconds is '420'"),
        (MARKET, {"on_peak_hours": [22, 7]}, "on_peak_hours is '(22, 7)'"),
        (MARKET, {"on_peak_hours": [7]}, "on_peak_hours is [7]"),
        (MARKET, {"on_peak_days": [7]}, "on_peak_days is '7'"),
        (MARKET, {"load_price_fmm_weight": 2}, "load_price_fmm_weight is '2.0'"),
        (HISTORY, {"levels": [1]}, "levels is '1 long', expected 2"),
        (HISTORY, {"dates": ["2026-08-13", "2026-08-12"]}, "expected ascending dates"),
        (HISTORY, {"dates": ["2026-08-12", "20260813"]}, "dates is '20260813'"),
        (OUTAGE, {"available_mw": -1}, "available_mw is '-1.0'"),
        (OUTAGE, {"end": "2026-08-14T06:00:00Z"}, "end is '-1 h after its start'"),
        (CHARGE, {"energy_mwh": -1}, "energy_mwh is '-1.0', expected from 0"),
        (AWARD, {"mw": [10, -1]}, "mw is '-1.0', expected from 0"),
        (AWARD, {"mw": []}, "mw is 'empty'"),
        (ACTION, {"resolution": ""}, "expected the resolution"),
        ({"kind": "opening", "at": "2026-08-14T07:00:00Z", "state": "?"}, {}, "state is '?'"),
        ({"kind": "books", "company": "C", "books": ["A"], "desks": []}, {}, "desks is '0 long'"),
        ({"kind": "tick"}, {}, "field at of tick is missing"),
    ],
)
def test_a_senseless_record_is_refused_by_field_and_value(
    record: dict[str, Any], changes: dict[str, Any], named: str
):
    assert named in refusal(record | changes)


@pytest.mark.parametrize(
    "record", [TRADE, PRICE, MARKS, SCHEDULE, MARKET, HISTORY, OUTAGE, CHARGE, AWARD, ACTION]
)
def test_each_record_of_these_tests_is_good_before_it_is_spoilt(record: dict[str, Any]):
    assert read(record).key
    for name in record.keys() - {"kind", "text", "resolution"}:
        assert "missing" in refusal({key: value for key, value in record.items() if key != name})


@pytest.mark.parametrize("record", [None, [], "trade", 5])
def test_what_is_no_object_is_refused(record: object):
    assert "expected an object" in refusal(record)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff", "no JSON"),
        (b'{"kind": "tick", "at": NaN}', "NaN is no JSON number"),
        (b'{"kind": "tick", "at": -Infinity}', "-Infinity is no JSON number"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"a":' * 100_000, "nested too deep"),
        (b'{"kind": "tick", "at": %s}' % (b"9" * 5000), "no JSON"),
        (b'{"kind": "tick", "at": "a", "at": "b"}', "at is ['a', 'b'], expected given once"),
        (b" " * (MOST_BYTES + 1), "more than 1,000,000"),
        (b"\xef\xbb\xbf{}", "it begins with a byte order mark"),
    ],
    ids=range(11),
)
def test_a_body_that_is_no_record_is_refused(body: bytes, named: str):
    with pytest.raises(ParseError) as refused:
        parse_record(body, received_at_ns=0)
    assert named in refused.value.what
    assert refused.value.remedy
    assert len(str(refused.value)) < 400


def test_a_number_beyond_all_numbers_is_refused():
    line = json.dumps(TRADE).replace("41.25", "1e999")
    with pytest.raises(ParseError, match="price_usd_per_mwh is inf"):
        parse_record(line.encode(), received_at_ns=0)


@settings(max_examples=200)
@given(
    record=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*TRADE, "x"]), inner),
    )
)
def test_whatever_comes_raises_nothing_but_a_parse_error(record: object):
    with pytest.raises(ParseError):
        from_record(record, received_at_ns=0)


@settings(max_examples=300)
@given(
    name=st.sampled_from([*TRADE, *PRICE]),
    value=st.none() | st.booleans() | st.floats() | st.text() | st.integers() | st.lists(st.text()),
)
def test_a_field_of_any_value_gives_a_message_that_can_be_stored_or_a_parse_error(
    name: str, value: object
):
    for record in (TRADE, PRICE):
        try:
            message = from_record(record | {name: value}, received_at_ns=0)
        except ParseError as error:
            str(error).encode()
        else:
            assert encode(message)


def test_a_file_of_records_gives_messages_and_the_lines_that_are_none():
    lines = [
        json.dumps(TRADE),
        "",
        json.dumps({"received_at": "2026-08-14T07:00:00Z", "source": "marks", "body": MARKS}),
        json.dumps({"source": "trades", "body": "as it {came}"}),
        json.dumps({"source": "trades", "body": json.dumps(PRICE)}),
        "<html>",
    ]
    body = "\n".join(lines).encode()
    parsed = RECORDS.parse(body, received_at_ns=3, where="day.jsonl")
    assert [type(message).__name__ for message in parsed.messages] == [
        "Trade",
        "CurveMarks",
        "PricePublication",
    ]
    assert [message.received_at_ns for message in parsed.messages] == [3, 3, 3]
    assert [row.raw.decode() for row in parsed.rejected] == [lines[3], lines[5]]
    assert "line 4 of day.jsonl" in parsed.rejected[0].reason


def test_a_file_without_a_record_is_refused_as_a_whole():
    with pytest.raises(ParseError, match="no line is a record"):
        RECORDS.parse(b"<html>\n</html>\n", received_at_ns=0, where="x")
    with pytest.raises(NoDataYet):
        RECORDS.parse(b"\n\n", received_at_ns=0, where="x")


def test_a_line_that_is_too_long_is_one_rejected_line():
    body = json.dumps(TRADE).encode() + b"\n" + b" " * 10 + b"0" * (MOST_BYTES + 1)
    parsed = RECORDS.parse(body, received_at_ns=0, where="x")
    assert len(parsed.messages) == 1
    assert "more than 1,000,000" in parsed.rejected[0].reason


def test_every_kind_is_in_the_list_that_an_unknown_one_is_referred_to():
    listed = (Path(__file__).parents[2] / "docs" / "days.md").read_text(encoding="utf-8")
    with pytest.raises(ParseError, match=r"expected one that docs/days\.md lists"):
        parse_record(b'{"kind": "elephant"}', received_at_ns=0)

    assert [kind for kind in KINDS if f"`{kind}`" not in listed] == []
