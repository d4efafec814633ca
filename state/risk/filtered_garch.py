"""Filtered historical simulation with a GARCH filter: residuals at the volatility now."""

from __future__ import annotations

import numpy as np

from state.risk.conventions import figures_of
from state.risk.garch import Garch, fit_garch, garch_variances, targeted
from state.risk.measure import Measure, Settings, Tail
from state.risk.sample import Sample
from state.risk.unweighted import thin_tail

FEWEST_FITTED = 250
"""Of fewer changes the likelihood is too flat to tell α from β; the figure says so."""


def filtered_garch_tail(sample: Sample, settings: Settings) -> Tail:
    """Return the order statistics of the portfolio's residuals at the variance of GARCH(1,1).

    r(i)·σ(now)/σ(i), with σ(i) as known before i and σ(now) the forecast of the next change
    (Barone-Adesi, Giannopoulos and Vosper, "VaR without correlations for portfolios of derivative
    securities", 1999, whose filter is GARCH). α and β are those given, with ω by the mean square,
    or all three are fitted. Each residual is taken once.
    """
    pnl = sample.pnl
    if not pnl.any():
        return Tail(0.0, 0.0, {"filter": "nothing moved"})
    model, words = _model(pnl, settings)
    variances = garch_variances(pnl, model)
    var, es = figures_of(
        pnl * np.sqrt(variances[-1] / variances[:-1]),
        confidence=settings.confidence,
        quantile=settings.quantile,
        tail=settings.tail,
    )
    long_run = model.omega / (1.0 - model.alpha - model.beta)
    words |= {
        "volatility now": f"{np.sqrt(variances[-1]):,.2f}",
        "long-run": f"{np.sqrt(long_run):,.2f}",
        "quantile": str(settings.quantile),
        "tail": str(settings.tail),
    }
    return Tail(var, es, words, _note(sample.size, settings))


def _model(
    pnl: np.ndarray[tuple[int], np.dtype[np.float64]], settings: Settings
) -> tuple[Garch, dict[str, str]]:
    if settings.garch_alpha is not None and settings.garch_beta is not None:
        model, how = targeted(pnl, settings.garch_alpha, settings.garch_beta), "given"
    else:
        model, how = fit_garch(pnl), "fitted by likelihood"
    return model, {"alpha": f"{model.alpha:.4f}", "beta": f"{model.beta:.4f}", "filter": how}


def _note(scenarios: int, settings: Settings) -> str:
    thin = thin_tail(scenarios, settings.confidence)
    if settings.garch_alpha is not None or scenarios >= FEWEST_FITTED:
        return thin
    few = f"α and β are fitted to {scenarios} changes, fewer than {FEWEST_FITTED}"
    return f"{thin}; {few}" if thin else few


FILTERED_GARCH = Measure(
    "filtered-garch", "filtered historical, GARCH(1,1)", filtered_garch_tail, is_coherent=False
)
