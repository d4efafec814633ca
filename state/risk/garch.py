"""GARCH(1,1): a variance that clusters, and returns to its mean; fitted by likelihood.

σ²(i+1) = ω + α·r²(i) + β·σ²(i), about a mean of zero (Bollerslev, "Generalized autoregressive
conditional heteroskedasticity", 1986), from σ²(1) = the mean square. The likelihood is the normal
one; where changes are not normal it is a quasi-likelihood, still consistent (Bollerslev and
Wooldridge, 1992). It is searched by the simplex of Nelder and Mead ("A simplex method for function
minimization", 1965), without chance.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from state.arrays import Floats, Matrix
from state.compiled import compiled

_MOST_PERSISTENT = 0.9999
"""α + β of the slowest return to the mean that is looked for; at 1 there is no mean."""

_BEGIN = [(p, a) for p in (0.3, 0.7, 0.95, 0.99) for a in (0.05, 0.4)]
"""α + β, and α's share of it, from each of which a simplex descends: there may be several hills."""

_AXES = 3
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
    scaled, room = changes / math.sqrt(unit), np.empty(len(changes) + 1)
    found = np.empty((len(_BEGIN), 1 + _AXES))
    for row, (persistence, share) in zip(found, _BEGIN, strict=True):
        begin = 0.0, _log_odds(persistence / _MOST_PERSISTENT), _log_odds(share), 0.0
        simplex = np.tile(begin, (1 + _AXES, 1))
        simplex[1:, 1:] += _SIZE * np.eye(_AXES)
        _descend(scaled, simplex, room)
        row[:] = simplex[0]
    omega, alpha, beta = _model(found[np.argmin(found[:, 0])])
    return Garch(omega * unit, alpha, beta)


def _mean_square(changes: Floats) -> float:
    return float(np.add.reduce(changes * changes)) / len(changes)


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


@compiled
def _share(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(max(odds, -50.0), 50.0)))


@compiled
def _model(corner: Floats) -> tuple[float, float, float]:
    """Return ω, α and β; any three numbers are a model.

    Args:
        corner: of a simplex: after its cost the log odds of the persistence and of α's share of
            it, and the logarithm of the long-run variance.
    """
    persistence, share = _MOST_PERSISTENT * _share(corner[1]), _share(corner[2])
    long_run = math.exp(min(max(corner[3], -50.0), 50.0))
    alpha = persistence * share
    return long_run * (1.0 - persistence), alpha, persistence - alpha


@compiled
def _weigh(changes: Floats, corner: Floats, room: Floats) -> None:
    """Write the cost of a corner, which comes before its place."""
    omega, alpha, beta = _model(corner)
    corner[0] = _unlikelihood(changes, omega, alpha, beta, room)


@compiled
def _descend(changes: Floats, simplex: Matrix, room: Floats) -> None:
    """Go to where the cost is least near a simplex: reflect, expand, contract, shrink.

    Args:
        changes: what a model is to be likely of.
        simplex: cost and place of each corner, shape (4, 4); the best comes to stand first.
        room: as many numbers as there are changes, and one.
    """
    last = len(simplex) - 1
    tried, further, middle = np.empty(last + 1), np.empty(last + 1), np.empty(last + 1)
    for number in range(last + 1):
        _weigh(changes, simplex[number], room)
    _sort(simplex)
    for _ in range(_ROUNDS):
        least, most = simplex[0, 0], simplex[last, 0]
        if most - least <= _NEAR_ENOUGH * (1.0 + abs(least)) and _extent(simplex) < _CLOSE:
            break
        _find_middle(simplex, middle)
        _go(middle, simplex[last], -1.0, tried)
        _weigh(changes, tried, room)
        if tried[0] < least:
            _go(middle, simplex[last], -2.0, further)
            _weigh(changes, further, room)
            if further[0] < tried[0]:
                tried, further = further, tried
        elif tried[0] >= simplex[last - 1, 0]:
            _go(middle, simplex[last], -0.5 if tried[0] < most else 0.5, tried)
            _weigh(changes, tried, room)
        if tried[0] < most:
            for part in range(last + 1):
                simplex[last, part] = tried[part]
        else:
            for number in range(1, last + 1):
                _go(simplex[0], simplex[number], 0.5, simplex[number])
                _weigh(changes, simplex[number], room)
        _sort(simplex)


@compiled
def _find_middle(simplex: Matrix, middle: Floats) -> None:
    """Write the middle of all corners but the last."""
    others = len(simplex) - 1
    for axis in range(1, len(middle)):
        total = 0.0
        for number in range(others):
            total += simplex[number, axis]
        middle[axis] = total / others


@compiled
def _go(start: Floats, towards: Floats, share: float, corner: Floats) -> None:
    """Write the place at a share of the way from one corner to another."""
    for axis in range(1, len(corner)):
        corner[axis] = start[axis] + share * (towards[axis] - start[axis])


@compiled
def _sort(simplex: Matrix) -> None:
    """Order corners by their cost, the least first."""
    for last in range(1, len(simplex)):
        number = last
        while number > 0 and simplex[number, 0] < simplex[number - 1, 0]:
            for axis in range(simplex.shape[1]):
                kept = simplex[number, axis]
                simplex[number, axis] = simplex[number - 1, axis]
                simplex[number - 1, axis] = kept
            number -= 1


@compiled
def _extent(simplex: Matrix) -> float:
    """Return how far apart corners are along the axis on which they are furthest."""
    most = 0.0
    for axis in range(1, simplex.shape[1]):
        low, high = simplex[0, axis], simplex[0, axis]
        for number in range(1, len(simplex)):
            low, high = min(low, simplex[number, axis]), max(high, simplex[number, axis])
        most = max(most, high - low)
    return float(most)
