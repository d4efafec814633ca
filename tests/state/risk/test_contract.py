"""What every risk measure of the registry keeps, whatever it is."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.errors import ConfigError
from state.risk import MEASURES
from state.risk.measure import Measure, Settings, figure
from state.risk.sample import Sample, Scaling
from tests.state.risk.samples import Matrix, changes, exposures, sample_of_parts, sample_of_pnl

DOCS = (Path(__file__).parents[3] / "docs" / "risk.md").read_text("utf-8")
FEW_PATHS = Settings(confidence=0.95, paths=2000)

every_measure = pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
few = settings(max_examples=25, deadline=None)


def held(moves: Matrix, amounts: Matrix) -> Sample:
    return sample_of_parts(moves * amounts[:, None])


def figures(measure: Measure, sample: Sample, with_: Settings = FEW_PATHS) -> tuple[float, float]:
    found = figure(measure, sample, with_)
    return found.var_usd, found.es_usd


@every_measure
@few
@given(data=st.data())
def test_it_is_the_same_twice_and_leaves_its_sample_alone(measure: Measure, data: st.DataObject):
    sample = sample_of_parts(data.draw(changes()))
    before = sample.parts.copy()

    assert figure(measure, sample, FEW_PATHS) == figure(measure, sample, FEW_PATHS)
    assert np.array_equal(before, sample.parts)


@every_measure
@few
@given(data=st.data(), factor=st.floats(0.01, 100))
def test_a_position_twice_the_size_has_twice_the_risk(
    measure: Measure, data: st.DataObject, factor: float
):
    moves = data.draw(changes())

    small = figures(measure, sample_of_parts(moves))
    large = figures(measure, sample_of_parts(moves * factor))

    assert large == pytest.approx([each * factor for each in small], rel=1e-6)


@every_measure
@few
@given(data=st.data())
def test_the_mean_of_the_tail_is_no_smaller_than_where_it_begins(
    measure: Measure, data: st.DataObject
):
    var, es = figures(measure, sample_of_parts(data.draw(changes())))

    assert es >= var * (1 - 1e-12)


@every_measure
@few
@given(data=st.data())
def test_more_confidence_is_no_smaller_a_loss(measure: Measure, data: st.DataObject):
    sample = sample_of_parts(data.draw(changes()))

    # One threshold for all: the tail must be the same tail.
    at = [
        figures(measure, sample, replace(FEW_PATHS, confidence=c, threshold_share=0.2))[0]
        for c in (0.9, 0.95, 0.975)
    ]

    assert at == sorted(at)


@every_measure
def test_a_portfolio_that_only_loses_has_a_positive_var(measure: Measure):
    losses = -np.linspace(1.0, 2.0, 200)[np.argsort(np.sin(np.arange(200)))]

    var, es = figures(measure, sample_of_pnl(losses))

    assert var > 0
    assert es > 0


@pytest.mark.parametrize("name", ["historical", "age-weighted"])
def test_a_portfolio_that_only_gains_has_a_negative_var(name: str):
    var, _ = figures(MEASURES[name], sample_of_pnl(np.linspace(1.0, 2.0, 200)))

    assert var < 0


@pytest.mark.parametrize("name", ["parametric", "parametric-ewma"])
@few
@given(moves=changes())
def test_a_normal_loss_is_the_same_for_who_is_long_and_who_is_short(name: str, moves: Matrix):
    assert figures(MEASURES[name], sample_of_parts(-moves)) == pytest.approx(
        figures(MEASURES[name], sample_of_parts(moves)), rel=1e-12
    )


@pytest.mark.parametrize("name", [m.name for m in MEASURES.values() if m.is_coherent])
@few
@given(data=st.data())
def test_the_shortfall_of_a_sum_is_no_more_than_the_sum(name: str, data: st.DataObject):
    moves = data.draw(changes())
    one = data.draw(exposures(len(moves)))
    other = data.draw(exposures(len(moves)))
    measure = MEASURES[name]

    together = figures(measure, held(moves, one + other))[1]
    apart = figures(measure, held(moves, one))[1] + figures(measure, held(moves, other))[1]

    assert together <= apart + 1e-9 * (abs(apart) + abs(together) + 1)


@every_measure
@few
@given(data=st.data())
def test_a_part_that_never_moves_changes_nothing(measure: Measure, data: st.DataObject):
    moves = data.draw(changes())
    still = np.concatenate((moves, np.zeros((1, moves.shape[1]))))

    assert figures(measure, sample_of_parts(still)) == pytest.approx(
        figures(measure, sample_of_parts(moves)), rel=1e-9
    )


@every_measure
@pytest.mark.parametrize("scenarios", [0, 1])
def test_too_few_scenarios_give_no_number(measure: Measure, scenarios: int):
    found = figure(measure, sample_of_pnl([-5.0] * scenarios), FEW_PATHS)

    assert math.isnan(found.var_usd)
    assert math.isnan(found.es_usd)
    assert "too few" in found.note


@every_measure
def test_a_portfolio_without_any_movement_has_no_risk_and_no_crash(measure: Measure):
    var, _ = figures(measure, sample_of_pnl([0.0] * 300))

    assert var == 0.0 or math.isnan(var)


@every_measure
def test_a_portfolio_that_holds_nothing_has_no_risk_and_no_crash(measure: Measure):
    var, _ = figures(measure, sample_of_parts(np.zeros((0, 300))))

    assert var == 0.0 or math.isnan(var)


@every_measure
def test_its_figure_carries_all_one_must_know(measure: Measure):
    chance = np.random.default_rng(7).normal(size=(2, 300))
    sample = replace(
        sample_of_parts(chance), window=320, holding_days=10, scaling=Scaling.SQRT_TIME
    )

    found = figure(measure, sample, FEW_PATHS)
    one_day = figure(measure, replace(sample, holding_days=1), FEW_PATHS)

    assert (found.method, found.confidence, found.window) == (measure.name, 0.95, 320)
    assert (found.scenarios, found.oldest, found.newest) == (300, "2024-01-01", "2024-10-26")
    assert found.holding == "10 days by the square root of time"
    assert found.settings
    assert all(found.settings.values())
    assert found.var_usd == pytest.approx(one_day.var_usd * math.sqrt(10))


@every_measure
def test_it_is_in_the_documentation(measure: Measure):
    assert f"`{measure.name}`" in DOCS
    assert measure.tail.__doc__


@pytest.mark.parametrize(
    "wrong",
    [
        {"confidence": 1.0},
        {"confidence": 0.0},
        {"lambda_age": 0.0},
        {"lambda_age": 1.01},
        {"lambda_ewma": 1.0},
        {"threshold_share": 0.0},
        {"garch_alpha": 0.2},
        {"garch_alpha": 0.2, "garch_beta": 0.8},
        {"garch_alpha": -0.1, "garch_beta": 0.8},
        {"paths": 10},
        {"confidence": math.nan},
    ],
    ids=str,
)
def test_a_parameter_out_of_its_range_is_refused_by_name(wrong: dict[str, float]):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Settings(**wrong)
