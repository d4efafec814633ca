"""The net open position of capacity: the month of a period that is nearest to its limit."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from state.messages import CompanyFigure, ResourceKind
from state.nop.held import Holdings
from state.nop.one_row import headroom_of, row_of
from state.nop.whole import ratio, whole
from state.periods import Span
from state.policy.bands import Band
from state.policy.tolerances import NopKind, Tolerance
from state.screens.nop_seen import NopRow

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook

_USUAL = 115.0
"""Percent of peak load that is required where no row names an obligation: as the others do."""

_SUMMER = range(5, 10)
"""Months of the year that are summer to resource adequacy: May to September."""


class _Asked(NamedTuple):
    """What is asked of a month: a percentage of peak load, or a share of a local requirement."""

    month: str
    local: bool
    percent: float = _USUAL
    share: float = 1.0
    summer: bool = False

    @property
    def months(self) -> list[str]:
        """The months whose highest peak load counts."""
        return [f"{self.month[:4]}-{each:02d}" for each in _SUMMER] if self.summer else [self.month]


class Required:
    """How much capacity is required, by month: of peak load, and of local capacity as stated.

    A month's peak load is what the company states of it, else the peak consumption in the records
    of its loads (:class:`~state.messages.CompanyOutlook`, :class:`~state.messages.Resource`).

    Args:
        desk: whose.
    """

    def __init__(self, desk: Desk) -> None:
        self._markets = [
            (
                _recorded_peak_mw(market),
                market.stated.of(CompanyFigure.PEAK_LOAD),
                market.stated.of(CompanyFigure.LOCAL_CAPACITY),
            )
            for market in desk.markets.values()
        ]
        self._found: dict[_Asked, tuple[float, str]] = {}

    def within(self, row: Tolerance, kind: str, month: str) -> tuple[float, str]:
        """Return the MW a tolerance requires of a kind in a month, and why they are not known."""
        part = next((one for one in row.obligation if not one.kinds or kind in one.kinds), None)
        if part is None:
            return self.usual(kind, month)
        local, share = kind == "local", part.percent / 100.0
        if part.of == "obligation":
            return self._mw(_Asked(month, local, share=share))
        summer = part.of == "summer_peak_load"
        return self._mw(_Asked(month, local, percent=part.percent, summer=summer))

    def usual(self, kind: str, month: str) -> tuple[float, str]:
        """Return the same where no tolerance is about the month."""
        return self._mw(_Asked(month, kind == "local"))

    def basis(self, kind: str, month: str) -> str:
        """Say what :meth:`usual` is made of."""
        stated = kind == "local" and any(month in local for _, _, local in self._markets)
        return "the requirement stated" if stated else f"{_USUAL:g} % of peak load"

    def _mw(self, asked: _Asked) -> tuple[float, str]:
        # Several rows are about one month, and of system and flexible the same is required.
        if asked not in self._found:
            self._found[asked] = self._add_up(asked)
        return self._found[asked]

    def _add_up(self, asked: _Asked) -> tuple[float, str]:
        total = 0.0
        for (recorded_mw, reason), peaks, local in self._markets:
            if asked.local and asked.month in local:
                total += asked.share * local[asked.month]
                continue
            if reason and not all(month in peaks for month in asked.months):
                return math.nan, reason
            peak_mw = max(peaks.get(month, recorded_mw) for month in asked.months)
            total += asked.percent * asked.share * peak_mw / 100.0
        return whole(total), ""


def _recorded_peak_mw(market: MarketBook) -> tuple[float, str]:
    """Return the peak consumption of a market's loads by their records, and why it is unknown."""
    total = 0.0
    for record in market.tables.resources.records:
        if record.resource_kind is ResourceKind.LOAD:
            if not record.capacity_mw > 0.0:
                return math.nan, f"no peak consumption of {record.resource} is recorded"
            total += record.capacity_mw
    return total, ""


def capacity_within(
    band: Band, kind: str, held: Holdings, required: Required, today: date
) -> NopRow:
    """Return the capacity of a kind that a tolerance binds: of the month nearest to its limit.

    Args:
        band: the tolerance.
        kind: of capacity.
        held: what is.
        required: what must be.
        today: the market-local date.
    """
    months = [_Month.of(month, kind, held, required, band.row) for month in band.span.months]
    owing = [month for month in months if month.required > 0.0]
    worst = min(owing, key=lambda each: headroom_of(band, each.coverage), default=months[0])
    return row_of(
        NopKind.CAPACITY,
        band.row.title,
        band.span,
        unit="MW",
        kind=kind,
        amounts=(worst.required, worst.held, worst.held),
        band=band,
        reason=next((month.reason for month in months if month.reason), ""),
        note=f"in {worst.month}",
        today=today,
    )


def capacity_over(title: str, span: Span, kind: str, held: Holdings, required: Required) -> NopRow:
    """Return the capacity of a kind in the least covered month of a period no tolerance binds."""
    months = [_Month.of(month, kind, held, required) for month in span.months]
    owing = [month for month in months if month.required > 0.0]
    worst = min(owing, key=lambda each: each.coverage, default=months[0])
    return row_of(
        NopKind.CAPACITY,
        title,
        span,
        unit="MW",
        kind=kind,
        amounts=(worst.required, worst.held, worst.held),
        reason=next((month.reason for month in months if month.reason), ""),
        note=f"in {worst.month}, of {required.basis(kind, worst.month)}",
    )


class _Month(NamedTuple):
    """Capacity of a kind in one month, MW."""

    month: str
    held: float
    required: float
    reason: str

    @classmethod
    def of(
        cls, month: str, kind: str, held: Holdings, required: Required, row: Tolerance | None = None
    ) -> _Month:
        """Return what is held and required; of no tolerance as no row is about the month."""
        told = required.usual(kind, month) if row is None else required.within(row, kind, month)
        return cls(month, held.capacity_mw.get((kind, month), 0.0), *told)

    @property
    def coverage(self) -> float:
        return ratio(self.held, self.required)
