"""The recompute as a round of slices, so that no tick waits for all of it.

A slice recomputes some books, or holds the firm against one day; it takes as many as the budget of
a tick allows, by an estimate from what is held, so that equal logs are cut alike. The next slice
waits until the last one, as estimated, was no more than ``SHARE`` of the market's time: a round
begins on the hour, and one that is more work than its share of an hour takes longer than that.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from state.drift.compare import nothing, of_books, of_firm, worst_of
from state.drift.days import of_day
from state.drift.difference import Difference

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook
    from state.market.delivery_day import DeliveryDay

SLICE_US = 4_000.0
"""What a tick may spend, µs as estimated; what cannot be cut may be more."""

SHARE = 5e-6
"""Of the market's time that slices may take."""

# Measured, µs a unit.
_SLICE_US = 1500.0
_DAY_US = 400.0
_BOOK_US = 300.0
_ROW_INTERVAL_US = 0.3
_LINE_HOUR_US = 0.05
_CONTRACT_US = 0.3
_PASSED_CONTRACT_US = 0.015
_FACTOR_SCENARIO_US = 0.0003
_DAY_LINE_HOUR_US = 0.0015
_DAY_PLACE_INTERVAL_US = 0.015


class DriftRound:
    """Goes through all books, then all days, slice by slice.

    Attributes:
        found: the largest difference of each figure in this round so far.
        before: the same of the whole round before.
        running: whether slices are left.
        next_ns: from when on the next one is due.
    """

    def __init__(self) -> None:
        self.found = nothing()
        self.before = nothing()
        self.running = False
        self.next_ns = 0
        self._next = 0

    def begin(self, at_ns: int) -> None:
        """Begin a round; one that is running goes on."""
        if not self.running:
            self.running, self._next, self.found = True, 0, nothing()
            self.next_ns = max(self.next_ns, at_ns)

    def step(self, desk: Desk, at_ns: int) -> list[Difference] | None:
        """Recompute a slice.

        Returns:
            What to hold against the limits: the differences of the round when it is over, before
            that only what is worse than the round before; None when there is nothing new.
        """
        spent = self._slice(desk, SLICE_US)
        while self.running and self._next_us(desk) <= SLICE_US - spent:
            spent += self._slice(desk, SLICE_US - spent)
        self.next_ns = at_ns + int(1000.0 * spent / SHARE)
        shown = {one.figure: one for one in self.before}
        if not self.running:
            self.before = self.found
            return self.found
        if any(one.relative > shown[one.figure].relative for one in self.found):
            self.before = worst_of(self.before, self.found)
            return self.before
        return None

    def _slice(self, desk: Desk, spare: float) -> float:
        """Recompute the next books or the next day; return what it is estimated to cost, µs."""
        books, first, each = len(desk.books), self._next, self._next_us(desk)
        if first < books:
            begun, each = _begun_us(desk), _book_us(desk)
            count = max(1, min(books - first, int((spare - begun) / each)))
            self._next += count
            self.found = worst_of(self.found, of_books(desk, range(first, first + count)))
            return begun + count * each
        days = _days(desk)
        if first - books < len(days):
            self._next += 1
            self.found = worst_of(self.found, of_day(*days[first - books]))
            return each
        self.found = worst_of(self.found, of_firm(desk))
        self.running = False
        return each

    def _next_us(self, desk: Desk) -> float:
        number, days = self._next - len(desk.books), _days(desk)
        if number < 0:
            return _begun_us(desk) + _book_us(desk)
        if number >= len(days):
            return 0.0
        tables, grid = days[number][0].tables, days[number][1].day
        held = len(tables.lines) * grid.hours * _DAY_LINE_HOUR_US
        return held + len(tables.locations) * grid.intervals * _DAY_PLACE_INTERVAL_US

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        return {
            "found": [list(astuple(one)) for one in self.found],
            "before": [list(astuple(one)) for one in self.before],
            "running": self.running,
            "next_ns": self.next_ns,
            "next": self._next,
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self.found = [Difference(*one) for one in saved["found"]]
        self.before = [Difference(*one) for one in saved["before"]]
        self.running, self._next = saved["running"], saved["next"]
        self.next_ns = saved["next_ns"]


def _days(desk: Desk) -> list[tuple[MarketBook, DeliveryDay]]:
    return [(market, day) for market in desk.markets.values() for day in market.days.values()]


def _begun_us(desk: Desk) -> float:
    """Estimate what books cost however few they are, µs: every contract is looked at."""
    total = _SLICE_US
    for market in desk.markets.values():
        total += _DAY_US * len(market.days)
        total += _PASSED_CONTRACT_US * len(market.contracts.trades)
    return total


def _book_us(desk: Desk) -> float:
    """Estimate what a book costs, µs: all are taken to hold alike."""
    total = 0.0
    scenarios = len(desk.portfolio.scenarios.dates)
    for market in desk.markets.values():
        tables, days = market.tables, list(market.days.values())
        intervals = sum(day.day.intervals for day in days)
        hours = sum(day.day.hours for day in days)
        total += len(tables.rows) * intervals * _ROW_INTERVAL_US
        total += len(tables.lines) * hours * _LINE_HOUR_US
        total += len(market.contracts.trades) * _CONTRACT_US
        factors = min(4 * len(tables.locations) * max(1, len(desk.books)), 3 * len(tables.lines))
        total += factors * scenarios * _FACTOR_SCENARIO_US
    return _BOOK_US + total / max(1, len(desk.books))
