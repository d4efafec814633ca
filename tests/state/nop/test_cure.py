"""What curing a net open position costs, worked with a pencil: 100 MW of load in every hour."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from state.messages import CompanyFigure, CompanyOutlook, RetailSales
from state.nop.cure import Cure, cures
from tests.state.nop.company import SVCE, Following, another
from tests.state.worked import contract, curve, marks

JUNE = date(2026, 6, 15)
JULY_MWH = 100.0 * 24 * 31


def following(plant_mw: float, **changes: object) -> Following:
    desk = Following(JUNE, **changes)
    desk.plant(plant_mw)
    return desk


def cure(desk: Following, limit: str, kind: str = "") -> Cure:
    return next(
        each
        for each in cures(desk.company.desk)
        if each.limit == limit and each.scope.endswith(kind)
    )


def peaks(by_month: dict[str, float]) -> CompanyOutlook:
    return CompanyOutlook(
        market="west",
        figure=CompanyFigure.PEAK_LOAD,
        periods=tuple(by_month),
        amounts=np.array(list(by_month.values())),
    )


def test_a_short_position_is_bought_up_to_its_minimum_at_the_curve():
    desk = following(75.0)
    desk.apply(curve(50.0, 50.0, "2026-07"))

    found = cure(desk, "nop-energy-prompt-month")
    assert found.scope == "Prompt month"
    assert found.quantity == pytest.approx(0.15 * JULY_MWH)
    assert found.usd == pytest.approx(0.15 * JULY_MWH * 50.0)


def test_what_is_above_its_maximum_is_sold_and_brings_in_money():
    desk = following(125.0)
    desk.apply(curve(50.0, 50.0, "2026-07"))

    found = cure(desk, "nop-energy-prompt-month")
    assert found.quantity == pytest.approx(-0.20 * JULY_MWH)
    assert found.usd == pytest.approx(-0.20 * JULY_MWH * 50.0)


def test_blocks_are_bought_in_the_shape_of_the_load():
    desk = following(75.0)
    desk.apply(curve(80.0, 20.0, "2026-07"))

    on_peak = 26 * 16.0  # July 2026: 31 days, 4 Sundays and Saturday the 4th, a holiday
    share = on_peak / (24 * 31)
    usd = 80.0 * share + 20.0 * (1.0 - share)
    assert cure(desk, "nop-energy-prompt-month").usd == pytest.approx(0.15 * JULY_MWH * usd)


def test_a_month_without_a_mark_makes_the_cost_unknown_and_says_so():
    found = cure(following(75.0), "nop-energy-prompt-month")
    assert found.usd != found.usd
    assert found.reason == "a month of 2026-07 has no mark"
    assert found.quantity == pytest.approx(0.15 * JULY_MWH)


def test_capacity_is_bought_month_by_month_at_its_marks():
    desk = following(100.0)
    desk.hold("capacity", "system", 130.0)
    peak = 200.0  # MW, of the load's record; 115 % of it is required
    desk.apply(marks(capacity__system__2026_08=5_000.0))

    found = cure(desk, "nop-capacity-prompt-month-1", "system")
    assert found.unit == "MW-month"
    assert found.quantity == pytest.approx(1.15 * peak - 130.0)
    assert found.usd == pytest.approx((1.15 * peak - 130.0) * 5_000.0)


def test_each_month_of_capacity_is_bought_to_what_it_owes_itself():
    desk = following(100.0)
    desk.hold("capacity", "system", 115.0)
    desk.apply(
        peaks({"2026-07": 100.0, "2026-08": 110.0, "2026-09": 120.0}),
        marks(capacity__system__2026_08=5_000.0, capacity__system__2026_09=6_000.0),
    )
    found = cure(desk, "nop-capacity-prompt-quarter", "system")

    assert found.quantity == pytest.approx(11.5 + 23.0)
    assert found.usd == pytest.approx(11.5 * 5_000.0 + 23.0 * 6_000.0)


def test_where_a_surplus_of_capacity_only_warns_a_month_of_surplus_is_not_sold():
    desk = following(100.0)
    desk.hold("capacity", "system", 138.0)
    months = {"2026-07": 100.0, "2026-08": 100.0, "2026-09": 140.0}  # 161 MW are owed in the last
    desk.apply(
        peaks(months),
        marks(**{f"capacity__system__{month.replace('-', '_')}": 5_000.0 for month in months}),
    )
    found = cure(desk, "nop-capacity-prompt-quarter", "system")

    assert found.quantity == pytest.approx(23.0)
    assert found.usd == pytest.approx(23.0 * 5_000.0)


def test_where_a_surplus_of_capacity_is_a_breach_it_is_sold():
    desk = Following(date(2026, 1, 15))
    hold = contract("capacity", 140.0, 0.0, 0.0, 24 * 31, day=date(2028, 3, 1), unit_kind="system")
    desk.apply(hold, marks(capacity__system__2028_03=5_000.0))

    found = cure(desk, "nop-capacity-post-prompt-year", "system")
    assert found.quantity == pytest.approx(0.5 * 230.0 - 140.0)  # at most half is allowed
    assert found.usd == pytest.approx((0.5 * 230.0 - 140.0) * 5_000.0)


def test_capacity_of_a_month_that_owes_none_is_kept():
    desk = Following(date(2026, 1, 15))
    none_owed = CompanyOutlook(
        market="west",
        figure=CompanyFigure.LOCAL_CAPACITY,
        periods=("2028-04",),
        amounts=np.array([0.0]),
    )
    desk.apply(none_owed, marks(capacity__local__2028_03=5_000.0, capacity__local__2028_04=900.0))
    for month, hours, mw in ((3, 743, 140.0), (4, 720, 10.0)):  # the clock goes forward in March
        first = date(2028, month, 1)
        terms = {"day": first, "trade": f"{first}", "unit_kind": "local"}
        desk.apply(contract("capacity", mw, 0.0, 0.0, hours, **terms))

    found = cure(desk, "nop-capacity-post-prompt-year", "local")
    assert found.quantity == pytest.approx(0.5 * 230.0 - 140.0)
    assert found.usd == pytest.approx((0.5 * 230.0 - 140.0) * 5_000.0)


def test_certificates_of_the_year_in_which_a_tolerance_ends_are_bought_at_their_mark():
    desk = following(100.0)
    desk.apply(
        RetailSales(market="west", periods=("2026",), volume_mwh=np.array([100_000.0])),
        another(SVCE.replace('dates: {first: "2021-01-01"}', "period: prompt_quarter")),
        marks(rec__PCC1__2025=11.0, rec__PCC1__2026=17.5),
    )
    found = cure(desk, "nop-rps-post-2020")

    assert found.quantity == pytest.approx(0.4 * 33_000.0)
    assert found.usd == pytest.approx(0.4 * 33_000.0 * 17.5)


def test_what_is_within_its_tolerance_needs_no_cure():
    desk = following(95.0)
    assert not [each for each in cures(desk.company.desk) if each.limit[-12:] == "prompt-month"
                and "energy" in each.limit]  # fmt: skip


def test_without_a_written_policy_there_is_nothing_to_cure():
    assert cures(following(75.0, policy=False).company.desk) == []
