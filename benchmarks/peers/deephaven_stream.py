"""Deephaven: ticking tables on an embedded server (Java), updated at most every millisecond.

Trades come through a stream table, whose aggregations keep their sums without its rows; scenario
P&L is exposure by factor joined with the shocks and summed by book and date. The next event is
sent when the figures of the last one have reached a listener.
"""

from __future__ import annotations

import tempfile
from typing import Any

import numpy as np
from deephaven_server import Server

from benchmarks.marked_day import Marks
from benchmarks.marked_day_recompute import recompute, tail_count
from benchmarks.peers.peer import CONFIDENCE, PeerFigures, PeerTrade
from benchmarks.peers.streaming import Arrivals
from benchmarks.workload import HOURS
from state.arrays import Floats

_PORT = 10_071
_CYCLE_MILLISECONDS = 1
_JVM = (
    "-Xmx4g",
    "-XX:+UseG1GC",
    f"-DPeriodicUpdateGraph.targetCycleDurationMillis={_CYCLE_MILLISECONDS}",
    "-DAuthHandlers=io.deephaven.auth.AnonymousAuthenticationHandler",
)
_FOLDERS = ("cacheDir", "configDir", "dataDir")


class DeephavenStream:
    """Starts the server and builds the tables."""

    streams = True

    def load(self, marks: Marks) -> None:
        """Start, build, and wait for the figures of what is held."""
        self._marks, self._size = marks, marks.size
        self._arrivals = Arrivals(marks.size.books, HOURS)
        self._folder = tempfile.TemporaryDirectory(prefix="tieline-bench-")
        folders = [f"-Ddeephaven.{name}={self._folder.name}" for name in _FOLDERS]
        self._server = Server(port=_PORT, jvm_args=[*_JVM, *folders])
        self._server.start()
        self._build()
        own, held = marks.trades, slice(0, marks.size.trades)
        last = own.first_hour + own.hours
        columns = (own.book, own.node, own.first_hour, last, own.quantity_mw, own.price)
        self._prices.add(
            _table(
                Node=np.repeat(np.arange(marks.size.nodes), HOURS),
                Hour=np.tile(np.arange(HOURS), marks.size.nodes),
                Mark=marks.opening_price.ravel(),
            )
        )
        self._trades.add(_trade_table(*(column[held] for column in columns)))
        opening = recompute(marks, publications=0, trades=0, confidence=CONFIDENCE)
        self.settle(PeerFigures(opening.open_mw[0], opening.value_usd, opening.var_usd[0]))

    def publish(self, hour: int, price: Floats) -> None:
        """Publish one hour's prices to their stream."""
        nodes = np.arange(len(price))
        self._prices.add(_table(Node=nodes, Hour=np.full(len(price), hour), Mark=price))

    def trade(self, trade: PeerTrade) -> None:
        """Publish a row to the stream of trades."""
        self._trades.add(_trade_table(*(np.array([field]) for field in trade)))

    def settle(self, expected: PeerFigures) -> None:
        """Wait for the figures."""
        self._arrivals.wait(expected)

    def figures(self) -> PeerFigures:
        """Return the figures as they have arrived."""
        return self._arrivals.figures

    def _build(self) -> None:
        # The client's package only works once the server's Java is up.
        from deephaven import dtypes  # noqa: PLC0415 - as above
        from deephaven.stream.table_publisher import table_publisher  # noqa: PLC0415 - as above

        whole, real = dtypes.int32, dtypes.double
        self._trade_stream, self._trades = table_publisher(
            "trades",
            {
                "Book": whole,
                "Node": whole,
                "First": whole,
                "Last": whole,
                "MW": real,
                "Price": real,
            },
        )
        self._price_stream, self._prices = table_publisher(
            "prices", {"Node": whole, "Hour": whole, "Mark": real}
        )
        self._limits = _table(
            Book=np.arange(self._size.books),
            Stop=-self._marks.stop_loss_usd,
            Ceiling=self._marks.var_limit_usd,
        )
        self._listening = [*self._watch_positions(), *self._watch_risk()]

    def _watch_positions(self) -> list[Any]:
        hours = self._trade_stream.update_view(
            ["Hour = (int[])java.util.stream.IntStream.range(First, Last).toArray()"]
        ).ungroup(["Hour"])
        held = hours.view(["Book", "Node", "Hour", "MW"]).sum_by(["Book", "Node", "Hour"])
        by_hour = held.view(["Book", "Hour", "MW"]).sum_by(["Book", "Hour"])
        marks = self._price_stream.last_by(["Node", "Hour"])
        worth = held.natural_join(marks, on=["Node", "Hour"], joins=["Mark"])
        value = worth.view(["Book", "Worth = MW * Mark"]).sum_by("Book")
        cost = self._trade_stream.view(["Book", "Cost = MW * (Last - First) * Price"])
        net = (
            value.natural_join(cost.sum_by("Book"), on="Book", joins="Cost")
            .natural_join(self._limits, on="Book", joins="Stop")
            .view(["Book", "Value = Worth - Cost", "Over = Worth - Cost < Stop"])
        )
        return [
            self._listen(by_hour, ("Book", "Hour"), "MW", "open_mw"),
            self._listen(net, ("Book",), "Value", "value_usd"),
        ]

    def _watch_risk(self) -> list[Any]:
        factors, scenarios = self._marks.shock.shape[1], self._size.scenarios
        place = tail_count(scenarios, CONFIDENCE) - 1
        shocks = _table(
            Factor=np.repeat(np.arange(factors), scenarios),
            Date=np.tile(np.arange(scenarios), factors),
            Shock=self._marks.shock.T.ravel(),
        )
        exposure = self._trade_stream.view(
            ["Book", f"Factor = Node % {factors}", "MWh = MW * (Last - First)"]
        ).sum_by(["Book", "Factor"])
        pnl = (
            exposure.join(shocks, on="Factor", joins=["Date", "Shock"])
            .view(["Book", "Date", "Pnl = MWh * Shock"])
            .sum_by(["Book", "Date"])
        )
        worst = f"Var = -(double)sort(Pnl)[{place}]"
        by_book = (
            pnl.view(["Book", "Pnl"])
            .group_by("Book")
            .view(["Book", worst])
            .natural_join(self._limits, on="Book", joins="Ceiling")
            .view(["Book", "Var", "Over = Var > Ceiling"])
        )
        firm = pnl.view(["Date", "Pnl"]).sum_by("Date").view([f"Book = {self._size.books}", "Pnl"])
        return [
            self._listen(by_book, ("Book",), "Var", "var_usd"),
            self._listen(firm.group_by("Book").view(["Book", worst]), ("Book",), "Var", "var_usd"),
        ]

    def _listen(self, table: Any, keys: tuple[str, ...], column: str, figure: str) -> Any:
        from deephaven.table_listener import listen  # noqa: PLC0415 - needs the server's Java

        def on_update(update: Any, is_replay: bool) -> None:  # noqa: FBT001 - Deephaven's signature
            del is_replay
            for rows in (update.added(), update.modified()):
                if rows:
                    at = tuple(np.asarray(rows[key]) for key in keys)
                    amounts = np.asarray(rows[column])
                    self._arrivals.note(_setting(figure, at, amounts))
            self._arrivals.tell()

        return listen(table, on_update, do_replay=True)


def _setting(figure: str, at: tuple[Any, ...], amounts: Floats) -> Any:
    def change(figures: PeerFigures) -> None:
        getattr(figures, figure)[at] = amounts

    return change


def _trade_table(*columns: Any) -> Any:
    names = ("Book", "Node", "First", "Last", "MW", "Price")
    return _table(**dict(zip(names, columns, strict=True)))


def _table(**columns: Any) -> Any:
    from deephaven import new_table  # noqa: PLC0415 - needs the server's Java
    from deephaven.column import double_col, int_col  # noqa: PLC0415 - as above

    made = []
    for name, column in columns.items():
        array = np.asarray(column)
        if np.issubdtype(array.dtype, np.integer):
            made.append(int_col(name, array.astype(np.int32)))
        else:
            made.append(double_col(name, array.astype(np.float64)))
    return new_table(made)
