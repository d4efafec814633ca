"""How VaR and ES are read off a sample of P&L: each convention by its name, with its source.

Texts differ in which observation of a finite sample is "the" quantile; two figures compare only
when they use the same rule, so the rule is a parameter and travels with the figure.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from state.arrays import Floats
from state.risk.historical import tail_size

ROUNDING = 1e-12
"""Cumulative weights are sums; what misses the tail's probability by less reaches it."""


class QuantileRule(StrEnum):
    """Which P&L of the sorted sample is the quantile at 1 − c."""

    LOWER = "lower"
    """The k-th smallest, k = ceil((1 − c)·n), without interpolation: inverse of the empirical
    distribution (Hyndman and Fan, "Sample quantiles in statistical packages", 1996, definition 1).
    With weights: the first at which the cumulative weight reaches 1 − c (Boudoukh, Richardson and
    Whitelaw, "The best of both worlds", 1998, without their interpolation)."""

    LINEAR = "linear"
    """Linear interpolation between order statistics at (n − 1)·(1 − c) (Hyndman and Fan,
    definition 7, the default of NumPy and of spreadsheets). With weights: interpolation of the
    cumulative weight (their definition 4)."""


class TailRule(StrEnum):
    """Which mean of the tail is the expected shortfall."""

    MEAN = "mean"
    """Mean of the k smallest, k = ceil((1 − c)·n). With weights there is no k: ``EXACT``."""

    EXACT = "exact"
    """The quantile integrated over [0, 1 − c]: the last observation counts with the fraction of
    its weight that is left (Acerbi and Tasche, "On the coherence of expected shortfall", 2002)."""

    BEYOND = "beyond"
    """Mean of what is strictly worse than VaR, or VaR where nothing is (the tail conditional
    expectation of Artzner, Delbaen, Eber and Heath, "Coherent measures of risk", 1999)."""


def figures_of(
    pnl: Floats,
    *,
    confidence: float,
    quantile: QuantileRule = QuantileRule.LOWER,
    tail: TailRule = TailRule.MEAN,
    weights: Floats | None = None,
) -> tuple[float, float]:
    """Return VaR and ES of a sample of P&L, losses positive; NaN of no sample.

    Args:
        pnl: $, one a scenario.
        confidence: c, between 0 and 1.
        quantile: how VaR is read.
        tail: how ES is.
        weights: probability of each scenario, summing to 1; equal when not given.

    >>> pnl = np.array([-4.0, 3.0, -1.0, 2.0])
    >>> figures_of(pnl, confidence=0.5)
    (1.0, 2.5)
    >>> figures_of(pnl, confidence=0.5, quantile=QuantileRule.LINEAR)
    (-0.5, 2.5)
    >>> figures_of(pnl, confidence=0.5, weights=np.array([0.1, 0.1, 0.6, 0.2]))
    (1.0, 1.6)
    """
    if len(pnl) == 0:
        return float("nan"), float("nan")
    order = np.argsort(pnl, kind="stable")
    ordered = pnl[order]
    share = None if weights is None else weights[order]
    var = -_quantile(ordered, share, confidence, quantile)
    return var, -_tail_mean(ordered, share, confidence, tail, var)


def _quantile(
    ordered: Floats, weights: Floats | None, confidence: float, rule: QuantileRule
) -> float:
    if weights is not None:
        return _weighted_quantile(ordered, weights, 1.0 - confidence, rule)
    if rule is QuantileRule.LOWER:
        return float(ordered[tail_size(len(ordered), confidence) - 1])
    at = round((1.0 - confidence) * (len(ordered) - 1), 9)
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (at - below) * (ordered[above] - ordered[below]))


def _weighted_quantile(
    ordered: Floats, weights: Floats, probability: float, rule: QuantileRule
) -> float:
    reached = np.cumsum(weights)
    at = min(int(np.searchsorted(reached, probability - ROUNDING)), len(ordered) - 1)
    if rule is QuantileRule.LOWER or at == 0:
        return float(ordered[at])
    part = (probability - reached[at - 1]) / weights[at] if weights[at] else 1.0
    return float(ordered[at - 1] + min(part, 1.0) * (ordered[at] - ordered[at - 1]))


def _tail_mean(
    ordered: Floats, weights: Floats | None, confidence: float, rule: TailRule, var: float
) -> float:
    if rule is TailRule.BEYOND:
        return _mean_beyond(ordered, weights, var)
    if rule is TailRule.MEAN and weights is None:
        k = tail_size(len(ordered), confidence)
        return float(np.add.reduce(ordered[:k]) / k)
    return _exact_mean(ordered, weights, 1.0 - confidence)


def _mean_beyond(ordered: Floats, weights: Floats | None, var: float) -> float:
    beyond = ordered < -var
    share = beyond.astype(np.float64) if weights is None else np.where(beyond, weights, 0.0)
    held = float(np.add.reduce(share))
    return float(np.add.reduce(share * ordered) / held) if held > 0 else -var


def _exact_mean(ordered: Floats, weights: Floats | None, probability: float) -> float:
    share = np.full(len(ordered), 1.0 / len(ordered)) if weights is None else weights
    before = np.concatenate(([0.0], np.cumsum(share)[:-1]))
    counted = np.clip(probability - before, 0.0, share)
    return float(np.add.reduce(counted * ordered) / np.add.reduce(counted))
