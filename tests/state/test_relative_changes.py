"""Relative changes on the desk (docs/risk.md, "Changes"), by hand: 10 MW in hour 10, at the hub."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from state.company import Company
from state.drift.compare import differences
from state.messages import AnyMessage, Policy, Run, SettlesAt
from state.screens.views import RiskView
from tests.state.worked import NAN, company, history, price, reference, tick, trade

LEVELS = {
    "HUB/DA/HE11": [40.0, 50.0, 25.0, 20.0],
    "HUB/FMM/HE11": [44.0, 50.0, 30.0, 16.0],
    "HUB/RTD/HE11": [44.0, 25.0, 45.0, 20.0],
}
"""Day-on-day DA: +25 %, -50 %, -20 %. RTD to DA: +10 %, -50 %, +80 %, 0. To FMM: 0, -50 %, …"""
CURVES = {
    "HUB/curve/on_peak/2026-07": [40.0, 44.0, 33.0, 30.0],
    "HUB/curve/off_peak/2026-07": [30.0, 30.0, 30.0, 30.0],
}
LIMITS = """
name: {name}
version: "1"
title: How the VaR is struck
{risk}
limits:
  - id: value-at-risk-of-{name}
    rule: var
    title: Value at risk
    clause: desk limits §3
    unit: $
    ceiling: 250000
    warn_at: 0.8
    clear_at: 0.95
    materiality: material
"""


def policy(terms: str = "", name: str = "desk") -> Policy:
    risk = f"risk: {{{terms}}}" if terms else ""
    return Policy(policy=name, version="1", source=LIMITS.format(name=name, risk=risk))


RELATIVE = policy("hours: relative, curves: relative")
HOURS, CURVES_ONLY = policy("hours: relative"), policy("curves: relative")


def seen(folded: Company) -> RiskView:
    view = folded.views()["risk"]
    assert isinstance(view, RiskView)
    return view


def vector(*messages: AnyMessage) -> list[float]:
    folded = company(reference(), history(LEVELS | CURVES), tick(8), list(messages))
    assert max(one.relative for one in differences(folded.desk)) <= 1e-12
    return [round(float(usd), 9) for usd in seen(folded).firm_scenarios_usd]


def held(settles_at: SettlesAt = SettlesAt.RTD) -> AnyMessage:
    return trade(10.0, 40.0, 10, settles_at=settles_at)


FRIDAY = trade(1.0, 40.0, 0, 24, trade="F1", day=date(2026, 7, 17))
"""16 MWh on-peak, 8 off-peak, the day after tomorrow and later."""


def test_an_hour_moves_by_the_change_of_its_price_at_the_last_level_in_the_history():
    # 10 MW x the last day-ahead level of 20 $/MWh x +25 %, -50 %, -20 %
    assert vector(held(), HOURS) == [50.0, -100.0, -40.0]


def test_a_leg_marked_at_day_ahead_moves_by_the_ratio_of_the_two_runs():
    published = price(Run.DA, 10, HUB=44)
    # the last day-ahead level of 20 $/MWh x -50 %, +80 %, 0 %
    assert vector(held(), published, HOURS) == [-100.0, 160.0, 0.0]


def test_a_leg_marked_at_fmm_moves_by_the_ratio_to_fmm_at_its_last_level():
    published = [price(Run.DA, 10, HUB=44), price(Run.FMM, 10, HUB=46)]
    # the last FMM level of 16 $/MWh x -50 %, +50 %, +25 %
    assert vector(held(), *published, HOURS) == [-80.0, 80.0, 40.0]


def test_forward_prices_move_by_their_relative_changes_and_hours_as_they_did():
    # 16 MWh x 30 $/MWh x +10 %, -25 %, -1/11; hours: 10 MW x 10, -25, -5 $/MWh
    forward = [48.0, -120.0, round(-480 / 11, 9)]
    assert vector(FRIDAY, CURVES_ONLY) == forward
    assert vector(held(), CURVES_ONLY) == [100.0, -250.0, -50.0]


def test_the_level_a_price_has_today_moves_no_shock():
    assert vector(held(), price(Run.DA, 10, HUB=900), HOURS) == [-100.0, 160.0, 0.0]


def test_absolute_changes_are_what_no_policy_and_a_policy_without_risk_mean():
    assert vector(held()) == vector(held(), policy()) == [100.0, -250.0, -50.0]


def test_a_later_version_without_it_strikes_absolute_changes_again():
    assert vector(held(), RELATIVE, policy()) == [100.0, -250.0, -50.0]


def test_confidence_and_window_are_the_policys_and_are_shown_with_the_method():
    stated = policy("confidence: 0.99, window: 2, curves: relative")

    view = seen(company(reference(), history(LEVELS | CURVES), tick(8), held(), stated))

    assert (view.confidence, view.window_days, view.scenarios) == (0.99, 2, 2)
    assert view.method == "historical simulation, absolute changes, of forward prices relative"


@pytest.mark.parametrize("level", [0.0, -3.0])
def test_a_level_that_is_not_positive_makes_its_factor_not_covered_and_names_it(level: float):
    levels = LEVELS | {"HUB/RTD/HE11": [44.0, 25.0, level, 20.0]}
    published = price(Run.DA, 10, HUB=44)

    view = seen(company(reference(), history(levels), tick(8), held(), published, HOURS))

    assert view.uncovered == ["west/HUB/RTD/HE11: +10.0 MWh"]
    assert not view.rows[-1].complete


def test_a_missing_level_leaves_its_dates_out_and_the_last_known_one_is_taken():
    many = {
        "HUB/DA/HE11": [40.0, 50.0] * 15,
        "HUB/FMM/HE11": [1.0] * 30,
        "HUB/RTD/HE11": [1.0] * 30,
    }
    many["HUB/DA/HE11"][-1] = NAN

    view = seen(company(reference(), history(many), tick(8), held(), HOURS))

    assert (view.scenarios, view.scenarios_left_out) == (28, 2)
    assert set(np.round(view.firm_scenarios_usd, 9)) == {100.0, -80.0}


def test_two_policies_cannot_both_say_how_var_is_struck():
    folded = company(reference(), history(LEVELS), tick(8), held(), HOURS, policy("window: 9", "x"))

    assert "policy desk 1 says how VaR is struck" in folded.refusals()[-1][1]
    assert seen(folded).window_days == 500


def test_a_restored_company_goes_on_with_the_same_scenarios():
    folded = company(reference(), history(LEVELS | CURVES), tick(8), held(), FRIDAY, RELATIVE)

    restored = Company.restore(folded.snapshot())
    restored.apply(trade(5.0, 40.0, 10, trade="T2"), restored.position + 1)
    folded.apply(trade(5.0, 40.0, 10, trade="T2"), folded.position + 1)

    assert restored.snapshot() == folded.snapshot()
    assert seen(restored).method == "historical simulation, relative changes"
