"""Who is served and what is sold at a fixed price, as stated by month."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pytest

from state.messages import CompanyFigure, CompanyOutlook
from tests.state.nop.company import Following

JUNE = date(2026, 6, 15)
CUSTOMERS, FIXED = CompanyFigure.CUSTOMERS, CompanyFigure.FIXED_REVENUE


def told(
    figure: CompanyFigure, by_period: dict[str, float], market: str = "west"
) -> CompanyOutlook:
    return CompanyOutlook(
        market=market,
        figure=figure,
        periods=tuple(by_period),
        amounts=np.array(list(by_period.values()), dtype=float),
    )


def test_customers_are_those_of_the_last_month_against_those_of_the_running_one():
    desk = Following(JUNE)
    desk.apply(told(CUSTOMERS, {"2026-06": 200_000, "2026-07": 199_000, "2026-09": 190_000}))

    month, quarter = desk.row("Prompt month"), desk.row("Prompt quarter")
    assert (month.customers, month.customers_change) == (199_000.0, pytest.approx(-0.005))
    assert (quarter.customers, quarter.customers_change) == (190_000.0, pytest.approx(-0.05))


def test_customers_of_a_month_that_nobody_states_are_not_known():
    desk = Following(JUNE)
    desk.apply(told(CUSTOMERS, {"2026-07": 199_000}))
    month, quarter = desk.row("Prompt month"), desk.row("Prompt quarter")

    assert month.customers == 199_000.0
    assert math.isnan(month.customers_change)
    assert math.isnan(quarter.customers)


def test_each_month_of_load_is_sold_at_a_fixed_price_by_its_own_share():
    desk = Following(JUNE, load_mw=10.0)
    desk.apply(told(FIXED, {"2026-07": 0.5, "2026-08": 0.25, "2026-09": 1.0}))

    assert desk.row("Prompt month").fixed_revenue == 10.0 * 744 * 0.5
    quarter = desk.row("Prompt quarter")
    assert quarter.fixed_revenue == 10.0 * (744 * 0.5 + 744 * 0.25 + 720)
    assert "revenue" not in quarter.note


def test_a_month_without_a_share_leaves_its_periods_unknown_and_is_named():
    desk = Following(JUNE)
    desk.apply(told(FIXED, {"2026-07": 0.5, "2026-08": 0.5}))
    quarter = desk.row("Prompt quarter")

    assert math.isnan(quarter.fixed_revenue)
    assert quarter.note.endswith("fixed revenue not known: west states no revenue of 2026-09")
    assert desk.row("Prompt month").fixed_revenue > 0.0


def test_who_states_nothing_is_told_nothing():
    row = Following(JUNE).row("Prompt month")

    assert math.isnan(row.customers)
    assert math.isnan(row.fixed_revenue)
    assert "revenue" not in row.note


def test_nan_withdraws_what_was_stated():
    desk = Following(JUNE)
    desk.apply(told(CUSTOMERS, {"2026-06": 200_000, "2026-07": 199_000}))
    desk.apply(told(CUSTOMERS, {"2026-07": np.nan}))

    assert math.isnan(desk.row("Prompt month").customers)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (told(CUSTOMERS, {"2026-07": 1}, market="east"), "market 'east' is unknown"),
        (told(CUSTOMERS, {"2026": 1}), "month '2026' is no YYYY-MM"),
        (told(CompanyFigure.GHG_OBLIGATION, {"2026-07": 1}), "year '2026-07' is no YYYY"),
        (told(CUSTOMERS, {"2026-07": -1}), "customers -1 of 2026-07 is not 0 or more"),
        (told(FIXED, {"2026-07": 1.01}), "fixed_revenue_share 1.01 of 2026-07 is not between 0"),
        (told(CUSTOMERS, {"2026-07": math.inf}), "amounts holds inf"),
        (CompanyOutlook(market="west", figure=FIXED, periods=("2026-07",), amounts=np.zeros(2)),
         "columns have different lengths (periods 1, amounts 2)"),
    ],
)  # fmt: skip
def test_an_outlook_that_makes_no_sense_is_refused_by_name_and_changes_nothing(
    message: Any, reason: str
):
    desk = Following(JUNE)

    assert reason in desk.refusal(message)
    assert desk.company.desk.markets["west"].stated.snapshot() == {}
