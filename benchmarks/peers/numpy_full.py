"""NumPy: everything computed again after every event, from columns that are kept ready."""

from __future__ import annotations

import numpy as np
from typing_extensions import override

from benchmarks.marked_day import Marks
from benchmarks.peers.peer import Limits, PeerTrade, Recomputing, var_of
from benchmarks.workload import HOURS
from state.arrays import Floats, Numbers

_WIDTH = HOURS + 1


class NumpyFull(Recomputing):
    """Gathers, weighted counts and one matrix product an event."""

    def load(self, marks: Marks) -> None:
        """Take in the columns, with room for the trades to come."""
        own, self._count = marks.trades, marks.size.trades
        room, self._marks, self._limits = len(own), marks, Limits(marks)
        self._book: Numbers = np.zeros(room, dtype=np.int64)
        self._start, self._end = np.zeros((2, room), dtype=np.int64)
        self._from, self._to = np.zeros((2, room), dtype=np.int64)
        self._cell: Numbers = np.zeros(room, dtype=np.int64)
        self._mw, self._mwh, self._cost = np.zeros((3, room))
        held = slice(0, self._count)
        first, last = own.first_hour[held], (own.first_hour + own.hours)[held]
        quantity_mw, price = own.quantity_mw[held], own.price[held]
        self._enter(held, own.book[held], own.node[held], first, last, quantity_mw, price)
        self._price = marks.opening_price.copy()
        self._running = np.zeros((marks.size.nodes, _WIDTH))
        self._sum_prices()
        self._compute()

    def trade(self, trade: PeerTrade) -> None:
        """Add a row, then compute everything."""
        self._enter(self._count, *trade)
        self._count += 1
        self._compute()

    def _enter(
        self,
        at: int | slice,
        book: Numbers | int,
        node: Numbers | int,
        first: Numbers | int,
        last: Numbers | int,
        quantity_mw: Floats | float,
        price: Floats | float,
    ) -> None:
        self._book[at] = book
        self._start[at], self._end[at] = node * _WIDTH + first, node * _WIDTH + last
        self._from[at], self._to[at] = book * _WIDTH + first, book * _WIDTH + last
        factors = self._marks.shock.shape[1]
        self._cell[at] = book * factors + node % factors
        self._mw[at], self._mwh[at] = quantity_mw, quantity_mw * (last - first)
        self._cost[at] = quantity_mw * (last - first) * price

    @override
    def _sum_prices(self) -> None:
        np.cumsum(self._price, axis=1, out=self._running[:, 1:])

    @override
    def _compute(self) -> None:
        books, factors = self._marks.size.books, self._marks.shock.shape[1]
        part, running = slice(0, self._count), self._running.ravel()
        quantity_mw = self._mw[part]
        marks = running[self._end[part]] - running[self._start[part]]
        self._value = np.bincount(
            self._book[part], quantity_mw * marks - self._cost[part], books
        ).astype(np.float64)
        edges = np.bincount(self._from[part], quantity_mw, books * _WIDTH)
        edges = edges - np.bincount(self._to[part], quantity_mw, books * _WIDTH)
        by_hour: Floats = edges.reshape(books, _WIDTH).astype(np.float64)
        self._open = np.cumsum(by_hour, axis=1)[:, :HOURS]
        mwh = np.bincount(self._cell[part], self._mwh[part], books * factors)
        exposure: Floats = mwh.reshape(books, factors).astype(np.float64)
        self._var = var_of(exposure, self._marks.shock)
        self._limits.compare(self._value, self._var)
