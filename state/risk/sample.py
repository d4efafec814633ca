"""What a risk measure is given: dated scenario P&L by part, and how long it is held."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from state.arrays import Matrix


class Scaling(StrEnum):
    """How figures come to stand for the holding period."""

    OBSERVED = "observed"
    """Each scenario is a change over the whole holding period, overlapping its neighbours."""

    SQRT_TIME = "square-root-of-time"
    """Each scenario is a change over one day; VaR and ES are multiplied by √days, which holds for
    independent, identically distributed changes without a mean only (Basel Committee, "Amendment
    to the capital accord to incorporate market risks", 1996, B.4 c)."""


@dataclass(frozen=True)
class Sample:
    """The P&L of each part of a portfolio in each dated scenario.

    A part is a factor, a book or a whole portfolio: what one volatility belongs to. Parts add.

    Attributes:
        parts: $, shape (parts, scenarios), the oldest scenario first; + is a gain.
        dates: of the scenarios, ISO, ascending.
        window: how many dates of history were asked for or given.
        holding_days: how long the portfolio is held.
        scaling: how the scenarios come to stand for that long.
    """

    parts: Matrix
    dates: tuple[str, ...]
    window: int
    holding_days: int = 1
    scaling: Scaling = Scaling.OBSERVED

    @property
    def pnl(self) -> Matrix:
        """P&L of the whole in each scenario, $."""
        return np.asarray(np.add.reduce(self.parts, axis=0))

    @property
    def size(self) -> int:
        """The number of scenarios."""
        return len(self.dates)

    @property
    def factor_of_time(self) -> float:
        """What figures of one scenario are multiplied by to stand for the holding period.

        >>> one_day = Sample(parts=np.zeros((1, 0)), dates=(), window=0)
        >>> one_day.factor_of_time
        1.0
        """
        return float(self.holding_days) ** 0.5 if self.scaling is Scaling.SQRT_TIME else 1.0

    @property
    def holding(self) -> str:
        """The holding period and its rule, in words."""
        if self.holding_days == 1:
            return "1 day"
        if self.scaling is Scaling.SQRT_TIME:
            return f"{self.holding_days} days by the square root of time"
        return f"{self.holding_days} days as observed, overlapping"
