"""The workloads of the benchmark: streams of the product's own messages, drawn from a seed.

``W1`` (``benchmarks/marked_day.py``) is what the product and its peers are compared on: prices of
a delivery day to come, one factor a node, VaR at 99 %. ``W2`` (``benchmarks/trading_day.py``) is
the product's own model through a trading day. Both have an opening, which loads what is held, and
a measured part.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import numpy as np

from state.arrays import Floats, Numbers
from state.company import Company
from state.messages import AnyMessage
from state.risk.portfolio import RiskParameters

HOURS = 24
TRADE_HOURS = np.array([1, 4, 16, 24])
"""Lengths of a trade: an hour, four hours, the sixteen on-peak hours, a whole day."""

TRADE_SHARES = np.array([0.4, 0.3, 0.2, 0.1])
SEED = 20260908

_ROWS = 10_000


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How large a workload is.

    Attributes:
        books: that hold the trades.
        nodes: priced by every publication, hubs included.
        trades: held when the measured part begins.
        scenarios: of the VaR.
        publications: in the measured part; a trading day has 288 of five minutes.
        trades_between: two publications.
        ticks_between: two publications; a tick a second makes 300.
        counterparties: of the trades of W2.
        policy: whether W2 has the whole written policy in force beside the desk's own limits.
        seed: equal seeds draw equal messages.
    """

    books: int = 50
    nodes: int = 2_000
    trades: int = 100_000
    scenarios: int = 500
    publications: int = 288
    trades_between: int = 200
    ticks_between: int = 300
    counterparties: int = 8
    policy: bool = False
    seed: int = SEED

    @property
    def events(self) -> int:
        """Price publications and trades of the measured part of W1."""
        return self.publications * (1 + self.trades_between)


FULL = Size()
"""The size that the bars of the benchmark are stated for."""

QUICK = Size(
    books=5,
    nodes=40,
    trades=200,
    scenarios=250,
    publications=24,
    trades_between=10,
    ticks_between=10,
)
"""A size for tests: every part of the workload in a second or two."""


class Workload(Protocol):
    """A stream of messages in two parts."""

    @property
    def name(self) -> str:
        """``W1`` or ``W2``."""

    @property
    def size(self) -> Size:
        """How large it is."""

    @property
    def confidence(self) -> float:
        """Of its VaR."""

    def opening(self) -> Iterator[AnyMessage]:
        """Yield what loads the company, the first tick last."""

    def day(self) -> Iterator[AnyMessage]:
        """Yield the measured part."""


def new_company(workload: Workload) -> Company:
    """Return an empty company whose VaR has the workload's confidence and window."""
    company = Company("benchmark")
    company.desk.portfolio.parameters = RiskParameters(
        confidence=workload.confidence, window=workload.size.scenarios
    )
    return company


def open_company(workload: Workload) -> Company:
    """Return a company that has folded the workload's opening."""
    company = new_company(workload)
    for message in workload.opening():
        company.apply(message, company.position + 1)
    return company


def draw_lengths(chance: np.random.Generator, count: int) -> Numbers:
    """Draw the lengths of trades, in hours.

    >>> sorted(set(draw_lengths(np.random.default_rng(1), 1000).tolist()))
    [1, 4, 16, 24]
    """
    return np.asarray(TRADE_HOURS[chance.choice(len(TRADE_HOURS), count, p=TRADE_SHARES)])


def draw_quantities(chance: np.random.Generator, count: int) -> Floats:
    """Draw quantities in MW, bought or sold, to a tenth; none is zero."""
    quantity_mw = np.round(chance.normal(0.0, 10.0, count), 1)
    quantity_mw[quantity_mw == 0.0] = 0.1
    return quantity_mw


def names(prefix: str, count: int) -> tuple[str, ...]:
    """Name things by number.

    >>> names("B", 3)
    ('B0000', 'B0001', 'B0002')
    """
    return tuple(f"{prefix}{number:04d}" for number in range(count))


def rows(*columns: Floats | Numbers) -> Iterator[tuple[Any, ...]]:
    """Yield rows of columns as plain values, some thousands at a time: a million cost memory.

    >>> list(rows(np.array([1, 2]), np.array([0.5, 1.5])))
    [(1, 0.5), (2, 1.5)]
    """
    for begin in range(0, len(columns[0]), _ROWS):
        part = (column[begin : begin + _ROWS].tolist() for column in columns)
        yield from zip(*part, strict=True)


def batches(messages: Iterator[AnyMessage], length: int) -> Iterator[list[AnyMessage]]:
    """Yield messages in lists, so that drawing them is kept out of what is timed."""
    while batch := list(itertools.islice(messages, length)):
        yield batch


@dataclass(frozen=True)
class TradeColumns:
    """Trades by column.

    Attributes:
        first_hour: of the delivery, counted from the midnight the workload counts from.
        hours: length of the delivery.
        price: $/MWh.
    """

    book: Numbers
    node: Numbers
    first_hour: Numbers
    hours: Numbers
    quantity_mw: Floats
    price: Floats

    def __len__(self) -> int:
        return len(self.book)
