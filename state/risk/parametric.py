"""Parametric VaR: normal P&L with the equal-weight covariance of the scenarios."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from state.risk.measure import MeanRule, Measure, Settings, Tail
from state.risk.sample import Sample
from state.risk.volatility import sample_variance

_NORMAL = NormalDist()


def normal_figures(mean_usd: float, deviation_usd: float, confidence: float) -> tuple[float, float]:
    """Return VaR and ES of a normal P&L: z·σ − μ and φ(z)/(1 − c)·σ − μ.

    McNeil, Frey and Embrechts, "Quantitative Risk Management", 2015, examples 2.11 and 2.14.

    >>> [round(figure, 6) for figure in normal_figures(0.0, 1.0, 0.99)]
    [2.326348, 2.665214]
    """
    z = _NORMAL.inv_cdf(confidence)
    density = math.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi)
    return z * deviation_usd - mean_usd, density / (1.0 - confidence) * deviation_usd - mean_usd


def mean_of(sample: Sample, settings: Settings) -> float:
    """Return the mean that the settings ask for, $."""
    if settings.mean is MeanRule.ZERO:
        return 0.0
    return float(np.add.reduce(sample.pnl)) / sample.size


def parametric_tail(sample: Sample, settings: Settings) -> Tail:
    """Return VaR and ES of a normal P&L with the sample's covariance.

    For parts that add, w'Σw of the covariance Σ of the factors is the variance of the scenario
    P&L itself (a covariance is bilinear), so no matrix is needed.

    >>> sample = Sample(parts=np.array([[1.0, -1.0]]), dates=("1", "2"), window=2)
    >>> round(parametric_tail(sample, Settings(confidence=0.99)).var_usd, 6)
    2.326348
    """
    variance = float(sample_variance(sample.pnl, settings.divisor))
    var, es = normal_figures(mean_of(sample, settings), math.sqrt(variance), settings.confidence)
    words = {
        "covariance": f"equal weights, divided by {settings.divisor}",
        "mean": str(settings.mean),
    }
    return Tail(var, es, words)


PARAMETRIC = Measure("parametric", "parametric, equal weights", parametric_tail, is_coherent=True)
