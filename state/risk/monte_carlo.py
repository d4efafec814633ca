"""Monte Carlo of what is linear: the sum of parts under normal changes with their covariance.

What is not linear is valued anew on every path in :mod:`state.risk.not_linear`.
"""

from __future__ import annotations

import math

import numpy as np

from state.arrays import Matrix
from state.risk.conventions import figures_of
from state.risk.draws import counted_normal
from state.risk.measure import Measure, Settings, Tail
from state.risk.sample import Sample
from state.risk.volatility import sample_covariance

MOST_PARTS = 64
"""Parts drawn one by one; the cost grows with the square of their number."""


def correlated(covariance: Matrix, normal: Matrix) -> Matrix:
    """Return independent standard normal numbers as changes with a covariance.

    >>> correlated(np.array([[4.0, 2.0], [2.0, 1.0]]), np.array([[1.0], [5.0]])).tolist()
    [[2.0], [1.0]]
    """
    root = _root(covariance)
    changes = np.zeros(normal.shape)
    for factor, row in enumerate(root):
        for source in range(factor + 1):
            changes[factor] += row[source] * normal[source]
    return changes


def _root(covariance: Matrix) -> Matrix:
    # Cholesky by columns; a factor that the earlier ones determine adds no chance of its own.
    size = len(covariance)
    root = np.zeros((size, size))
    for column in range(size):
        known = np.add.reduce(root[column:, :column] * root[column, :column], axis=1)
        left = covariance[column:, column] - known
        if left[0] > 1e-12 * covariance[column, column]:
            root[column:, column] = left / math.sqrt(left[0])
    return root


def monte_carlo_tail(sample: Sample, settings: Settings) -> Tail:
    """Return VaR and ES of the simulated sum of the parts, with the sample's covariance.

    The parts of a sample are linear, so this meets the parametric figure within sampling error. Of
    very many parts the sum is drawn as one.
    """
    parts = sample.parts if len(sample.parts) <= MOST_PARTS else sample.pnl[None]
    covariance = sample_covariance(parts, settings.divisor)
    draws = counted_normal(settings.seed)
    changes = correlated(covariance, draws(len(covariance), settings.paths))
    var, es = figures_of(
        np.asarray(np.add.reduce(changes, axis=0)),
        confidence=settings.confidence,
        quantile=settings.quantile,
        tail=settings.tail,
    )
    words = {
        "drawn": f"each of {len(parts)} parts" if len(parts) > 1 else "the whole",
        "paths": f"{settings.paths:,}",
        "seed": str(settings.seed),
        "covariance": f"equal weights, divided by {settings.divisor}",
        "mean": "zero",
    }
    return Tail(var, es, words)


MONTE_CARLO = Measure("monte-carlo", "Monte Carlo, normal", monte_carlo_tail, is_coherent=False)
