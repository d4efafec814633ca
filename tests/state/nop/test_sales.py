"""What was sold before the log, and the RPS position that stands on it."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pytest

from state.company import Company
from state.market.stated import RETAIL_SALES
from state.messages import Market, ResourceKind, RetailSales
from state.screens.nop_seen import NopRow
from tests.state.nop.company import Following, outlook
from tests.state.worked import resource

JUNE = date(2026, 6, 15)
HOURS_AHEAD = sum((date(year + 1, 1, 1) - date(year, 1, 1)).days * 24 for year in range(2027, 2032))
REST_OF_2026 = (date(2027, 1, 1) - date(2026, 6, 1)).days * 24 + 1  # the repeated hour
AHEAD_MWH = 100.0 * (HOURS_AHEAD + REST_OF_2026)
"""What the outlook of 100 MW tells from June on."""

FEBRUARY_TO_MAY_MWH = 100.0 * ((date(2026, 6, 1) - date(2026, 2, 1)).days * 24 - 1)

PAST = {str(year): 800_000.0 for year in range(2021, 2026)}
SPRING = {f"2026-{month:02d}": 60_000.0 for month in range(1, 6)}


def sold(told: dict[str, float], market: str = "west") -> RetailSales:
    return RetailSales(
        market=market, periods=tuple(told), volume_mwh=np.array(list(told.values()), dtype=float)
    )


def row(desk: Following) -> NopRow:
    return desk.row("Post 2020", nop="rps")


def test_months_before_the_log_are_not_known_until_an_outlook_or_a_statement_tells_them():
    desk = Following(JUNE, load_mw=None)
    desk.apply(outlook("town", 100.0, range(2027, 2032)))
    assert row(desk).state == "unknown"
    assert "retail sales of 2021 are not known" in row(desk).reason

    desk.apply(sold(PAST))
    assert "2026 are not known: no outlook of town for 2026-01" in row(desk).reason
    desk.apply(sold({"2026-01": 60_000.0}))
    assert "2026 are not known: no outlook of town for 2026-02" in row(desk).reason
    desk.apply(outlook("town", 100.0, [2026]))
    owed = 5 * 800_000.0 + 60_000.0 + FEBRUARY_TO_MAY_MWH + AHEAD_MWH
    assert row(desk).obligation == pytest.approx(0.33 * owed, rel=1e-12)
    desk.apply(sold(SPRING))

    assert row(desk).reason == ""
    owed = 5 * 800_000.0 + 5 * 60_000.0 + AHEAD_MWH
    assert row(desk).obligation == pytest.approx(0.33 * owed, rel=1e-12)
    assert desk.state_of("nop-rps-post-2020") == {"breach"}


def test_certificates_of_the_years_before_are_the_contracts_they_came_by():
    desk = Following(JUNE)
    desk.apply(sold(PAST | SPRING))
    owed = row(desk).obligation
    for vintage in ("2021", "2023"):
        desk.hold("rec", "PCC1", owed / 4.0, vintage=vintage)

    assert row(desk).coverage == pytest.approx(0.5)
    assert desk.state_of("nop-rps-post-2020") == {"ok"}


def test_a_whole_year_goes_before_its_months_and_a_month_before_the_outlook():
    desk = Following(JUNE)
    desk.apply(sold(PAST | SPRING))
    before = row(desk).obligation

    desk.apply(sold({"2026-09": 72_000.0 + 1_000.0}))  # the outlook has 720 hours of 100 MW
    assert row(desk).obligation - before == pytest.approx(0.33 * 1_000.0)
    desk.apply(sold({"2026": 500_000.0}))
    months = 5 * 60_000.0 + 100.0 * REST_OF_2026
    assert row(desk).obligation - before == pytest.approx(0.33 * (500_000.0 - months))


def test_months_stated_of_a_market_without_load_count_and_the_others_are_nothing():
    desk = Following(JUNE)
    desk.apply(sold(PAST), sold(SPRING), Market(market="east", time_zone="UTC"))
    before = row(desk).obligation
    desk.apply(sold({"2026-02": 1_000.0, "2026-03": 500.0}, "east"))

    assert row(desk).obligation == pytest.approx(before + 0.33 * 1_500.0)


def test_what_is_stated_can_be_corrected_and_withdrawn():
    desk = Following(JUNE)
    desk.apply(sold(PAST | SPRING))
    before = row(desk).obligation
    desk.apply(sold({"2021": 900_000.0}))
    assert row(desk).obligation - before == pytest.approx(0.33 * 100_000.0)

    desk.apply(sold({"2021": math.nan}))

    assert "retail sales of 2021 are not known" in row(desk).reason


def test_it_is_saved_and_the_tick_after_a_restart_says_the_same():
    desk = Following(JUNE)
    desk.apply(sold(PAST | SPRING))
    company = desk.company
    restored = Company.restore(company.snapshot())

    assert restored.snapshot() == company.snapshot()
    assert restored.desk.markets["west"].stated.of(RETAIL_SALES) == PAST | SPRING
    for one in (desk.company, restored):
        one.apply(sold({"2022": 1.0}), one.position + 1)
    assert restored.snapshot() == company.snapshot()


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (sold(PAST, market="east"), "market 'east' is unknown"),
        (sold({"spring": 1.0}), "period 'spring' is no YYYY-MM and no YYYY"),
        (sold({"2026-13": 1.0}), "period '2026-13' is no YYYY-MM and no YYYY"),
        (sold({"2021": -1.0}), "volume_mwh -1 of 2021 is no amount that was sold"),
        (sold({"2021": math.inf}), "volume_mwh holds inf"),
        (RetailSales(market="west", periods=("2021",), volume_mwh=np.zeros(2)),
         "columns have different lengths (periods 1, volume_mwh 2)"),
    ],
)  # fmt: skip
def test_a_record_that_makes_no_sense_is_refused_by_name_and_changes_nothing(
    message: Any, reason: str
):
    desk = Following(JUNE)

    assert reason in desk.refusal(message)
    assert desk.company.desk.markets["west"].stated.of(RETAIL_SALES) == {}


@pytest.mark.parametrize("stated", [{}, {"2026-01": 60_000.0}])
def test_a_plant_without_an_outlook_leaves_what_is_sold_known_and_a_load_does_not(
    stated: dict[str, float],
):
    desk = Following(JUNE)
    desk.apply(sold(PAST | stated))
    before = row(desk)
    desk.apply(resource("new_wind", "NODE", ResourceKind.WIND))
    with_plant = row(desk)
    desk.apply(resource("new_town", "NODE", ResourceKind.LOAD))

    assert before.state == "breach"
    assert (with_plant.obligation, with_plant.state) == (before.obligation, "breach")
    assert desk.row("Prompt calendar year").reason == "no outlook of new_wind for 2027-01"
    assert "are not known: no outlook of new_town for 2026" in row(desk).reason
