"""Payoffs that are not linear in prices, for Monte Carlo: $ as functions of factor levels.

Levels have shape (factors, paths); each function here makes such a payoff, for positions of
quantity MWh, + bought. Interest is left out: deliveries are days to months ahead.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from state.risk.monte_carlo import Payoff

Matrix = NDArray[np.float64]


def linear(exposures: Matrix) -> Payoff:
    """Make Σ exposure × level.

    >>> linear(np.array([2.0, -1.0]))(np.array([[3.0], [5.0]])).tolist()
    [1.0]
    """
    return lambda levels: np.asarray(np.add.reduce(exposures[:, None] * levels, axis=0))


def bachelier_call(strike: float, deviation: float, quantity_mwh: float) -> Payoff:
    """Make the value of a call on the first factor whose price at expiry is normal.

    (F − K)·Φ(d) + s·φ(d), d = (F − K)/s, s the standard deviation to expiry (Bachelier, 1900).

    >>> at_the_money = bachelier_call(50.0, 10.0, 1.0)(np.array([[50.0]]))
    >>> round(float(at_the_money[0]), 6)
    3.989423
    """

    def value(levels: Matrix) -> Matrix:
        ahead = levels[0] - strike
        d = ahead / deviation
        return np.asarray(quantity_mwh * (ahead * _normal(d) + deviation * _density(d)))

    return value


def black_76_call(strike: float, volatility: float, quantity_mwh: float) -> Payoff:
    """Make the value of a call on the first factor whose price at expiry is lognormal.

    F·Φ(d₁) − K·Φ(d₂), d₁,₂ = ln(F/K)/s ± s/2, s the volatility to expiry σ√T (Black, "The pricing
    of commodity contracts", 1976, without discounting).

    >>> round(float(black_76_call(50.0, 0.2, 1.0)(np.array([[50.0]]))[0]), 6)
    3.982784
    """

    def worth(levels: Matrix) -> Matrix:
        first = np.log(levels[0] / strike) / volatility + volatility / 2.0
        value = levels[0] * _normal(first) - strike * _normal(first - volatility)
        return np.asarray(quantity_mwh * value)

    return worth


def margrabe_exchange(volatility: float, quantity_mwh: float) -> Payoff:
    """Make the value of the right to receive the first factor for the second: max(F₁ − F₂, 0).

    F₁·Φ(d₁) − F₂·Φ(d₂), d₁,₂ = ln(F₁/F₂)/s ± s/2, s the volatility of the ratio to expiry
    (Margrabe, "The value of an option to exchange one asset for another", 1978).

    >>> round(float(margrabe_exchange(0.2, 1.0)(np.array([[50.0], [50.0]]))[0]), 6)
    3.982784
    """

    def worth(levels: Matrix) -> Matrix:
        first = np.log(levels[0] / levels[1]) / volatility + volatility / 2.0
        value = levels[0] * _normal(first) - levels[1] * _normal(first - volatility)
        return np.asarray(quantity_mwh * value)

    return worth


def as_generated(price_usd_per_mwh: float, share: float) -> Payoff:
    """Make what a contract for a plant's output is worth: share × volume × (price − fixed price).

    The first factor is the price, $/MWh, the second the volume, MWh: both move.

    >>> as_generated(30.0, 0.5)(np.array([[40.0], [100.0]])).tolist()
    [500.0]
    """
    return lambda levels: np.asarray(share * levels[1] * (levels[0] - price_usd_per_mwh))


def _normal(at: Matrix) -> Matrix:
    return np.array([0.5 * math.erfc(-each / math.sqrt(2.0)) for each in at.tolist()])


def _density(at: Matrix) -> Matrix:
    return np.asarray(np.exp(-at * at / 2.0) / math.sqrt(2.0 * math.pi))
