"""The net open position of capacity: the month of a period that is nearest to its limit."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING

from state.messages import ResourceKind
from state.nop.held import Holdings
from state.nop.one_row import headroom_of, row_of
from state.nop.whole import ratio, whole
from state.periods import Span
from state.policy.bands import Band
from state.policy.tolerances import NopKind, Tolerance
from state.screens.exposure_rows import NopRow

if TYPE_CHECKING:
    from state.desk import Desk

_USUAL = 115.0
"""Percent of peak load that is required where no row names an obligation: as the others do."""


def peak_load_mw(desk: Desk) -> tuple[float, str]:
    """Return the peak consumption of all loads by their records, and why it is not known."""
    total = 0.0
    for market in desk.markets.values():
        for record in market.tables.resources.records:
            if record.resource_kind is ResourceKind.LOAD:
                if not record.capacity_mw > 0.0:
                    return math.nan, f"no peak consumption of {record.resource} is recorded"
                total += record.capacity_mw
    return total, ""


def capacity_within(
    band: Band, kind: str, held: Holdings, peak: tuple[float, str], today: date
) -> NopRow:
    """Return the capacity of a kind that a tolerance binds.

    Args:
        band: the tolerance.
        kind: of capacity.
        held: what is.
        peak: load and why it is not known (:func:`peak_load_mw`).
        today: the market-local date.
    """
    peak_mw, reason = peak
    required = whole(_percent_of_peak(band.row, kind) * peak_mw / 100.0)
    by_month = _by_month(held, kind, band.span)
    amount, month = by_month[0]
    if required > 0.0:
        amount, month = min(by_month, key=lambda each: headroom_of(band, ratio(each[0], required)))
    return row_of(
        NopKind.CAPACITY,
        band.row.title,
        band.span,
        unit="MW",
        kind=kind,
        amounts=(required, amount, amount),
        band=band,
        reason=reason,
        note=f"in {month}",
        today=today,
    )


def capacity_over(
    title: str, span: Span, kind: str, held: Holdings, peak: tuple[float, str]
) -> NopRow:
    """Return the capacity of a kind in the least covered month of a period no tolerance binds."""
    peak_mw, reason = peak
    required = whole(_USUAL * peak_mw / 100.0)
    amount, month = min(_by_month(held, kind, span))
    return row_of(
        NopKind.CAPACITY,
        title,
        span,
        unit="MW",
        kind=kind,
        amounts=(required, amount, amount),
        reason=reason,
        note=f"in {month}, of {_USUAL:g} % of peak load",
    )


def _by_month(held: Holdings, kind: str, span: Span) -> list[tuple[float, str]]:
    return [(held.capacity_mw.get((kind, month), 0.0), month) for month in span.months]


def _percent_of_peak(row: Tolerance, kind: str) -> float:
    """Return what a row requires, as a percentage of peak load."""
    for part in row.obligation:
        if not part.kinds or kind in part.kinds:
            of_peak = part.of != "obligation"
            return part.percent if of_peak else part.percent * _USUAL / 100.0
    return _USUAL
