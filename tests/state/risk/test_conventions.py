"""Quantiles and tails against other people's arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.risk.age_weighted import age_weights
from state.risk.conventions import QuantileRule, TailRule, figures_of
from state.risk.historical import value_at_risk

pnl_columns = st.lists(st.integers(-1000, 1000), min_size=1, max_size=60).map(
    lambda values: np.array(values, dtype=np.float64)
)
confidences = st.sampled_from([0.5, 0.9, 0.95, 0.975, 0.99])


@given(pnl=pnl_columns, confidence=confidences)
def test_the_default_is_the_desks_own_kernel_bit_for_bit(pnl: np.ndarray, confidence: float):
    var, es = value_at_risk(pnl, confidence=confidence)

    assert figures_of(pnl, confidence=confidence) == (float(var), float(es))


@given(pnl=pnl_columns, confidence=confidences)
def test_linear_is_what_numpy_and_spreadsheets_take(pnl: np.ndarray, confidence: float):
    var, _ = figures_of(pnl, confidence=confidence, quantile=QuantileRule.LINEAR)

    assert var == pytest.approx(-np.quantile(pnl, 1 - confidence), rel=1e-9, abs=1e-9)


@given(pnl=pnl_columns, confidence=confidences)
def test_the_exact_tail_is_the_integral_of_the_quantile(pnl: np.ndarray, confidence: float):
    """min over v of v + E[(loss - v)+]/(1 - c): Rockafellar and Uryasev, 2000."""
    _, es = figures_of(pnl, confidence=confidence, tail=TailRule.EXACT)

    losses = -pnl
    candidates = [
        v + np.maximum(losses - v, 0.0).mean() / (1 - confidence) for v in np.unique(losses)
    ]
    assert es == pytest.approx(min(candidates), rel=1e-9, abs=1e-9)


@given(pnl=pnl_columns, confidence=confidences, quantile=st.sampled_from(QuantileRule))
def test_equal_weights_given_or_not_are_the_same_tail(
    pnl: np.ndarray, confidence: float, quantile: QuantileRule
):
    alike = np.full(len(pnl), 1.0 / len(pnl))
    weighted = figures_of(
        pnl, confidence=confidence, quantile=quantile, tail=TailRule.EXACT, weights=alike
    )
    plain = figures_of(pnl, confidence=confidence, quantile=quantile, tail=TailRule.EXACT)

    assert weighted[1] == pytest.approx(plain[1], rel=1e-9, abs=1e-9)
    if quantile is QuantileRule.LOWER:
        assert weighted[0] == plain[0]


def test_an_interpolated_weighted_quantile_lies_where_the_weights_reach_it():
    pnl = np.array([-30.0, -20.0, -10.0, 0.0])
    weights = np.array([0.02, 0.06, 0.12, 0.8])

    var, _ = figures_of(pnl, confidence=0.95, quantile=QuantileRule.LINEAR, weights=weights)

    assert var == pytest.approx(30.0 - 10.0 * (0.05 - 0.02) / 0.06)


def test_nothing_beyond_the_worst_leaves_var():
    assert figures_of(np.array([-5.0, 1.0]), confidence=0.9, tail=TailRule.BEYOND) == (5.0, 5.0)


def test_the_weights_of_age_sum_to_one_and_each_is_half_a_per_cent_below_the_next():
    weights = age_weights(500, 0.995)

    assert weights.sum() == pytest.approx(1.0, rel=1e-14)
    assert weights[:-1] / weights[1:] == pytest.approx(np.full(499, 0.995))
    assert weights[-1] == pytest.approx(0.005 / (1 - 0.995**500))
