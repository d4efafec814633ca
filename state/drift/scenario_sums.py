"""Scenario P&L of exposures: the MWh of each factor first, then its shocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from state.arrays import Cube, Matrix, Numbers
from state.compiled import compiled
from state.contracts.certificates import Mark, factor_of
from state.drift.contracts import Held
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.exposures import KIND_OF_STATE, RUN_OF_STATE
from state.messages import FloatColumn
from state.risk.portfolio import FORWARD, INTRADAY

if TYPE_CHECKING:
    from state.desk import Desk


class ScenarioSums:
    """Sums the scenario P&L of some books.

    Args:
        desk: whose scenarios.
        books: indices.

    Attributes:
        pnl: $, shape (2 horizons, books, scenarios); intraday after :meth:`strike`.
        gross: $, what the largest of them is the sum of, without signs; (2 horizons, books).
    """

    def __init__(self, desk: Desk, books: range) -> None:
        self._scenarios = desk.portfolio.scenarios
        self._books = books
        self.pnl = np.zeros((2, len(books), len(self._scenarios.dates)))
        self.gross = np.zeros((2, len(books)))
        self._mwh: dict[str, tuple[Matrix, Matrix]] = {}
        for name, shocks in self._scenarios.shocks.items():
            parts = (shocks.hub.shape[:-1], shocks.basis.shape[:-1])
            one, other = (np.zeros((2, len(books), *shape)) for shape in parts)
            self._mwh[name] = (one, other)

    def add_day(self, market: MarketBook, grid: DeliveryDay, held: Held) -> None:
        """Add what rows and lines of some books are exposed to on a day, as it is kept."""
        shocks = self._scenarios.shocks.get(market.market.market)
        if shocks is None or not self.pnl.size:
            return
        first, tables, hourly = self._books.start, market.tables, grid.hourly
        clock, by_factor = grid.day.clock_hours, self._mwh[market.market.market]
        rows, lines = held.rows, held.lines
        if len(rows):
            holders = rows, tables.rows.book[rows] - first, tables.rows.location[rows]
            gather(grid.exposure, holders, shocks.hub_row, clock, *by_factor)
        if len(lines):
            kept, known = (hourly.mw, hourly.weight_by_hour), (lines, tables.lines.columns)
            states = RUN_OF_STATE, KIND_OF_STATE
            gather_lines(kept, known, first, states, shocks.hub_row, clock, *by_factor)

    def strike(self) -> None:
        """Let the MWh of each factor meet its shocks."""
        for name, parts in self._mwh.items():
            shocks = self._scenarios.shocks[name]
            pairs = zip((shocks.hub, shocks.basis), shocks.largest, strict=True)
            for mwh, (moved, most) in zip(parts, pairs, strict=True):
                factors = moved.reshape(-1, moved.shape[-1])
                by_book = mwh.reshape(2, mwh.shape[1], -1)
                meet(by_book, factors, most, self.pnl[INTRADAY], self.gross[INTRADAY])

    def add_forward(self, market: MarketBook, mwh: Matrix) -> None:
        """Add forward MWh, by row and month."""
        shocks = self._scenarios.shocks.get(market.market.market)
        forward = market.forward
        if shocks is None or forward is None or not self.pnl.size:
            return
        keys, names = list(forward.keys), market.tables.locations.names
        for row, month in zip(*np.nonzero(mwh), strict=True):
            book, hub, block = keys[row]
            shock = shocks.curve.get((names[hub], block, forward.months[month]))
            self._add_curve(book, shock, float(mwh[row, month]))

    def _add_curve(self, book: int, shock: FloatColumn | None, amount: float) -> None:
        if shock is not None and book in self._books:
            moved, local = shock * amount, book - self._books.start
            self.pnl[FORWARD, local] += moved
            self.gross[FORWARD, local] += float(np.max(np.abs(moved)))

    def add_units(self, market: MarketBook, book: int, mark: Mark, units: float) -> None:
        """Add units that a book holds of what is no energy."""
        shocks = self._scenarios.shocks.get(market.market.market)
        if shocks is not None and self.pnl.size:
            self._add_curve(book, shocks.curve.get(factor_of(mark)), units)


@compiled
def gather(
    mwh: Cube,
    holders: tuple[Numbers, Numbers, Numbers],
    hub_row: Numbers,
    clock: Numbers,
    by_hub: Matrix,
    by_place: Matrix,
) -> None:
    """Add up the MWh of each factor, signed and without signs.

    Args:
        mwh: by kind, row and hour.
        holders: numbers of the rows; the book and the place of each.
        hub_row: the hub's row by place.
        clock: by hour of the day.
        by_hub: by sign, book, kind, hub and clock hour; written.
        by_place: by sign, book, kind and place; written.
    """
    rows, books, places = holders
    for kind in range(mwh.shape[0]):
        for holder in range(len(rows)):
            row, book, place = rows[holder], books[holder], places[holder]
            for hour in range(mwh.shape[2]):
                amount = mwh[kind, row, hour]
                if amount != 0.0:
                    by_hub[0, book, kind, hub_row[place], clock[hour]] += amount
                    by_hub[1, book, kind, hub_row[place], clock[hour]] += abs(amount)
                    by_place[0, book, kind, place] += amount
                    by_place[1, book, kind, place] += abs(amount)


@compiled
def gather_lines(
    held: tuple[Matrix, Cube],
    known: tuple[Numbers, Numbers],
    first: int,
    states: tuple[Numbers, Numbers],
    hub_row: Numbers,
    clock: Numbers,
    by_hub: Matrix,
    by_place: Matrix,
) -> None:
    """Add up likewise what lines hold times what is exposed of their hours.

    Args:
        held: MW by hour and line; h exposed by state, hour and place.
        known: numbers of the lines; the columns of all.
        first: of the books.
        states: run and kind of each state.
        hub_row: the hub's row by place.
        clock: by hour of the day.
        by_hub: by sign, book, kind, hub and clock hour; written.
        by_place: by sign, book, kind and place; written.
    """
    (mw, weight), (lines, columns) = held, known
    amounts = np.empty(len(lines))
    for hour in range(mw.shape[0]):
        for at in range(len(lines)):  # apart: far from each other, and no guess waits for any
            amounts[at] = mw[hour, lines[at]]
        for at in range(len(lines)):
            line, amount = lines[at], amounts[at]
            if amount == 0.0:
                continue
            book, place, run = columns[0, line] - first, columns[1, line], columns[2, line]
            for state in range(len(states[0])):
                if states[0][state] != run or weight[state, hour, place] == 0.0:
                    continue
                mwh, kind = amount * weight[state, hour, place], states[1][state]
                by_hub[0, book, kind, hub_row[place], clock[hour]] += mwh
                by_hub[1, book, kind, hub_row[place], clock[hour]] += abs(mwh)
                by_place[0, book, kind, place] += mwh
                by_place[1, book, kind, place] += abs(mwh)


@compiled
def meet(mwh: Matrix, shocks: Matrix, most: FloatColumn, pnl: Matrix, gross: FloatColumn) -> None:
    """Add each factor's MWh times its shocks; gross takes the largest of them without sign."""
    for factor in range(shocks.shape[0]):
        moved = shocks[factor]
        for book in range(mwh.shape[1]):
            if mwh[1, book, factor] == 0.0:
                continue
            amount, own = mwh[0, book, factor], pnl[book]
            gross[book] += most[factor] * mwh[1, book, factor]
            for scenario in range(len(moved)):
                own[scenario] += amount * moved[scenario]
