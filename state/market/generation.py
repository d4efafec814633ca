"""What the output of plants costs rows under as-generated contracts, on one market day."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from state.messages import FloatColumn


class GenerationRates:
    """Keeps the $/MWh a row pays for a plant's output, by interval."""

    def __init__(self) -> None:
        self._rates: dict[tuple[int, int], FloatColumn] = {}

    def __iter__(self) -> Iterator[tuple[int, int, FloatColumn]]:
        """Go through plants, the rows that take their output, and rates."""
        return ((plant, row, rate) for (plant, row), rate in self._rates.items())

    def add(self, plant: int, row: int, rate: FloatColumn) -> None:
        """Add to what a row pays for a MWh of a plant; minus the same takes it out again."""
        held = self._rates.setdefault((plant, row), np.zeros(len(rate)))
        held += rate

    @property
    def plants(self) -> list[int]:
        """Plants whose output somebody takes, ascending."""
        return sorted({plant for plant, _ in self._rates})

    def rows_of(self, plants: Collection[int]) -> set[int]:
        """Return the rows that take the output of any of some plants."""
        return {row for plant, row in self._rates if plant in plants}

    def paid_for(self, plant: int, intervals: int) -> FloatColumn:
        """Return what all rows pay for a MWh of a plant, by interval."""
        paid = np.zeros(intervals)
        for own, _, rate in self:
            paid += rate if own == plant else 0.0
        return paid

    def cost_of(self, row: int, expected: FloatColumn, part: slice) -> FloatColumn:
        """Return what a row pays an hour for what plants are expected to make, $.

        Args:
            row: of the market.
            expected: MW by plant and interval.
            part: the intervals wanted.
        """
        cost = np.zeros(expected[:1, part].shape[1])
        for plant, holder, rate in self:
            if holder == row:
                cost += rate[part] * expected[plant, part]
        return cost

    def snapshot(self) -> list[list[Any]]:
        """Return what :meth:`restore` needs."""
        return [[plant, row, rate] for plant, row, rate in self]

    def restore(self, saved: list[list[Any]]) -> None:
        """Take over a snapshot."""
        self._rates = {(plant, row): rate for plant, row, rate in saved}
