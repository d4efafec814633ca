"""DuckDB: trades and summed prices as tables, three queries after every event.

The matrix product of VaR is NumPy's.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
from typing_extensions import override

from benchmarks.marked_day import Marks
from benchmarks.peers.peer import Limits, PeerTrade, Recomputing, var_of
from benchmarks.workload import HOURS
from state.arrays import Floats

_WIDTH = HOURS + 1
_VALUE = """
    SELECT book, sum(mw * (upto.running - since.running - price * (last - first))) AS amount
    FROM trades
    JOIN prices AS since ON since.node = trades.node AND since.hour = trades.first
    JOIN prices AS upto ON upto.node = trades.node AND upto.hour = trades.last
    GROUP BY book
"""
_EDGES = """
    SELECT book, hour, sum(mw) AS amount
    FROM (
        SELECT book, first AS hour, mw FROM trades
        UNION ALL
        SELECT book, last AS hour, -mw FROM trades
    )
    GROUP BY book, hour
"""
_EXPOSURE = """
    SELECT book, node % {factors} AS factor, sum(mw * (last - first)) AS amount
    FROM trades
    GROUP BY book, factor
"""


class DuckdbFull(Recomputing):
    """Queries everything after every event."""

    def load(self, marks: Marks) -> None:
        """Fill the tables."""
        own, held = marks.trades, slice(0, marks.size.trades)
        self._marks, self._limits = marks, Limits(marks)
        self._base = duckdb.connect(":memory:")
        frame = pd.DataFrame(
            {
                "book": own.book[held],
                "node": own.node[held],
                "first": own.first_hour[held],
                "last": (own.first_hour + own.hours)[held],
                "mw": own.quantity_mw[held],
                "price": own.price[held],
            }
        )
        self._base.register("held", frame)
        self._base.execute("CREATE TABLE trades AS SELECT * FROM held")
        self._node = np.repeat(np.arange(marks.size.nodes), _WIDTH)
        self._hour = np.tile(np.arange(_WIDTH), marks.size.nodes)
        self._price = marks.opening_price.copy()
        self._sum_prices()
        self._compute()

    def trade(self, trade: PeerTrade) -> None:
        """Insert a row."""
        self._base.execute("INSERT INTO trades VALUES (?, ?, ?, ?, ?, ?)", list(trade))
        self._compute()

    @override
    def _sum_prices(self) -> None:
        running = np.zeros((self._marks.size.nodes, _WIDTH))
        np.cumsum(self._price, axis=1, out=running[:, 1:])
        columns = {"node": self._node, "hour": self._hour, "running": running.ravel()}
        self._base.register("summed", pd.DataFrame(columns))
        self._base.execute("CREATE OR REPLACE TABLE prices AS SELECT * FROM summed")

    @override
    def _compute(self) -> None:
        books, factors = self._marks.size.books, self._marks.shock.shape[1]
        self._value = self._asked(_VALUE, (books,))
        edges = self._asked(_EDGES, (books, _WIDTH))
        self._open = np.cumsum(edges, axis=1)[:, :HOURS]
        exposure = self._asked(_EXPOSURE.format(factors=factors), (books, factors))
        self._var = var_of(exposure, self._marks.shock)
        self._limits.compare(self._value, self._var)

    def _asked(self, query: str, shape: tuple[int, ...]) -> Floats:
        """Return the amounts of a query, laid out by its other columns."""
        *keys, amount = self._base.execute(query).fetchnumpy().values()
        dense = np.zeros(shape)
        dense[tuple(keys)] = amount
        return dense
