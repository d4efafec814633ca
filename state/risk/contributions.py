"""Where the risk comes from: component, incremental and marginal VaR and ES of any partition.

A partition is a matrix of P&L, one row a part (a book, a location, a block, a position), that sums
to the P&L of the whole. Quantiles follow ``state.risk.historical``: VaR is one scenario, ES the
mean of the k worst.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from state.arrays import Matrix, Numbers
from state.risk.historical import tail_size, value_at_risk

_ALIKE = 1e-10
"""Scenarios less apart than this share of what was added up are alike: rounding leaves less."""


@dataclass(frozen=True)
class Contributions:
    """What each part contributes, $; + adds to the loss.

    Attributes:
        component_var: the part's loss in the scenario that is VaR; sums to VaR.
        component_es: the part's mean loss over the tail; sums to ES.
        incremental_var, incremental_es: the whole less the whole without the part.
    """

    component_var: Matrix
    component_es: Matrix
    incremental_var: Matrix
    incremental_es: Matrix


def tail_scenarios(total: Matrix, *, confidence: float, gross_usd: float = 0.0) -> Numbers:
    """Return the indexes of the k worst scenarios, the worst first; the last of them is VaR.

    Of those that are alike the oldest comes first, so that what rounding left of contracts that
    came and went, or of books that offset one another, does not choose among them.

    Args:
        total: $, by scenario.
        confidence: c.
        gross_usd: the largest Σ|P&L| of the parts in a scenario; that of the total at least.

    >>> tail_scenarios(np.array([-4.0, 3.0, -1.0, 2.0]), confidence=0.5).tolist()
    [0, 2]
    >>> tail_scenarios(np.array([-0.3, 3.0, -0.1 - 0.2, 2.0]), confidence=0.5).tolist()
    [0, 2]
    >>> tail_scenarios(np.array([1e-12, -1e-12]), confidence=0.5, gross_usd=9.0).tolist()
    [0]
    """
    if not len(total):
        return np.empty(0, dtype=np.int64)
    order = np.argsort(total, kind="stable")
    apart = np.diff(total[order]) > _ALIKE * max(float(np.max(np.abs(total))), gross_usd)
    order = order[np.lexsort((order, np.append(0, np.cumsum(apart))))]
    return np.asarray(order[: tail_size(len(total), confidence)])


def components(parts: Matrix, tail: Numbers) -> tuple[Matrix, Matrix]:
    """Return component VaR and ES of each part.

    VaR and ES are homogeneous of degree one in the parts, so by Euler's theorem the derivatives
    times the parts sum to the whole; the derivative of an order statistic is the part's P&L in
    that scenario (Tasche, "Capital allocation to business units and sub-portfolios: the Euler
    principle", 2008, sections 3.2 and 3.3).

    Args:
        parts: $, shape (parts, scenarios).
        tail: as :func:`tail_scenarios` of their sum gives it.

    >>> parts = np.array([[-5.0, 1.0, 0.0, 2.0], [1.0, 2.0, -1.0, 0.0]])
    >>> var, es = components(parts, tail_scenarios(parts.sum(axis=0), confidence=0.5))
    >>> var.tolist(), es.tolist()
    ([-0.0, 1.0], [2.5, -0.0])
    """
    if not len(tail):
        nothing = np.full(len(parts), np.nan)
        return nothing, nothing
    worst = parts[:, tail]
    return -worst[:, -1], -np.add.reduce(worst, axis=1) / len(tail)


def incremental(parts: Matrix, total: Matrix, *, confidence: float) -> tuple[Matrix, Matrix]:
    """Return what VaR and ES of the whole lose without each part (Jorion, "Value at Risk", 2007).

    >>> parts = np.array([[-5.0, 1.0, 0.0, 2.0], [1.0, 2.0, -1.0, 0.0]])
    >>> var, es = incremental(parts, parts.sum(axis=0), confidence=0.5)
    >>> var.tolist(), es.tolist()
    ([1.0, 1.0], [2.0, 0.0])
    """
    var, es = value_at_risk(total, confidence=confidence)
    without_var, without_es = value_at_risk(total - parts, confidence=confidence)
    return var - without_var, es - without_es


def contributions(
    parts: Matrix, total: Matrix, tail: Numbers, *, confidence: float
) -> Contributions:
    """Return everything each part contributes to the whole.

    Args:
        parts: $, shape (parts, scenarios).
        total: $, by scenario: their sum.
        tail: as :func:`tail_scenarios` gives it, the same for every partition of one whole.
        confidence: c.
    """
    by_component = components(parts, tail)
    return Contributions(*by_component, *incremental(parts, total, confidence=confidence))


def marginal(component: Matrix, gross_mwh: Matrix) -> Matrix:
    """Return the derivative of VaR or ES in $ per MWh: of a MWh more of what the part holds.

    A part whose MWh all grow by the same share e gains e × its component (Euler), so the mix held
    fixed, a MWh more, long where it is long and short where it is short, adds component / gross.
    NaN where nothing is held.

    >>> marginal(np.array([500.0, -80.0, 0.0]), np.array([100.0, 40.0, 0.0])).tolist()
    [5.0, -2.0, nan]
    """
    held = gross_mwh > 0.0
    return np.where(held, component / np.where(held, gross_mwh, 1.0), np.nan)
