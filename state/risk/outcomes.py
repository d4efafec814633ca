"""What became of every VaR that was struck: daily outcomes by horizon and node, and the verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from state.arrays import Codes, Flags, Matrix
from state.messages import FloatColumn
from state.risk.backtest import (
    DayPairs,
    Light,
    LikelihoodRatio,
    conditional_coverage,
    cumulative_probability,
    independence,
    proportion_of_failures,
    traffic_light,
)
from state.risk.portfolio import HORIZONS

ABSENT, NOT_HELD, OBSERVED, BROUGHT, UNKNOWN, NO_MARKS = range(6)
"""What an outcome is: nothing known; nothing was held; observed here; brought in by a message;
a price, a mark or a factor was missing; no marks of what is held came in the holding period."""

KEPT_DAYS = 750
"""How many outcomes are kept: three years of trading days."""

TESTED_DAYS = 250
"""How many of the last outcomes are tested (Basel Committee, 1996)."""

LEAST_DAYS = 100
"""With fewer outcomes no test is made; at 95 % it takes so many to expect five exceptions."""

MOST_UNKNOWN = 0.05
"""Share of the outcomes that may be unknown before the verdict is."""

_FIGURES = ("var_usd", "pnl_usd", "confidence", "status")


@dataclass(frozen=True)
class Series:
    """The last outcomes of one node and horizon that were, or should have been, observed."""

    dates: tuple[str, ...]
    var_usd: FloatColumn
    pnl_usd: FloatColumn
    known: Flags


@dataclass(frozen=True)
class Verdict:
    """What the tests say of one node and horizon.

    Attributes:
        days: observed, at most ``TESTED_DAYS``.
        unknown: days of the same period that could not be observed.
        expected: number of exceptions; NaN without a day, as all that follows from the days.
        cumulative: probability of at most so many exceptions if the VaR is right.
    """

    days: int
    unknown: int
    exceptions: int
    expected: float
    cumulative: float
    light: Light
    number: LikelihoodRatio
    clusters: LikelihoodRatio
    both: LikelihoodRatio

    @property
    def applies(self) -> bool:
        """Whether there are enough days to test."""
        return self.days + self.unknown >= LEAST_DAYS

    @property
    def reason(self) -> str:
        """Why the verdict cannot be trusted; empty if it can."""
        struck = self.days + self.unknown
        if self.unknown <= MOST_UNKNOWN * struck:
            return ""
        return f"{self.unknown} of the last {struck} outcomes could not be observed"


def verdict_of(series: Series, confidence: float) -> Verdict:
    """Test a series of outcomes."""
    exceeded = (series.pnl_usd < -series.var_usd).tolist()
    outcomes = [day if known else None for day, known in zip(exceeded, series.known, strict=True)]
    exceptions = [day for day in outcomes if day is not None]
    days, count, probability = len(exceptions), sum(exceptions), round(1.0 - confidence, 12)
    number = proportion_of_failures(days, count, probability)
    clusters = independence(DayPairs.of(outcomes))
    return Verdict(
        days=days,
        unknown=len(series.dates) - days,
        exceptions=count,
        expected=days * probability if days else math.nan,
        cumulative=cumulative_probability(days, count, probability),
        light=traffic_light(days, count, probability),
        number=number,
        clusters=clusters,
        both=conditional_coverage(number, clusters),
    )


class Outcomes:
    """Keeps the outcomes of the last ``KEPT_DAYS`` dates, ascending.

    Attributes:
        dates: on which the VaRs were struck.
        var_usd, pnl_usd, confidence: shape (dates, 3 horizons, books + firm); NaN where none.
        status: of the same shape, one of the codes of this module.
    """

    var_usd: Matrix
    pnl_usd: Matrix
    confidence: Matrix
    status: Codes

    def __init__(self) -> None:
        self.dates: list[str] = []
        for name in _FIGURES:
            setattr(self, name, _empty(name, 0, 1))

    @property
    def nodes(self) -> int:
        """How many nodes there is room for, the firm included."""
        return int(self.status.shape[2])

    def grow(self, nodes: int) -> None:
        """Make room for more books; the firm stays last."""
        more = nodes - self.nodes
        if more <= 0:
            return
        for name in _FIGURES:
            column = getattr(self, name)
            fresh = _empty(name, len(self.dates), more)
            parts = (column[:, :, :-1], fresh, column[:, :, -1:])
            setattr(self, name, np.concatenate(parts, axis=2))

    def record(
        self, day: str, *, var_usd: Matrix, pnl_usd: Matrix, status: Codes, confidence: float
    ) -> None:
        """Record what was observed here, shape (3 horizons, books + firm)."""
        self._hold([day])
        if day not in self.dates:
            return
        place = self.dates.index(day)
        self.var_usd[place], self.pnl_usd[place] = var_usd, pnl_usd
        self.status[place], self.confidence[place] = status, confidence

    def bring(
        self,
        dates: tuple[str, ...],
        *,
        horizon: int,
        node: int,
        var_usd: FloatColumn,
        pnl_usd: FloatColumn,
        confidence: float,
    ) -> None:
        """Take in outcomes from before the log; what was observed here stays.

        A day with NaN is one that is not known, unless it was brought in with numbers before.
        """
        self._hold(list(dates))
        place = {day: number for number, day in enumerate(self.dates)}
        for day, var, pnl in zip(dates, var_usd, pnl_usd, strict=True):
            at = (place.get(day, -1), horizon, node)
            known = math.isfinite(var) and math.isfinite(pnl)
            if at[0] >= 0 and self.status[at] in ((ABSENT, BROUGHT) if known else (ABSENT,)):
                self.var_usd[at], self.pnl_usd[at] = var, pnl
                self.status[at], self.confidence[at] = BROUGHT, confidence

    def series(self, *, horizon: int, node: int, confidence: float) -> Series:
        """Return the last outcomes of a node at the confidence that is in force."""
        status = self.status[:, horizon, node]
        alike = self.confidence[:, horizon, node] == confidence
        counted = alike & np.isin(status, (OBSERVED, BROUGHT, UNKNOWN))
        last = np.flatnonzero(counted)[-TESTED_DAYS:]
        var_usd, pnl_usd = self.var_usd[last, horizon, node], self.pnl_usd[last, horizon, node]
        return Series(
            dates=tuple(self.dates[number] for number in last),
            var_usd=var_usd,
            pnl_usd=pnl_usd,
            known=(status[last] != UNKNOWN) & np.isfinite(var_usd) & np.isfinite(pnl_usd),
        )

    def _hold(self, dates: list[str]) -> None:
        """Make a place for dates; the oldest beyond ``KEPT_DAYS`` go."""
        held = sorted(set(self.dates).union(dates))[-KEPT_DAYS:]
        if held == self.dates:
            return
        place = {day: number for number, day in enumerate(self.dates)}
        kept = [number for number, day in enumerate(held) if day in place]
        source = [place[held[number]] for number in kept]
        for name in _FIGURES:
            column = getattr(self, name)
            moved = _empty(name, len(held), column.shape[2])
            moved[kept] = column[source]
            setattr(self, name, moved)
        self.dates = held

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        return {"dates": self.dates, **{name: getattr(self, name) for name in _FIGURES}}

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self.dates = saved["dates"]
        for name in _FIGURES:
            setattr(self, name, saved[name])


def _empty(name: str, days: int, nodes: int) -> Any:
    shape = (days, len(HORIZONS), nodes)
    if name == "status":
        return np.full(shape, ABSENT, dtype=np.int8)
    return np.full(shape, np.nan)
