"""Contributions against their definitions: sums, differences, derivatives."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.risk.contributions import (
    components,
    contributions,
    incremental,
    marginal,
    tail_scenarios,
)
from state.risk.historical import value_at_risk
from tests.state.risk.samples import Matrix


@st.composite
def partitions(draw: st.DrawFn) -> Matrix:
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = draw(st.integers(1, 8)), draw(st.integers(20, 200))
    return chance.standard_t(4, shape) * np.exp(chance.normal(size=(shape[0], 1)))


confidences = st.sampled_from([0.9, 0.95, 0.99])


@given(parts=partitions(), confidence=confidences)
def test_components_sum_to_the_whole_exactly(parts: Matrix, confidence: float):
    total = np.add.reduce(parts, axis=0)
    var, es = value_at_risk(total, confidence=confidence)

    tail = tail_scenarios(total, confidence=confidence)
    found = contributions(parts, total, tail, confidence=confidence)

    assert found.component_var.sum() == pytest.approx(float(var), rel=1e-9)
    assert found.component_es.sum() == pytest.approx(float(es), rel=1e-9)


@given(seed=st.integers(0, 2**32), confidence=confidences)
def test_what_rounding_leaves_does_not_choose_among_scenarios_that_are_alike(
    seed: int, confidence: float
):
    chance = np.random.default_rng(seed)
    total = chance.integers(-5, 5, 100) * 107.1
    residue = chance.uniform(-1e-11, 1e-11, len(total))

    tail = tail_scenarios(total, confidence=confidence)

    assert tail_scenarios(total + residue, confidence=confidence).tolist() == tail.tolist()
    assert tail.tolist() == np.lexsort((np.arange(len(total)), total))[: len(tail)].tolist()


@given(seed=st.integers(0, 2**32), confidence=confidences)
def test_what_rounding_leaves_of_books_that_offset_one_another_does_not_choose_the_tail(
    seed: int, confidence: float
):
    chance = np.random.default_rng(seed)
    own, residue = chance.normal(0.0, 1e5, 100), chance.uniform(-1e-10, 1e-10, 100)
    gross_usd = 2.0 * float(np.abs(own).max())

    tail = tail_scenarios(residue, confidence=confidence, gross_usd=gross_usd)

    assert tail.tolist() == list(range(len(tail)))


@given(parts=partitions(), confidence=confidences)
def test_the_increment_of_a_part_is_the_whole_less_the_whole_without_it(
    parts: Matrix, confidence: float
):
    total = parts.sum(axis=0)
    tail = tail_scenarios(total, confidence=confidence)
    found = contributions(parts, total, tail, confidence=confidence)

    for part in range(len(parts)):
        var, es = value_at_risk(np.delete(parts, part, axis=0).sum(axis=0), confidence=confidence)
        whole_var, whole_es = value_at_risk(total, confidence=confidence)
        assert found.incremental_var[part] == pytest.approx(float(whole_var - var), abs=1e-9)
        assert found.incremental_es[part] == pytest.approx(float(whole_es - es), abs=1e-9)


@settings(max_examples=40)
@given(parts=partitions(), confidence=confidences)
def test_a_component_is_the_derivative_in_the_size_of_its_part(parts: Matrix, confidence: float):
    total = parts.sum(axis=0)
    tail = tail_scenarios(total, confidence=confidence)
    found = contributions(parts, total, tail, confidence=confidence)
    step = 1e-7

    for part, row in enumerate(parts):
        var, es = value_at_risk(total + step * row, confidence=confidence)
        before_var, before_es = value_at_risk(total, confidence=confidence)
        assert (var - before_var) / step == pytest.approx(found.component_var[part], abs=1e-5)
        assert (es - before_es) / step == pytest.approx(found.component_es[part], abs=1e-5)


def test_marginal_is_what_one_mwh_more_of_the_same_adds():
    """100 MWh at 3 $/MWh lost in the VaR scenario: each MWh adds 3 $."""
    shock = np.array([-3.0, 1.0, 2.0, 4.0])
    parts = np.array([100.0, -20.0])[:, None] * shock
    var, _ = components(parts, tail_scenarios(parts.sum(axis=0), confidence=0.75))

    by_mwh = marginal(var, np.array([100.0, 20.0]))

    assert by_mwh.tolist() == [3.0, -3.0]
    more = value_at_risk(parts.sum(axis=0) + shock, confidence=0.75)[0]
    assert more - value_at_risk(parts.sum(axis=0), confidence=0.75)[0] == by_mwh[0]


def test_the_tail_is_the_worst_first_and_its_last_is_var():
    total = np.array([5.0, -30.0, 2.0, -10.0, -20.0, 1.0, 0.0, 3.0, 4.0, 6.0])

    tail = tail_scenarios(total, confidence=0.7)

    assert tail.tolist() == [1, 4, 3]
    assert -total[tail[-1]] == value_at_risk(total, confidence=0.7)[0]


def test_a_hedge_has_a_negative_component():
    long = np.array([[-10.0, 5.0, 1.0, 2.0], [6.0, -4.0, -1.0, -1.0]])

    var, es = components(long, tail_scenarios(long.sum(axis=0), confidence=0.75))

    assert var.tolist() == [10.0, -6.0]
    assert es.tolist() == [10.0, -6.0]


def test_without_scenarios_nothing_is_known():
    none = np.zeros((3, 0))

    var, es = components(none, tail_scenarios(none.sum(axis=0), confidence=0.95))

    assert all(math.isnan(each) for each in (*var, *es))
    assert all(math.isnan(e) for e in incremental(none, none.sum(axis=0), confidence=0.95)[0])
