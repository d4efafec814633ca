"""What a message changed in a market: past days, the open position, and value by hub and block."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from state.delivery_day import Change, DeliveryDay, MarketTables
from state.forward import BLOCKS
from state.locations import NO_HUB
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
        self._hubs, ranks = hub_ranks(market.tables)
        rows = market.tables.rows
        # One number for hub and book together, so that one count adds up both.
        self._cell = ranks[rows.location] * len(market.books) + rows.book
        self.found: dict[Split, FloatColumn] = {}

    def add_change(self, day: DeliveryDay, change: Change) -> None:
        """Add what a block of rows and intervals changed."""
        on_peak = day.day.on_peak[change.first : change.first + change.usd.shape[1]]
        for block, where in zip(BLOCKS, (on_peak, ~on_peak), strict=True):
            if where.all():
                self._add(block, self._cell[change.rows], np.add.reduce(change.usd, axis=1))
            elif where.any():
                by_row = np.add.reduce(change.usd[:, where], axis=1)
                self._add(block, self._cell[change.rows], by_row)

    def add_forward(self) -> None:
        """Add what the curve changed beyond tomorrow."""
        forward = self._market.forward
        if forward is None:
            return
        moved, forward.repriced = forward.repriced, []
        ranks = hub_ranks(self._market.tables)[1]
        for by_row in moved:
            for block in BLOCKS:
                keys = [(key, row) for key, row in forward.keys.items() if key[2] is block]
                cells = [ranks[key[1]] * len(self._market.books) + key[0] for key, _ in keys]
                rows = [row for _, row in keys]
                self._add(block, np.array(cells, dtype=np.int64), by_row[rows])

    def _add(self, block: Block, cells: NDArray[np.int64], usd: FloatColumn) -> None:
        books = len(self._market.books)
        by_cell = np.bincount(cells, usd, len(self._hubs) * books).reshape(-1, books)
        for rank in np.flatnonzero(by_cell.any(axis=1)):
            key = Split(self._market.market.market, self._run, self._hubs[rank], str(block))
            known = self.found.get(key)
            self.found[key] = by_cell[rank] if known is None else known + by_cell[rank]


def hub_ranks(tables: MarketTables) -> tuple[list[str], NDArray[np.int64]]:
    """Return the names of the hubs there are, and the number of each location's among them.

    A location without a hub counts under an empty name.
    """
    table = tables.locations
    places, ranks = np.unique(table.hub, return_inverse=True)
    return ["" if place == NO_HUB else table.names[place] for place in places], ranks
