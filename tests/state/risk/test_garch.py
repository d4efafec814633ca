"""The GARCH filter against processes whose parameters are known, and against its own likelihood."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.risk import MEASURES
from state.risk.garch import Garch, fit_garch, garch_variances, targeted
from state.risk.measure import Settings, figure
from tests.state.risk.samples import Matrix, sample_of_pnl

MARK_AND_POUND = Garch(0.0107613, 0.153134, 0.805974)
"""Of daily changes of that rate, the benchmark of GARCH software (Fiorentini, Calzolari and
Panattoni, "Analytic derivatives and the computation of GARCH estimates", 1996)."""


def simulated(model: Garch, count: int, seed: int) -> Matrix:
    chance = np.random.default_rng(seed).normal(size=count)
    changes, variance = np.empty(count), model.omega / (1 - model.alpha - model.beta)
    for at in range(count):
        changes[at] = math.sqrt(variance) * chance[at]
        variance = model.omega + model.alpha * changes[at] ** 2 + model.beta * variance
    return changes


def likelihood(changes: Matrix, model: Garch) -> float:
    """The logarithm of the normal likelihood of changes whose variances the model follows."""
    variances = garch_variances(changes, model)[:-1]
    return float(-0.5 * np.sum(np.log(2 * np.pi * variances) + changes**2 / variances))


@pytest.mark.parametrize("model", [MARK_AND_POUND, Garch(1.3465e-6, 0.083394, 0.910116)])
def test_a_fit_finds_the_process_its_changes_are_of(model: Garch):
    fits = np.array([fit_garch(simulated(model, 10_000, seed)) for seed in range(8)])

    assert fits.mean(axis=0)[1:] == pytest.approx(model[1:], abs=0.01)
    assert fits.mean(axis=0)[0] == pytest.approx(model.omega, rel=0.12)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    alpha=st.floats(0.05, 0.3),
    beta=st.floats(0.2, 0.65),
    unit=st.floats(0.001, 1000),
)
def test_no_neighbour_is_more_likely_than_the_fit(
    seed: int, alpha: float, beta: float, unit: float
):
    changes = simulated(Garch(unit**2, alpha, beta), 600, seed)
    found = fit_garch(changes)
    best = likelihood(changes, found)

    assert best >= likelihood(changes, Garch(unit**2, alpha, beta)) - 1e-6
    for name in found._fields:
        for by in (0.99, 1.01):
            near = found._replace(**{name: getattr(found, name) * by})
            if near.alpha + near.beta <= 0.9999:
                assert likelihood(changes, near) <= best + 1e-6


def test_without_clusters_the_variance_is_the_mean_square_once_and_then_constant():
    changes = simulated(Garch(4.0, 0.0, 0.0), 50, 1)

    variances = garch_variances(changes, Garch(4.0, 0.0, 0.0))

    assert variances == pytest.approx([np.mean(changes**2), *[4.0] * 50], rel=1e-12)


def test_with_omega_of_nothing_and_weights_that_sum_to_one_it_is_the_ewma():
    changes = simulated(MARK_AND_POUND, 300, 2)
    now = expected = np.mean(changes**2)
    for change in changes:
        expected = 0.94 * expected + 0.06 * change**2

    variances = garch_variances(changes, Garch(0.0, 0.06, 0.94))

    assert (variances[0], variances[-1]) == pytest.approx((now, expected), rel=1e-12)


def test_var_is_the_quantile_of_the_next_change_where_that_is_known():
    """Hit rates of one-day VaR 95 % over a process with calm and storm, out of its own window."""
    changes = simulated(MARK_AND_POUND, 2400, 3)
    told = Settings(confidence=0.95, garch_alpha=0.153134, garch_beta=0.805974)
    beyond = {"filtered-garch": 0, "historical": 0}
    stormy = dict(beyond)
    storm = 0
    for at in range(500, 2400):
        before = changes[at - 500 : at]
        high = np.std(before[-5:]) > 1.5 * np.std(before)
        storm += high
        for name in beyond:
            found = figure(MEASURES[name], sample_of_pnl(before), told)
            hit = changes[at] < -found.var_usd
            beyond[name] += hit
            stormy[name] += hit and high

    assert beyond["filtered-garch"] / 1900 == pytest.approx(0.05, abs=0.01)
    assert stormy["filtered-garch"] / storm < 0.09
    assert stormy["historical"] / storm > 0.11


def test_given_parameters_are_taken_and_fitted_ones_shown():
    sample = sample_of_pnl(simulated(MARK_AND_POUND, 500, 4))

    given_ = figure(MEASURES["filtered-garch"], sample, Settings(garch_alpha=0.1, garch_beta=0.85))
    fitted = figure(MEASURES["filtered-garch"], sample, Settings())
    model = fit_garch(sample.pnl)

    assert (given_.settings["alpha"], given_.settings["filter"]) == ("0.1000", "given")
    assert targeted(sample.pnl, 0.1, 0.85).omega == pytest.approx(0.05 * np.mean(sample.pnl**2))
    assert fitted.settings["alpha"] == f"{model.alpha:.4f}"
    assert fitted.settings["filter"] == "fitted by likelihood"


def test_a_fit_to_few_changes_says_so():
    few = figure(
        MEASURES["filtered-garch"], sample_of_pnl(simulated(MARK_AND_POUND, 100, 5)), Settings()
    )

    assert few.note == "α and β are fitted to 100 changes, fewer than 250"
