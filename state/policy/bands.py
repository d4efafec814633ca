"""The tolerances in force on a date, and a position held against them (risk policy §4.6)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from state.limits.edges import Edge, measured
from state.periods import PERIODS, Span
from state.policy.risk_policy import RiskPolicy
from state.policy.tolerances import NopKind, Tolerance


@dataclass(frozen=True)
class Band:
    """A row of a table of tolerances over the dates it is about.

    Attributes:
        nop: which net open position.
        row: of the table.
        span: the dates, one of several where the period has several.
    """

    nop: NopKind
    row: Tolerance
    span: Span

    @property
    def floor(self) -> float:
        """The least percentage; of unconfirmed cells the most restrictive."""
        return math.nan if self.row.minimum.floor is None else self.row.minimum.floor

    @property
    def ceiling(self) -> float:
        """The greatest percentage."""
        return math.nan if self.row.maximum.ceiling is None else self.row.maximum.ceiling

    def measured(self, percent: float) -> tuple[float, float]:
        """Return utilisation and headroom of a percentage covered; at the edge is inside.

        Where minimum is maximum the minimum is the limit; 0 as a minimum is no edge.
        """
        return measured(Edge.BAND.number, percent, self.floor, self.ceiling, 0.0, math.inf)


def bands_on(policy: RiskPolicy, today: date) -> list[Band]:
    """Return the tolerances that bind on a market-local date, in the order of the source.

    Rows out of season and periods that are empty or over are left out: not applicable.
    """
    return [
        Band(table.nop, row, span)
        for table in policy.tolerances
        for row in table.rows
        if row.season is None or row.season.first <= today.month <= row.season.last
        for span in _spans(row, today)
    ]


def _spans(row: Tolerance, today: date) -> Iterator[Span]:
    if row.period is not None:
        yield from PERIODS[row.period].spans(today)
    if row.dates is not None:
        first = date.fromisoformat(row.dates.first)
        end = date(today.year + 6, 1, 1)
        if row.dates.last is not None:
            end = date.fromisoformat(row.dates.last) + timedelta(days=1)
        if max(today, first) < end:  # a row without an end may begin after all that is held
            yield Span(first, end)
