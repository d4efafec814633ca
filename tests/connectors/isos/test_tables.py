"""Rows of a table: how many, how long, and where one ends."""

from __future__ import annotations

import pytest

from connectors import sense
from connectors.isos import columns, tables
from connectors.isos.columns import PriceIssue, Publications
from connectors.isos.tables import Table, located, optional, required, split_line
from state.errors import NoDataYet, ParseError
from state.intake import wellformed


def table(text: str, skip: int = 0) -> Table:
    return Table(text, where="body", skip=skip)


def read(text: str) -> tuple[list[list[str]], list[str]]:
    """Return the rows that were read and the reasons of those that were not."""
    rows: list[list[str]] = []
    rejected = table(text).read(rows.append)
    return rows, [row.reason for row in rejected]


def test_rows_end_in_either_line_end_and_blank_lines_are_none():
    assert read("a,b\r\n1,2\r\n\n3,4\n") == ([["1", "2"], ["3", "4"]], [])


def test_a_last_row_without_its_line_end_is_truncated_and_never_read():
    rows, reasons = read("a,b\n1,2\n3,4")
    assert rows == [["1", "2"]]
    assert "truncated in row 3 of body" in reasons[0]


def test_a_header_without_its_line_end_is_truncated_and_not_a_report_without_rows():
    with pytest.raises(ParseError, match="header ends without a line end: truncated") as refused:
        read("a,b")
    assert not isinstance(refused.value, NoDataYet)
    with pytest.raises(NoDataYet):
        read("a,b\n")


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('"N.Y.C.",1,"a,b"', ["N.Y.C.", "1", "a,b"]),
        ('"stray,1', ['"stray,1']),
        ("a\rb,1", ["a\rb,1"]),
        ("", []),
    ],
)
def test_a_line_is_split_as_csv_says_or_not_at_all(line: str, cells: list[str]):
    assert split_line(line) == cells


def test_a_row_that_is_left_is_neither_read_nor_rejected():
    found = table("k,v\nC,1,2,3\nD,1\n")
    found.leave = lambda row: row[0] == "C"
    rows: list[list[str]] = []
    assert found.read(rows.append) == []
    assert rows == [["D", "1"]]


def test_columns_are_found_by_any_of_their_names_and_an_absent_optional_one_is_empty():
    found: list[tuple[str, ...]] = []
    columns_wanted = (required("new", "old"), optional("more"))
    table("x,old\n1,2\n").read_columns(columns_wanted, lambda *cells: found.append(cells))
    assert found == [("2", "")]
    with pytest.raises(ParseError, match="column new or old is missing in body"):
        table("x\n1\n").read_columns(columns_wanted, found.append)


def test_more_rows_or_bad_rows_than_a_report_has_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tables, "MOST_REJECTED", 2)
    assert len(read("a,b\n1\n2\n1,2\n")[1]) == 2
    with pytest.raises(ParseError, match="more than 2 bad rows in body"):
        read("a,b\n1\n2\n3\n")
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    with pytest.raises(ParseError, match="more than 3 rows in body"):
        read("a,b\n1,2\n1,2\n1,2\n")


def test_a_line_longer_than_any_is_refused():
    with pytest.raises(ParseError, match="a line has 100,001 characters"):
        table("a" * 100_001 + "\n")
    with pytest.raises(ParseError, match="a line has 1,000,001 characters"):
        read("a\n" + "a" * 1_000_001 + "\n")


def test_more_values_than_a_report_has_are_refused_one_by_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(columns, "MOST_VALUES", 1)
    publications = Publications[PriceIssue]()
    publications.put(PriceIssue(0), "lmp", "A", 1.0)
    with pytest.raises(ParseError, match="more than 1 values"):
        publications.put(PriceIssue(0), "lmp", "B", 1.0)


def placed(error: ParseError) -> ParseError:
    with pytest.raises(ParseError) as raised, located("body"):
        raise error
    return raised.value


def test_an_error_keeps_its_kind_and_its_own_place():
    assert isinstance(placed(NoDataYet("nothing")), NoDataYet)
    assert str(placed(NoDataYet("nothing"))) == "nothing in body"
    assert str(placed(ParseError("bad", where="row 3"))) == "bad in row 3"


def test_the_most_that_a_row_may_say_is_the_most_that_the_core_takes():
    """What the core refuses takes the whole publication with it, all other rows included."""
    assert (sense.MOST_MW, sense.MOST_USD_PER_MWH) == (wellformed.MOST, wellformed.MOST)
    assert (sense.MOST_USD, sense.MOST_UNITS) == (wellformed.MOST_USD, wellformed.MOST_UNITS)
