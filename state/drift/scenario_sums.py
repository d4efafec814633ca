"""Scenario P&L of recomputed exposures: the MWh of each factor first, then its shocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from state.compiled import compiled
from state.market.book import MarketBook
from state.messages import Block, FloatColumn, ProductTrade, Trade
from state.risk.portfolio import FORWARD, INTRADAY

if TYPE_CHECKING:
    from state.desk import Desk

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]


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

    def add(
        self, market: MarketBook, books: Numbers, places: Numbers, mwh: Matrix, clock: Numbers
    ) -> None:
        """Add exposures, shape (kinds, holders, hours), of holders of some books at some places."""
        shocks = self._scenarios.shocks.get(market.market.market)
        if shocks is None or not self.pnl.size:
            return
        hub, basis = self._mwh[market.market.market]
        gather(mwh, books - self._books.start, places, shocks.hub_row, clock, hub, basis)

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

    def add_held(self, market: MarketBook, trades: list[Trade]) -> None:
        """Add what some contracts hold that is no energy, from their terms."""
        shocks = self._scenarios.shocks.get(market.market.market)
        if shocks is None or not self.pnl.size:
            return
        for trade in trades:
            book = market.books.index(trade.book)
            if book not in self._books or not isinstance(trade, ProductTrade):
                continue
            for name, period, units in market.certificates.at_risk(trade):
                self._add_curve(book, shocks.curve.get((name, Block.FLAT, period)), units)


@compiled
def gather(
    mwh: Matrix,
    books: Numbers,
    places: Numbers,
    hub_row: Numbers,
    clock: Numbers,
    by_hub: Matrix,
    by_place: Matrix,
) -> None:
    """Add up the MWh of each factor, signed and without signs."""
    for kind in range(mwh.shape[0]):
        for holder in range(mwh.shape[1]):
            book, place = books[holder], places[holder]
            for hour in range(mwh.shape[2]):
                amount = mwh[kind, holder, hour]
                if amount != 0.0:
                    by_hub[0, book, kind, hub_row[place], clock[hour]] += amount
                    by_hub[1, book, kind, hub_row[place], clock[hour]] += abs(amount)
                    by_place[0, book, kind, place] += amount
                    by_place[1, book, kind, place] += abs(amount)


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
