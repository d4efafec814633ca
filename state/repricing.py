"""What a message changed in a market: past days, the open position, and value by hub and block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from state.changes import Change
from state.forward import BLOCKS
from state.market_book import MarketBook
from state.messages import Block, FloatColumn
from state.stretches import Split
from state.views import Matrix


def forget(market: MarketBook) -> None:
    """Take note of nothing that changed until now."""
    market.tables.changes.forget()
    for day in market.days.values():
        day.hourly.by_hub.forget()
    if market.forward is not None:
        market.forward.before_marks = None


def restated_usd(market: MarketBook) -> FloatColumn | None:
    """Return by how much past days changed their value, by book; None if none did."""
    past = market.tables.changes.past
    if not past:
        return None
    total = np.zeros(len(market.books))
    for date_, before in past.items():
        total += market.days[date_].value_usd
        total[: len(before)] -= before
    past.clear()
    return total


def split_by_hub(market: MarketBook, run: str) -> dict[Split, FloatColumn]:
    """Return what prices moved on days that are not over, $ by book, for each hub and block.

    What is noted of days is forgotten.
    """
    hubs = _Hubs(market, run)
    for change in market.tables.changes.blocks:
        if market.today is not None and change.date >= market.today:
            hubs.add_change(change)
    for date_, day in market.days.items():
        if day.hourly.by_hub.moved:
            if market.today is not None and date_ >= market.today:
                hubs.add_lines(day.hourly.by_hub.usd)
            day.hourly.by_hub.forget()
    hubs.add_forward()
    return hubs.found


class _Hubs:
    """Sums changes of value by hub, block and book."""

    def __init__(self, market: MarketBook, run: str) -> None:
        self._market = market
        self._run = run
        self._table = market.tables.locations
        self.found: dict[Split, FloatColumn] = {}

    def add_change(self, change: Change) -> None:
        """Add what a block of rows and intervals changed."""
        rows = self._market.tables.rows
        cells = self._cells(rows.location[change.rows], rows.book[change.rows])
        for block, where in zip(BLOCKS, (change.on_peak, ~change.on_peak), strict=True):
            if where.any():
                usd = change.usd if where.all() else change.usd[:, where]
                self._add(block, cells, np.add.reduce(usd, axis=1))

    def add_lines(self, by_block: Matrix) -> None:
        """Add what lines changed, $ by block, hub and book."""
        for block, by_hub in zip(BLOCKS, by_block, strict=True):
            self._add_hubs(block, by_hub)

    def add_forward(self) -> None:
        """Add what the curve changed beyond tomorrow."""
        forward = self._market.forward
        if forward is None or forward.before_marks is None:
            return
        moved, before = forward.worth_by_row(), forward.before_marks
        moved[: len(before)] -= before
        forward.before_marks = None
        for block in Block:
            keys = [
                (book, hub, row) for (book, hub, own), row in forward.keys.items() if own is block
            ]
            books, hubs, rows = np.array(keys, dtype=np.int64).reshape(-1, 3).T
            self._add(block, self._cells(hubs, books), moved[rows])

    def _cells(self, places: NDArray[np.int64], books: NDArray[np.int64]) -> NDArray[np.int64]:
        # One number for hub and book together, so that one count adds up both.
        return np.asarray(self._table.hub_rank[places] * len(self._market.books) + books)

    def _add(self, block: Block, cells: NDArray[np.int64], usd: FloatColumn) -> None:
        books, hubs = len(self._market.books), len(self._table.ranked_hubs)
        by_cell = np.bincount(cells, usd, hubs * books).astype(np.float64)
        self._add_hubs(block, by_cell.reshape(-1, books))

    def _add_hubs(self, block: Block, by_hub: Matrix) -> None:
        for rank in np.flatnonzero(by_hub.any(axis=1)):
            hub = self._table.ranked_hubs[rank]
            key = Split(self._market.market.market, self._run, hub, str(block))
            known = self.found.get(key)
            self.found[key] = by_hub[rank].copy() if known is None else known + by_hub[rank]
