"""The recompute as a round of slices, so that no tick waits for all of it.

A slice recomputes some books on a day of a market, or beyond the days, or holds the firm against
some hours of a day; a tick takes as many as its budget allows, by an estimate from what is held, so
that equal logs are cut alike. The next slice waits until the last one, as estimated, was no more
than ``SHARE`` of the market's time: a round begins on the hour, and one that is more work than its
share of an hour takes longer than that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import astuple
from typing import TYPE_CHECKING, Any, TypeAlias

from state.drift.compare import nothing, of_books, of_books_on, of_firm, worst_of
from state.drift.contracts import options_of
from state.drift.days import of_hours
from state.drift.difference import Difference
from state.drift.holders import Holders

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook
    from state.market.delivery_day import DeliveryDay

SLICE_US = 4_000.0
"""What a tick may spend, µs as estimated; what cannot be cut may be more."""

SHARE = 5e-6
"""Of the market's time that slices may take."""

# Measured, µs a unit: books on a day, books beyond the days, hours of the firm.
_BOOKS_US = 500.0
_BOOK_US = 50.0
_CONTRACT_US = 0.15
_LINE_HOUR_US = 0.06
_ROW_INTERVAL_US = 0.1
_RESOURCE_INTERVAL_US = 0.1
_HELD_LINE_HOUR_US = 0.03
_FACTOR_SCENARIO_US = 0.0003
_FORWARD_ROW_MONTH_US = 0.02
_OPTION_DAY_US = 200.0
_OPTION_BEYOND_US = 400.0
_HOURS_US = 100.0
_FIRM_LINE_HOUR_US = 0.0035
_FIRM_PLACE_INTERVAL_US = 0.012

Place = tuple[int, str, int]
"""Number of a market, a day of it, and how many hours are done; days come and go in a round."""
_FIRST: Place = (-1, "", 0)
Day: TypeAlias = "tuple[Place, MarketBook, DeliveryDay]"


class DriftRound:
    """Goes through all books, day by day and beyond, then the firm's days, slice by slice.

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
        self._next = self._count = 0
        self._done = _FIRST
        self._holders = Holders()

    def begin(self, at_ns: int) -> None:
        """Begin a round; one that is running goes on."""
        if not self.running:
            self.running, self.found = True, nothing()
            self._next = self._count = 0
            self._done = _FIRST
            self._holders = Holders()  # contracts are looked at anew once a round
            self.next_ns = max(self.next_ns, at_ns)

    def step(self, desk: Desk, at_ns: int) -> list[Difference] | None:
        """Recompute as much as a tick may.

        Returns:
            What to hold against the limits: the differences of the round when it is over, before
            that only what is worse than the round before; None when there is nothing new.
        """
        spent = 0.0
        while self.running:
            slice_us, look = self._slice(desk, SLICE_US - spent)
            if spent and spent + slice_us > SLICE_US:
                break
            self.found = worst_of(self.found, look())
            spent += slice_us
        self.next_ns = at_ns + int(1000.0 * spent / SHARE)
        shown = {one.figure: one for one in self.before}
        if not self.running:
            self.before = self.found
            return self.found
        if any(one.relative > shown[one.figure].relative for one in self.found):
            self.before = worst_of(self.before, self.found)
            return self.before
        return None

    def _slice(self, desk: Desk, spare: float) -> tuple[float, Callable[[], Iterable[Difference]]]:
        """Return what the next slice is estimated to cost, µs, and what takes it."""
        left = [day for day in _days(desk) if day[0] > self._done]
        if self._next < len(desk.books):
            return self._of_books(desk, left)
        if not left:
            return 0.0, lambda: self._end(desk)
        place, market, grid = left[0]
        first = self._done[2] if self._done[:2] == place[:2] else 0
        each = _firm_hour_us(market, grid)
        count = min(grid.day.hours - first, max(1, int((spare - _HOURS_US) / each)))
        hours = range(first, first + count)
        return _HOURS_US + count * each, lambda: self._of_hours(left[0], hours)

    def _of_books(
        self, desk: Desk, left: list[Day]
    ) -> tuple[float, Callable[[], Iterable[Difference]]]:
        if not self._count:
            self._count = self._fitting(desk)
        books = range(self._next, min(self._next + self._count, len(desk.books)))
        if not left:
            begun_us, each_us = _beyond_us(desk)
            options_us = _options(desk, books) * _OPTION_BEYOND_US
            slice_us = begun_us + len(books) * each_us + options_us
            return slice_us, lambda: self._beyond(desk, books)
        _, market, grid = left[0]
        begun_us, each_us = _day_us(left[0], len(desk.books))
        options_us = options_of(market, books, grid.day) * _OPTION_DAY_US
        slice_us = begun_us + len(books) * each_us + options_us
        return slice_us, lambda: self._on_day(left[0], books)

    def _fitting(self, desk: Desk) -> int:
        """Return how many books the next slices are of; one whose options fill it is alone."""
        begun_us, each_us = _dearest(desk)
        count = max(1, min(len(desk.books) - self._next, int((SLICE_US - begun_us) / each_us)))
        while count > 1:
            options = _options(desk, range(self._next, self._next + count))
            if begun_us + count * each_us + options * _OPTION_BEYOND_US <= SLICE_US:
                break
            count //= 2
        return count

    def _on_day(self, day: Day, books: range) -> Iterable[Difference]:
        self._done, market, grid = day
        return of_books_on(market, grid, books, self._holders)

    def _beyond(self, desk: Desk, books: range) -> Iterable[Difference]:
        self._next, self._count, self._done = books.stop, 0, _FIRST
        return of_books(desk, books, self._holders)

    def _of_hours(self, day: Day, hours: range) -> Iterable[Difference]:
        (number, name, _), market, grid = day
        self._done = (number, name, hours.stop)
        return of_hours(market, grid, hours)

    def _end(self, desk: Desk) -> Iterable[Difference]:
        self.running = False
        return of_firm(desk)

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        return {
            "found": [list(astuple(one)) for one in self.found],
            "before": [list(astuple(one)) for one in self.before],
            "running": self.running,
            "next_ns": self.next_ns,
            "next": self._next,
            "count": self._count,
            "done": list(self._done),
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self.found = [Difference(*one) for one in saved["found"]]
        self.before = [Difference(*one) for one in saved["before"]]
        self.running, self._next = saved["running"], saved["next"]
        self.next_ns = saved["next_ns"]
        self._count = saved.get("count", 0)
        market, day, hours = saved.get("done", _FIRST)
        self._done = (market, day, hours)


def _days(desk: Desk) -> list[Day]:
    return [
        ((number, day.isoformat(), market.days[day].day.hours), market, market.days[day])
        for number, market in enumerate(desk.markets.values())
        for day in sorted(market.days)
    ]


def _options(desk: Desk, books: range) -> int:
    """Count the contracts of some books that are valued by a payoff."""
    return sum(options_of(market, books) for market in desk.markets.values())


def _dearest(desk: Desk) -> tuple[float, float]:
    """Estimate the dearest slice of books: however few they are, and each book of it, µs."""
    books = len(desk.books)
    slices = [_beyond_us(desk), *(_day_us(day, books) for day in _days(desk))]
    return max(begun for begun, _ in slices), max(each for _, each in slices)


def _day_us(day: Day, books: int) -> tuple[float, float]:
    """Estimate a slice of books on a day, µs, and each of them: all are taken to hold alike."""
    _, market, grid = day
    tables = market.tables
    volumes_us = len(tables.resources) * grid.day.intervals * _RESOURCE_INTERVAL_US
    total = len(tables.rows) * grid.day.intervals * _ROW_INTERVAL_US
    total += len(tables.lines) * grid.day.hours * _LINE_HOUR_US
    total += len(market.contracts.trades) * _CONTRACT_US
    return _BOOKS_US + volumes_us, _BOOK_US + total / max(1, books)


def _beyond_us(desk: Desk) -> tuple[float, float]:
    """Estimate a slice of books beyond the days likewise."""
    begun, total, books = 0.0, 0.0, max(1, len(desk.books))
    scenarios = len(desk.portfolio.scenarios.dates)
    for market in desk.markets.values():
        tables, hours = market.tables, sum(grid.day.hours for grid in market.days.values())
        begun += _BOOKS_US
        total += len(tables.lines) * hours * _HELD_LINE_HOUR_US
        total += len(market.contracts.trades) * _CONTRACT_US
        factors = min(4 * len(tables.locations) * books, 3 * len(tables.lines))
        total += factors * scenarios * _FACTOR_SCENARIO_US
        if market.forward is not None:
            rows = len(market.forward.keys)
            begun += rows * len(market.forward.months) * _FORWARD_ROW_MONTH_US
    return begun, _BOOK_US + total / books


def _firm_hour_us(market: MarketBook, grid: DeliveryDay) -> float:
    """Estimate what an hour of the firm on a day costs, µs."""
    tables = market.tables
    places = len(tables.locations) * grid.day.per_hour * _FIRM_PLACE_INTERVAL_US
    return 1.0 + len(tables.lines) * _FIRM_LINE_HOUR_US + places
