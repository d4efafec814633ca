"""What a message changed in a market: past days, the open position, and value by hub and block."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from state.delivery_day import Change, DeliveryDay
from state.forward import BLOCKS
from state.market_book import MarketBook
from state.messages import Block, FloatColumn
from state.stretches import Split


class DayChanges(NamedTuple):
    """The changes of one day since the last look."""

    date: date
    day: DeliveryDay
    changes: list[Change]


def drained(market: MarketBook) -> list[DayChanges]:
    """Return what changed in each day since the last call."""
    found = []
    for date_, day in market.days.items():
        if day.changes:
            found.append(DayChanges(date_, day, day.changes))
            day.changes = []
    return found


def forget(market: MarketBook) -> None:
    """Take note of nothing that changed until now."""
    drained(market)
    if market.forward is not None:
        market.forward.repriced.clear()


def open_mwh(market: MarketBook) -> float:
    """Return the open position of the undelivered intervals of today and tomorrow, MWh."""
    total = 0.0
    for _, day in market.open_days():
        left = day.legs.open[: len(market.tables.rows), day.delivered :]
        total += float(np.add.reduce(left, axis=None)) * day.hours_per_interval
    return total


def open_moved_mwh(days: list[DayChanges]) -> float:
    """Return by how much the open position of undelivered intervals changed, MWh."""
    total = 0.0
    for _, day, changes in days:
        for change in changes:
            left = change.open_mw[:, max(0, day.delivered - change.first) :]
            total += float(np.add.reduce(left, axis=None)) * day.hours_per_interval
    return total


def restated_usd(market: MarketBook, days: list[DayChanges]) -> FloatColumn | None:
    """Return by how much past days changed their value, by book; None if none did."""
    past = [each for each in days if market.today is not None and each.date < market.today]
    if not past:
        return None
    books = market.tables.rows.book
    total = np.zeros(len(market.books))
    for _, _, changes in past:
        for change in changes:
            moved = np.add.reduce(change.usd, axis=1)
            total += np.bincount(books[change.rows], moved, len(total))
    return total


def split_by_hub(market: MarketBook, days: list[DayChanges], run: str) -> dict[Split, FloatColumn]:
    """Return what prices moved on days that are not over, $ by book, for each hub and block."""
    hubs = _Hubs(market, run)
    for date_, day, changes in days:
        if market.today is not None and date_ >= market.today:
            for change in changes:
                hubs.add_change(day, change)
    hubs.add_forward()
    return hubs.found


class _Hubs:
    """Sums changes of value by hub, block and book."""

    def __init__(self, market: MarketBook, run: str) -> None:
        self._market = market
        self._run = run
        self._table = market.tables.locations
        self.found: dict[Split, FloatColumn] = {}

    def add_change(self, day: DeliveryDay, change: Change) -> None:
        """Add what a block of rows and intervals changed."""
        rows = self._market.tables.rows
        cells = self._cells(rows.location[change.rows], rows.book[change.rows])
        on_peak = day.day.on_peak[change.first : change.first + change.usd.shape[1]]
        for block, where in zip(BLOCKS, (on_peak, ~on_peak), strict=True):
            if where.any():
                usd = change.usd if where.all() else change.usd[:, where]
                self._add(block, cells, np.add.reduce(usd, axis=1))

    def add_forward(self) -> None:
        """Add what the curve changed beyond tomorrow."""
        forward = self._market.forward
        if forward is None:
            return
        moved, forward.repriced = forward.repriced, []
        for block in BLOCKS:
            keys = [
                (book, hub, row) for (book, hub, own), row in forward.keys.items() if own is block
            ]
            books, hubs, rows = np.array(keys, dtype=np.int64).reshape(-1, 3).T
            for by_row in moved:
                self._add(block, self._cells(hubs, books), by_row[rows])

    def _cells(self, places: NDArray[np.int64], books: NDArray[np.int64]) -> NDArray[np.int64]:
        # One number for hub and book together, so that one count adds up both.
        return np.asarray(self._table.hub_rank[places] * len(self._market.books) + books)

    def _add(self, block: Block, cells: NDArray[np.int64], usd: FloatColumn) -> None:
        books, hubs = len(self._market.books), self._table.ranked_hubs
        by_cell = np.bincount(cells, usd, len(hubs) * books).reshape(-1, books)
        for rank in np.flatnonzero(by_cell.any(axis=1)):
            key = Split(self._market.market.market, self._run, hubs[rank], str(block))
            known = self.found.get(key)
            self.found[key] = by_cell[rank] if known is None else known + by_cell[rank]
