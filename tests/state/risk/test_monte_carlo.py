"""Monte Carlo of parts against closed forms, and the chance it is made from."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from state.risk import MEASURES, draws
from state.risk.draws import counted_normal, uniform
from state.risk.measure import Settings, figure
from state.risk.monte_carlo import correlated
from state.risk.volatility import sample_covariance
from tests.state.risk.samples import sample_of_parts

PATHS = 200_000


def test_a_linear_position_meets_the_parametric_figure_within_sampling_error():
    chance = np.random.default_rng(3).normal(size=(3, 400))
    chance[1] += 0.8 * chance[0]
    sample = sample_of_parts(chance * np.array([[100.0], [-50.0], [30.0]]))
    settings = Settings(confidence=0.99, paths=PATHS)

    drawn = figure(MEASURES["monte-carlo"], sample, settings)
    normal = figure(MEASURES["parametric"], sample, settings)

    # Standard error of a quantile: sqrt(p(1 - p)/n)/f(q).
    deviation = normal.var_usd / 2.3263478740408408
    density = NormalDist(0.0, deviation).pdf(normal.var_usd)
    error = math.sqrt(0.01 * 0.99 / PATHS) / density
    assert abs(drawn.var_usd - normal.var_usd) < 4 * error
    assert drawn.es_usd == pytest.approx(normal.es_usd, rel=0.01)


def test_the_sum_of_very_many_parts_is_drawn_as_one_with_the_same_variance():
    chance = np.random.default_rng(4).normal(size=(200, 400))
    settings = Settings(confidence=0.95, paths=PATHS)

    drawn = figure(MEASURES["monte-carlo"], sample_of_parts(chance), settings)

    assert drawn.settings["drawn"] == "the whole"
    normal = figure(MEASURES["parametric"], sample_of_parts(chance), settings)
    assert drawn.var_usd == pytest.approx(normal.var_usd, rel=0.015)


def test_draws_depend_on_their_seed_and_nothing_else():
    first = counted_normal(5)(3, 1000)
    np.random.default_rng(1).normal(size=10)

    assert np.array_equal(counted_normal(5)(3, 1000), first)
    assert np.array_equal(counted_normal(5)(2, 500), first[:2, :500])
    assert not np.array_equal(counted_normal(6)(3, 1000), first)


def test_draws_are_normal_and_their_factors_apart():
    drawn = counted_normal(2)(4, 100_000)

    assert drawn.mean(axis=1) == pytest.approx(np.zeros(4), abs=0.015)
    assert drawn.var(axis=1) == pytest.approx(np.ones(4), rel=0.02)
    assert np.corrcoef(drawn) == pytest.approx(np.eye(4), abs=0.015)
    neighbours = np.corrcoef(drawn[0, 1:], drawn[0, :-1])[0, 1]
    assert abs(neighbours) < 0.015
    assert 0.0 < uniform(2, 1, 100_000).min() < uniform(2, 1, 100_000).max() < 1.0


def test_the_last_number_of_all_is_still_below_one():
    last = (np.uint64(2**64 - 1) >> draws._TO_52_BITS).astype(np.float64)

    assert (last + 0.5) * 2.0**-52 < 1.0


def test_changes_have_the_covariance_asked_for_also_where_a_factor_is_another_ones_shadow():
    chance = np.random.default_rng(5).normal(size=(3, 60))
    chance[2] = 2 * chance[0] - chance[1]
    wanted = sample_covariance(chance, Settings().divisor)

    drawn = correlated(wanted, counted_normal(1)(3, PATHS))

    assert np.cov(drawn) == pytest.approx(wanted, rel=0.03, abs=0.02)
    assert drawn[2] == pytest.approx(2 * drawn[0] - drawn[1], abs=1e-6)
