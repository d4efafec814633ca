"""Polars: a frame of trades, and four lazy queries collected together after every event.

Prices are one series, summed over the hours of each node, so that a trade's mark is the
difference of two cells; the matrix product of VaR is NumPy's.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from typing_extensions import override

from benchmarks.marked_day import Marks
from benchmarks.peers.peer import Limits, PeerTrade, Recomputing, var_of
from benchmarks.workload import HOURS
from state.arrays import Floats

_WIDTH = HOURS + 1


class PolarsFull(Recomputing):
    """Recomputes every group after every event."""

    def load(self, marks: Marks) -> None:
        """Make the frame of the held trades."""
        own, held = marks.trades, slice(0, marks.size.trades)
        self._marks, self._limits = marks, Limits(marks)
        self._trades = pl.DataFrame(
            {
                "book": own.book[held],
                "node": own.node[held],
                "first": own.first_hour[held],
                "last": (own.first_hour + own.hours)[held],
                "mw": own.quantity_mw[held],
                "price": own.price[held],
            }
        )
        self._price = marks.opening_price.copy()
        self._sum_prices()
        self._compute()

    def trade(self, trade: PeerTrade) -> None:
        """Append a row."""
        row = pl.DataFrame([trade], schema=self._trades.schema, orient="row")
        self._trades.extend(row)
        self._compute()

    @override
    def _sum_prices(self) -> None:
        running = np.zeros((self._marks.size.nodes, _WIDTH))
        np.cumsum(self._price, axis=1, out=running[:, 1:])
        self._running = pl.Series(running.ravel())

    @override
    def _compute(self) -> None:
        rows, size = self._trades.lazy(), self._marks.size
        factors = self._marks.shock.shape[1]
        node, first, last = pl.col("node") * _WIDTH, pl.col("first"), pl.col("last")
        running, hours = pl.lit(self._running), last - first
        mark = running.gather(node + last) - running.gather(node + first)
        worth = pl.col("mw") * (mark - pl.col("price") * hours)
        factor, mwh = pl.col("node") % factors, pl.col("mw") * hours
        value, begun, ended, exposed = pl.collect_all(
            [
                rows.select("book", worth=worth).group_by("book").agg(pl.col("worth").sum()),
                rows.group_by("book", "first").agg(pl.col("mw").sum()),
                rows.group_by("book", "last").agg(pl.col("mw").sum()),
                rows.select("book", factor=factor, mwh=mwh)
                .group_by("book", "factor")
                .agg(pl.col("mwh").sum()),
            ]
        )
        self._value = _spread(value, ("book",), (size.books,))
        edges = _spread(begun, ("book", "first"), (size.books, _WIDTH))
        edges -= _spread(ended, ("book", "last"), (size.books, _WIDTH))
        self._open = np.cumsum(edges, axis=1)[:, :HOURS]
        exposure = _spread(exposed, ("book", "factor"), (size.books, factors))
        self._var = var_of(exposure, self._marks.shock)
        self._limits.compare(self._value, self._var)


def _spread(frame: pl.DataFrame, keys: tuple[str, ...], shape: tuple[int, ...]) -> Floats:
    """Lay the last column of a frame out by its keys."""
    dense = np.zeros(shape)
    dense[tuple(frame[key].to_numpy() for key in keys)] = frame[frame.columns[-1]].to_numpy()
    return dense
