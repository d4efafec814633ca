"""Age-weighted historical simulation: the older a scenario, the less it counts."""

from __future__ import annotations

import numpy as np

from state.arrays import Floats
from state.risk.conventions import ROUNDING, TailRule, figures_of
from state.risk.measure import Measure, Settings, Tail
from state.risk.sample import Sample


def age_weights(scenarios: int, decay: float) -> Floats:
    """Return the weight of each scenario, the oldest first: λ^(n − i)·(1 − λ)/(1 − λ^n).

    Boudoukh, Richardson and Whitelaw, "The best of both worlds", Risk, May 1998. The age is
    counted in scenarios. λ = 1 weighs alike.

    >>> age_weights(3, 0.5).tolist()
    [0.14285714285714285, 0.2857142857142857, 0.5714285714285714]
    """
    powers = [1.0]
    for _ in range(scenarios - 1):
        powers.append(powers[-1] * decay)
    weights = np.array(powers[::-1])
    return np.asarray(weights / np.add.reduce(weights))


def age_weighted_tail(sample: Sample, settings: Settings) -> Tail:
    """Return VaR where the weights of the worst P&L reach 1 − c, and ES over exactly that tail.

    >>> pnl = np.array([[-4.0, -1.0, -2.0]])
    >>> sample = Sample(parts=pnl, dates=("1", "2", "3"), window=3)
    >>> tail = age_weighted_tail(sample, Settings(confidence=0.8, lambda_age=0.5))
    >>> tail.var_usd, round(tail.es_usd, 6)
    (2.0, 3.428571)
    """
    weights = age_weights(sample.size, settings.lambda_age)
    weighted = TailRule.EXACT if settings.tail is TailRule.MEAN else settings.tail
    var, es = figures_of(
        sample.pnl,
        confidence=settings.confidence,
        quantile=settings.quantile,
        tail=weighted,
        weights=weights,
    )
    words = {
        "lambda": f"{settings.lambda_age:g}",
        "quantile": f"{settings.quantile}, by cumulative weight",
        "tail": str(weighted),
    }
    return Tail(var, es, words, _one_scenario(sample, weights, 1.0 - settings.confidence))


def _one_scenario(sample: Sample, weights: Floats, probability: float) -> str:
    """Say so where the worst P&L alone is more than the tail: VaR is then the worst there is."""
    worst = float(weights[np.argmin(sample.pnl)])
    if worst <= probability + ROUNDING:
        return ""
    tail = f"the tail, {probability:.2%}"
    return f"{tail}, holds less than the worst scenario, which weighs {worst:.2%}"


AGE_WEIGHTED = Measure(
    "age-weighted", "age-weighted historical", age_weighted_tail, is_coherent=True
)
