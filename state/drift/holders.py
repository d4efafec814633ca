"""Which contracts and lines are whose, so that a slice of the recompute visits its own alone."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from state.arrays import Flags, Numbers
from state.compiled import compiled
from state.market.book import MarketBook

_TAIL = 10_000
"""So many may have come since all were looked at, until all are looked at again."""


class ByBook:
    """Finds what books hold of many, each of which is of one book, and of which more come.

    >>> held = ByBook()
    >>> held.of(np.array([1, 0, 1]), np.array([False, True])).tolist()
    [0, 2]
    """

    def __init__(self) -> None:
        self._count, self._edition = 0, -1
        self._order = self._ends = np.zeros(0, dtype=np.int64)

    def of(self, book: NDArray[Any], wanted: Flags, edition: int = 0) -> Numbers:
        """Return which stand in wanted books, ascending.

        Args:
            book: of each.
            wanted: by book.
            edition: another one when any of those that were there may be of another book.
        """
        if edition != self._edition or len(book) > self._count + _TAIL:
            self._count, self._edition = len(book), edition
            self._order, self._ends = _ordered(np.ascontiguousarray(book), len(wanted))
        ends, known = self._ends, np.flatnonzero(wanted[: len(self._ends)]).tolist()
        parts = [self._order[ends[one - 1] if one else 0 : ends[one]] for one in known]
        # A field of a few rows lies otherwise than of none, for which loops are compiled apart.
        fresh = _held_by(np.ascontiguousarray(book[self._count :]), wanted)
        return np.sort(np.concatenate([*parts, fresh + self._count]))


class Holders:
    """Finds contracts, lines and rows of books in every market; good for one round."""

    def __init__(self) -> None:
        self._contracts: dict[str, ByBook] = defaultdict(ByBook)
        self._lines: dict[str, ByBook] = defaultdict(ByBook)

    def contracts(self, market: MarketBook, books: range) -> Numbers:
        """Return the numbers of the contracts of some books."""
        columns = market.contracts.trades.columns
        own, held = market_books(market), self._contracts[market.market.market]
        wanted = (own >= books.start) & (own < books.stop)
        return held.of(columns.rows["book"], wanted, columns.replaced)

    def lines(self, market: MarketBook, books: range) -> Numbers:
        """Return the numbers of the lines of some books."""
        return self._lines[market.market.market].of(
            market.tables.lines.book, _wanted(market, books)
        )

    def rows(self, market: MarketBook, books: range) -> Numbers:
        """Return the numbers of the rows of some books, of which there are few."""
        return np.flatnonzero(_wanted(market, books)[market.tables.rows.book])


def market_books(market: MarketBook) -> Numbers:
    """Return the market's book of each that contracts name."""
    known = {name: number for number, name in enumerate(market.books)}
    told = market.contracts.trades.columns.books.told
    return np.array([known[name] for name in told], dtype=np.int64)


def _wanted(market: MarketBook, books: range) -> Flags:
    wanted = np.zeros(len(market.books), dtype=np.bool_)
    wanted[books.start : books.stop] = True
    return wanted


@compiled
def _held_by(book: NDArray[Any], wanted: Flags) -> Numbers:
    """Return which of many stand in wanted books."""
    count = 0
    for number in range(len(book)):
        count += wanted[book[number]]
    held, at = np.empty(count, dtype=np.int64), 0
    for number in range(len(book)):
        if wanted[book[number]]:
            held[at] = number
            at += 1
    return held


@compiled
def _ordered(book: NDArray[Any], books: int) -> tuple[Numbers, Numbers]:
    """Return the numbers of all, book by book and ascending in each, and where each book ends."""
    ends = np.zeros(books, dtype=np.int64)
    for number in range(len(book)):
        ends[book[number]] += 1
    ends = np.cumsum(ends)
    order, room = np.empty(len(book), dtype=np.int64), ends.copy()
    for number in range(len(book) - 1, -1, -1):
        room[book[number]] -= 1
        order[room[book[number]]] = number
    return order, ends
