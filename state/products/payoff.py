"""What pays by more than one price, or by a bend in one: value and delta of a MW for an hour.

A payoff is a pure function of quotes. What it returns enters the leg grid as financial MW (the
deltas) whose cost makes their value the payoff's, so that open position, P&L and VaR need no
other machinery; docs/products.md, "Contingent contracts".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from state.arrays import Flags, Matrix
from state.calendar import MarketDay
from state.compiled import compiled
from state.messages import Block, FloatColumn, ProductTrade

_DECIMALS = 9
_NEAR_HALF, _MOST_ROUNDED = 0.01, 1e13
_ROOT_2, _ROOT_2PI = math.sqrt(2.0), math.sqrt(2.0 * math.pi)


class Within(NamedTuple):
    """The delivery among whose hours a contract chooses."""

    start_ns: int
    end_ns: int
    block: Block

    def of(self, day: MarketDay) -> Flags:
        """Say which intervals of a day it has."""
        inside = np.zeros(day.intervals, dtype=np.bool_)
        part = slice(*day.span(self.start_ns, self.end_ns))
        inside[part] = day.block_mask(self.block)[part]
        return inside


class Terms(NamedTuple):
    """What contracts must agree on to be one line: the payoff of a MW depends on nothing else.

    Attributes:
        product: its name.
        run: the run it settles at (``state.market.prices``).
        rows: of the market; the first holds the value.
        resource: whose output the MW are shares of, or the unit; −1 if there is none.
        strike: $/MWh; of a floor the floor.
        volatility: $/MWh a year.
        hours: at full output that a storage unit holds; 0 for all others.
        efficiency: of a storage unit.
        within: of what chooses among the hours of a day; None for all others.
    """

    product: str
    run: int
    rows: tuple[int, ...]
    resource: int
    strike: float
    volatility: float
    hours: float = 0.0
    efficiency: float = 1.0
    within: Within | None = None

    @classmethod
    def restored(cls, saved: list[Any]) -> Terms:
        """Take over terms that were saved as a list."""
        product, run, rows, *rest = saved
        terms = cls(product, run, tuple(rows), *rest)
        if terms.within is None:
            return terms
        start_ns, end_ns, block = terms.within
        return terms._replace(within=Within(start_ns, end_ns, Block(block)))

    def of_day(self, day: MarketDay) -> Flags | None:
        """Say among which intervals of a day it chooses; None if it does not."""
        return None if self.within is None else self.within.of(day)


@dataclass(frozen=True)
class Quotes:
    """What a payoff is made from, by interval (or day, beyond the grid).

    Attributes:
        mark: $/MWh at each place, shape (places, intervals); NaN where there is none.
        lmp: the published price of the run it settles at, same shape; NaN before.
        congestion: its published congestion component, same shape; NaN before.
        deviation: standard deviation of the price, or of the spread, until it settles, $/MWh; 0
            where it has, NaN where none is known.
        hours: length of an interval.
        charged_hours: hours at full output that a storage unit begins the day with.
        delivers: which intervals of a day are to choose from; None is all of them.
    """

    mark: Matrix
    lmp: Matrix
    congestion: Matrix
    deviation: FloatColumn
    hours: float = 1.0
    charged_hours: float = 0.0
    delivers: Flags | None = None

    def over(self, part: slice) -> Quotes:
        """Return the same of some intervals or days."""
        return replace(
            self,
            mark=self.mark[:, part],
            lmp=self.lmp[:, part],
            congestion=self.congestion[:, part],
            deviation=self.deviation[part],
        )


def always(_: ProductTrade) -> bool:
    """Say that every contract of a product has its payoff."""
    return True


def no_strike(_: ProductTrade) -> float:
    """Return the strike of what has none."""
    return 0.0


@dataclass(frozen=True)
class Payoff:
    """What a MW for an hour pays, besides a product's linear legs.

    Attributes:
        value: from terms and quotes, $ by interval (NaN where a mark is missing), and deltas:
            MW by place and interval.
        outright: the delta at each place while it is unknown: the whole position, so that what
            has no mark is named with its MW.
        strike: the price at which it bends, $/MWh.
        applies: whether a contract of the product has it.
        bends: whether it is not linear in its price.
        by_day: whether it chooses among the hours of a day, which none has beyond the grid.
    """

    value: Callable[[Terms, Quotes], tuple[FloatColumn, Matrix]]
    outright: tuple[float, ...]
    strike: Callable[[ProductTrade], float] = no_strike
    applies: Callable[[ProductTrade], bool] = always
    by_day: bool = False
    bends: bool = True

    def within(self, trade: ProductTrade) -> Within | None:
        """Return the hours that a contract chooses among; None where each stands alone."""
        if not self.by_day:
            return None
        return Within(trade.delivery_start_ns, trade.delivery_end_ns, trade.block)


def call(spread: float, deviation: float) -> tuple[float, float]:
    """Return value and delta of the right to a spread, normal model, undiscounted.

    ``s·N(s/v) + v·n(s/v)`` with s the forward spread and v = σ·√T its standard deviation
    (Bachelier 1900; the spread option of Poitras, "Spread options, exchange options, and
    arithmetic Brownian motion", 1998). Spreads of power are negative often enough that no
    lognormal model holds. Both are rounded to nine decimals, so that the last bits of erf and
    exp, which differ between C libraries, reach no state. Without a deviation (0, or NaN where none
    is known) it is what the right would pay.

    >>> call(5.0, 0.0), call(-5.0, 0.0)
    ((5.0, 1.0), (0.0, 0.0))
    >>> call(0.0, 10.0)  # 10/√(2π)
    (3.989422804, 0.5)
    >>> call(10.0, 10.0)  # 10·0.841345 + 10·0.241971
    (10.833154706, 0.841344746)
    """
    if not deviation > 0.0:
        return (spread, 1.0) if spread > 0.0 else (0.0, 0.0)
    reach = spread / deviation
    delta = 0.5 * (1.0 + math.erf(reach / _ROOT_2))
    density = math.exp(-0.5 * reach * reach) / _ROOT_2PI
    return round(spread * delta + deviation * density, _DECIMALS), round(delta, _DECIMALS)


def calls(spread: FloatColumn, deviation: FloatColumn) -> tuple[FloatColumn, FloatColumn]:
    """Return value and delta of the right to a spread in each interval; NaN gives NaN.

    To the bits of :func:`call` of each.

    >>> value, delta = calls(np.array([5.0, np.nan]), np.array([0.0, 0.0]))
    >>> value.tolist(), delta.tolist()
    ([5.0, nan], [1.0, nan])
    """
    if not (deviation > 0.0).any():
        unknown = np.isnan(spread)
        delta = np.where(unknown, np.nan, np.where(spread > 0.0, 1.0, 0.0))
        return np.where(unknown, np.nan, np.maximum(spread, 0.0)), delta
    wide = np.where(deviation > 0.0, deviation, np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        reach = spread / wide
        inner, outer = np.empty((2, len(reach)))
        _curve(reach, inner, outer)
        delta = 0.5 * (1.0 + inner)
        value = _rounded(spread * delta + wide * (outer / _ROOT_2PI))
    settled = np.isnan(wide) & ~np.isnan(spread)
    pays = np.where(spread > 0.0, 1.0, 0.0)
    intrinsic = np.maximum(spread, 0.0)
    return np.where(settled, intrinsic, value), np.where(settled, pays, _rounded(delta))


@compiled
def _curve(reach: FloatColumn, inner: FloatColumn, outer: FloatColumn) -> None:
    """Write erf(z/√2) and exp(−z²/2) of each."""
    for at in range(len(reach)):
        inner[at] = math.erf(reach[at] / _ROOT_2)
        outer[at] = math.exp(-0.5 * reach[at] * reach[at])


def _rounded(numbers: FloatColumn) -> FloatColumn:
    """Round as the interpreter does, which is exact, but slow; halves are left to it."""
    whole = numbers * 10.0**_DECIMALS
    found = np.rint(whole) / 10.0**_DECIMALS
    # What a product of two numbers may be off is far below a hundredth of what is rounded to.
    doubtful = np.abs(np.abs(whole - np.trunc(whole)) - 0.5) < _NEAR_HALF
    for at in np.flatnonzero(doubtful | (np.abs(whole) > _MOST_ROUNDED)).tolist():
        found[at] = round(float(numbers[at]), _DECIMALS)
    return np.asarray(found)


def puts(below: FloatColumn, deviation: FloatColumn) -> tuple[FloatColumn, FloatColumn]:
    """Return value of the right to what a price is below a floor, and its delta to the price.

    The call on F − P: with put − call = F − P of the call on P at F (put-call parity).

    >>> value, delta = puts(np.array([-10.0]), np.array([10.0]))
    >>> value.tolist(), delta.tolist()  # 10.833154706 of the call, less 10
    ([0.833154706], [-0.158655254])
    """
    value, delta = calls(below, deviation)
    return value, 0.0 - delta
