"""Filtered historical simulation, without chance: each residual of the portfolio once."""

from __future__ import annotations

from state.risk.conventions import figures_of
from state.risk.measure import Measure, Settings, Tail
from state.risk.sample import Sample
from state.risk.unweighted import thin_tail
from state.risk.volatility import rescaled, stretched


def filtered_tail(sample: Sample, settings: Settings) -> Tail:
    """Return the order statistics of the portfolio's standardised residuals at today's volatility.

    The P&L of the whole is divided by its own EWMA volatility as known before each scenario, and
    multiplied by the present one (Barone-Adesi, Giannopoulos and Vosper, "VaR without
    correlations for portfolios of derivative securities", 1999). Where they draw residuals by
    chance, each is taken once here, so that the figure is the same on every machine.
    """
    whole = sample.pnl[None, :]
    scaled = rescaled(whole, settings.lambda_ewma, settings.divisor)
    var, es = figures_of(
        scaled[0],
        confidence=settings.confidence,
        quantile=settings.quantile,
        tail=settings.tail,
    )
    words = {
        "lambda": f"{settings.lambda_ewma:g}",
        "filter": "EWMA of the whole",
        "quantile": str(settings.quantile),
        "tail": str(settings.tail),
    }
    notes = (thin_tail(sample.size, settings.confidence), stretched(whole, scaled))
    return Tail(var, es, words, "; ".join(note for note in notes if note))


FILTERED = Measure("filtered", "filtered historical", filtered_tail, is_coherent=False)
