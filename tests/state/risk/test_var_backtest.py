"""The tests of a VaR: published values (docs/meanings.md, "Backtest"), edges, brute force."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.risk.backtest import (
    DayPairs,
    Light,
    chi_squared_tail,
    conditional_coverage,
    cumulative_probability,
    independence,
    proportion_of_failures,
    traffic_light,
)


def test_the_published_example_comes_out():
    """MathWorks Risk Management Toolbox, varbacktest: T 1043, N 57 at 5 %."""
    number = proportion_of_failures(1043, 57, 0.05)
    clusters = independence(DayPairs(n00=932, n01=53, n10=53, n11=4))
    both = conditional_coverage(number, clusters)
    assert number.statistic == pytest.approx(0.46147, abs=5e-6)
    assert number.p_value == pytest.approx(0.49694, abs=5e-6)
    assert clusters.statistic == pytest.approx(0.25866, abs=5e-6)
    assert clusters.p_value == pytest.approx(0.61104, abs=5e-6)
    assert both.statistic == pytest.approx(0.72013, abs=5e-6)
    assert both.p_value == pytest.approx(0.69763, abs=5e-6)


def test_three_of_250_at_one_per_cent_is_what_the_formula_gives():
    assert proportion_of_failures(250, 3, 0.01).statistic == pytest.approx(0.0949, abs=5e-5)


@pytest.mark.parametrize(
    ("exceptions", "confidence", "light"),
    [
        (17, 0.95, Light.GREEN),
        (18, 0.95, Light.YELLOW),
        (26, 0.95, Light.YELLOW),
        (27, 0.95, Light.RED),
        (250, 0.95, Light.RED),
        (0, 0.99, Light.GREEN),
        (4, 0.99, Light.GREEN),
        (5, 0.99, Light.YELLOW),
        (9, 0.99, Light.YELLOW),
        (10, 0.99, Light.RED),
    ],
)
def test_the_light_of_250_days(exceptions: int, confidence: float, light: Light):
    assert traffic_light(250, exceptions, 1.0 - confidence) is light


def test_no_day_is_no_number():
    nothing = proportion_of_failures(0, 0, 0.05)
    unpaired = independence(DayPairs.of([True]))
    for ratio in (nothing, unpaired, conditional_coverage(nothing, unpaired)):
        assert math.isnan(ratio.statistic)
        assert math.isnan(ratio.p_value)
    assert math.isnan(cumulative_probability(0, 0, 0.05))


def test_never_and_always_are_numbers():
    never = proportion_of_failures(250, 0, 0.05)
    assert never.statistic == pytest.approx(-2 * 250 * math.log(0.95))
    assert never.p_value < 1e-5
    always = proportion_of_failures(250, 250, 0.05)
    assert always.statistic == pytest.approx(-2 * 250 * math.log(0.05))
    for pairs in (DayPairs.of([False] * 9), DayPairs.of([True] * 9)):
        assert independence(pairs).statistic == 0.0
        assert independence(pairs).p_value == 1.0


def test_two_sided_means_that_too_few_are_rejected_too():
    """Kupiec's 95 % region for 255 days at 5 % is 6 < N < 21."""
    assert [n for n in range(40) if proportion_of_failures(255, n, 0.05).p_value > 0.05] == [
        *range(7, 21)
    ]


@pytest.mark.parametrize(("degrees", "critical"), [(1, 3.8414588), (2, 5.9914645)])
def test_five_per_cent_lies_beyond_the_critical_value(degrees: int, critical: float):
    assert chi_squared_tail(critical, degrees) == pytest.approx(0.05, abs=1e-7)
    assert chi_squared_tail(0.0, degrees) == 1.0


DAYS = st.lists(st.booleans(), min_size=2, max_size=120)


def likelihood(days: list[bool], after_calm: float, after_struck: float) -> float:
    """Day by day, the probability of what followed each day."""
    probability = 1.0
    for before, day in pairwise(days):
        of_one = after_struck if before else after_calm
        probability *= of_one if day else 1.0 - of_one
    return probability


def share(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0


@given(DAYS)
def test_independence_is_the_ratio_of_likelihoods_told_day_by_day(days: list[bool]):
    after_calm = [b for a, b in pairwise(days) if not a]
    after_struck = [b for a, b in pairwise(days) if a]
    alike = share(days[1:])
    told = likelihood(days, alike, alike) / likelihood(days, share(after_calm), share(after_struck))

    found = independence(DayPairs.of(days))

    assert found.statistic >= 0.0
    assert 0.0 <= found.p_value <= 1.0
    assert found.statistic == pytest.approx(max(0.0, -2.0 * math.log(told)), abs=1e-7)


def test_rounding_makes_nothing_more_likely_than_certain():
    assert cumulative_probability(735, 35, 0.01) == 1.0


@given(st.integers(1, 750), st.data(), st.sampled_from([0.01, 0.05, 0.1]))
def test_more_exceptions_are_never_a_better_light(days: int, data: st.DataObject, p: float):
    exceptions = data.draw(st.integers(0, days - 1))
    assert proportion_of_failures(days, exceptions, p).statistic >= 0.0
    fewer = cumulative_probability(days, exceptions, p)
    assert fewer <= cumulative_probability(days, exceptions + 1, p) <= 1.0
    exact = sum(math.comb(days, n) * p**n * (1 - p) ** (days - n) for n in range(exceptions + 1))
    assert fewer == pytest.approx(exact, rel=1e-9)
