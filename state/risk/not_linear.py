"""What a company holds that is not linear in prices, valued anew on every path of a simulation.

A path is Σₛ zₛ·xₛ/√n over the n scenarios, each xₛ less its mean, zₛ standard normal: such changes
have the scenarios' covariance exactly, of any number of factors, and no matrix of it is formed.
The desk's scenario P&L holds options by their delta; a path adds what the delta leaves out,
volume × (V(P + ΔP) − V(P) − delta·ΔP), and for as-generated contracts what a volume that is not
as expected earns at the price of the path (Glasserman, "Monte Carlo Methods in Financial
Engineering", 2004, 9.1.1). Storage, which chooses among the hours of a day, stays at its delta.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from state.arrays import Matrix
from state.compiled import compiled
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.prices import RTD
from state.products import PRODUCTS
from state.products.payoff import Quotes, Terms
from state.risk.draws import counted_normal
from state.risk.factors import MarketShocks
from state.risk.to_come import SETTLED, kinds_to_come, spread_moves

_POINTS = 65
"""Between which the value of an option with a volatility, a smooth curve, is interpolated."""


@dataclass(frozen=True)
class Bend:
    """Options of equal terms over some hours, or days beyond the grid.

    Attributes:
        marks: $/MWh, shape (places, hours).
        deviation: of the price until it settles, $/MWh; 0 where it has, NaN where none is known.
        mwh: signed.
        shocks: of the price it bends in (the first place's less the second's), (hours, scenarios).
        settles: whether a path ends with the price settled, so that no time value is left.
    """

    terms: Terms
    marks: Matrix
    deviation: Matrix
    mwh: Matrix
    shocks: Matrix
    settles: bool

    def value(self, hour: int, moved: Matrix, deviation: float) -> tuple[Matrix, Matrix]:
        """Return value and delta of a MWh in an hour at each of some moves of its price."""
        marks = np.repeat(self.marks[:, hour, None], len(moved), axis=1)
        marks[0] += moved
        unpublished = np.full(marks.shape, np.nan)
        quotes = Quotes(marks, unpublished, unpublished, np.full(len(moved), deviation))
        payoff = PRODUCTS[self.terms.product].payoff
        assert payoff is not None  # noqa: S101 - only what has one is a line
        value, deltas = payoff.value(self.terms, quotes)
        return value, deltas[0]

    def beyond_delta(self, hour: int, moved: Matrix) -> Matrix:
        """Return what a MWh gains on each path beyond its delta times the move, $."""
        wide = float(self.deviation[hour])
        value, delta = self.value(hour, np.zeros(1), wide)
        if wide > 0.0 and not self.settles:
            at = np.linspace(moved.min(), moved.max(), _POINTS)
            anew = np.interp(moved, at, self.value(hour, at, wide)[0])
        else:
            anew, _ = self.value(hour, moved, 0.0)
        return np.asarray(anew - value[0] - delta[0] * moved)


@dataclass(frozen=True)
class Volume:
    """The output of a plant under as-generated contracts, over the hours without a price.

    Attributes:
        usd: what it is expected to earn beyond what the contracts cost.
        pnl: $ by scenario of the expected volume.
    """

    usd: float
    pnl: Matrix


@dataclass
class NotLinear:
    """What is not linear in prices: options that bend, and volumes as generated."""

    bends: list[Bend]
    volumes: list[Volume]

    def paths(self, linear: Matrix, *, seed: int, paths: int, deviation: float) -> Matrix:
        """Return the firm's P&L on each path, $.

        Args:
            linear: its scenario P&L, options by their delta.
            seed: of the simulation.
            paths: how many.
            deviation: standard deviation of an as-generated volume, a share of what is expected.
        """
        weights = _weights(seed, len(linear), paths)
        pnl = projected(weights, linear[None])[0]
        for bend in self.bends:
            for hour, moved in enumerate(projected(weights, bend.shocks)):
                pnl += bend.mwh[hour] * bend.beyond_delta(hour, moved)
        more = counted_normal(seed + 1)(len(self.volumes), paths) if deviation else ()
        for volume, share in zip(self.volumes, more, strict=False):
            pnl += deviation * share * (volume.usd + projected(weights, volume.pnl[None])[0])
        return np.asarray(pnl)


@lru_cache(maxsize=2)
def _weights(seed: int, scenarios: int, paths: int) -> Matrix:
    return np.asarray(counted_normal(seed)(scenarios, paths) / math.sqrt(scenarios))


def projected(weights: Matrix, moves: Matrix) -> Matrix:
    """Return moves on each path, shape (factors, paths), with the covariance of the scenarios.

    >>> projected(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[3.0, 1.0]])).tolist()
    [[1.0, -1.0]]
    """
    away = moves - np.add.reduce(moves, axis=1, keepdims=True) / moves.shape[1]
    found = np.zeros((len(moves), weights.shape[1]))
    project(weights, away, found)
    return found


@compiled
def project(weights: Matrix, away: Matrix, found: Matrix) -> None:
    """Add up each factor's moves, scenario by scenario, weighted as the paths weigh them."""
    for factor in range(away.shape[0]):
        for scenario in range(away.shape[1]):
            move = away[factor, scenario]
            if move != 0.0:
                for path in range(weights.shape[1]):
                    found[factor, path] += move * weights[scenario, path]


# What is held ------------------------------------------------------------------------------------


def not_linear(markets: list[tuple[MarketBook, MarketShocks]]) -> NotLinear:
    """Collect what is not linear in prices and still to be priced."""
    found = NotLinear([], [])
    for market, shocks in markets:
        for day, held in market.contingent.days.items():
            for terms, line in held.lines.items():
                if PRODUCTS[terms.product].bends_alone:
                    volume = line.volume
                    if PRODUCTS[terms.product].as_generated:
                        volume = volume * market.days[day].volumes.expected[terms.resource]
                    found.bends.extend(_of_day(market, shocks, market.days[day], terms, volume))
        found.bends.extend(_beyond(market, shocks))
        for grid in market.days.values():
            found.volumes.extend(_volumes(market, shocks, grid))
    return found


def _of_day(
    market: MarketBook,
    shocks: MarketShocks,
    grid: DeliveryDay,
    terms: Terms,
    volume: Matrix,
) -> Iterator[Bend]:
    """Yield a line's hours that are still to be priced, at the mean mark of what is left."""
    run = grid.trade_run(terms.run)
    places = market.tables.rows.location[list(terms.rows)]
    kinds = np.array([kinds_to_come(grid, int(place), run) for place in places])
    wide = market.contingent.time_value.of_day(grid, terms, places, slice(0, len(volume)))
    marks = grid.prices.marks(places, slice(None))[run]
    left = (kinds[0] != SETTLED) & np.isfinite(marks).all(axis=0) & (volume != 0.0)
    hours, level, deviation, mwh, moves = [], [], [], [], []
    for hour in range(grid.day.hours):
        part = np.flatnonzero(left[hour * grid.day.per_hour :][: grid.day.per_hour])
        if not len(part):
            continue
        part += hour * grid.day.per_hour
        hours.append(hour)
        level.append(np.add.reduce(marks[:, part], axis=1) / len(part))
        mwh.append(float(np.add.reduce(volume[part])) * grid.hours_per_interval)
        deviation.append(wide[part[0]])
        now, clock_hour = kinds[:, part[0]].tolist(), int(grid.day.clock_hours[hour])
        moves.append(spread_moves(shocks, tuple(now), tuple(places.tolist()), clock_hour))
    if hours:
        # A deviation out of the scenarios is what they move the price by until it settles.
        settles = terms.volatility == 0.0
        columns = [np.array(column) for column in (deviation, mwh, moves)]
        yield Bend(terms, np.array(level).T, columns[0], columns[1], columns[2], settles)


def _beyond(market: MarketBook, shocks: MarketShocks) -> Iterator[Bend]:
    """Yield the lines beyond the grid, their days of a month together."""
    forward, tables = market.forward, market.tables
    if forward is None:
        return
    for (terms, block), line in market.contingent.forward.items():
        if not PRODUCTS[terms.product].bends_alone:
            continue
        places = [tables.locations.beyond(int(tables.rows.location[row])) for row in terms.rows]
        names = [tables.locations.names[place] for place in places]
        marks = np.array([forward.curve_by_day(name, block) for name in names])
        wide = market.contingent.time_value.beyond(terms, names, block, forward)
        for number, month in enumerate(forward.months):
            days = np.flatnonzero((forward.month_of == number) & (line.volume != 0.0))
            days = days[days >= forward.first]
            moves = [shocks.curve.get((name, block, month)) for name in names]
            if not len(days) or np.isnan(marks[:, days[0]]).any() or moves[0] is None:
                continue
            moved = moves[0] - (moves[1] if len(moves) > 1 and moves[1] is not None else 0.0)
            mwh = np.array([float(np.add.reduce(line.volume[days]))])
            mean = math.sqrt(float(np.add.reduce(wide[days] ** 2)) / len(days))
            settles = False
            yield Bend(terms, marks[:, days[:1]], np.array([mean]), mwh, moved[None], settles)


def _volumes(market: MarketBook, shocks: MarketShocks, grid: DeliveryDay) -> Iterator[Volume]:
    """Yield what plants under as-generated contracts are still to generate unpriced."""
    table = market.tables
    for resource in grid.rates.plants:
        place = int(table.rows.location[table.resources.row[resource]])
        kinds = kinds_to_come(grid, place, RTD)
        mwh = grid.volumes.expected[resource] * grid.hours_per_interval
        mark = grid.prices.marks(np.array([place]), slice(None))[RTD, 0]
        left = np.flatnonzero((kinds != SETTLED) & (mwh != 0.0) & np.isfinite(mark))
        if not len(left):
            continue
        paid = grid.rates.paid_for(resource, len(mwh))
        clock = grid.day.clock_hours[left // grid.day.per_hour]
        moves = shocks.at(kinds[left], np.full(len(left), place), clock)
        pnl = np.add.reduce(moves * mwh[left, None], axis=0)
        yield Volume(float(np.add.reduce(mwh[left] * (mark - paid)[left])), pnl)
