"""Monte Carlo against closed forms: linear, options, exchange, price times volume."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from state.risk import MEASURES, draws
from state.risk.conventions import figures_of
from state.risk.draws import counted_normal, uniform
from state.risk.measure import Settings, figure
from state.risk.monte_carlo import Movement, Payoff, correlated, simulated_pnl
from state.risk.payoffs import (
    as_generated,
    bachelier_call,
    black_76_call,
    linear,
    margrabe_exchange,
)
from state.risk.volatility import sample_covariance
from tests.state.risk.samples import sample_of_parts

PATHS = 200_000
DRAWS = counted_normal(11)
Z_95 = NormalDist().inv_cdf(0.95)


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


def test_full_revaluation_of_what_is_linear_is_the_sum_of_exposures():
    exposures = np.array([10.0, -4.0])
    covariance = np.array([[4.0, 1.0], [1.0, 9.0]])

    pnl = simulated_pnl(
        linear(exposures), np.array([40.0, 60.0]), covariance,
        movement=Movement.ABSOLUTE, paths=PATHS, draws=DRAWS,
    )  # fmt: skip

    variance = exposures @ covariance @ exposures
    assert pnl.var() == pytest.approx(variance, rel=0.01)
    assert figures_of(pnl, confidence=0.95)[0] == pytest.approx(
        Z_95 * math.sqrt(variance), rel=0.01
    )


@pytest.mark.parametrize(
    ("payoff", "movement", "deviation"),
    [
        (bachelier_call(52.0, 9.0, 1.0), Movement.ABSOLUTE, 4.0),
        (black_76_call(52.0, 0.25, 1.0), Movement.LOGARITHMIC, 0.08),
    ],
    ids=["Bachelier", "Black 76"],
)
@pytest.mark.parametrize("quantity", [100.0, -100.0], ids=["bought", "sold"])
def test_the_var_of_a_call_is_its_loss_at_the_quantile_of_the_price(
    payoff: Payoff, movement: Movement, deviation: float, quantity: float
):
    """A call rises with its price, so the quantile of the one is at the quantile of the other."""
    pnl = simulated_pnl(
        lambda levels: quantity * payoff(levels), np.array([50.0]), np.array([[deviation**2]]),
        movement=movement, paths=PATHS, draws=DRAWS,
    )  # fmt: skip

    move = math.copysign(Z_95 * deviation, -quantity)
    moved = 50.0 + move
    if movement is Movement.LOGARITHMIC:
        moved = 50.0 * math.exp(move - deviation**2 / 2)
    by_hand = -quantity * (payoff(np.array([[moved]])) - payoff(np.array([[50.0]])))[0]
    assert figures_of(pnl, confidence=0.95)[0] == pytest.approx(by_hand, rel=0.01)
    straight = quantity * deviation
    assert abs(by_hand) < abs(Z_95 * straight * (50 if movement is Movement.LOGARITHMIC else 1))


def test_the_mean_of_what_is_exchanged_is_margrabes_value():
    """Over the whole life: E[max(F1 - F2, 0)] of lognormal forwards."""
    levels = np.array([45.0, 40.0])
    covariance = np.array([[0.09, 0.03], [0.03, 0.0625]])
    of_ratio = math.sqrt(0.09 + 0.0625 - 2 * 0.03)

    pnl = simulated_pnl(
        lambda at: np.maximum(at[0] - at[1], 0.0), levels, covariance,
        movement=Movement.LOGARITHMIC, paths=PATHS, draws=DRAWS,
    )  # fmt: skip

    value = margrabe_exchange(of_ratio, 1.0)(levels[:, None])[0]
    error = pnl.std() / math.sqrt(PATHS)
    assert abs(pnl.mean() + 5.0 - value) < 4 * error


def test_exchange_for_a_fixed_price_is_blacks_call():
    at = np.array([[50.0], [47.0]])

    assert margrabe_exchange(0.3, 2.0)(at) == pytest.approx(black_76_call(47.0, 0.3, 2.0)(at[:1]))


def test_price_and_volume_that_move_together_have_the_mean_and_variance_of_their_product():
    """Solar with a price that falls when it shines: cov(P, V) < 0 costs the buyer."""
    price, volume = 45.0, 120.0
    covariance = np.array([[100.0, -180.0], [-180.0, 900.0]])

    pnl = simulated_pnl(
        as_generated(30.0, 1.0), np.array([price, volume]), covariance,
        movement=Movement.ABSOLUTE, paths=PATHS, draws=DRAWS,
    )  # fmt: skip

    margin = price - 30.0
    of_product = margin**2 * 900 + volume**2 * 100 + 2 * margin * volume * -180 + 100 * 900 + 180**2
    assert pnl.mean() == pytest.approx(-180, abs=4 * math.sqrt(of_product / PATHS))
    assert pnl.var() == pytest.approx(of_product, rel=0.02)


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
