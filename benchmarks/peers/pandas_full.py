"""pandas: the desk's script.

A frame with a row a delivered hour, merged with the prices and grouped again after every event.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from typing_extensions import override

from benchmarks.marked_day import Marks
from benchmarks.peers.peer import Limits, PeerTrade, Recomputing, var_of
from benchmarks.workload import HOURS
from state.arrays import Floats


class PandasFull(Recomputing):
    """Merges and groups after every event."""

    def load(self, marks: Marks) -> None:
        """Make the frames of hours and prices."""
        own, held = marks.trades, slice(0, marks.size.trades)
        self._marks, self._limits = marks, Limits(marks)
        last = own.first_hour + own.hours
        columns = (own.book, own.node, own.first_hour, last, own.quantity_mw, own.price)
        self._hours = self._by_hour(*(column[held] for column in columns))
        self._prices = pd.DataFrame(
            {
                "node": np.repeat(np.arange(marks.size.nodes), HOURS),
                "hour": np.tile(np.arange(HOURS), marks.size.nodes),
                "mark": marks.opening_price.ravel(),
            }
        )
        self._compute()

    @override
    def publish(self, hour: int, price: Floats) -> None:
        """Replace an hour's prices."""
        self._prices.loc[self._prices["hour"] == hour, "mark"] = price
        self._compute()

    def trade(self, trade: PeerTrade) -> None:
        """Append a trade's hours."""
        rows = self._by_hour(*(np.array([field]) for field in trade))
        self._hours = pd.concat([self._hours, rows], ignore_index=True)
        self._compute()

    def _by_hour(self, *columns: np.ndarray) -> pd.DataFrame:
        book, node, first, last, quantity_mw, price = columns
        trade = np.repeat(np.arange(len(book)), last - first)
        begun = np.repeat(np.cumsum(last - first) - (last - first), last - first)
        return pd.DataFrame(
            {
                "book": book[trade],
                "node": node[trade],
                "hour": first[trade] + np.arange(len(trade)) - begun,
                "factor": self._marks.factor[node[trade]],
                "mw": quantity_mw[trade],
                "price": price[trade],
            }
        )

    @override
    def _compute(self) -> None:
        hours, books = self._hours, range(self._marks.size.books)
        priced = hours.merge(self._prices, on=["node", "hour"], how="left")
        priced["worth"] = priced["mw"] * (priced["mark"] - priced["price"])
        value = priced.groupby("book")["worth"].sum().reindex(books, fill_value=0.0)
        self._value = value.to_numpy()
        self._open = self._pivot("hour", HOURS)
        exposure = self._pivot("factor", self._marks.shock.shape[1])
        self._var = var_of(exposure, self._marks.shock)
        self._limits.compare(self._value, self._var)

    def _pivot(self, column: str, width: int) -> Floats:
        wide = self._hours.groupby(["book", column])["mw"].sum().unstack(fill_value=0.0)  # noqa: PD010 - of a grouped sum
        books = range(self._marks.size.books)
        return wide.reindex(index=books, columns=range(width), fill_value=0.0).to_numpy()
