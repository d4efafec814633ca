"""What every registered market must do, whichever it is."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.isos import MARKETS, Parsed
from state.errors import NoDataYet, ParseError
from state.messages import AreaVolume, Message, PricePublication
from tests.connectors.isos.written import csv, lines, marked, miso_report, price_rows, spp_rows

PAGE = b"<html><body><p>Too many requests. Please retry after 5 seconds.</p></body></html>"


def caiso_body() -> bytes:
    prices = {"N-2": {"MCE": 20, "LMP": 21}, "N-1": {"LMP": 30, "MCL": 1}}
    later = datetime(2026, 8, 14, 20, tzinfo=UTC)
    rows = price_rows("PRC_LMP", prices, start=later) + price_rows("PRC_LMP", prices)
    return csv("PRC_LMP", rows)


def spp_body() -> bytes:
    prices = {"B_HUB": (1, 2, 3, 4), "A_HUB": (5, 6, 7, 8)}
    ends = [datetime(2026, 8, 14, 19, minute, tzinfo=UTC) for minute in (10, 5, 15)]
    return csv("SPP", [line for end in ends for line in spp_rows(end, prices)])


def ercot_body() -> bytes:
    return lines(
        "RTM_SPP",
        *(f"08/14/2026,14,{q},{name},HU,{q}.5,N" for q in (2, 1, 3) for name in ("HB_B", "HB_A")),
    )


def nyiso_body() -> bytes:
    return lines(
        "LBMP",
        *(
            f"08/14/2026 12:{minute:02}:00,{name},1,30,1,-2"
            for minute in (5, 10, 15)
            for name in ("WEST", "CAPITL")
        ),
    )


def isone_body() -> bytes:
    prices = {"B": (30.5, 28.0, 2.0, 0.5), "A": (31.0, 28.0, 2.0, 1.0)}
    return marked(("08/14/2026", "02", prices), ("08/14/2026", "01", prices))


def miso_body() -> bytes:
    day = [float(hour) for hour in range(24)]
    return miso_report("08/14/2026", {"B": {"LMP": day}, "A": {"LMP": day, "MCC": day}})


def pjm_body() -> bytes:
    return lines(
        "PJM_RT",
        *(
            f"6/10/2026 7:{minute:02}:00 PM,6/10/2026 3:{minute:02}:00 PM,1,{name},HUB,30,2,1"
            for minute in (10, 5)
            for name in ("B", "A")
        ),
    )


BODIES = {
    "caiso": caiso_body(),
    "ercot": ercot_body(),
    "isone": isone_body(),
    "miso": miso_body(),
    "nyiso": nyiso_body(),
    "pjm": pjm_body(),
    "spp": spp_body(),
}
"""Of each market a good body of several intervals and locations; a new market adds its own."""

HEADER_LINES = {"isone": 3, "miso": 5}
"""How many lines stand before the rows, where it is not one."""


def columns_of(message: Message) -> list[np.ndarray]:
    names = (name for name in message.__struct_fields__)
    return [value for name in names if isinstance(value := getattr(message, name), np.ndarray)]


@pytest.fixture(params=sorted(MARKETS))
def market(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def parsed(market: str) -> Parsed:
    return MARKETS[market].parse(BODIES[market], received_at_ns=7, where="body")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        PAGE,
        b"<x/>",
        b"<x",
        b"PK\x03\x04 cut",
        b"\x00\xff\x9c",
        b"\n",
        b"a,b\n1,2\n",
        b"\xef\xbb\xbf",
    ],
    ids=["empty", "page", "xml", "cut xml", "cut zip", "binary", "blank", "other", "mark only"],
)
def test_a_body_that_is_no_report_is_refused_with_a_remedy(market: str, body: bytes):
    with pytest.raises(ParseError) as refused:
        MARKETS[market].parse(body, received_at_ns=0, where="the body")
    assert refused.value.remedy
    assert "the body" in str(refused.value)


@pytest.mark.parametrize("name", sorted(MARKETS))
@given(body=st.one_of(st.binary(), st.binary().map(b"PK".__add__), st.text().map(str.encode)))
def test_random_bytes_raise_nothing_but_a_parse_error(name: str, body: bytes):
    with pytest.raises(ParseError) as refused:
        MARKETS[name].parse(body, received_at_ns=0, where="random")
    assert refused.value.remedy


def test_every_market_is_put_to_the_test():
    assert set(BODIES) == set(MARKETS)


def test_a_report_without_rows_is_no_data_yet(market: str):
    kept = BODIES[market].splitlines(keepends=True)[: HEADER_LINES.get(market, 1)]
    header = b"".join(kept)
    with pytest.raises(NoDataYet):
        MARKETS[market].parse(header, received_at_ns=0, where="empty")


def test_messages_come_by_interval_and_names_sorted(parsed: Parsed):
    starts = [message.interval_start_ns for message in parsed.messages]
    assert starts == sorted(set(starts))
    assert len(starts) >= 2
    for message in parsed.messages:
        assert isinstance(message, PricePublication | AreaVolume)
        assert list(message.locations) == sorted(message.locations)


def test_columns_are_read_only_and_as_long_as_their_names(parsed: Parsed):
    for message in parsed.messages:
        for column in columns_of(message):
            assert not column.flags.writeable
            assert len(column) in (0, len(message.locations))


def test_messages_carry_their_market_source_and_receipt(market: str, parsed: Parsed):
    for message in parsed.messages:
        assert message.market == market
        assert message.source
        assert message.received_at_ns == 7


def test_a_bad_row_is_rejected_with_its_bytes_and_the_others_go_on(market: str, parsed: Parsed):
    body = BODIES[market]
    bad = b",".join([b"nonsense"] * 3)
    spoilt = MARKETS[market].parse(body + bad + b"\n", received_at_ns=7, where="body")
    assert [row.raw for row in spoilt.rejected] == [bad]
    assert "the row has 3 cells" in spoilt.rejected[0].reason
    assert len(spoilt.messages) == len(parsed.messages)


def test_a_last_row_without_a_line_end_is_rejected_because_it_may_be_cut(market: str):
    cut = MARKETS[market].parse(BODIES[market][:-1], received_at_ns=7, where="body")
    assert len(cut.rejected) == 1
    assert "without a line end" in cut.rejected[0].reason
