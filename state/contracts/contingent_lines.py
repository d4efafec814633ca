"""Lines of contingent contracts: what is held of equal terms, and what the grid holds of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from state.arrays import Matrix, Numbers
from state.market.delivery_day import DeliveryDay
from state.messages import FloatColumn
from state.products import PRODUCTS
from state.products.payoff import Quotes, Terms


@dataclass
class Line:
    """Contracts of equal terms over one day's intervals, or over the days beyond the grid.

    Attributes:
        volume: signed MW by interval (shares of a resource's output), MWh by day beyond.
        paid_usd: what the contracts cost, by interval or day.
        legs: what is entered of it, in the unit of ``volume``, by row.
        cost_usd: the cost entered with it, by row.
    """

    volume: FloatColumn
    paid_usd: FloatColumn
    legs: Matrix
    cost_usd: Matrix

    @property
    def empty(self) -> bool:
        """Whether nothing is left of it, in the grid too."""
        return not any(part.any() for part in (self.volume, self.paid_usd, self.legs))


def new_line(rows: int, length: int) -> Line:
    """Begin a line of which nothing is entered."""
    zeros = np.zeros(length)
    return Line(zeros, zeros.copy(), np.zeros((rows, length)), np.zeros((rows, length)))


class Watch:
    """Says which lines of a day stand on a price that moved, all of them at once."""

    def __init__(self) -> None:
        self._terms: list[Terms] = []
        self._runs = np.empty(0, dtype=np.int64)
        self._places = np.empty(0, dtype=np.int64)
        self._owners = np.empty(0, dtype=np.int64)
        self._seen = np.empty((3, 0, 0))

    def add(self, terms: Terms, run: int, places: Numbers, day: DeliveryDay) -> None:
        """Watch the prices of a line, as they stand."""
        count = len(places)
        self._owners = np.append(self._owners, [len(self._terms)] * count)
        self._runs = np.append(self._runs, [run] * count)
        self._places = np.append(self._places, places)
        self._terms.append(terms)
        here = _prices(day, np.full(count, run), places)
        self._seen = np.concatenate((self._seen, here), axis=1) if self._seen.size else here

    def moved(self, day: DeliveryDay) -> dict[Terms, slice]:
        """Return the lines of which a price moved since the last call, and over what span."""
        now = _prices(day, self._runs, self._places)
        same = (now == self._seen) | (np.isnan(now) & np.isnan(self._seen))
        self._seen = now
        moved = ~same.all(axis=0)
        found: dict[Terms, slice] = {}
        for number in np.flatnonzero(moved.any(axis=1)).tolist():
            columns = np.flatnonzero(moved[number])
            terms = self._terms[self._owners[number]]
            known = found.get(terms, slice(int(columns[0]), int(columns[-1]) + 1))
            found[terms] = slice(
                min(known.start, int(columns[0])), max(known.stop, int(columns[-1]) + 1)
            )
        return found


def _prices(day: DeliveryDay, runs: Numbers, places: Numbers) -> Matrix:
    """Return marks, published prices and how many runs are out, shape (3, places, intervals).

    A run that is published at what it was marked at moves no price, but what is still to come.
    """
    marks = day.prices.marks(places, slice(None))[runs, np.arange(len(places))]
    published = day.prices.published
    out = np.isfinite(published[:, places]).sum(axis=0)
    return np.array((marks, published[runs, places], out))


@dataclass
class DayLines:
    """The lines of one day; only they are saved.

    Attributes:
        lines: by terms.
        stamp: what their figures stood on.
        stale: lines whose contracts changed since.
        watch: of their prices; None when it must be made anew.
    """

    lines: dict[Terms, Line] = field(default_factory=dict)
    stamp: tuple[int, ...] = ()
    stale: set[Terms] = field(default_factory=set)
    watch: Watch | None = None


def entered(
    terms: Terms, quotes: Quotes, volume: FloatColumn, paid_usd: FloatColumn, hours: float
) -> tuple[Matrix, Matrix]:
    """Return the legs of a line by row, and the cost that makes their value the payoff's.

    Args:
        terms: of the line.
        quotes: prices of its places.
        volume: MW, or MWh where ``hours`` is 1.
        paid_usd: what its contracts cost.
        hours: length of an interval.

    An option on 10 MW at 40 $/MWh, marked at 55, is 10 MW that cost 40:

    >>> quotes = Quotes(*[np.array([[55.0]])] * 3, deviation=np.zeros(1))
    >>> terms = Terms("dispatchable", 0, (0,), -1, 40.0, 0.0)
    >>> legs, cost = entered(terms, quotes, np.array([10.0]), np.zeros(1), 1.0)
    >>> legs.tolist(), cost.tolist()
    ([[10.0]], [[400.0]])
    """
    payoff = PRODUCTS[terms.product].payoff
    if payoff is None:
        return np.zeros((0, len(volume))), np.zeros((0, len(volume)))
    value, deltas = payoff.value(terms, quotes)
    unknown = np.isnan(value)
    outright = np.array(payoff.outright)[:, None]
    legs = np.where(unknown, outright, deltas) * volume
    cost = legs * np.where(np.isnan(quotes.mark), 0.0, quotes.mark) * hours
    cost[0] += paid_usd - np.where(unknown, 0.0, value) * volume * hours
    return legs, cost
