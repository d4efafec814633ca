"""CSV files of trades: columns by name, numbers strictly, and a cut row is none."""

from __future__ import annotations

import csv
import io
import threading
from pathlib import Path
from typing import Any

import pytest

from connectors.records import parse_record, to_record
from connectors.trades.csv_rows import rows_in
from connectors.trades.drop_folder import DropFolder
from state.errors import ParseError
from tests.connectors.trades.sources import deal


def text_of(*deals: dict[str, Any]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, deals[0])
    writer.writeheader()
    writer.writerows(deals)
    return text.getvalue().encode()


def test_a_row_is_the_record_of_its_cells_whatever_the_order_of_its_columns() -> None:
    plain = deal(1, comment='says "buy; 5"\nand more', quantity_mw=-12.5)
    backwards = dict(reversed(plain.items()))
    for given in (plain, backwards):
        [row] = rows_in(b"\xef\xbb\xbf" + text_of(given))
        assert not row.refusal
        read = to_record(parse_record(row.body, received_at_ns=1))
        assert read == plain


def test_a_term_of_a_product_makes_a_product_trade_and_a_profile_is_a_list() -> None:
    two_hours = deal(1, profile_mw="1.5; 2", delivery_end="2026-09-09T04:00:00Z")
    shaped = {**two_hours, "floor_usd_per_mwh": "-5", "kind": ""}
    [row] = rows_in(text_of(shaped))
    record = parse_record(row.body, received_at_ns=1)
    assert to_record(record)["kind"] == "product_trade"
    assert to_record(record)["profile_mw"] == [1.5, 2.0]
    assert to_record(record)["floor_usd_per_mwh"] == -5.0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"quantity_mw": "1,000"}, "quantity_mw is '1,000', expected a number"),
        ({"version": "one"}, "version is 'one', expected a number"),
        ({"quantity_mw": "nan"}, "quantity_mw is 'nan'"),
    ],
)
def test_a_cell_that_is_none_refuses_its_row_alone(change: dict[str, str], says: str) -> None:
    rows = list(rows_in(text_of(deal(1), deal(2, **change), deal(3))))
    assert [bool(row.refusal) for row in rows] == [False, True, False]
    assert [row.number for row in rows] == [2, 3, 4]
    assert rows[1].refusal.startswith(says)
    assert b"D-2" in rows[1].raw


def test_a_file_cut_anywhere_gives_only_whole_rows() -> None:
    whole = text_of(deal(1), deal(2))
    bodies = [row.body for row in rows_in(whole)]
    begins = whole.index(b"\n") + 1
    for cut in range(begins, len(whole)):
        rows = list(rows_in(whole[:cut]))
        good = [row.body for row in rows if not row.refusal]
        assert good == bodies[: len(good)]
        ended = whole[:cut].count(b"\r\n") - 1
        assert len(good) in {ended, ended + (whole[cut - 1 : cut] == b"\r")}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "column source"),
        (b"source,trade,colour\n", "unknown column 'colour'"),
        (b"source,source\n", "column 'source' is there twice"),
        (b"\xff\xfe", "no UTF-8"),
        (b'"source\n', "the header is no CSV"),
    ],
)
def test_a_header_that_is_wrong_refuses_the_file(text: bytes, says: str) -> None:
    with pytest.raises(ParseError, match=says):
        list(rows_in(text))


def test_a_quote_that_never_ends_is_refused_with_all_it_holds() -> None:
    [good, bad] = rows_in(text_of(deal(1)) + b'"D-2,x\r\nD-3,y\r\n')
    assert (good.refusal, bad.body) == ("", b"")
    assert b"D-2" in bad.raw
    assert b"D-3" in bad.raw


def test_a_file_without_rows_is_one_refusal(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(text_of(deal(1)).splitlines(keepends=True)[0])
    folder = DropFolder(tmp_path, "inbox")
    [refused] = [one for _ in range(2) for deals in folder.look(threading.Event()) for one in deals]
    assert "no rows under the header" in refused.refusal
