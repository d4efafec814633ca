"""Reports: the same bytes of the same state, foreign text as text, every row there is."""

from __future__ import annotations

import csv
import html
import io
import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from connectors.log.days import Day
from connectors.log.redis import DeadLetter
from flows.days import find_day
from flows.ingest import Numbered, translate
from state.company import Company
from state.messages import Run
from state.reports import REPORTS
from state.reports.table import Column, Report, Table, as_csv, as_html
from state.wire import decode, encode
from tests.state import worked
from tests.state.worked import contract, price, reference, tick, trade

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


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+1", "-1", "@SUM(1)", "\t=1+1", "\n=1+1", " =1+1", "\N{NO-BREAK SPACE}-1", "＝1+1"],
)
def test_so_does_the_name_of_a_company_whatever_a_spreadsheet_takes_for_a_formula(name: str):
    report = replace(made(name), company=name)
    rows = list(csv.reader(io.StringIO(as_csv(report), newline="")))

    assert rows[0] == [f"'{name}", f"'{name}", "2026-09-08", "position 7"]
    assert [f"'{name}", "1.5"] in rows


@pytest.mark.parametrize("text", ["fine\r=1+1", "fine\r\n=1+1", "fine\n=1+1"])
def test_a_text_of_several_lines_is_one_cell_however_they_end(text: str):
    rows = list(csv.reader(io.StringIO(as_csv(made(text)), newline="")))

    assert ["fine\n=1+1", "1.5"] in rows


def test_an_unknown_number_is_a_dash_on_the_page_and_empty_in_the_file() -> None:
    report = made("title")
    assert "<td class=number>–</td>" in as_html(report)
    assert "\nknown,\n" in as_csv(report)


def test_money_and_energy_of_a_csv_have_six_decimals_and_shares_what_they_have() -> None:
    columns = (Column("Amount", "$"), Column("Net", "MWh (+ long)", 1), Column("Share", "ratio"))
    rows = ((0.1 + 0.2 - 0.3, -1e-9, 1e-9), (10 * 0.1234567, -7.25, 1 / 3))
    table = Table("Rows", columns, rows, "none")

    told = as_csv(Report("r", "t", "§7", "company", "2026-09-08", 7, (), (table,)))

    assert told.endswith("\n0,0,1e-09\n1.234567,-7.25,0.333333333333333\n")


@pytest.mark.parametrize("write", [as_html, as_csv])
def test_the_value_at_risk_of_what_is_open_says_what_it_stands_on_in_both_forms(
    company: Company, write: Callable[[Report], str]
) -> None:
    text = html.unescape(write(REPORTS["nop"](company)))
    for told in ("VaR of the unhedged", "historical simulation, ", "one day, ", " scenarios of "):
        assert told in text


def test_who_is_served_and_at_what_price_is_told_of_each_period(company: Company) -> None:
    table = REPORTS["nop"](company).tables[1]
    headings = [column.name for column in table.columns]
    load, share, served = (
        headings.index(name) for name in ("Load, mean", "Load at a fixed revenue", "Customers")
    )
    stated = [row for row in table.rows if not math.isnan(float(row[served]))]
    assert stated
    for row in stated:
        assert 0.0 < float(row[share + 1]) <= 100.0
        assert float(row[load]) > 0.0


@pytest.mark.parametrize("name", REPORTS)
def test_numbers_stand_under_their_unit_and_texts_under_none(name: str, company: Company) -> None:
    for table in REPORTS[name](company).tables:
        for row in table.rows:
            for column, value in zip(table.columns, row, strict=True):
                assert isinstance(value, str) != bool(column.unit), (column.heading, value)


def test_what_is_owed_in_tons_stands_under_no_other_unit(company: Company) -> None:
    table, *_ = REPORTS["nop"](company).tables
    headings = [column.heading for column in table.columns]
    units = {str(row[headings.index("Unit")]) for row in table.rows}
    assert units == {"MW", "MWh", "t CO2e"}
    assert [each for each in headings if "MW" in each] == []


def test_the_exceptions_are_the_cases_that_are_more_than_a_warning(company: Company) -> None:
    (table,) = REPORTS["exceptions"](company).tables
    expected = [case.case for case in company.desk.alerts.cases() if case.severity != "warn"]
    assert list(dict.fromkeys(row[-1] for row in table.rows)) == expected
    assert expected


def test_the_counterparties_contracts_are_all_that_are_live(company: Company) -> None:
    table, *_ = REPORTS["counterparties"](company).tables
    contracts = [column.name for column in table.columns].index("Contracts")
    live = sum(
        1 for market in company.desk.markets.values() for _ in market.contracts.trades.live()
    )
    assert sum(float(row[contracts]) for row in table.rows) == live


_SIZES = ("Bought", "Sold", "Still to be delivered", "Value of transactions")


def test_a_shape_of_both_signs_is_bought_in_its_own_hours_and_sold_in_the_others() -> None:
    shape = trade(0.0, 20.0, 9, 4, product="shaped", profile_mw=(5.0, 5.0, 5.0, -8.0))
    folded = worked.company(reference(), tick(8), shape, tick(10))
    table, *_ = REPORTS["counterparties"](folded).tables
    headings = [column.name for column in table.columns]
    found = [table.rows[0][headings.index(name)] for name in _SIZES]
    assert found == [15.0, 8.0, 18.0, 23.0 * 20.0]


def test_a_contract_and_the_ist_that_delivers_it_are_there_once() -> None:
    ist = contract("ist", 5.0, 20.0, 9, 4, trade="I", delivers="blotter/T1")
    folded = worked.company(reference(), tick(8), trade(5.0, 20.0, 9, 4), ist)
    table, *_ = REPORTS["counterparties"](folded).tables
    headings = [column.name for column in table.columns]
    found = [table.rows[0][headings.index(name)] for name in ("Contracts", *_SIZES)]
    assert found == [2.0, 20.0, 0.0, 20.0, 400.0]


def test_a_contract_without_a_counterparty_is_owed_by_nobody_not_zero_by_somebody() -> None:
    named, nobody = trade(5.0, 40.0, 10), trade(5.0, 40.0, 10, trade="2", counterparty="")
    folded = worked.company(reference(), tick(8), price(Run.DA, 10, HUB=60.0), named, nobody)
    table, *_ = REPORTS["counterparties"](folded).tables
    headings = [column.name for column in table.columns]
    first, last = map(headings.index, ("Receivables less payables", "Exposure beyond collateral"))
    found = {row[1]: [float(each) for each in row[first : last + 1]] for row in table.rows}
    assert np.isnan(found["none is named"]).all()
    assert found["no record"] == [0.0, 100.0, 0.0, 100.0, 0.0, 100.0]


def test_an_as_generated_contract_has_the_volume_that_is_expected_of_it() -> None:
    terms = {"product": "ppa", "resource": "plant", "location": "NODE"}
    told = trade(0.5, 30.0, 12, 2, trade="1", **terms)
    shaped = trade(0.0, 30.0, 12, 2, trade="2", profile_mw=(0.25, 0.5), **terms)
    untold = trade(0.5, 30.0, 14, 2, trade="3", **terms)
    output = worked.forecast("plant", 12, 80, 40)
    folded = worked.company(reference(), tick(8), output, told, shaped, untold, tick(13))
    table, *_ = REPORTS["counterparties"](folded).tables
    headings = [column.name for column in table.columns]
    found = [table.rows[0][headings.index(name)] for name in _SIZES]
    assert found == [60.0 + 40.0, 0.0, 20.0 + 20.0, 100.0 * 30.0]
    (note,) = [each for each in table.notes if each.startswith("1 as-generated contracts are on")]
    assert note.endswith("not counted in the rows of CP-01.")


def test_the_value_of_what_is_held_is_that_of_its_own_unit_and_it_has_no_mwh() -> None:
    hours = 31 * 24 + 28 * 24 + 31 * 24 - 1  # the clocks go forward
    capacity = contract(
        "capacity", 100.0, 0.0, 0, hours, day=date(2027, 1, 1), trade="C", counterparty="RA",
        unit_kind="system", price_usd_per_unit=6_000.0,
    )  # fmt: skip
    certificates = contract(
        "rec", 0.0, 0.0, 0, trade="R", counterparty="REC", unit_kind="PCC1", vintage="2026",
        units=-820_000.0, price_usd_per_unit=17.5,
    )  # fmt: skip
    energy = trade(-5.0, 20.0, 9, 10, counterparty="EEI")
    table, *_ = REPORTS["counterparties"](
        worked.company(reference(), tick(8), capacity, certificates, energy)
    ).tables
    headings = [column.name for column in table.columns]
    found = {row[0]: [row[headings.index(name)] for name in _SIZES] for row in table.rows}
    assert found == {
        "RA": [0.0, 0.0, 0.0, 100.0 * 3 * 6_000.0],
        "REC": [0.0, 0.0, 0.0, 820_000.0 * 17.5],
        "EEI": [0.0, 50.0, 50.0, 1_000.0],
    }
    share = headings.index("Share of all transactions")
    shares = {row[0]: row[share] for row in table.rows}
    assert shares["RA"] == pytest.approx(100.0 * 1_800_000.0 / 16_151_000.0)
