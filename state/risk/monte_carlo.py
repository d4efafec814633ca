"""Monte Carlo: P&L of any payoff of the factor levels, under normal changes with a covariance.

Where a position is not linear (an option, a price times an uncertain volume) scenario P&L is no
sum of exposures times changes: the payoff is valued again on every path.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from state.risk.conventions import figures_of
from state.risk.draws import Draws, counted_normal
from state.risk.measure import Measure, Settings, Tail
from state.risk.sample import Sample
from state.risk.volatility import sample_covariance

Matrix = NDArray[np.float64]

Payoff = Callable[[Matrix], Matrix]
"""Takes factor levels of shape (factors, paths), returns $ of each path."""


MOST_PARTS = 64
"""Parts drawn one by one; the cost grows with the square of their number."""


class Movement(StrEnum):
    """What a normal change does to a level."""

    ABSOLUTE = "absolute"
    """Is added: Bachelier's model; prices may go negative."""

    RELATIVE = "relative"
    """Multiplies by 1 + change."""

    LOGARITHMIC = "logarithmic"
    """Multiplies by exp(change − ½ variance), which keeps the mean: Black's model of a forward."""


def simulated_pnl(
    payoff: Payoff,
    levels: Matrix,
    covariance: Matrix,
    *,
    movement: Movement,
    paths: int,
    draws: Draws,
) -> Matrix:
    """Return the change in a payoff's value on each path, $.

    Glasserman, "Monte Carlo Methods in Financial Engineering", 2004, 9.1.1 (full revaluation).

    Args:
        payoff: of the levels.
        levels: of the factors now.
        covariance: of their changes over the holding period, shape (factors, factors).
        movement: what a change does to a level.
        paths: how many.
        draws: where chance comes from.
    """
    changes = correlated(covariance, draws(len(levels), paths))
    now = levels[:, None]
    if movement is Movement.ABSOLUTE:
        moved = now + changes
    elif movement is Movement.RELATIVE:
        moved = now * (1.0 + changes)
    else:
        moved = now * np.exp(changes - 0.5 * np.diagonal(covariance)[:, None])
    return np.asarray(payoff(moved) - payoff(now))


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

    The parts of a sample are linear, so this meets the parametric figure within sampling error;
    :func:`simulated_pnl` is for what is not. Of very many parts the sum is drawn as one.
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
