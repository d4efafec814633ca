"""Allowances and offsets held against what is stated to be owed of them, year by year."""

from __future__ import annotations

from datetime import date

import numpy as np

from state.company import Company
from state.messages import CompanyFigure, CompanyOutlook
from state.nop.watch import nop_view
from tests.state.nop.company import Following

JUNE = date(2026, 6, 15)


def owed(**tons: float) -> CompanyOutlook:
    """What is owed, by year (``y2026=...``)."""
    return CompanyOutlook(
        market="west",
        figure=CompanyFigure.GHG_OBLIGATION,
        periods=tuple(year.removeprefix("y") for year in tons),
        amounts=np.array(list(tons.values())),
    )


def years(company: Company) -> list[tuple[str, float, float]]:
    rows = nop_view(company.desk).rows
    return [(row.period, row.supply, row.obligation) for row in rows if row.nop == "ghg"]


def test_a_vintage_covers_its_own_year_and_every_later_one_and_none_before():
    desk = Following(JUNE)
    desk.apply(owed(y2026=1_000.0, y2027=800.0, y2028=500.0))
    desk.hold("ghg", "allowance", 1_200.0, vintage="2026")
    desk.hold("ghg", "offset", 100.0, vintage="2027")
    desk.hold("ghg", "allowance", 9_000.0, vintage="2029")

    assert years(desk.company) == [
        ("2026", 1_200.0, 1_000.0),
        ("2027", 1_300.0, 1_800.0),
        ("2028", 1_300.0, 2_300.0),
    ]
    row = desk.row("prompt calendar year", nop="ghg")
    assert (row.open, row.unit, row.state, row.limit) == (-500.0, "t CO2e", "no_limit", "")
    assert row.note == "vintages to 2027 against what is owed for 2026 to 2027"


def test_what_is_owed_for_years_that_are_over_still_is_until_it_is_withdrawn():
    desk = Following(JUNE)
    desk.apply(owed(y2025=300.0, y2026=1_000.0))
    assert years(desk.company) == [("2026", 0.0, 1_300.0)]

    desk.apply(owed(y2025=np.nan))
    assert years(desk.company) == [("2026", 0.0, 1_000.0)]


def test_what_is_owed_for_the_year_that_ended_is_shown_in_the_next_before_that_one_is_stated():
    desk = Following(date(2026, 12, 31))
    desk.apply(owed(y2026=1_000.0))
    desk.hold("ghg", "allowance", 700.0, vintage="2026")
    desk.hold("ghg", "allowance", 9_000.0, vintage="2027")  # too late for emissions of 2026
    assert years(desk.company) == [("2026", 700.0, 1_000.0)]

    desk.tick_on(date(2027, 1, 1))
    assert years(desk.company) == [("2027", 700.0, 1_000.0)]
    assert desk.row("running calendar year", nop="ghg").note == (
        "vintages to 2026 against what is owed for 2026"
    )
    desk.apply(owed(y2027=800.0))
    assert years(desk.company) == [("2027", 9_700.0, 1_800.0)]


def test_a_year_nothing_is_stated_of_has_no_row_even_where_allowances_are_held():
    desk = Following(JUNE, policy=False)
    desk.hold("ghg", "allowance", 1_200.0, vintage="2026")
    assert not years(desk.company)

    desk.apply(owed(y2028=500.0))
    assert years(desk.company) == [("2028", 1_200.0, 500.0)]


def test_tons_that_are_exactly_what_is_owed_cover_it():
    desk = Following(JUNE)
    desk.apply(owed(y2026=33.0))
    for number, tons in enumerate((0.4, 32.3, 0.3)):
        desk.hold("ghg", ("allowance", "offset")[number % 2], tons, vintage=f"{2024 + number}")

    assert desk.row("running calendar year", nop="ghg").coverage == 1.0


def test_a_restored_company_knows_what_is_owed():
    desk = Following(JUNE)
    desk.apply(owed(y2026=1_000.0))
    restored = Company.restore(desk.company.snapshot())

    assert restored.snapshot() == desk.company.snapshot()
    assert years(restored) == [("2026", 0.0, 1_000.0)]
