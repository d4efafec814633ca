"""W1 kept current by difference in dense arrays, with NumPy: what a stream is waited to show.

It is quick, so that an engine under measurement meets no busy machine between its events; at the
end the engine is held against a recompute from scratch all the same.
"""

from __future__ import annotations

import numpy as np

from benchmarks.marked_day import Marks
from benchmarks.peers.peer import PeerFigures, PeerTrade, quantile
from benchmarks.workload import HOURS
from state.arrays import Floats


class Dense:
    """Holds W1.

    Attributes:
        held: MW by hour, book and node.
        open: MW by book and hour.
        mark: $/MWh by hour and node.
        value: $ by book.
        shock: $/MWh by factor and scenario.
        pnl: $ by book and scenario, the firm last.
        var: $ by book, the firm last.
    """

    def __init__(self, marks: Marks) -> None:
        size, own, count = marks.size, marks.trades, marks.size.trades
        book, node, first, hours = (
            column[:count] for column in (own.book, own.node, own.first_hour, own.hours)
        )
        quantity_mw, price = own.quantity_mw[:count], own.price[:count]
        self.held = np.zeros((HOURS, size.books, size.nodes))
        trade = np.repeat(np.arange(count), hours)
        hour = first[trade] + np.arange(len(trade)) - np.repeat(np.cumsum(hours) - hours, hours)
        np.add.at(self.held, (hour, book[trade], node[trade]), quantity_mw[trade])
        self.open = np.ascontiguousarray(self.held.sum(axis=2).T)
        self.mark = np.ascontiguousarray(marks.opening_price.T)
        worth = np.einsum("hbn,hn->b", self.held, self.mark)
        self.value = worth - np.bincount(book, quantity_mw * hours * price, size.books)
        self.shock = np.ascontiguousarray(marks.shock.T)
        exposure = np.zeros((size.books, len(self.shock)))
        np.add.at(exposure, (book, marks.factor[node]), quantity_mw * hours)
        pnl = exposure @ self.shock
        self.pnl = np.vstack((pnl, pnl.sum(axis=0)))
        self.var = quantile(self.pnl)

    def publish(self, hour: int, price: Floats) -> None:
        """Revalue one hour."""
        self.value += self.held[hour] @ (price - self.mark[hour])
        self.mark[hour] = price

    def trade(self, trade: PeerTrade) -> None:
        """Add a trade."""
        book, node, first, last, quantity_mw, price = trade
        part = slice(first, last)
        self.held[part, book, node] += quantity_mw
        self.open[book, part] += quantity_mw
        mwh = quantity_mw * (last - first)
        self.value[book] += quantity_mw * float(self.mark[part, node].sum()) - mwh * price
        moved = mwh * self.shock[node % len(self.shock)]
        for row in (book, -1):
            self.pnl[row] += moved
            self.var[row] = quantile(self.pnl[row])

    def figures(self) -> PeerFigures:
        """Return the figures."""
        return PeerFigures(self.open, self.value, self.var)
