"""Where positions become money: the two-settlement sum, and what it adds up to by book.

Value of an interval = Σ over legs of mark × MW × h − what trades and as-generated contracts cost.
Legs are deviations, so this is ``Q_DA·P_DA + (Q_FMM − Q_DA)·P_FMM + (Q_RTD − Q_FMM)·P_RTD +
(Q_meter − Q_RTD)·P_RTD`` (CAISO tariff section 11.5; docs/meanings.md, "Value and P&L").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from state.arrays import Matrix
from state.compiled import compiled
from state.messages import FloatColumn

if TYPE_CHECKING:
    from state.market.book import MarketBook


class MarketValue:
    """Value and cash of every book of a market: all days held, those closed, the forward.

    It is a sum over parts in a fixed order, so that it follows from the state to the last bit. The
    parts lie side by side, days in the very arrays they keep their value in.

    Args:
        market: whose.

    Attributes:
        usd: by book, as of the last :meth:`follow`.
    """

    def __init__(self, market: MarketBook) -> None:
        self._market = market
        self._laid = -1
        self._parts = np.zeros((2, 0))
        self._forward = -1
        self._held = self.usd = np.zeros(0)

    def follow(self, gained: FloatColumn, *, anew: bool) -> FloatColumn:
        """Take the sums anew; return them, an array that goes on to change.

        Args:
            gained: by book and for the firm, what was gained since midnight, $; added to.
            anew: whether that begins at zero.
        """
        market = self._market
        if self._laid != market.layouts:
            self._lay()
        forward = market.forward
        if forward is not None and forward.edition != self._forward:
            self._forward = forward.edition
            self._parts[-2] = forward.value_by_book(len(self.usd))
        if market.certificates.holdings:
            held = market.certificates.value_by_book(len(self.usd))
            if held is not self._held:
                self._parts[-1] = self._held = held
        add_parts(*self.arrays, gained, anew)
        return self.usd

    @property
    def arrays(self) -> tuple[FloatColumn, Matrix, FloatColumn, FloatColumn]:
        """What ``add_parts`` reads and writes of the market, in its order."""
        market = self._market
        return market.closed_usd, self._parts, market.base_usd, self.usd

    def _lay(self) -> None:
        market = self._market
        self._laid, books = market.layouts, len(market.books)
        self._parts, self.usd = np.zeros((2 * len(market.days) + 2, books)), np.zeros(books)
        self._forward, self._held = -1, np.zeros(0)
        for number, day in enumerate(market.days.values()):
            day.keep_value_in(self._parts[2 * number : 2 * number + 2])


@compiled
def add_parts(
    closed: FloatColumn,
    parts: Matrix,
    base: FloatColumn,
    usd: FloatColumn,
    gained: FloatColumn,
    anew: bool,  # noqa: FBT001 - a compiled loop takes no keywords
) -> None:
    """Sum the value of a market's books, and what they gained.

    Args:
        closed: $ of days no longer held, by book.
        parts: $ by part and book: rows and lines of each day, the forward, what is held.
        base: value at midnight.
        usd: value, written.
        gained: since midnight, the firm last; this market's is added.
        anew: whether to begin at zero.
    """
    books, days = len(usd), len(parts) // 2 - 1
    for book in range(books):
        usd[book] = closed[book]
    for day in range(days):
        for book in range(books):
            usd[book] += parts[2 * day, book] + parts[2 * day + 1, book]
    for book in range(books):
        usd[book] = usd[book] + parts[2 * days, book] + parts[2 * days + 1, book]
        before = 0.0 if anew else gained[book]
        gained[book] = before + (usd[book] - base[book])
    gained[books] = total_usd(gained[:books])


@compiled
def total_usd(by_book: FloatColumn) -> float:
    """Return the sum over books, always in the same order: eight running sums, then the rest.

    >>> total_usd(np.arange(20.0))
    190.0
    """
    lanes, whole = np.zeros(8), len(by_book) // 8 * 8
    for book in range(whole):
        lanes[book % 8] += by_book[book]
    early = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
    total: float = early + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
    for book in range(whole, len(by_book)):
        total += by_book[book]
    return total


def with_firm(by_book: FloatColumn) -> FloatColumn:
    """Return a figure by book with the firm's, their sum, behind."""
    figures = np.empty(len(by_book) + 1)
    figures[:-1], figures[-1] = by_book, total_usd(by_book)
    return figures


def value_usd(market: MarketBook) -> FloatColumn:
    """Return value and cash of every book, $: all days held, those closed, the forward."""
    return market.value.follow(np.zeros(len(market.books) + 1), anew=True).copy()


def realised_usd(market: MarketBook) -> FloatColumn:
    """Return what realised intervals of today and tomorrow gained since midnight, by book."""
    total = np.zeros(len(market.books))
    for _, day in market.open_days():
        total += day.realised_usd
    return total


def corrections_usd(market: MarketBook) -> FloatColumn:
    """Return by how much the value of past days changed since midnight, by book."""
    total = np.zeros(len(market.books))
    for date, day in market.days.items():
        if market.today is not None and date < market.today:
            total += day.corrected_usd
    return total
