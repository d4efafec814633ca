"""Pathway: a graph of relational operators that keeps itself current, trade by trade.

Trades and prices come through one connector, because two hold each other's times back; prices come
as differences in cents and quantities in tenths of a MW, because integers are what a sum over a
table that changes itself carries forward. The scenario P&L is a sum of vectors over trades. Every
trade and every publication is a commit of its own, and the next is sent when its figures are out.
"""

from __future__ import annotations

import os
import queue
import threading
from typing import Any

import numpy as np

os.environ.setdefault("PATHWAY_LICENSE_KEY", "")
import pathway as pw  # after its licence setting, which is read at import

from benchmarks.marked_day import Marks
from benchmarks.marked_day_recompute import recompute
from benchmarks.peers.peer import CONFIDENCE, PeerFigures, PeerTrade, quantile
from benchmarks.peers.streaming import Arrivals
from benchmarks.workload import HOURS
from state.arrays import Floats

_TENTHS, _CENTS = 10, 100
_TRADE, _PRICE = 0, 1

Row = tuple[int, int, int, int, int, int, int]


class _Fact(pw.Schema):
    """A trade or the move of a price; what a price has no use for is 0."""

    kind: int
    book: int
    node: int
    first: int
    last: int
    tenths_mw: int
    cents: int


class _Facts(pw.io.python.ConnectorSubject):
    """Hands rows to the graph, one commit a list."""

    def __init__(self, commits: queue.Queue[list[Row]]) -> None:
        super().__init__()
        self._commits = commits

    @property
    def _deletions_enabled(self) -> bool:
        return False

    def run(self) -> None:
        """Send what is queued, for ever."""
        names = tuple(_Fact.column_names())
        while True:
            for row in self._commits.get():
                self.next(**dict(zip(names, row, strict=True)))
            self.commit()


@pw.udf(deterministic=True)
def _delivered(first: int, last: int) -> tuple[int, ...]:
    return tuple(range(first, last))


class PathwayStream:
    """Runs the graph on threads of its own."""

    streams = True

    def load(self, marks: Marks) -> None:
        """Build and start the graph, and wait for the figures of what is held."""
        self._marks = marks
        self._cents = np.rint(marks.opening_price * _CENTS).astype(np.int64)
        self._arrivals = Arrivals(marks.size.books, HOURS)
        self._commits: queue.Queue[list[Row]] = queue.Queue()
        self._build(marks)
        threading.Thread(target=self._run, daemon=True).start()
        self._commits.put(self._held())
        opening = recompute(marks, publications=0, trades=0, confidence=CONFIDENCE)
        self.settle(PeerFigures(opening.open_mw[0], opening.value_usd, opening.var_usd[0]))

    def publish(self, hour: int, price: Floats) -> None:
        """Commit the moves of one hour's prices."""
        cents = np.rint(price * _CENTS).astype(np.int64)
        moved = cents - self._cents[:, hour]
        self._cents[:, hour] = cents
        rows: list[Row] = [
            (_PRICE, 0, node, hour, 0, 0, move) for node, move in enumerate(moved.tolist())
        ]
        self._commits.put(rows)

    def trade(self, trade: PeerTrade) -> None:
        """Commit a trade."""
        self._commits.put([_row(*trade)])

    def settle(self, expected: PeerFigures) -> None:
        """Wait for the figures."""
        self._arrivals.wait(expected)

    def figures(self) -> PeerFigures:
        """Return the figures as they have arrived."""
        return self._arrivals.figures

    def _held(self) -> list[Row]:
        own, held = self._marks.trades, slice(0, self._marks.size.trades)
        last = own.first_hour + own.hours
        columns = (own.book, own.node, own.first_hour, last, own.quantity_mw, own.price)
        trades = zip(*(column[held].tolist() for column in columns), strict=True)
        prices = ((node, hour) for node in range(self._marks.size.nodes) for hour in range(HOURS))
        return [
            *(_row(*trade) for trade in trades),
            *((_PRICE, 0, node, hour, 0, 0, int(self._cents[node, hour])) for node, hour in prices),
        ]

    def _run(self) -> None:
        pw.run(monitoring_level=pw.MonitoringLevel.NONE)

    def _build(self, marks: Marks) -> None:
        facts = pw.io.python.read(_Facts(self._commits), schema=_Fact, autocommit_duration_ms=None)
        trades = facts.filter(facts.kind == _TRADE)
        self._watch_positions(trades, facts.filter(facts.kind == _PRICE), marks)
        self._watch_risk(trades, marks)

    def _watch_positions(self, trades: Any, moves: Any, marks: Marks) -> None:
        stop_loss_usd = (-marks.stop_loss_usd).tolist()
        prices = moves.groupby(moves.node, moves.first).reduce(
            moves.node, hour=moves.first, cents=pw.reducers.sum(moves.cents)
        )
        hours = trades.select(
            trades.book, trades.node, trades.tenths_mw, hour=_delivered(trades.first, trades.last)
        ).flatten(pw.this.hour)
        held = hours.groupby(hours.book, hours.node, hours.hour).reduce(
            hours.book, hours.node, hours.hour, tenths_mw=pw.reducers.sum(hours.tenths_mw)
        )
        by_hour = held.groupby(held.book, held.hour).reduce(
            held.book, held.hour, tenths_mw=pw.reducers.sum(held.tenths_mw)
        )
        worth = held.join(prices, held.node == prices.node, held.hour == prices.hour).select(
            held.book, mills=held.tenths_mw * prices.cents
        )
        value = worth.groupby(worth.book).reduce(worth.book, mills=pw.reducers.sum(worth.mills))
        paid = trades.select(
            trades.book, mills=trades.tenths_mw * (trades.last - trades.first) * trades.cents
        )
        cost = paid.groupby(paid.book).reduce(paid.book, mills=pw.reducers.sum(paid.mills))
        net = value.join(cost, value.book == cost.book).select(
            value.book, mills=value.mills - cost.mills
        )

        @pw.udf(deterministic=True)
        def exceeds(book: int, mills: int) -> bool:
            return mills / (_TENTHS * _CENTS) < stop_loss_usd[book]

        net = net.select(net.book, net.mills, over=exceeds(net.book, net.mills))
        self._watch(by_hour, self._note_open)
        self._watch(net, self._note_value)

    def _watch_risk(self, trades: Any, marks: Marks) -> None:
        shock = np.ascontiguousarray(marks.shock.T)
        limit_usd = marks.var_limit_usd.tolist()

        @pw.udf(deterministic=True)
        def scenario_pnl(node: int, tenths_mwh: int) -> np.ndarray:
            return shock[node % len(shock)] * (tenths_mwh / _TENTHS)

        @pw.udf(deterministic=True)
        def var(pnl: np.ndarray) -> float:
            return float(quantile(pnl))

        @pw.udf(deterministic=True)
        def exceeds(book: int, var_usd: float) -> bool:
            return var_usd > limit_usd[book]

        mwh = trades.tenths_mw * (trades.last - trades.first)
        moved = trades.select(trades.book, pnl=scenario_pnl(trades.node, mwh))
        by_book = moved.groupby(moved.book).reduce(moved.book, pnl=pw.reducers.sum(moved.pnl))
        struck = by_book.select(by_book.book, var_usd=var(by_book.pnl))
        held = struck.select(struck.book, struck.var_usd, over=exceeds(struck.book, struck.var_usd))
        firm = moved.reduce(pnl=pw.reducers.sum(moved.pnl))
        self._watch(held, self._note_var)
        self._watch(firm.select(book=marks.size.books, var_usd=var(firm.pnl)), self._note_var)

    def _watch(self, table: Any, note: Any) -> None:
        def on_change(key: object, row: dict[str, Any], time: int, is_addition: bool) -> None:  # noqa: FBT001 - Pathway's signature
            del key, time
            if is_addition:
                self._arrivals.note(lambda figures: note(figures, row))

        pw.io.subscribe(table, on_change=on_change, on_time_end=self._end_step)

    def _end_step(self, time: int) -> None:
        del time
        self._arrivals.tell()

    @staticmethod
    def _note_open(figures: PeerFigures, row: dict[str, Any]) -> None:
        figures.open_mw[row["book"], row["hour"]] = row["tenths_mw"] / _TENTHS

    @staticmethod
    def _note_value(figures: PeerFigures, row: dict[str, Any]) -> None:
        figures.value_usd[row["book"]] = row["mills"] / (_TENTHS * _CENTS)

    @staticmethod
    def _note_var(figures: PeerFigures, row: dict[str, Any]) -> None:
        figures.var_usd[row["book"]] = row["var_usd"]


def _row(book: int, node: int, first: int, last: int, quantity_mw: float, price: float) -> Row:
    return (_TRADE, book, node, first, last, round(quantity_mw * _TENTHS), round(price * _CENTS))
