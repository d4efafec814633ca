"""GARCH(1,1): a variance that clusters, and returns to its mean; fitted by likelihood.

σ²(i+1) = ω + α·r²(i) + β·σ²(i), about a mean of zero (Bollerslev, "Generalized autoregressive
conditional heteroskedasticity", 1986), from σ²(1) = the mean square. The likelihood is the normal
one; where changes are not normal it is a quasi-likelihood, still consistent (Bollerslev and
Wooldridge, 1992). It is searched by the simplex of Nelder and Mead ("A simplex method for function
minimization", 1965), without chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from state.arrays import Floats
from state.compiled import compiled

_MOST_PERSISTENT = 0.9999
"""α + β of the slowest return to the mean that is looked for; at 1 there is no mean."""

_BEGIN = [(p, a) for p in (0.3, 0.7, 0.95, 0.99) for a in (0.05, 0.4)]
"""α + β, and α's share of it, from each of which a simplex descends: there may be several hills."""

_ROUNDS = 500
_NEAR_ENOUGH = 1e-12
_CLOSE = 1e-6
_SIZE = 0.5


class Garch(NamedTuple):
    """The parameters; α + β < 1, and ω in the square of the unit of the changes."""

    omega: float
    alpha: float
    beta: float


def targeted(changes: Floats, alpha: float, beta: float) -> Garch:
    """Return given α and β with the ω whose long-run variance is the mean square of changes.

    Francq, Horváth and Zakoïan, "Merits and drawbacks of variance targeting in GARCH models", 2011.

    >>> targeted(np.array([2.0, -2.0]), 0.1, 0.8).omega.__round__(9)
    0.4
    """
    return Garch(_mean_square(changes) * (1.0 - alpha - beta), alpha, beta)


def garch_variances(changes: Floats, model: Garch) -> Floats:
    """Return the variance as known before each change, and the present one, shape (n + 1,).

    >>> garch_variances(np.array([1.0, -1.0, 2.0]), Garch(0.5, 0.25, 0.5)).tolist()
    [2.0, 1.75, 1.625, 2.3125]
    """
    variances = np.empty(len(changes) + 1)
    _follow(changes, model.omega, model.alpha, model.beta, variances)
    return variances


def fit_garch(changes: Floats) -> Garch:
    """Return the parameters of the greatest normal likelihood; changes must not all be zero."""
    unit = _mean_square(changes)
    scaled = changes / math.sqrt(unit)
    room = np.empty(len(changes) + 1)

    def unlikely(at: list[float]) -> float:
        return _unlikelihood(scaled, *_model(at), room)

    starts = [[_log_odds(p / _MOST_PERSISTENT), _log_odds(a), 0.0] for p, a in _BEGIN]
    found = [_descend(unlikely, start) for start in starts]
    omega, alpha, beta = _model(min(found, key=unlikely))
    return Garch(omega * unit, alpha, beta)


def _mean_square(changes: Floats) -> float:
    return float(np.add.reduce(changes * changes)) / len(changes)


def _model(at: list[float]) -> Garch:
    # Any three numbers are a model: persistence, α's share of it, the long-run variance.
    persistence, share = _MOST_PERSISTENT * _share(at[0]), _share(at[1])
    long_run = math.exp(min(max(at[2], -50.0), 50.0))
    alpha = persistence * share
    return Garch(long_run * (1.0 - persistence), alpha, persistence - alpha)


def _share(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(max(odds, -50.0), 50.0)))


def _log_odds(share: float) -> float:
    return math.log(share / (1.0 - share))


@compiled
def _follow(changes: Floats, omega: float, alpha: float, beta: float, variances: Floats) -> None:
    """Write the variance before each change, and the present one."""
    squares = 0.0
    for change in changes:
        squares += change * change
    now = squares / len(changes)
    for at in range(len(changes)):
        variances[at] = now
        now = omega + alpha * changes[at] * changes[at] + beta * now
    variances[len(changes)] = now


@compiled
def _unlikelihood(
    changes: Floats, omega: float, alpha: float, beta: float, variances: Floats
) -> float:
    """Return minus the logarithm of the likelihood, less its constant."""
    _follow(changes, omega, alpha, beta, variances)
    total = 0.0
    for at in range(len(changes)):
        total += math.log(variances[at]) + changes[at] * changes[at] / variances[at]
    return float(0.5 * total)


def _descend(cost: Callable[[list[float]], float], begin: list[float]) -> list[float]:
    """Return where a function is least near a point: reflect, expand, contract, shrink."""
    corners = [begin]
    for axis in range(len(begin)):
        corner = list(begin)
        corner[axis] += _SIZE
        corners.append(corner)
    simplex = sorted((cost(corner), corner) for corner in corners)
    for _ in range(_ROUNDS):
        (least, best), (most, worst) = simplex[0], simplex[-1]
        if most - least <= _NEAR_ENOUGH * (1.0 + abs(least)) and _extent(simplex) < _CLOSE:
            break
        others = [corner for _, corner in simplex[:-1]]
        middle = [math.fsum(axis) / len(others) for axis in zip(*others, strict=True)]
        found = _tried(cost, middle, worst, 1.0)
        if found[0] < least:
            found = min(found, _tried(cost, middle, worst, 2.0))
        elif found[0] >= simplex[-2][0]:
            found = _tried(cost, middle, worst, 0.5 if found[0] < most else -0.5)
        if found[0] < most:
            simplex[-1] = found
        else:
            shrunk = [_between(best, corner, 0.5) for _, corner in simplex[1:]]
            simplex[1:] = [(cost(corner), corner) for corner in shrunk]
        simplex.sort()
    return simplex[0][1]


def _tried(
    cost: Callable[[list[float]], float], middle: list[float], worst: list[float], by: float
) -> tuple[float, list[float]]:
    corner = _between(middle, worst, -by)
    return cost(corner), corner


def _between(one: list[float], other: list[float], share: float) -> list[float]:
    return [a + share * (b - a) for a, b in zip(one, other, strict=True)]


def _extent(simplex: list[tuple[float, list[float]]]) -> float:
    axes = zip(*(corner for _, corner in simplex), strict=True)
    return float(max(max(axis) - min(axis) for axis in axes))
