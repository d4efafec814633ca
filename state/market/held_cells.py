"""Figures of lines by hour without the cells that hold nothing, which are four of five."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from state.arrays import Floats, Matrix, Narrow, Numbers


@dataclass(frozen=True, eq=False)
class HeldCells:
    """Figures by line and hour that stay as they are.

    Attributes:
        lines: number of the line of each cell, hour by hour, ascending in each.
        ends: where each hour ends in them.
        amounts: shape (figures, cells).
        count: of all lines there were.
    """

    lines: Narrow
    ends: Numbers
    amounts: Matrix
    count: int

    @classmethod
    def of(cls, *figures: Matrix) -> HeldCells:
        """Return the cells in which any of some figures, shape (hours, lines), is not 0.

        >>> held = HeldCells.of(np.array([[0.0, 2.0], [3.0, 0.0]]))
        >>> held.lines.tolist(), held.ends.tolist(), held.amounts.tolist()
        ([1, 0], [1, 2], [[2.0, 3.0]])
        >>> held.by_hour(0).tolist()
        [[0.0, 2.0], [3.0, 0.0]]
        """
        hours, count = figures[0].shape
        lines: list[Narrow] = []
        for hour in range(hours):
            holds = figures[0][hour] != 0.0
            for figure in figures[1:]:
                holds |= figure[hour] != 0.0
            lines.append(np.flatnonzero(holds).astype(np.int32))
        ends = np.cumsum([len(own) for own in lines])
        amounts = [
            np.concatenate([figure[hour, own] for hour, own in enumerate(lines)])
            for figure in figures
        ]
        return cls(np.concatenate(lines), ends, np.array(amounts), count)

    @classmethod
    def none(cls, hours: int, *, figures: int) -> HeldCells:
        """Return those of no lines."""
        ends = np.zeros(hours, dtype=np.int64)
        return cls(np.zeros(0, dtype=np.int32), ends, np.zeros((figures, 0)), 0)

    def hour(self, hour: int) -> tuple[Narrow, tuple[Floats, ...]]:
        """Return the lines that hold anything in an hour, and each of their figures."""
        part = slice(self.ends[hour - 1] if hour else 0, self.ends[hour])
        return self.lines[part], tuple(figure[part] for figure in self.amounts)

    def by_hour(self, figure: int) -> Matrix:
        """Return a figure of all lines, shape (hours, lines)."""
        whole = np.zeros((len(self.ends), self.count))
        hours = np.repeat(np.arange(len(self.ends)), np.diff(self.ends, prepend=0))
        whole[hours, self.lines] = self.amounts[figure]
        return whole
