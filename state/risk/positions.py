"""Positions of a market by what they contribute to the risk: which are largest, and their P&L.

A position is what a book holds at a location in a block of the intraday grid, at a hub in a block
and month beyond it, or of a product that is no energy. Which are largest is seen in the tail
alone, where all lines of a location meet two columns and not every scenario.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from state.arrays import Matrix, Numbers
from state.compiled import compiled
from state.contracts.certificates import factor_of
from state.market.book import MarketBook
from state.market.exposures import KIND_OF_STATE, RUN_OF_STATE
from state.market.held_exposure import exposure_of
from state.market.horizon import BLOCKS
from state.messages import Block
from state.risk.factors import MarketShocks
from state.risk.held import CLOCK_HOURS, blocks_of_hours, open_days, pnl_at
from state.risk.kinds import KINDS


@dataclass(frozen=True)
class _Beyond:
    """A position whose P&L is a quantity times one shock.

    Attributes:
        quantity: MWh, or units of what is no energy.
        mwh: |MWh|; 0 of what is no energy.
    """

    name: str
    quantity: float
    mwh: float
    shock: Matrix


class Positions:
    """The positions of one market.

    Args:
        market: whose.
        shocks: its scenarios.
        tail: the k worst scenarios of the firm, the last is VaR.
        before: what stands before each place, to tell it from one of another market.

    Attributes:
        gross_mwh: Σ |MWh| of each.
        component_var: each one's loss in the scenario that is VaR, $.
    """

    def __init__(
        self, market: MarketBook, shocks: MarketShocks, tail: Numbers, before: str = ""
    ) -> None:
        tables = market.tables
        self._market, self._before = market, before
        self._shocks = shocks
        self._days = list(open_days(market))
        count = len(tables.locations)
        books = np.concatenate((tables.rows.book, tables.lines.book))
        places = np.concatenate((tables.rows.location, tables.lines.place))
        self._found, self._key = np.unique(books * count + places, return_inverse=True)
        self._place = self._found % count
        gross, usd = self._intraday(tail[-1])
        self._shown = np.flatnonzero(gross.ravel())
        self._beyond = [*_forward(market, shocks, before), *_units(market, shocks, before)]
        self.gross_mwh = np.append(gross.ravel()[self._shown], [one.mwh for one in self._beyond])
        lost = [-one.quantity * one.shock[tail[-1]] for one in self._beyond]
        self.component_var = np.append(-usd.ravel()[self._shown], lost)

    def __len__(self) -> int:
        return len(self._shown) + len(self._beyond)

    def name(self, number: int) -> str:
        """Return book, place and period of a position."""
        if number >= len(self._shown):
            return self._beyond[number - len(self._shown)].name
        block, key = divmod(int(self._shown[number]), len(self._found))
        book, place = divmod(int(self._found[key]), len(self._market.tables.locations))
        name = self._market.tables.locations.names[place]
        return f"{self._market.books[book]} · {self._before}{name} · intraday {BLOCKS[block]}"

    def _intraday(self, at: int) -> tuple[Matrix, Matrix]:
        """Return Σ |MWh| and the P&L of one scenario, by block and (book, location)."""
        gross, usd = np.zeros((2, len(BLOCKS), len(self._place)))
        hub, basis = self._shocks.hub[..., at].copy(), self._shocks.basis[..., at].copy()
        rows, lines = self._market.tables.rows, self._market.tables.lines
        of_rows = (self._key[: len(rows)], rows.location, self._shocks.hub_row)
        of_lines = (self._key[len(rows) :], lines.columns, self._shocks.hub_row)
        for grid, first in self._days:
            hours = (first, grid.day.clock_hours, blocks_of_hours(grid))
            sum_positions(grid.exposure, hours, of_rows, hub, basis, gross, usd)
            held = (grid.hourly.mw, grid.hourly.weight)
            sum_line_positions(held, hours, of_lines, hub, basis, gross, usd)
        return gross, usd

    def pnl(self, chosen: Numbers) -> Matrix:
        """Return the scenario P&L of some positions, $, shape (positions, scenarios)."""
        inside = chosen[chosen < len(self._shown)]
        block, key = np.divmod(self._shown[inside], max(1, len(self._place)))
        mwh = np.zeros((KINDS, len(inside), CLOCK_HOURS))
        for grid, first in self._days:
            own = grid.day.on_peak_by_hour
            for number in range(len(inside)):
                holders = np.flatnonzero(self._key == key[number])
                held = exposure_of(grid, self._market.tables, holders)
                by_hour = np.add.reduce(held, axis=1)
                for hour in range(first, grid.day.hours):
                    if own[hour] == (BLOCKS[block[number]] is Block.ON_PEAK):
                        mwh[:, number, grid.day.clock_hours[hour]] += by_hour[:, hour]
        moved = pnl_at(self._shocks, mwh, self._place[key])
        beyond = [self._beyond[at] for at in chosen[len(inside) :] - len(self._shown)]
        rest = np.array([one.quantity * one.shock for one in beyond])
        return np.concatenate((moved, rest.reshape(len(beyond), moved.shape[1])))


def _forward(market: MarketBook, shocks: MarketShocks, before: str) -> list[_Beyond]:
    found: list[_Beyond] = []
    if market.forward is None:
        return found
    forward, names = market.forward, market.tables.locations.names
    for (book, hub, block), row in forward.keys.items():
        for at in np.flatnonzero(forward.mwh[row]).tolist():
            shock = shocks.curve.get((names[hub], block, forward.months[at]))
            if shock is not None:
                place = f"{before}{names[hub]}"
                name = f"{market.books[book]} · {place} · {block} {forward.months[at]}"
                mwh = float(forward.mwh[row, at])
                found.append(_Beyond(name, mwh, abs(mwh), shock))
    return found


def _units(market: MarketBook, shocks: MarketShocks, before: str) -> list[_Beyond]:
    found: list[_Beyond] = []
    for (book, product, kind, period), units in market.certificates.exposed():
        shock = shocks.curve.get(factor_of((product, kind, period)))
        if shock is not None and units:
            name = f"{market.books[book]} · {before}{product} {kind} {period}"
            found.append(_Beyond(name, units, 0.0, shock))
    return found


@compiled
def sum_positions(
    exposure: Matrix,
    hours: tuple[int, Numbers, Numbers],
    where: tuple[Numbers, Numbers, Numbers],
    hub: Matrix,
    basis: Matrix,
    gross: Matrix,
    usd: Matrix,
) -> None:
    """Add up |MWh| and one scenario's P&L of every position, by block, of what rows hold."""
    first, clock_hours, blocks = hours
    keys, places, hub_row = where
    for kind in range(exposure.shape[0]):
        for holder in range(len(keys)):
            key, place = keys[holder], places[holder]
            for hour in range(first, exposure.shape[2]):
                mwh = exposure[kind, holder, hour]
                if mwh == 0.0:
                    continue
                shock = hub[kind, hub_row[place], clock_hours[hour]] + basis[kind, place]
                gross[blocks[hour], key] += abs(mwh)
                usd[blocks[hour], key] += mwh * shock


@compiled
def sum_line_positions(
    held: tuple[Matrix, Matrix],
    hours: tuple[int, Numbers, Numbers],
    where: tuple[Numbers, Numbers, Numbers],
    hub: Matrix,
    basis: Matrix,
    gross: Matrix,
    usd: Matrix,
) -> None:
    """Add up likewise what lines hold, hour by hour as they are laid out."""
    mw, weight = held
    first, clock_hours, blocks = hours
    keys, columns, hub_row = where
    for hour in range(first, weight.shape[2]):
        block = blocks[hour]
        for line in range(len(keys)):
            if mw[hour, line] == 0.0:
                continue
            key, place, run = keys[line], columns[1, line], columns[2, line]
            for state in range(len(RUN_OF_STATE)):
                mwh = mw[hour, line] * weight[state, place, hour]
                if RUN_OF_STATE[state] != run or mwh == 0.0:
                    continue
                kind = KIND_OF_STATE[state]
                shock = hub[kind, hub_row[place], clock_hours[hour]] + basis[kind, place]
                gross[block, key] += abs(mwh)
                usd[block, key] += mwh * shock
