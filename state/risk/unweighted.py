"""Historical simulation: every scenario counts alike."""

from __future__ import annotations

from state.risk.conventions import figures_of
from state.risk.measure import Measure, Settings, Tail
from state.risk.sample import Sample


def historical_tail(sample: Sample, settings: Settings) -> Tail:
    """Return VaR and ES as order statistics of the P&L (``state.risk.historical``).

    >>> import numpy as np
    >>> pnl = np.array([[-4.0, 3.0, -1.0, 2.0]])
    >>> sample = Sample(parts=pnl, dates=("1", "2", "3", "4"), window=4)
    >>> tail = historical_tail(sample, Settings(confidence=0.5))
    >>> tail.var_usd, tail.es_usd
    (1.0, 2.5)
    """
    var, es = figures_of(
        sample.pnl,
        confidence=settings.confidence,
        quantile=settings.quantile,
        tail=settings.tail,
    )
    words = {"quantile": str(settings.quantile), "tail": str(settings.tail)}
    return Tail(var, es, words, thin_tail(sample.size, settings.confidence))


def thin_tail(scenarios: int, confidence: float) -> str:
    """Say so where the tail holds less than one scenario: VaR is then the worst there is.

    >>> thin_tail(50, 0.99), thin_tail(500, 0.99)
    ('the tail holds less than one scenario of 50', '')
    """
    if round((1.0 - confidence) * scenarios, 9) < 1.0:
        return f"the tail holds less than one scenario of {scenarios}"
    return ""


HISTORICAL = Measure("historical", "historical simulation", historical_tail, is_coherent=True)
