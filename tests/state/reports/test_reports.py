"""Reports: the same bytes of the same state, foreign text as text, every row there is."""

from __future__ import annotations

import csv
import io
import itertools

import pytest

from connectors.log.days import Day
from connectors.log.redis import DeadLetter
from flows.days import find_day
from flows.ingest import Numbered, translate
from state.company import Company
from state.reports import REPORTS
from state.reports.table import Column, Report, Table, as_csv, as_html
from state.wire import decode, encode

DAY = "2026-09-08-caiso-scarcity"
EVENING_ITEMS = 1_500
"""Twenty-five minutes: the outage is at 16:50."""


@pytest.fixture(scope="module")
def company() -> Company:
    """The evening after an outage, in which prices rise and the loads are short."""
    day = Day.open(find_day(DAY))
    opening = day.saved_opening("16:30")
    found = Company.restore(opening.state)
    played = itertools.islice(day.items(day.offset_after(opening.at_ns)), EVENING_ITEMS)
    for offset, item in enumerate(played, start=1):
        for entry in translate(Numbered(offset, item)).entries:
            assert not isinstance(entry, DeadLetter)
            found.apply(decode(encode(entry)), found.position + 1)
    return found


def made(title: str) -> Report:
    rows = ((title, 1.5), ("known", float("nan")))
    table = Table("Rows", (Column("Name"), Column("Amount", "$", 1)), rows, "none")
    return Report("r", title, "§7", "company", "2026-09-08", 7, ("p 1",), (table,))


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_of_a_restored_state_has_the_same_bytes(name: str, company: Company) -> None:
    restored = Company.restore(company.snapshot())
    for write in (as_html, as_csv):
        assert write(REPORTS[name](restored)) == write(REPORTS[name](company))


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_says_what_it_shows_where_there_is_nothing(name: str) -> None:
    report = REPORTS[name](Company("empty"))
    assert all(table.rows == () and table.empty in as_html(report) for table in report.tables)


def test_foreign_text_is_escaped_on_the_page() -> None:
    assert "<script>" not in as_html(made("<script>alert(1)</script>"))


def test_a_text_that_begins_like_a_formula_stays_a_text_in_a_spreadsheet() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(made("=HYPERLINK(0)")))))
    assert ["'=HYPERLINK(0)", "1.5"] in rows


def test_an_unknown_number_is_a_dash_on_the_page_and_empty_in_the_file() -> None:
    report = made("title")
    assert "<td class=number>–</td>" in as_html(report)
    assert "\nknown,\n" in as_csv(report)


def test_the_exceptions_are_the_cases_that_are_more_than_a_warning(company: Company) -> None:
    (table,) = REPORTS["exceptions"](company).tables
    expected = [case.case for case in company.desk.alerts.cases() if case.severity != "warn"]
    assert [row[-1] for row in table.rows] == expected
    assert expected


def test_the_counterparties_shares_are_those_of_all_transactions(company: Company) -> None:
    table, _ = REPORTS["counterparties"](company).tables
    headings = [column.name for column in table.columns]
    share = headings.index("Share of all transactions")
    assert sum(float(row[share]) for row in table.rows) == pytest.approx(100.0)
    live = sum(
        1 for market in company.desk.markets.values() for _ in market.contracts.trades.live()
    )
    assert sum(float(row[headings.index("Contracts")]) for row in table.rows) == live
