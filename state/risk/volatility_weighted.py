"""Volatility-weighted historical simulation: each past change in the measure of today's."""

from __future__ import annotations

import numpy as np

from state.risk.conventions import figures_of
from state.risk.measure import Measure, Settings, Tail
from state.risk.sample import Sample
from state.risk.unweighted import thin_tail
from state.risk.volatility import rescaled, stretched


def volatility_weighted_tail(sample: Sample, settings: Settings) -> Tail:
    """Return the order statistics of P&L whose parts are scaled to their present volatility.

    Each part (a factor, where the sample has one a factor) is scaled by its own EWMA volatility,
    now over then, and the scaled parts are summed (Hull and White, 1998).
    """
    scaled = rescaled(sample.parts, settings.lambda_ewma, settings.divisor)
    var, es = figures_of(
        np.asarray(np.add.reduce(scaled, axis=0)),
        confidence=settings.confidence,
        quantile=settings.quantile,
        tail=settings.tail,
    )
    words = {
        "lambda": f"{settings.lambda_ewma:g}",
        "scaled": f"each of {len(scaled)} parts" if len(scaled) > 1 else "the whole",
        "quantile": str(settings.quantile),
        "tail": str(settings.tail),
    }
    notes = (thin_tail(sample.size, settings.confidence), stretched(sample.parts, scaled))
    return Tail(var, es, words, "; ".join(note for note in notes if note))


VOLATILITY_WEIGHTED = Measure(
    "volatility-weighted",
    "volatility-weighted historical",
    volatility_weighted_tail,
    is_coherent=True,
    is_by_part=True,
)
