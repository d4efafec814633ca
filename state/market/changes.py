"""What messages changed in the days of a market since the explain last looked; never saved."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np

from state.arrays import Flags, Matrix, Numbers
from state.market.hour_loops import spread_by_hub
from state.market.lines import RunLines
from state.market.locations import LocationTable
from state.messages import FloatColumn


class Change(NamedTuple):
    """A block of rows and intervals that was computed anew, and by how much it changed.

    Attributes:
        date: of the day.
        rows: of the market.
        on_peak: which intervals of the block are.
        usd: change of value, shape (rows, intervals).
    """

    date: date
    rows: Numbers
    on_peak: Flags
    usd: Matrix


class Changes:
    """Notes of one market.

    Attributes:
        blocks: what changed of positions kept by interval.
        past: what each day that is over and changed was worth before, $ by book.
    """

    def __init__(self) -> None:
        self.blocks: list[Change] = []
        self.past: dict[date, FloatColumn] = {}

    def forget(self) -> None:
        """Take note of nothing that changed until now."""
        self.blocks.clear()
        self.past.clear()


class HubSums:
    """What prices moved on the lines of a day, $ by block, hub and book.

    Attributes:
        usd: shape (2 blocks in the order of ``state.market.forward.BLOCKS``, hubs, books).
        moved: whether there is anything in it.
    """

    def __init__(self) -> None:
        self._first_cell = np.zeros(0, dtype=np.int64)
        self.usd = np.zeros((2, 0, 0))
        self.moved = False

    def grow(self, locations: LocationTable, books: int) -> None:
        """Follow the locations and books there are by now, between two messages."""
        self._first_cell = locations.first_cells(books)
        shape = (2, len(locations.ranked_hubs), books)
        if self.usd.shape != shape:
            self.usd = np.zeros(shape)
            self.moved = False

    def spread(
        self,
        mw: FloatColumn,
        lines: RunLines,
        moved: FloatColumn,
        by_book: FloatColumn,
        *,
        on_peak: bool,
    ) -> None:
        """Add what prices of a run moved in an hour, to books and to what is kept here.

        Args:
            mw: of each line in that hour.
            lines: of the run.
            moved: by how much the mean of the hour's marks moved, by location.
            by_book: $, which this adds to.
            on_peak: whether the hour is.
        """
        self.moved = True
        block = self.usd[0 if on_peak else 1].reshape(-1)
        numbers, keys = lines.keys(self._first_cell)
        spread_by_hub(mw, numbers, keys, moved, by_book, block)

    def forget(self) -> None:
        """Take note of nothing that moved until now."""
        if self.moved:
            self.usd[:] = 0.0
            self.moved = False
