"""Time value of options and floors (docs/products.md, "Contingent contracts"), by hand: hour 10."""

from __future__ import annotations

import math
from datetime import date
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from msgspec.structs import replace

from state.arrays import Matrix
from state.company import Company
from state.contracts import contingent
from state.contracts.contingent_lines import entered
from state.drift.compare import differences as drift
from state.explain.views import ExplainView
from state.messages import AnyMessage, FactorHistory, Policy, Run, SettlesAt, Tick
from state.products.payoff import Terms, call, puts
from state.risk.not_linear import not_linear
from state.screens.contributions_seen import ContributionView
from tests.state.oracle import differences, figures_of_views
from tests.state.risk.policies import policy
from tests.state.shown import moved, open_at, value
from tests.state.strategies import examples, fold, logs, told_in_words
from tests.state.worked import company, contract, curve, forecast, history, price, reference, tick

DAYS = 40
UP_AND_DOWN = np.array([1.0, -1.0] * (DAYS // 2))


def levels(step: float) -> list[float]:
    """Whose day-on-day changes are ± a step, about a mean of nothing."""
    return [50.0, *(50.0 + np.add.accumulate(step * UP_AND_DOWN)).tolist()]


AHEAD = levels(12.0)
LATER = [50.0, *(np.array(AHEAD[1:]) + 8.0 * UP_AND_DOWN).tolist()]
FLAT = [0.0] * (DAYS + 1)
HISTORY = (
    {"HUB/DA/HE11": AHEAD, "HUB/FMM/HE11": AHEAD, "HUB/RTD/HE11": LATER}
    | {f"HUB/curve/{block}/2026-08": levels(2.0) for block in ("on_peak", "off_peak")}
    | {f"NODE/basis/{run}": levels(5.0) if run is Run.DA else FLAT for run in Run}
)
FROM_HISTORY = policy("volatility: history")
MARKED = [curve(40.0, 40.0, "2026-07"), curve(40.0, 40.0, "2026-08")]
AT_THE_MONEY = 1.0 / math.sqrt(2.0 * math.pi)


def after(*messages: AnyMessage, told: Policy = FROM_HISTORY) -> Company:
    return company(reference(), history(HISTORY), MARKED, told, tick(8), list(messages))


def gained(*messages: AnyMessage, told: Policy = FROM_HISTORY) -> float:
    rest = [one for one in messages if getattr(one, "trade", "") == ""]
    return value(after(*messages, told=told)) - value(after(*rest, told=told))


def floor(least: float = 40.0, **terms: Any) -> AnyMessage:
    terms = {"settles_at": SettlesAt.RTD} | terms
    return contract("cfd", 10, 30, 10, floor_usd_per_mwh=least, **terms)


def unit(**terms: Any) -> AnyMessage:
    terms = {"settles_at": SettlesAt.RTD} | terms
    return contract("dispatchable", 10, 0, 10, strike_usd_per_mwh=40.0, **terms)


def intrinsic(of: Company) -> list[str]:
    view = of.views()["contributions"]
    assert isinstance(view, ContributionView)
    return view.intrinsic


# What is known -----------------------------------------------------------------------------------


def test_a_floor_at_the_mark_is_worth_what_the_price_may_fall_until_it_settles():
    # day-ahead still to come: 12 $/MWh; 10 MWh x (40 - 30) and ten puts at the money
    assert gained(floor()) == pytest.approx(100 + 10 * 12 * AT_THE_MONEY)
    assert open_at(after(floor()))[0] == pytest.approx(5.0)


def test_a_dispatchable_unit_at_the_money_likewise():
    assert gained(unit()) == pytest.approx(10 * 12 * AT_THE_MONEY)


def test_once_day_ahead_is_out_it_is_real_time_less_day_ahead_that_is_still_to_come():
    # the same price as the mark: nothing moved but what is still to come
    published = price(Run.DA, 10, HUB=40)

    assert gained(unit(), published) == pytest.approx(10 * 8 * AT_THE_MONEY)
    assert gained(published, unit()) == gained(unit(), published)


def test_a_published_price_leaves_no_time_value():
    published = [price(run, 10, HUB=41) for run in Run]

    assert gained(unit(), *published) == 10.0
    assert gained(floor(), *published) == 110.0
    assert intrinsic(after(unit(), floor(trade="F"), *published)) == []


def test_a_right_to_a_spread_moves_by_what_its_places_differ():
    right = contract("crr_option", 10, 0, 10, location="NODE", second_location="HUB")

    # the hub is common to both: 5 $/MWh of the basis are left
    assert gained(right) == pytest.approx(10 * 5 * AT_THE_MONEY)


def test_a_floor_of_as_generated_output_has_time_value_by_the_mwh_expected():
    deal = contract(
        "ppa", 1, 30, 10, resource="plant", location="NODE", floor_usd_per_mwh=40.0,
        settles_at=SettlesAt.RTD,
    )  # fmt: skip
    output = forecast("plant", 10, 60.0)
    deviation = math.hypot(12.0, 5.0)  # hub and basis of this history move apart and together
    together = np.std(12.0 * UP_AND_DOWN + 5.0 * UP_AND_DOWN)

    worth = gained(deal, output) + 60 * 30

    assert together == 17.0 != deviation
    assert worth == pytest.approx(60 * together * AT_THE_MONEY)


def test_beyond_the_grid_it_is_the_forward_price_that_moves_by_the_root_of_time():
    day = 24 * 20  # 4 August, twenty days ahead
    deal = contract("dispatchable", 10, 0, day, 24, strike_usd_per_mwh=40.0)

    assert gained(deal) == pytest.approx(240 * 2 * math.sqrt(20) * AT_THE_MONEY)


def test_a_volatility_the_contract_states_is_taken_before_that_of_the_history():
    stated = floor(volatility_usd_per_mwh=500.0)

    # two hours are 2/8760 of a year
    expected = 100 + 10 * 500 * math.sqrt(2 / 8760) * AT_THE_MONEY
    assert gained(stated) == pytest.approx(expected)
    assert gained(stated, told=policy()) == pytest.approx(expected)


def test_scenarios_move_an_option_by_its_delta():
    assert sorted(set(moved(after(unit()), after()))) == [-60.0, 60.0]


# What is not known -------------------------------------------------------------------------------


def test_without_a_volatility_an_option_is_worth_what_it_would_pay_and_is_named():
    folded = after(floor(45.0), unit(trade="U"), told=policy())

    assert value(folded) - value(after(told=policy())) == 10 * (45 - 30)
    assert intrinsic(folded) == ["west/HUB cfd", "west/HUB dispatchable"]
    assert intrinsic(after(floor(), unit(trade="U"))) == []


def test_an_hour_without_history_is_valued_at_what_it_would_pay_and_is_named():
    elsewhere = contract("dispatchable", 10, 0, 12, strike_usd_per_mwh=35.0)

    assert gained(elsewhere) == 50.0
    assert intrinsic(after(elsewhere)) == ["west/HUB dispatchable"]


def test_storage_keeps_to_a_stated_volatility_and_is_named_without_one():
    deal = contract(
        "storage", 10, 0, 0, 24, resource="plant", location="NODE", energy_mwh=20.0, efficiency=0.9
    )

    assert intrinsic(after(deal)) == ["west/NODE storage"]


def test_a_policy_that_no_longer_asks_for_it_takes_time_value_out_again():
    assert value(after(unit(), policy(version="2"))) == value(after(unit(), told=policy()))
    assert value(after(unit(), policy(version="2"), FROM_HISTORY)) == value(after(unit()))


def test_another_history_is_another_time_value_and_all_of_it_is_explained():
    twice = HISTORY | {"HUB/DA/HE11": levels(24.0)}
    folded = after(unit(), history(twice))

    assert value(folded) - value(after()) == pytest.approx(10 * 24 * AT_THE_MONEY)
    assert drivers(folded) == pytest.approx(
        {"new deals": 10 * 12 * AT_THE_MONEY, "window": 10 * 12 * AT_THE_MONEY}
    )


def drivers(folded: Company) -> dict[str, float]:
    """P&L today of the firm by driver, which leaves nothing over."""
    view = folded.views()["explain"]
    assert isinstance(view, ExplainView)
    assert not view.unexplained_usd.any()
    return dict(zip(view.drivers, view.today_usd[:, -1].tolist(), strict=True))


def test_a_policy_that_asks_for_the_history_is_reference_in_the_explain():
    folded = after(unit(), policy("volatility: history", version="2"), told=policy())

    assert drivers(folded) == pytest.approx({"reference": 10 * 12 * AT_THE_MONEY})


def east(message: AnyMessage) -> AnyMessage:
    """The same of a second market, which has the locations of the first."""
    if isinstance(message, FactorHistory):
        factors = tuple(name.replace("west", "east") for name in message.factors)
        message = replace(message, factors=factors)
    return replace(message, market="east")


def test_a_history_that_leaves_another_market_fewer_dates_moves_its_options_as_window():
    calmer = [*levels(24.0)[:21], *levels(12.0)[21:]]
    common = history({"HUB/DA/HE11": AHEAD[20:]}, first=date(2025, 6, 21))
    market, locations, *_ = reference()
    second = [market, locations, history(HISTORY | {"HUB/DA/HE11": calmer}), *MARKED, unit()]
    folded = company(
        reference(), FROM_HISTORY, [east(one) for one in second[:-1]], tick(8), east(second[-1])
    )
    before = drivers(folded)["new deals"]

    folded.apply(common, folded.position + 1)

    less = 10 * 12 * AT_THE_MONEY - before
    assert less < -10.0
    assert drivers(folded) == pytest.approx({"new deals": before, "window": less})


# The model ---------------------------------------------------------------------------------------

prices = st.floats(-500, 500).map(lambda one: round(one, 6))
widths = st.floats(0.01, 500)


@given(prices, widths)
def test_put_less_call_is_the_floor_less_the_price(below: float, width: float):
    (put,), (put_delta,) = puts(np.array([below]), np.array([width]))
    worth, delta = call(-below, width)

    assert put - worth == pytest.approx(below, abs=3e-9)
    assert put_delta == pytest.approx(delta - 1.0, abs=3e-9)


@given(prices, widths, st.floats(1.0, 3.0))
def test_value_is_no_less_than_what_it_would_pay_and_grows_with_the_deviation(
    spread: float, width: float, by: float
):
    worth, delta = call(spread, width)
    wider, _ = call(spread, width * by)

    assert worth >= max(spread, 0.0) - 1e-9
    assert wider >= worth - 1e-9
    assert 0.0 <= delta <= 1.0
    assert worth <= max(spread, 0.0) + width * AT_THE_MONEY + 1e-9


@given(prices, st.sampled_from([0.0, math.nan, 1e-12]))
def test_without_a_deviation_it_is_what_it_would_pay(spread: float, width: float):
    assert call(spread, width)[0] == pytest.approx(max(spread, 0.0), abs=1e-9)


@given(prices, widths)
def test_delta_is_how_the_value_moves_with_the_price(spread: float, width: float):
    step = width * 1e-3

    slope = (call(spread + step, width)[0] - call(spread - step, width)[0]) / (2 * step)

    assert slope == pytest.approx(call(spread, width)[1], abs=1e-5 + 1e-9 / step)


@pytest.mark.parametrize(("spread", "width"), [(-2.0, 9.0), (0.0, 4.0), (7.5, 5.0)])
def test_value_is_the_mean_of_what_a_normal_price_pays(spread: float, width: float):
    steps = np.linspace(-10.0, 10.0, 200_001)
    density = np.exp(-steps * steps / 2.0) / math.sqrt(2.0 * math.pi)
    mean = np.maximum(spread + width * steps, 0.0) @ density * (steps[1] - steps[0])

    assert call(spread, width)[0] == pytest.approx(mean, abs=1e-6)


# Risk ---------------------------------------------------------------------------------------------


def paths_of(of: Company) -> np.ndarray[Any, Any]:
    desk = of.desk
    held = not_linear(
        [(market, desk.portfolio.scenarios.shocks[name]) for name, market in desk.markets.items()]
    )
    return held.paths(desk.portfolio.firm_pnl(), seed=1, paths=20_000, deviation=0.0)


def test_on_the_paths_of_its_own_scenarios_an_option_is_fairly_priced_and_loses_its_value_at_most():
    premium = 10 * 12 * AT_THE_MONEY
    held = paths_of(after(unit()))

    assert held.min() == pytest.approx(-premium)
    assert held.mean() == pytest.approx(0.0, abs=0.02 * premium)
    assert np.quantile(held, 0.95) == pytest.approx(
        120 * NormalDist().inv_cdf(0.95) - premium, rel=0.05
    )


def test_seed_and_paths_are_the_policys_and_stand_beside_the_linear_row():
    sold = contract("dispatchable", -10, 0, 10, strike_usd_per_mwh=40.0, settles_at=SettlesAt.RTD)
    rows = {}
    for seed in (7, 8):
        told = policy(f"volatility: history, seed: {seed}, paths: 500")
        view = after(sold, told=told).views()["contributions"]
        assert isinstance(view, ContributionView)
        rows[seed] = view.methods[-2:]

    linear, anew = rows[7]

    assert (linear.method, anew.method) == ("monte-carlo", "monte-carlo-anew")
    assert "paths 500, seed 7" in anew.settings
    assert "seed 7" in linear.settings
    # the option loses up to twice what its delta of a half shows, less the premium
    assert anew.var_usd > linear.var_usd > 0.0
    assert anew.var_usd != rows[8][1].var_usd


# Random logs --------------------------------------------------------------------------------------


def told_first(messages: list[AnyMessage]) -> list[AnyMessage]:
    """The log with time value from history, asked for before anything is priced."""
    first = next(index for index, one in enumerate(messages) if isinstance(one, Tick))
    return [*messages[:first], FROM_HISTORY, *messages[first:]]


@examples(5)
@given(logs(), st.floats(0, 1))
def test_with_time_value_from_history_a_restored_company_goes_on_bit_for_bit(
    messages: list[AnyMessage], share: float
):
    messages = told_first(messages)
    cut = int(share * len(messages))
    note(f"{told_in_words(messages)}\nrestored after message {cut}")
    undisturbed = fold(messages)

    restored = Company.restore(fold(messages[:cut]).snapshot())
    for position, message in enumerate(messages[cut:], start=cut + 1):
        restored.apply(message, position)

    assert restored.digest == undisturbed.digest
    assert restored.snapshot() == undisturbed.snapshot()


@examples(7)
@given(logs())
def test_with_time_value_from_history_what_is_kept_is_what_all_lines_are_worth_anew(
    messages: list[AnyMessage],
):
    messages = told_first(messages)
    last = max(index for index, one in enumerate(messages) if isinstance(one, Tick))
    messages = messages[: last + 1]
    note(told_in_words(messages))
    kept, anew = fold(messages), fold(messages)

    for market in anew.desk.markets.values():
        market.contingent.take_history(market.contingent.time_value.history)
    anew.desk.rebuild_scenarios()

    found = differences(figures_of_views(kept.views()), figures_of_views(anew.views()))
    assert not found, "\n".join(found[:20])
    assert [one.text for one in drift(kept.desk) if one.relative > 1e-9] == []


# What a contract that comes costs ---------------------------------------------------------------


def test_a_contract_that_comes_values_no_other_beyond_the_grid(monkeypatch: pytest.MonkeyPatch):
    august = {"hour": 24 * 45, "hours": 24, "volatility_usd_per_mwh": 10.0}
    held = after(*(beyond(strike, **august) for strike in (30.0, 35.0)))
    valued: list[float] = []

    def valued_too(terms: Terms, *rest: Any) -> tuple[Matrix, Matrix]:
        valued.append(terms.strike)
        return entered(terms, *rest)

    monkeypatch.setattr(contingent, "entered", valued_too)
    held.apply(beyond(45.0, **august), held.position + 1)

    assert set(valued) == {45.0}


def beyond(strike: float, *, hour: int, hours: int, **terms: Any) -> AnyMessage:
    return contract(
        "dispatchable", 10, 0, hour, hours, trade=f"at {strike}", strike_usd_per_mwh=strike,
        settles_at=SettlesAt.RTD, **terms,
    )  # fmt: skip
