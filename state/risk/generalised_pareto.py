"""The generalised Pareto distribution: what exceeds a high threshold, whatever the whole is like.

G(y) = 1 − (1 + ξy/β)^(−1/ξ) of an excess y ≥ 0, exponential at ξ = 0 (Pickands, "Statistical
inference using extreme order statistics", 1975; Balkema and de Haan, 1974). Logarithms are those
of the standard library, one by one, so that a fit is the same on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

LEAST_SHAPE = -0.5
"""Of a fit by likelihood. Below it maximum likelihood is not regular (Smith, "Maximum likelihood
estimation in a class of nonregular cases", 1985)."""

_ROUNDS = 60
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


def fit_by_moments(excesses: Sequence[float]) -> tuple[float, float]:
    """Return shape ξ and scale β by probability-weighted moments.

    Hosking and Wallis (1987): with a₀ the mean and a₁ the mean weighted by 1 − p, plotting
    positions p = (i − 0.35)/n: ξ = 2 − a₀/(a₀ − 2a₁), β = 2a₀a₁/(a₀ − 2a₁).

    >>> shape, scale = fit_by_moments([0.2, 0.5, 1.0, 1.8, 3.5])
    >>> round(shape, 4), round(scale, 4)
    (0.0447, 1.3374)
    """
    ordered = sorted(excesses)
    count = len(ordered)
    first = math.fsum(ordered) / count
    second = (
        math.fsum((1.0 - (place + 0.65) / count) * excess for place, excess in enumerate(ordered))
        / count
    )
    apart = first - 2.0 * second
    return 2.0 - first / apart, 2.0 * first * second / apart


def fit_by_likelihood(excesses: Sequence[float]) -> tuple[float, float]:
    """Return shape ξ and scale β of the greatest likelihood, ξ ≥ −½.

    For θ = ξ/β the best ξ is the mean of log(1 + θy), so one dimension is searched (Grimshaw,
    1993): over a grid, then by golden section around its best point. The best scale of ξ = −½ is
    no point of that line, and stands beside it.

    >>> shape, scale = fit_by_likelihood([0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 6.0])
    >>> round(shape, 3), round(scale, 3)
    (0.578, 0.732)
    """
    unit = math.fsum(excesses) / len(excesses)
    scaled = [excess / unit for excess in excesses]
    grid = _grid(max(scaled))
    best = max(range(len(grid)), key=lambda place: _likelihood(grid[place], scaled))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    theta = _climb(low, high, scaled)
    inside, at_bound = _likelihood(theta, scaled), _scale_at_bound(scaled)
    exponential = _likelihood(0.0, scaled)
    if _likelihood_at_bound(at_bound, scaled) > max(inside, exponential):
        return LEAST_SHAPE, unit * at_bound
    if inside <= exponential:
        return 0.0, unit
    shape = _shape(theta, scaled)
    return shape, unit * shape / theta


def _grid(largest: float) -> list[float]:
    edge = 1.0 / largest
    below = [-edge * (1.0 - 2.0**-step) for step in range(30, 0, -1)]
    above = [2.0**step for step in range(-12, 12)]
    return [*below, -edge / 16.0, -edge / 256.0, 0.0, *above]


def _shape(theta: float, scaled: Sequence[float]) -> float:
    return math.fsum(math.log1p(theta * excess) for excess in scaled) / len(scaled)


def _likelihood(theta: float, scaled: Sequence[float]) -> float:
    # Of the mean excess 1, by observation; the exponential is its limit at θ = 0.
    if theta == 0.0:
        return -1.0
    shape = _shape(theta, scaled)
    return -math.inf if shape < LEAST_SHAPE else -math.log(shape / theta) - shape - 1.0


def _likelihood_at_bound(scale: float, scaled: Sequence[float]) -> float:
    logarithms = (math.log1p(-excess / (2.0 * scale)) for excess in scaled)
    return math.fsum(logarithms) / len(scaled) - math.log(scale)


def _scale_at_bound(scaled: Sequence[float]) -> float:
    # Where the derivative by β is 0: Σ y/(2β − y) = n, which falls from ∞ at half the largest y.
    low, high = max(scaled) / 2.0, max(scaled)
    for _ in range(_ROUNDS):
        middle = (low + high) / 2.0
        if math.fsum(excess / (2.0 * middle - excess) for excess in scaled) > len(scaled):
            low = middle
        else:
            high = middle
    return high


def _climb(low: float, high: float, scaled: Sequence[float]) -> float:
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = _likelihood(left, scaled), _likelihood(right, scaled)
    for _ in range(_ROUNDS):
        if at_left > at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = _likelihood(left, scaled)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = _likelihood(right, scaled)
    return (low + high) / 2.0
