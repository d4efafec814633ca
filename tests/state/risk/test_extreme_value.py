"""The fitted tail against distributions whose tail is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.risk import MEASURES
from state.risk.extreme_value import tail_beyond
from state.risk.generalised_pareto import fit_by_likelihood, fit_by_moments
from state.risk.measure import Settings, TailFit, figure
from tests.state.risk.samples import dates_of, sample_of_pnl


def excesses(shape: float, scale: float, count: int) -> list[float]:
    """The quantiles of a generalised Pareto distribution at the middle of equal shares."""
    left = 1 - (np.arange(count) + 0.5) / count
    grown = -np.log(left) if shape == 0 else (left**-shape - 1) / shape
    return list(scale * grown)


def likelihood(shape: float, scale: float, ys: list[float]) -> float:
    inside = [1 + shape * y / scale for y in ys]
    if min(inside) <= 0:
        return -math.inf
    return -len(ys) * math.log(scale) - (1 + 1 / shape) * sum(map(math.log, inside))


@pytest.mark.parametrize("fit", [fit_by_likelihood, fit_by_moments])
@pytest.mark.parametrize("shape", [-0.2, 0.0, 0.15, 0.4])
def test_a_fit_finds_the_distribution_its_losses_are_of(fit, shape: float):  # noqa: ANN001
    found_shape, found_scale = fit(excesses(shape, 30.0, 2000))

    assert found_shape == pytest.approx(shape, abs=0.03)
    assert found_scale == pytest.approx(30.0, rel=0.03)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(10, 80), shape=st.floats(-0.3, 0.8))
def test_no_neighbour_is_more_likely_than_the_fit(seed: int, count: int, shape: float):
    chance = np.random.default_rng(seed).uniform(size=count)
    ys = list((chance**-shape - 1) / shape if abs(shape) > 1e-3 else -np.log(chance))
    found, scale = fit_by_likelihood(ys)
    if found <= -0.49 or abs(found) < 1e-9:
        return  # at the edge of where likelihood is regular, or exponential
    best = likelihood(found, scale, ys)

    for by in (0.98, 0.995, 1.005, 1.02):
        assert likelihood(found, scale * by, ys) <= best + 1e-7
        assert likelihood(found * by, scale, ys) <= best + 1e-7
        assert likelihood(found * by, scale * by, ys) <= best + 1e-7


@pytest.mark.parametrize(
    "ys",
    [
        [3.0, 21.0, 28.0, 30.0, 33.0, 38.0, 40.0, 41.0],
        [260.0, 320.0, 410.0, 500.0, 560.0, 610.0],
        [1.0, 9.0, 9.5, 10.0, 10.0],
    ],
)
def test_a_shape_held_at_its_bound_has_the_scale_of_the_greatest_likelihood(ys: list[float]):
    shape, scale = fit_by_likelihood(ys)
    best = likelihood(shape, scale, ys)

    assert shape == pytest.approx(-0.5)
    for other in (-0.5, -0.45, -0.3, -0.1, 1e-9, 0.2):
        for by in np.linspace(0.5, 2.0, 61):
            assert likelihood(other, scale * by, ys) <= best + 1e-9


@pytest.mark.parametrize("fit", TailFit)
def test_a_pareto_tail_gives_the_quantile_and_mean_of_the_distribution(fit: TailFit):
    """Losses with P(L > x) = x^-4: VaR = (1 - c)^(-1/4), ES = 4/3 VaR."""
    losses = ((np.arange(50_000) + 0.5) / 50_000) ** -0.25
    sample = sample_of_pnl(-losses)

    found = figure(MEASURES["extreme-value"], sample, Settings(confidence=0.995, tail_fit=fit))

    assert found.var_usd == pytest.approx(0.005**-0.25, rel=0.01)
    assert found.es_usd == pytest.approx(0.005**-0.25 * 4 / 3, rel=0.02)
    assert found.settings["beyond"] == "2500"


def test_the_shape_zero_is_the_limit_of_small_shapes():
    exponential = tail_beyond(100.0, shape=0.0, scale=20.0, share=0.05, confidence=0.99)
    almost = tail_beyond(100.0, shape=1e-9, scale=20.0, share=0.05, confidence=0.99)

    assert exponential == pytest.approx(almost, rel=1e-7)
    assert exponential[0] == pytest.approx(100 + 20 * math.log(5))


def test_a_tail_without_a_mean_has_an_infinite_shortfall():
    assert tail_beyond(1.0, shape=1.2, scale=1.0, share=0.05, confidence=0.99)[1] == math.inf


def test_a_threshold_in_money_counts_the_losses_beyond_it():
    losses = np.array(excesses(0.2, 50.0, 500))
    found = figure(MEASURES["extreme-value"], sample_of_pnl(-losses), Settings(threshold_usd=160.0))

    assert found.settings["threshold"] == "160.00"
    assert found.settings["beyond"] == str(int((losses > 160).sum()))


@pytest.mark.parametrize(
    ("with_", "says"),
    [
        (Settings(threshold_usd=1e9), "0 losses beyond the threshold"),
        (Settings(confidence=0.9, threshold_share=0.05), "VaR does not; lower it"),
    ],
)
def test_a_threshold_that_cannot_serve_gives_no_number_and_says_why(with_: Settings, says: str):
    found = figure(MEASURES["extreme-value"], sample_of_pnl(np.sin(np.arange(300.0))), with_)

    assert math.isnan(found.var_usd)
    assert says in found.note
    assert len(dates_of(300)) == found.scenarios
