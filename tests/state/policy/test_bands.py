"""Every number of the three tables of tolerances at, just inside and just outside its edge."""

import math
from datetime import date
from pathlib import Path

import pytest

from state.policy.bands import Band, bands_on
from state.policy.load_risk import load_risk

SOURCE = (Path(__file__).parents[3] / "policies" / "svce-2017-05-10.yaml").read_text("utf-8")
POLICY = load_risk(SOURCE)

DATES = [date(2017, 6, 1), date(2018, 8, 1), date(2019, 10, 1), date(2020, 1, 1)]
"""Dates on which every row binds at least once."""

BANDS = {band.row.id: band for today in DATES for band in bands_on(POLICY, today)}
ROWS = [row.id for table in POLICY.tolerances for row in table.rows]


def headroom(band: Band, percent: float) -> float:
    return band.measured(percent)[1]


def test_every_row_of_every_table_binds_on_one_of_the_dates():
    assert list(dict.fromkeys(ROWS)) == ROWS
    assert set(BANDS) == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_the_minimum_of_a_row_holds_at_its_edge(name: str):
    band = BANDS[name]
    low = band.floor

    assert headroom(band, low) >= 0.0, "at the edge is inside"
    assert headroom(band, low + 1e-9) >= 0.0
    assert headroom(band, low - 1e-9) == pytest.approx(-1e-9, rel=1e-3)
    if low == 0.0:
        assert headroom(band, 0.0) == band.ceiling, "nothing held is near to no edge"
    else:
        assert headroom(band, low) == 0.0


@pytest.mark.parametrize("name", ROWS)
def test_the_maximum_of_a_row_holds_at_its_edge(name: str):
    band = BANDS[name]
    high = band.ceiling

    assert headroom(band, high) == 0.0
    if band.floor == high:
        assert headroom(band, high + 10.0) == 10.0, "the minimum is the limit"
    else:
        assert headroom(band, high - 1e-9) >= 0.0
        assert headroom(band, high + 1e-9) == pytest.approx(-1e-9, rel=1e-3)


def test_a_band_is_used_from_its_middle_to_its_edges():
    band = BANDS["nop-energy-prompt-month"]

    assert band.measured(97.5)[0] == 0.0
    assert band.measured(105.0)[0] == 1.0
    assert band.measured(90.0)[0] == 1.0
    assert math.isnan(band.measured(math.nan)[0])


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 7, 31), []),
        (date(2026, 8, 1), ["nop-capacity-prompt-year-august"]),
        (date(2026, 9, 30), ["nop-capacity-prompt-year-august"]),
        (
            date(2026, 10, 1),
            ["nop-capacity-prompt-year-october", "nop-capacity-prompt-year-october-local"],
        ),
        (
            date(2026, 12, 31),
            ["nop-capacity-prompt-year-october", "nop-capacity-prompt-year-october-local"],
        ),
        (date(2027, 1, 1), []),
    ],
)
def test_the_capacity_of_the_prompt_year_binds_from_august_and_more_from_october(
    today: date, expected: list[str]
):
    found = [band for band in bands_on(POLICY, today) if "prompt-year" in band.row.id]

    assert [band.row.id for band in found if "post" not in band.row.id] == expected
    assert {band.span.label for band in found if "post" not in band.row.id} <= {"2027"}


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2017, 1, 1), ["2017", "2018", "2019", "2020", "2021-01 to 2022-12"]),
        (date(2017, 12, 31), ["2017", "2018", "2019", "2020", "2021-01 to 2022-12"]),
        (date(2018, 1, 1), ["2018", "2019", "2020", "2021-01 to 2023-12"]),
        (date(2020, 12, 31), ["2020", "2021-01 to 2025-12"]),
        (date(2021, 1, 1), ["2021-01 to 2026-12"]),
        (date(2026, 6, 1), ["2021-01 to 2031-12"]),
    ],
)
def test_an_rps_row_binds_until_its_dates_are_over(today: date, expected: list[str]):
    found = [band.span.label for band in bands_on(POLICY, today) if band.nop == "rps"]

    assert found == expected


@pytest.mark.parametrize(
    ("today", "expected"),
    [(date(2026, 6, 1), []), (date(2034, 12, 31), []), (date(2035, 1, 1), ["2040"])],
)
def test_a_row_without_an_end_binds_once_its_first_year_is_within_the_five_after_the_running_one(
    today: date, expected: list[str]
):
    later = load_risk(
        SOURCE.replace('dates: {first: "2021-01-01"}', 'dates: {first: "2040-01-01"}')
    )
    found = [band.span.label for band in bands_on(later, today) if band.nop == "rps"]

    assert found == expected


def test_a_balance_of_year_that_is_empty_binds_nothing():
    names = {band.row.id for band in bands_on(POLICY, date(2026, 11, 1))}

    assert not any("balance-of-year" in name for name in names)
