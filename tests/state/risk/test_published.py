"""Figures others published: Hull's portfolio of four stock indices.

"Risk Management and Financial Institutions", the chapters on historical simulation and on model
building: $4,000k in the DJIA, 3,000 in the FTSE 100, 1,000 in the CAC 40, 2,000 in the Nikkei 225;
500 scenarios to 25 September 2008; one day at 99 %. All in thousands of dollars.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from state.risk import MEASURES
from state.risk.conventions import TailRule
from state.risk.measure import Divisor, Settings, figure
from state.risk.parametric import normal_figures
from tests.state.risk.samples import Matrix, sample_of_parts, sample_of_pnl

WORST = {
    494: 477.841, 339: 345.435, 349: 282.204, 329: 277.041, 487: 253.385,
    227: 217.974, 131: 202.256, 238: 201.389, 473: 191.269, 306: 191.050,
    477: 185.127, 495: 184.450, 376: 182.707, 237: 180.105, 365: 172.224,
}  # fmt: skip
"""The fifteen largest losses by scenario."""

INVESTED = np.array([4000.0, 3000.0, 1000.0, 2000.0])
COVARIANCE = np.array(
    [
        [0.0001227, 0.0000768, 0.0000767, -0.0000095],
        [0.0000768, 0.0002010, 0.0001817, 0.0000394],
        [0.0000767, 0.0001817, 0.0001950, 0.0000407],
        [-0.0000095, 0.0000394, 0.0000407, 0.0001909],
    ]
)


def four_indices() -> Matrix:
    pnl = np.full(500, 10.0)
    for scenario, loss in WORST.items():
        pnl[scenario - 1] = -loss
    return pnl


def test_historical_simulation_takes_the_fifth_worst_and_the_mean_of_five():
    found = figure(MEASURES["historical"], sample_of_pnl(four_indices()), Settings())

    assert found.var_usd == 253.385
    assert found.es_usd == pytest.approx(327.181, abs=5e-4)


def test_strictly_beyond_are_the_four_worst():
    beyond = Settings(tail=TailRule.BEYOND)
    found = figure(MEASURES["historical"], sample_of_pnl(four_indices()), beyond)

    assert found.es_usd == pytest.approx((477.841 + 345.435 + 282.204 + 277.041) / 4)


def test_weights_that_fall_by_half_a_per_cent_a_day_make_it_the_third_worst():
    found = figure(MEASURES["age-weighted"], sample_of_pnl(four_indices()), Settings())

    assert found.var_usd == 282.204
    assert found.es_usd == pytest.approx(400.914, abs=5e-4)


def test_a_normal_loss_with_the_published_covariance():
    """A sample with exactly that covariance: orthogonal signs times its root."""
    signs = np.array([[1.0 if (row & column).bit_count() % 2 == 0 else -1.0
                       for column in range(8)] for row in (1, 2, 3, 4)])  # fmt: skip
    changes = np.linalg.cholesky(COVARIANCE) @ signs
    sample = sample_of_parts(changes * INVESTED[:, None])

    by_n = figure(MEASURES["parametric"], sample, Settings())
    by_n_less_1 = figure(MEASURES["parametric"], sample, Settings(divisor=Divisor.N_LESS_1))

    # 217.757 is from the covariance before it was rounded to seven digits.
    assert by_n.var_usd == pytest.approx(217.757, rel=3e-4)
    assert by_n.var_usd == pytest.approx(
        2.3263478740408408 * math.sqrt(INVESTED @ COVARIANCE @ INVESTED), rel=1e-12
    )
    assert by_n_less_1.var_usd / by_n.var_usd == pytest.approx(math.sqrt(8 / 7))


@pytest.mark.parametrize(("deviation", "var"), [(93.60, 217.757), (202.474, 471.025)])
def test_a_deviation_becomes_a_loss(deviation: float, var: float):
    assert normal_figures(0.0, deviation, 0.99)[0] == pytest.approx(var, rel=1e-4)


def test_the_first_scenario_is_scaled_by_the_published_ratio_of_volatilities():
    """DJIA: 1.11 % before the first change, 2.19 % after the last."""
    chance = np.random.default_rng(1)
    early = chance.normal(size=480) * 0.0105
    late = chance.normal(size=20) * 0.025
    moves = np.concatenate((early, late))
    variances = [np.var(moves)]
    for move in moves:
        variances.append(0.94 * variances[-1] + 0.06 * move * move)
    by_hand = moves * np.sqrt(variances[-1] / np.array(variances[:-1]))

    found = figure(MEASURES["volatility-weighted"], sample_of_pnl(moves), Settings())

    assert found.var_usd == pytest.approx(-np.sort(by_hand)[4], rel=1e-12)
    assert found.es_usd == pytest.approx(-np.sort(by_hand)[:5].mean(), rel=1e-12)
