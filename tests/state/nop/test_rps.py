"""Certificates of single years against what the policy asks of their retail sales."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from state.messages import RetailSales
from tests.state.nop.company import SVCE, Following, another, outlook

JUNE = date(2026, 6, 15)


def sold(year: int, mwh: float) -> RetailSales:
    return RetailSales(market="west", periods=(f"{year}",), volume_mwh=np.array([mwh]))


def test_a_year_by_itself_counts_its_own_vintage_and_its_own_sales():
    desk = Following(JUNE)
    desk.apply(sold(2027, 1_000_000.0))
    desk.hold("rec", "PCC1", 100_000.0, vintage="2027")
    desk.hold("rec", "PCC2", 65_000.0, vintage="2027")
    desk.hold("rec", "PCC1", 7_000.0, vintage="2028")
    row = desk.row("prompt calendar year", nop="rps")

    assert (row.period, row.obligation, row.supply) == ("2027", 330_000.0, 165_000.0)
    assert (row.coverage, row.state, row.limit) == (0.5, "no_limit", "")
    assert row.note == "vintage 2027: PCC1 100,000, PCC2 65,000; 33 % of its retail sales"


@pytest.mark.parametrize(("units", "counted"), [(1_320_000.0, 1.0), (100_000_001.0, 0.0)])
def test_a_contract_for_the_certificates_of_a_whole_utility_counts(units: float, counted: float):
    desk = Following(JUNE)
    desk.apply(sold(2027, 4_000_000.0))
    desk.hold("rec", "PCC1", units, vintage="2027")

    assert desk.row("prompt calendar year", nop="rps").coverage == counted
    refused = [reason.partition(": ")[2] for _, reason in desk.company.refusals()]
    too_many = "units must be finite and at most 100,000,000, was 100,000,001"
    assert refused == ([] if counted else [too_many])


def test_certificates_that_are_exactly_what_is_owed_cover_it():
    desk = Following(JUNE)
    desk.apply(sold(2027, 100.0))
    for kind, units in (("PCC1", 0.4), ("PCC2", 32.3), ("PCC3", 0.3)):
        desk.hold("rec", kind, units, vintage="2027")
    row = desk.row("prompt calendar year", nop="rps")

    assert (row.obligation, row.supply, row.coverage) == (33.0, 33.0, 1.0)


def test_sales_that_are_not_known_leave_their_year_unknown_and_no_other():
    desk = Following(date(2026, 6, 15), load_mw=None)
    desk.apply(outlook("town", 100.0, range(2027, 2032)), sold(2026, 500_000.0))

    assert desk.row("running calendar year", nop="rps").obligation == 165_000.0
    assert desk.row("fifth calendar year", nop="rps").state == "no_limit"
    desk.apply(sold(2026, np.nan))
    unknown = desk.row("running calendar year", nop="rps")
    assert unknown.state == "unknown"
    assert unknown.reason == "retail sales of 2026 are not known: no outlook of town for 2026-01"


@pytest.mark.parametrize(
    ("today", "percents"),
    [
        (date(2018, 6, 15), [25, 25, 33, 33, 33, 33]),
        (date(2026, 6, 15), [33, 33, 33, 33, 33, 33]),
    ],
)
def test_each_year_is_asked_for_the_percentage_of_its_row(today: date, percents: list[int]):
    desk = Following(today)
    for year in range(today.year, today.year + 6):
        desk.apply(sold(year, 100.0))
    names = ("running", "prompt", "second", "third", "fourth", "fifth")
    rows = [desk.row(f"{name} calendar year", nop="rps") for name in names]

    assert [row.obligation for row in rows] == percents


@pytest.mark.parametrize(
    ("period", "label", "vintages"),
    [
        ("period: prompt_month", "2026-07", "2026 to 2026"),
        ("period: prompt_quarter", "2026-Q3", "2026 to 2026"),
        (
            'dates: {first: "2026-07-01", last: "2027-06-30"}',
            "2026-07 to 2027-06",
            "2026 to 2027",
        ),
    ],
)
def test_a_tolerance_over_a_part_of_a_year_counts_the_vintage_and_the_sales_of_that_year(
    period: str, label: str, vintages: str
):
    desk = Following(JUNE)
    desk.apply(sold(2026, 500_000.0), sold(2027, 500_000.0))
    desk.hold("rec", "PCC1", 165_000.0, vintage="2026")
    desk.apply(another(SVCE.replace('dates: {first: "2021-01-01"}', period)))
    row = desk.row("Post 2020", nop="rps")
    years = 1 + int(vintages[-4:]) - 2026

    assert (row.period, row.obligation, row.supply) == (label, 165_000.0 * years, 165_000.0)
    assert row.note == f"vintages {vintages}: PCC1 165,000"
