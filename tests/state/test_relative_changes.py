"""Relative changes on the desk (docs/risk.md, "Changes"), by hand: 10 MW in hour 10, at the hub."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from state.company import Company
from state.drift.compare import differences
from state.messages import AnyMessage, Run, SettlesAt, Tick
from state.screens.risk_seen import RiskView
from tests.state.risk.policies import policy
from tests.state.shown import risk
from tests.state.strategies import examples, fold, logs, told_in_words
from tests.state.worked import NAN, company, curve, history, price, reference, tick, trade

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


RELATIVE = policy("hours: relative, curves: relative")
HOURS, CURVES_ONLY = policy("hours: relative"), policy("curves: relative")


def vector(*messages: AnyMessage) -> list[float]:
    folded = company(reference(), history(LEVELS | CURVES), tick(8), list(messages))
    assert max(one.relative for one in differences(folded.desk)) <= 1e-12
    return [round(float(usd), 9) for usd in risk(folded).firm_scenarios_usd]


def held(settles_at: SettlesAt = SettlesAt.RTD) -> AnyMessage:
    return trade(10.0, 40.0, 10, settles_at=settles_at)


FRIDAY = trade(1.0, 40.0, 0, 24, trade="F1", day=date(2026, 7, 17))
"""16 MWh on-peak, 8 off-peak, the day after tomorrow and later."""


def test_before_there_is_a_price_an_hour_moves_at_the_last_level_in_the_history():
    # 10 MW x the last day-ahead level of 20 $/MWh x +25 %, -50 %, -20 %
    assert vector(held(), HOURS) == [50.0, -100.0, -40.0]


def test_a_leg_marked_at_day_ahead_moves_by_the_ratio_of_the_two_runs():
    published = price(Run.DA, 10, HUB=44)
    # the day-ahead price of 44 $/MWh x -50 %, +80 %, 0 %
    assert vector(held(), published, HOURS) == [-220.0, 352.0, 0.0]


def test_a_leg_marked_at_fmm_moves_by_the_ratio_to_fmm_at_its_price():
    published = [price(Run.DA, 10, HUB=44), price(Run.FMM, 10, HUB=46)]
    # the FMM price of 46 $/MWh x -50 %, +50 %, +25 %
    assert vector(held(), *published, HOURS) == [-230.0, 230.0, 115.0]


def test_forward_prices_move_by_their_relative_changes_and_hours_as_they_did():
    # 16 MWh x 30 $/MWh x +10 %, -25 %, -1/11; hours: 10 MW x 10, -25, -5 $/MWh
    forward = [48.0, -120.0, round(-480 / 11, 9)]
    assert vector(FRIDAY, CURVES_ONLY) == forward
    assert vector(held(), CURVES_ONLY) == [100.0, -250.0, -50.0]


def test_a_price_that_moves_is_what_scenarios_stand_on_from_the_end_of_the_interval():
    spike = price(Run.DA, 10, HUB=900)
    # at once the kind of change, of the last level of 20 $/MWh; from 9:00 on of 900 $/MWh
    assert vector(HOURS, held(), spike) == [-100.0, 160.0, 0.0]
    assert vector(HOURS, held(), spike, tick(9)) == [-4500.0, 7200.0, 0.0]
    assert vector(HOURS, held(), spike, tick(9)) == vector(held(), spike, HOURS)


def test_an_hour_that_is_over_makes_way_for_the_next_of_its_clock_hour():
    today, tomorrow = price(Run.DA, 10, HUB=80), price(Run.DA, 34, HUB=60)
    tomorrows = trade(10.0, 40.0, 34, settles_at=SettlesAt.RTD)
    ratios = [-0.5, 0.8, 0.0]

    before = vector(tomorrows, today, tomorrow, HOURS, tick(10))
    after = vector(tomorrows, today, tomorrow, HOURS, tick(11))

    assert before == [10 * 80 * ratio for ratio in ratios]
    assert after == [10 * 60 * ratio for ratio in ratios]


def test_a_curve_moves_by_its_mark_and_by_a_new_one_from_the_end_of_the_interval():
    marked, higher = curve(33.0, 30.0, "2026-07"), curve(66.0, 30.0, "2026-07")
    ratios = [0.1, -0.25, -1 / 11]

    assert vector(FRIDAY, marked, CURVES_ONLY) == pytest.approx([16 * 33 * one for one in ratios])
    late = vector(FRIDAY, marked, CURVES_ONLY, higher, tick(9))
    assert late == pytest.approx([16 * 66 * one for one in ratios])


def test_a_price_that_is_not_positive_has_no_relative_change_and_its_factor_is_named():
    below = [price(Run.DA, 10, HUB=-5)]

    view = risk(company(reference(), history(LEVELS), tick(8), held(), below, HOURS))

    assert view.uncovered == ["west/HUB/DA/HE11: +10.0 MWh"]
    assert not view.rows[-1].complete


def test_absolute_changes_follow_no_level():
    spike = price(Run.DA, 10, HUB=900)
    folded = company(reference(), history(LEVELS | CURVES), tick(8), held(), spike, tick(9))

    assert not folded.desk.struck.hubs
    assert not folded.desk.struck.curves
    assert vector(held(), spike, tick(9)) == [-250.0, 200.0, 0.0]


def test_absolute_changes_are_what_no_policy_and_a_policy_without_risk_mean():
    assert vector(held()) == vector(held(), policy()) == [100.0, -250.0, -50.0]


def test_a_later_version_without_it_strikes_absolute_changes_again():
    assert vector(held(), RELATIVE, policy(version="2")) == [100.0, -250.0, -50.0]


def test_confidence_and_window_are_the_policys_and_are_shown_with_the_method():
    stated = policy("confidence: 0.99, window: 2, curves: relative")

    view = risk(company(reference(), history(LEVELS | CURVES), tick(8), held(), stated))

    assert (view.confidence, view.window_days, view.scenarios) == (0.99, 2, 2)
    assert view.method == "historical simulation, absolute changes, of forward prices relative"


@pytest.mark.parametrize("level", [0.0, -3.0])
def test_a_level_that_is_not_positive_makes_its_factor_not_covered_and_names_it(level: float):
    levels = LEVELS | {"HUB/RTD/HE11": [44.0, 25.0, level, 20.0]}
    published = price(Run.DA, 10, HUB=44)

    view = risk(company(reference(), history(levels), tick(8), held(), published, HOURS))

    assert view.uncovered == ["west/HUB/RTD/HE11: +10.0 MWh"]
    assert not view.rows[-1].complete


@pytest.mark.parametrize(
    "older",
    [{"HUB/DA/HE11": [-5.0, 40.0, 50.0, 25.0, 20.0]},
     {"HUB/curve/on_peak/2026-07": [0.0, 40.0, 44.0, 33.0, 30.0]}],
)  # fmt: skip
def test_a_level_before_the_window_that_is_not_positive_moves_nothing(
    older: dict[str, list[float]],
):
    levels = {name: [level[0], *level] for name, level in (LEVELS | CURVES).items()}
    stated = policy("window: 3, hours: relative, curves: relative")

    def view(of: dict[str, list[float]]) -> RiskView:
        return risk(company(reference(), history(of), tick(8), held(), FRIDAY, stated))

    found = view(levels | older)

    assert found.uncovered == []
    assert list(found.firm_scenarios_usd) == list(view(levels).firm_scenarios_usd)


def test_a_window_that_reaches_back_to_a_level_that_is_not_positive_leaves_its_date_out():
    # 30 changes are asked for, one of the newest is missing; the 31st, from -5, is none either
    many = {
        "HUB/DA/HE11": [-5.0, *[40.0, 50.0] * 15, 40.0],
        "HUB/FMM/HE11": [1.0] * 32,
        "HUB/RTD/HE11": [1.0] * 32,
    }
    many["HUB/DA/HE11"][-1] = NAN
    stated = policy("window: 30, hours: relative")

    view = risk(company(reference(), history(many), tick(8), held(), stated))

    assert view.uncovered == []
    assert (view.scenarios, view.scenarios_left_out) == (29, 1)


def test_dates_before_the_oldest_scenario_are_not_told_as_left_out():
    young = {"HUB/DA/HE11": [NAN] * 27 + [40.0, 50.0, 45.0], "HUB/FMM/HE11": [1.0] * 30,
             "HUB/RTD/HE11": [1.0] * 30}  # fmt: skip
    stated = policy("confidence: 0.99, window: 2")

    view = risk(company(reference(), history(young), tick(8), held(), stated))

    assert (view.scenarios, view.scenarios_left_out, view.uncovered) == (2, 0, [])


def test_a_missing_level_leaves_its_dates_out_and_the_last_known_one_is_taken():
    many = {
        "HUB/DA/HE11": [40.0, 50.0] * 15,
        "HUB/FMM/HE11": [1.0] * 30,
        "HUB/RTD/HE11": [1.0] * 30,
    }
    many["HUB/DA/HE11"][-1] = NAN

    view = risk(company(reference(), history(many), tick(8), held(), HOURS))

    assert (view.scenarios, view.scenarios_left_out) == (28, 1)
    assert set(np.round(view.firm_scenarios_usd, 9)) == {100.0, -80.0}


def test_two_policies_cannot_both_say_how_var_is_struck():
    folded = company(reference(), history(LEVELS), tick(8), held(), HOURS, policy("window: 9", "x"))

    assert "policy desk 1 says how VaR is struck" in folded.refusals()[-1][1]
    assert risk(folded).window_days == 500


def test_a_restored_company_goes_on_with_the_same_scenarios():
    spike, marked = price(Run.DA, 10, HUB=900), curve(33.0, 30.0, "2026-07")
    folded = company(
        reference(), history(LEVELS | CURVES), tick(8), held(), FRIDAY, RELATIVE, marked, spike,
        tick(9), price(Run.DA, 10, HUB=500),
    )  # fmt: skip

    restored = Company.restore(folded.snapshot())
    restored.apply(trade(5.0, 40.0, 10, trade="T2"), restored.position + 1)
    folded.apply(trade(5.0, 40.0, 10, trade="T2"), folded.position + 1)

    assert restored.snapshot() == folded.snapshot()
    assert not restored.desk.struck.differs(folded.desk.struck)
    assert risk(restored).method == "historical simulation, relative changes"


# Random logs --------------------------------------------------------------------------------------


@examples(6)
@given(logs(), st.floats(0, 1))
def test_with_relative_changes_what_is_kept_is_what_is_made_anew_and_a_restored_company_goes_on(
    messages: list[AnyMessage], share: float
):
    ticks = [index for index, one in enumerate(messages) if isinstance(one, Tick)]
    messages = [*messages[: ticks[0]], RELATIVE, *messages[ticks[0] : ticks[-1] + 1]]
    cut = int(share * len(messages))
    note(f"{told_in_words(messages)}\nrestored after message {cut}")
    kept = fold(messages)

    restored = Company.restore(fold(messages[:cut]).snapshot())
    for position, message in enumerate(messages[cut:], start=cut + 1):
        restored.apply(message, position)

    assert restored.snapshot() == kept.snapshot()
    assert [one.text for one in differences(kept.desk) if one.relative > 1e-9] == []
    kept.desk.rebuild_scenarios()
    assert kept.desk.portfolio.pnl == pytest.approx(restored.desk.portfolio.pnl, rel=1e-9, abs=1e-5)
