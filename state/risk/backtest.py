"""Tests of a VaR against what came: too many exceptions, exceptions in clusters, the traffic light.

An exception is a day whose P&L fell below minus its VaR. The likelihood ratios are those of
Kupiec, "Techniques for Verifying the Accuracy of Risk Measurement Models", Journal of Derivatives
3 (1995), and Christoffersen, "Evaluating Interval Forecasts", International Economic Review 39
(1998); the light is that of the Basel Committee, "Supervisory Framework for the Use of
'Backtesting'" (1996), with its zones as probabilities, so that it holds for any confidence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

YELLOW_ABOVE = 0.95
"""Cumulative probability of the exceptions above which the light is yellow."""

RED_ABOVE = 0.9999
"""Cumulative probability of the exceptions above which the light is red."""


class Light(StrEnum):
    """A zone of the traffic light."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True)
class LikelihoodRatio:
    """A likelihood ratio and how likely one as large is if the VaR is right.

    Attributes:
        statistic: 0 or more; NaN without a day to test.
        p_value: NaN with it.
    """

    statistic: float
    p_value: float


@dataclass(frozen=True)
class DayPairs:
    """How days with and without an exception follow each other: ``n01`` is none, then one.

    >>> DayPairs.of([False, True, True, False])
    DayPairs(n00=0, n01=1, n10=1, n11=1)

    A day that could not be observed, None, parts those beside it:

    >>> DayPairs.of([True, None, True])
    DayPairs(n00=0, n01=0, n10=0, n11=0)
    """

    n00: int
    n01: int
    n10: int
    n11: int

    @classmethod
    def of(cls, exceptions: Iterable[bool | None]) -> DayPairs:
        """Count the pairs of days that follow each other."""
        pairs = list(pairwise(exceptions))
        return cls(
            n00=pairs.count((False, False)),
            n01=pairs.count((False, True)),
            n10=pairs.count((True, False)),
            n11=pairs.count((True, True)),
        )


def chi_squared_tail(statistic: float, degrees: int) -> float:
    """Return how likely a χ² variable of 1 or 2 degrees of freedom is at least a value.

    P(χ²(1) ≥ x) = erfc(√(x/2)) and P(χ²(2) ≥ x) = exp(−x/2) (Abramowitz and Stegun, 26.4).

    >>> round(chi_squared_tail(3.841, 1), 4), round(chi_squared_tail(5.991, 2), 4)
    (0.05, 0.05)
    """
    if degrees == 1:
        return math.erfc(math.sqrt(statistic / 2.0))
    return math.exp(-statistic / 2.0)


def proportion_of_failures(days: int, exceptions: int, probability: float) -> LikelihoodRatio:
    """Test how many exceptions there were, too few as well as too many (Kupiec's POF).

    LR = −2 ln[(1−p)^(T−N) p^N] + 2 ln[(1−N/T)^(T−N) (N/T)^N] ~ χ²(1).

    Args:
        days: T, observed.
        exceptions: N of them.
        probability: p of an exception, 1 − confidence.

    >>> result = proportion_of_failures(1043, 57, 0.05)
    >>> round(result.statistic, 5), round(result.p_value, 5)
    (0.46147, 0.49694)
    """
    if days == 0:
        return LikelihoodRatio(math.nan, math.nan)
    expected = _log_likelihood(days - exceptions, exceptions, probability)
    found = _log_likelihood(days - exceptions, exceptions, exceptions / days)
    return _result(2.0 * (found - expected), 1)


def independence(pairs: DayPairs) -> LikelihoodRatio:
    """Test whether exceptions come in clusters (Christoffersen's independence test).

    The likelihood of one probability of an exception after either kind of day, against one each:
    LR = −2 ln[(1−π)^(N00+N10) π^(N01+N11)]
    + 2 ln[(1−π01)^N00 π01^N01 (1−π11)^N10 π11^N11] ~ χ²(1).

    >>> result = independence(DayPairs(n00=932, n01=53, n10=53, n11=4))
    >>> round(result.statistic, 5), round(result.p_value, 5)
    (0.25866, 0.61104)
    """
    calm, struck = pairs.n00 + pairs.n01, pairs.n10 + pairs.n11
    if calm + struck == 0:
        return LikelihoodRatio(math.nan, math.nan)
    alike = _log_likelihood(
        pairs.n00 + pairs.n10, pairs.n01 + pairs.n11, (pairs.n01 + pairs.n11) / (calm + struck)
    )
    apart = _log_likelihood(pairs.n00, pairs.n01, pairs.n01 / max(calm, 1))
    apart += _log_likelihood(pairs.n10, pairs.n11, pairs.n11 / max(struck, 1))
    return _result(2.0 * (apart - alike), 1)


def conditional_coverage(number: LikelihoodRatio, clusters: LikelihoodRatio) -> LikelihoodRatio:
    """Test both at once: the sum of the two ratios ~ χ²(2) (Christoffersen).

    >>> both = conditional_coverage(
    ...     proportion_of_failures(1043, 57, 0.05),
    ...     independence(DayPairs(n00=932, n01=53, n10=53, n11=4)),
    ... )
    >>> round(both.statistic, 5), round(both.p_value, 5)
    (0.72013, 0.69763)
    """
    return _result(number.statistic + clusters.statistic, 2)


def cumulative_probability(days: int, exceptions: int, probability: float) -> float:
    """Return how likely at most so many exceptions are if the VaR is right (binomial).

    >>> [round(cumulative_probability(250, exceptions, 0.01), 4) for exceptions in (4, 5)]
    [0.8922, 0.9588]
    """
    if days == 0:
        return math.nan
    summed = math.fsum(_binomial(days, count, probability) for count in range(exceptions + 1))
    return min(1.0, summed)  # rounding alone can bring it above


def traffic_light(days: int, exceptions: int, probability: float) -> Light:
    """Return the zone: green up to 95 % cumulative probability, yellow to 99.99 %, then red.

    At 99 % and 250 days these are Basel's 5 and 10 exceptions, at 95 % they are 18 and 27.

    >>> [str(traffic_light(250, exceptions, 0.05)) for exceptions in (17, 18, 26, 27)]
    ['green', 'yellow', 'yellow', 'red']
    """
    probability_of_fewer = cumulative_probability(days, exceptions, probability)
    if probability_of_fewer > RED_ABOVE:
        return Light.RED
    return Light.YELLOW if probability_of_fewer > YELLOW_ABOVE else Light.GREEN


def _result(statistic: float, degrees: int) -> LikelihoodRatio:
    if math.isnan(statistic):
        return LikelihoodRatio(math.nan, math.nan)
    ratio = max(0.0, statistic)  # rounding alone can bring a ratio of 0 below it
    return LikelihoodRatio(ratio, chi_squared_tail(ratio, degrees))


def _log_likelihood(without: int, having: int, probability: float) -> float:
    """Return ln[(1−p)^without p^having]; what happened 0 times weighs nothing (0⁰ = 1)."""
    return _weighed(without, 1.0 - probability) + _weighed(having, probability)


def _weighed(count: int, probability: float) -> float:
    return count * math.log(probability) if count else 0.0


def _binomial(days: int, count: int, probability: float) -> float:
    if probability in (0.0, 1.0):
        return float(count == days * probability)
    ways = math.lgamma(days + 1) - math.lgamma(count + 1) - math.lgamma(days - count + 1)
    return math.exp(ways + _log_likelihood(days - count, count, probability))
