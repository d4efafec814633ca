"""The figures of W1 from scratch, over columns: what the product and every peer must show."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.figures_of import Figures
from benchmarks.marked_day import Marks
from benchmarks.workload import HOURS
from state.arrays import Floats


def recompute(marks: Marks, *, publications: int, trades: int, confidence: float = 0.99) -> Figures:
    """Return the figures after so many publications and trades of the measured part.

    Value = Σ MW · (Σ of the marks of the delivered hours − price · hours); exposure is MWh by
    book and factor; the P&L of a scenario is exposure · shock; VaR = −(k-th smallest),
    k = ceil((1 − c) · n), and ES = −(mean of the k smallest), by book and for their sum.
    """
    size, own = marks.size, marks.trades
    held = slice(0, size.trades + trades)
    book, node, first, hours = (
        column[held] for column in (own.book, own.node, own.first_hour, own.hours)
    )
    quantity_mw, price = own.quantity_mw[held], own.price[held]
    running = np.zeros((size.nodes, HOURS + 1))
    np.cumsum(last_marks(marks, publications), axis=1, out=running[:, 1:])
    mark_sum = running[node, first + hours] - running[node, first]
    worth = quantity_mw * (mark_sum - price * hours)
    edges = np.zeros((size.books, HOURS + 1))
    np.add.at(edges, (book, first), quantity_mw)
    np.add.at(edges, (book, first + hours), -quantity_mw)
    exposure = np.zeros((size.books, marks.shock.shape[1]))
    np.add.at(exposure, (book, marks.factor[node]), quantity_mw * hours)
    var, es = tail(exposure @ marks.shock.T, confidence)
    return Figures(
        value_usd=np.bincount(book, worth, size.books).astype(np.float64),
        open_mw=np.cumsum(edges, axis=1)[None, :, :HOURS],
        var_usd=_horizons(var),
        es_usd=_horizons(es),
    )


def last_marks(marks: Marks, publications: int) -> Floats:
    """Return the price of each node and hour after so many publications."""
    price = marks.opening_price.copy()
    for number in range(publications):
        price[:, marks.hour[number]] = marks.price[number]
    return price


def tail(pnl: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return VaR and ES of scenario P&L by book and, last, of their sum.

    >>> var, es = tail(np.array([[-4.0, 3.0, -1.0, 2.0]]), 0.5)
    >>> var.tolist(), es.tolist()
    ([1.0, 1.0], [2.5, 2.5])
    """
    with_firm = np.vstack((pnl, pnl.sum(axis=0)))
    count = tail_count(pnl.shape[1], confidence)
    worst = np.sort(with_firm, axis=1)[:, :count]
    return -worst[:, -1], -worst.mean(axis=1)


def tail_count(scenarios: int, confidence: float) -> int:
    """Return k = ceil((1 − c) · n), at least 1.

    >>> tail_count(500, 0.99), tail_count(500, 0.95)
    (5, 25)
    """
    return max(1, math.ceil(round((1.0 - confidence) * scenarios, 9)))


def _horizons(intraday: Floats) -> Floats:
    # Intraday, forward and total: nothing here is forward.
    return np.array([intraday, np.zeros(len(intraday)), intraday])
