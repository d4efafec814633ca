"""Extreme-value tail: peaks over a threshold, fitted by a generalised Pareto distribution."""

from __future__ import annotations

import math

import numpy as np

from state.arrays import Floats
from state.risk.generalised_pareto import LEAST_SHAPE, fit_by_likelihood, fit_by_moments
from state.risk.historical import tail_size
from state.risk.measure import Measure, Settings, Tail, TailFit
from state.risk.sample import Sample

FEWEST_EXCESSES = 5
"""Two parameters of fewer losses say nothing."""

_AT_BOUND = 1e-6
_NO_TAIL = 0.5

_NOT_KNOWN = float("nan")
_FITS = {TailFit.MLE: fit_by_likelihood, TailFit.PWM: fit_by_moments}


def tail_beyond(
    threshold_usd: float, *, shape: float, scale: float, share: float, confidence: float
) -> tuple[float, float]:
    """Return VaR and ES of a fitted tail.

    VaR = u + β/ξ·(((1 − c)/s)^(−ξ) − 1), ES = (VaR + β − ξu)/(1 − ξ), s the share of losses
    beyond u (McNeil, Frey and Embrechts, 2015, equations 5.18 and 5.19). ES is infinite from
    ξ = 1. Hull's four indices ("Risk Management and Financial Institutions", 13.6), k$; he prints
    227.8 and 337.9, from parameters before rounding:

    >>> var, es = tail_beyond(160, shape=0.436, scale=32.532, share=22 / 500, confidence=0.99)
    >>> round(var, 1), round(es, 1)
    (227.7, 337.8)
    """
    rarer = math.log(share / (1.0 - confidence))
    grown = rarer if shape == 0.0 else math.expm1(shape * rarer) / shape
    var = threshold_usd + scale * grown
    es = math.inf if shape >= 1.0 else (var + scale - shape * threshold_usd) / (1.0 - shape)
    return var, es


def extreme_value_tail(sample: Sample, settings: Settings) -> Tail:
    """Return VaR and ES of the tail fitted to the losses beyond the threshold."""
    losses = np.sort(-sample.pnl)[::-1]
    threshold = _threshold(losses, settings)
    excesses = (losses[losses > threshold] - threshold).tolist()
    share = len(excesses) / sample.size
    words = {
        "threshold": f"{threshold:,.2f}",
        "beyond": str(len(excesses)),
        "fit": str(settings.tail_fit),
    }
    fault = _fault(losses, len(excesses), settings.confidence)
    if fault:
        return Tail(_NOT_KNOWN, _NOT_KNOWN, words, fault)
    shape, scale = _FITS[settings.tail_fit](excesses)
    words |= {"shape": f"{shape:.4f}", "scale": f"{scale:,.4f}"}
    var, es = tail_beyond(
        threshold, shape=shape, scale=scale, share=share, confidence=settings.confidence
    )
    notes = (
        "the fitted tail has no mean" if math.isinf(es) else "",
        _at_bound(shape, settings.tail_fit),
        _ends_early(shape, threshold - scale / shape if shape else math.inf, float(losses[0])),
        _no_tail(share),
    )
    return Tail(var, es, words, "; ".join(note for note in notes if note))


def _threshold(losses: Floats, settings: Settings) -> float:
    if settings.threshold_usd is not None:
        return settings.threshold_usd
    return float(losses[min(tail_size(len(losses), 1.0 - settings.share_beyond), len(losses) - 1)])


def _fault(losses: Floats, beyond: int, confidence: float) -> str:
    reaching = tail_size(len(losses), confidence)
    if beyond < FEWEST_EXCESSES:
        fault = f"{beyond} losses beyond the threshold, at least {FEWEST_EXCESSES}"
    elif beyond < reaching:
        fault = f"{beyond / len(losses):.2%} of the losses lie beyond the threshold, VaR does not"
    else:
        return ""
    needed = max(FEWEST_EXCESSES, reaching)
    if needed > len(losses) or losses[needed - 1] <= 0.0:
        return f"{fault}; {needed} losses are needed, give more history"
    return f"{fault}; lower it below {losses[needed - 1]:,.2f}"


def _at_bound(shape: float, fit: TailFit) -> str:
    if fit is TailFit.MLE and shape <= LEAST_SHAPE + _AT_BOUND:
        return (
            f"the shape is held at its bound {LEAST_SHAPE:g}, below which likelihood is not "
            f"regular: the losses end sooner; compare the fit {TailFit.PWM}"
        )
    return ""


def _ends_early(shape: float, end_usd: float, worst_usd: float) -> str:
    if shape < 0.0 and end_usd < worst_usd:
        return f"the fitted tail ends at {end_usd:,.2f}, before the largest loss {worst_usd:,.2f}"
    return ""


def _no_tail(share: float) -> str:
    if share >= _NO_TAIL:
        return f"{share:.2%} of the scenarios lie beyond the threshold, which is no tail; raise it"
    return ""


EXTREME_VALUE = Measure(
    "extreme-value", "extreme-value tail", extreme_value_tail, is_coherent=False
)
