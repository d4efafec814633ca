"""Variances and covariances of scenario P&L: with equal weights, and with weights that fade."""

from __future__ import annotations

import numpy as np

from state.arrays import Matrix
from state.risk.measure import Divisor

MOST_STRETCHED = 20.0
"""A change that counts so many times as large as it was is told with the figure."""

_FADED = 1e-300
"""Of the present variance: one that faded to less is none, and a ratio to it no number."""


def sample_variance(parts: Matrix, divisor: Divisor) -> Matrix:
    """Return the equal-weight variance of each part about its mean.

    >>> pnl = np.array([[1.0, 2.0, 3.0]])
    >>> float(sample_variance(pnl, Divisor.N_LESS_1)[0])
    1.0
    >>> round(float(sample_variance(pnl, Divisor.N)[0]), 6)
    0.666667
    """
    away = _less_mean(parts)
    return np.asarray(np.add.reduce(away * away, axis=-1) / _degrees(parts, divisor))


def sample_covariance(parts: Matrix, divisor: Divisor) -> Matrix:
    """Return the equal-weight covariance of parts, shape (parts, parts).

    Sums stand in a fixed order, row by row: no matrix product.

    >>> sample_covariance(np.array([[1.0, -1.0], [2.0, -2.0]]), Divisor.N).tolist()
    [[1.0, 2.0], [2.0, 4.0]]
    """
    away = _less_mean(parts)
    degrees = _degrees(parts, divisor)
    return np.array([np.add.reduce(away * row, axis=1) / degrees for row in away])


def ewma_variances(parts: Matrix, decay: float, divisor: Divisor) -> Matrix:
    """Return the exponentially weighted variance of each part before each scenario, and now.

    σ²(i+1) = λ·σ²(i) + (1 − λ)·r²(i) about a mean of zero (J.P. Morgan/Reuters, "RiskMetrics
    Technical Document", 1996, 5.2), from σ²(1) = the equal-weight variance about the mean, as
    Hull begins ("Risk Management and Financial Institutions", on the four indices).

    Returns:
        Shape (parts, scenarios + 1): column i is what was known before scenario i; the last is
        the present one.

    >>> ewma_variances(np.array([[1.0, -1.0, 2.0, -2.0]]), 0.5, Divisor.N).tolist()
    [[2.5, 1.75, 1.375, 2.6875, 3.34375]]
    """
    scenarios = parts.shape[1]
    variances = np.empty((parts.shape[0], scenarios + 1))
    squares = (1.0 - decay) * parts * parts
    now = sample_variance(parts, divisor)
    for scenario in range(scenarios):
        variances[:, scenario] = now
        now = decay * now + squares[:, scenario]
    variances[:, scenarios] = now
    return variances


def rescaled(parts: Matrix, decay: float, divisor: Divisor) -> Matrix:
    """Return scenario P&L as if each part had moved with its present volatility.

    r(i)·σ(now)/σ(i), with σ(i) as known before i (Hull and White, "Incorporating volatility
    updating into the historical simulation method for value-at-risk", 1998, equation 2). Where
    nothing had moved, or not for so long that it faded away, there is no σ(i) and the change stays
    as it was.

    >>> rescaled(np.array([[1.0, -1.0, 2.0, -2.0]]), 0.5, Divisor.N).round(4).tolist()
    [[1.1565, -1.3823, 3.1189, -2.2309]]
    """
    variances = ewma_variances(parts, decay, divisor)
    before = variances[:, :-1]
    known = before > _FADED * variances[:, -1:]
    ratio = np.where(known, variances[:, -1:] / np.where(known, before, 1.0), 1.0)
    return np.asarray(parts * np.sqrt(ratio))


def stretched(parts: Matrix, scaled: Matrix) -> str:
    """Say so where a change was scaled to many times its size.

    >>> stretched(np.array([[0.0, -0.5]]), np.array([[0.0, -400.0]]))
    'a change counts 800 times as large as it was: its part had hardly moved before it'
    >>> stretched(np.array([[0.0, -0.5]]), np.array([[0.0, -1.0]]))
    ''
    """
    moved = parts != 0.0
    by = float(np.max(np.abs(scaled[moved] / parts[moved]), initial=0.0))
    if by <= MOST_STRETCHED:
        return ""
    return (
        f"a change counts {by:,.0f} times as large as it was: its part had hardly moved before it"
    )


def _less_mean(parts: Matrix) -> Matrix:
    mean = np.add.reduce(parts, axis=-1, keepdims=True) / parts.shape[-1]
    return np.asarray(parts - mean)


def _degrees(parts: Matrix, divisor: Divisor) -> int:
    scenarios = int(parts.shape[-1])
    return scenarios - 1 if divisor is Divisor.N_LESS_1 else scenarios
