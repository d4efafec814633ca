"""Parametric VaR with the covariance of the recent past: exponentially weighted."""

from __future__ import annotations

import math

from state.risk.measure import Measure, Settings, Tail
from state.risk.parametric import mean_of, normal_figures
from state.risk.sample import Sample
from state.risk.volatility import ewma_variances


def parametric_ewma_tail(sample: Sample, settings: Settings) -> Tail:
    """Return VaR and ES of a normal P&L with the EWMA covariance (RiskMetrics, 1996).

    As with equal weights, w'Σw is the EWMA variance of the scenario P&L itself.

    >>> import numpy as np
    >>> sample = Sample(parts=np.array([[1.0, -1.0, 2.0, -2.0]]), dates=("1",) * 4, window=4)
    >>> tail = parametric_ewma_tail(sample, Settings(confidence=0.99, lambda_ewma=0.5))
    >>> round((tail.var_usd / 2.3263478740408408) ** 2, 9)
    3.34375
    """
    now = float(ewma_variances(sample.pnl[None, :], settings.lambda_ewma, settings.divisor)[0, -1])
    var, es = normal_figures(mean_of(sample, settings), math.sqrt(now), settings.confidence)
    words = {
        "covariance": f"EWMA, lambda {settings.lambda_ewma:g}",
        "mean": str(settings.mean),
    }
    return Tail(var, es, words)


PARAMETRIC_EWMA = Measure(
    "parametric-ewma", "parametric, EWMA", parametric_ewma_tail, is_coherent=True
)
