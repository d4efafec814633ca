"""The hours of a market day as people read them: open position, load, coverage, what is unknown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from state.arrays import Flags, Matrix
from state.compiled import compiled
from state.market.coverage_loops import (
    ADJUSTMENTS,
    COVERING,
    DAY_AHEAD_LOAD,
    DAY_AHEAD_SUPPLY,
    DAY_AHEAD_TRADES,
    LOAD,
    REAL_TIME_TRADES,
    SUPPLY,
    sum_left,
    sum_supply,
)
from state.market.delivery_day import DeliveryDay
from state.market.exposures import RUNS
from state.market.holders import open_by_holder
from state.market.prices import DA, FMM, RTD
from state.market.tables import MarketTables
from state.messages import FloatColumn

_OBLIGATION = 1
"""Which of the parts of coverage it is."""


@dataclass(frozen=True)
class HourFigures:
    """Figures of one day by hour; see docs/meanings.md, "Open position" and "Coverage".

    Attributes:
        holders: book index and location of each row (``state.market.holders``).
        open_mw: mean MW by pair and hour, over the undelivered intervals; over all of them as they
            stood at their end once the hour is delivered.
        total_mw, total_mwh: of the firm; MWh of the undelivered intervals only.
        load_mw: mean expected load.
        coverage: 1.0 = 100 %; NaN where there is no obligation.
        unknown: why the hour cannot be trusted, empty where it can.
    """

    holders: list[tuple[int, str]]
    open_mw: Matrix
    total_mw: FloatColumn
    total_mwh: FloatColumn
    load_mw: FloatColumn
    coverage: FloatColumn
    unknown: list[str]


def hour_figures(day: DeliveryDay, tables: MarketTables) -> HourFigures:
    """Return the figures of a day as it stands."""
    editions = (day.edition, day.hourly.edition)
    figures: HourFigures = kept("hours", _hour_figures, day, tables, edition=editions)
    return figures


def row_coverage(day: DeliveryDay, tables: MarketTables) -> RowCoverage:
    """Return coverage alone, without lines, and what is unknown, by hour."""
    rows: RowCoverage = kept("coverage", _row_coverage, day, tables, edition=day.supply_edition)
    return rows


def kept(
    name: str,
    compute: Callable[[DeliveryDay, MarketTables], Any],
    day: DeliveryDay,
    tables: MarketTables,
    *,
    edition: int | tuple[int, int],
) -> Any:
    """Return a figure of a day, computed anew only when the day has changed.

    Args:
        name: of the figure.
        compute: it.
        day: of the market.
        tables: of the market.
        edition: of what it stands on.
    """
    # Most messages touch one day, most trades only its lines; other figures stay what they were.
    stamp = (edition, len(tables.rows), len(tables.resources))
    known = day.kept.get(name)
    if known is None or known[0] != stamp:
        day.kept[name] = known = (stamp, compute(day, tables))
    return known[1]


def _hour_figures(day: DeliveryDay, tables: MarketTables) -> HourFigures:
    left = _left_intervals(day)
    holders, open_mw = open_by_holder(day, tables, _open_by_hour(day, len(tables.rows), left))
    total = np.add.reduce(open_mw, axis=0)
    counted = np.where(left, day.open_mw, 0.0)
    load = day.volumes.sums()[LOAD]
    rows = row_coverage(day, tables)
    return HourFigures(
        holders=holders,
        open_mw=open_mw,
        total_mw=total,
        total_mwh=by_hour(counted, day) * day.hours_per_interval,
        load_mw=_mean_left(load, left, day),
        coverage=rows.ratio(day.hourly.physical_mw),
        unknown=list(rows.unknown),
    )


@dataclass(frozen=True)
class RowCoverage:
    """Coverage without lines, which only add their MW: they move most often.

    Attributes:
        parts: by hour, shape (4, hours): what covers and the obligation, MW summed over the
            undelivered intervals; how many these are; how many of them count what settles
            day-ahead.
        unknown: why an hour cannot be trusted.
    """

    parts: Matrix
    unknown: tuple[str, ...]

    def ratio(self, lines_mw: Matrix) -> FloatColumn:
        """Return coverage by hour; NaN without an obligation."""
        ratio = np.empty(self.parts.shape[1])
        self.write_ratio(lines_mw, ratio)
        return ratio

    def write_ratio(self, lines_mw: Matrix, ratio: FloatColumn) -> None:
        """Write coverage of the last hours, as many as there is room for."""
        cover(self.parts, lines_mw, ratio)

    @property
    def obliged(self) -> Flags:
        """Where there is an obligation, by hour."""
        return np.asarray(self.parts[_OBLIGATION] > 0.0)


@compiled
def cover(parts: Matrix, lines_mw: Matrix, ratio: FloatColumn) -> None:
    """Write coverage of the last hours, as many as there is room for.

    Args:
        parts: by hour, of :class:`RowCoverage`.
        lines_mw: physical MW of lines by run and hour.
        ratio: coverage, NaN without an obligation.
    """
    first = parts.shape[1] - len(ratio)
    for at in range(len(ratio)):
        hour = first + at
        covering, obligation = parts[0, hour], parts[_OBLIGATION, hour]
        left, early = parts[2, hour], parts[3, hour]
        late = (lines_mw[FMM, hour] + lines_mw[RTD, hour]) * left
        total = covering + late + lines_mw[DA, hour] * early
        ratio[at] = total / obligation if obligation > 0.0 else np.nan


def _row_coverage(day: DeliveryDay, tables: MarketTables) -> RowCoverage:
    hours, scheduled = day.day.hours, day.volumes.scheduled
    parts, priced = _supply(day, np.zeros((RUNS, hours))), day.prices.count[DA]
    by_hour, missing = sum_left(parts, scheduled, priced, day.delivered, hours)
    return RowCoverage(by_hour, tuple(_unknown(day, tables, missing)))


def _left_intervals(day: DeliveryDay) -> Flags:
    left = np.ones(day.day.intervals, dtype=np.bool_)
    left[: day.delivered] = False
    return left


def by_hour(amounts: Matrix, day: DeliveryDay) -> Matrix:
    """Return the sum over the intervals of each hour, which the last axis then counts."""
    shape = (*amounts.shape[:-1], day.day.hours, day.day.per_hour)
    return np.asarray(np.add.reduce(amounts.reshape(shape), axis=-1))


def _sum_left(amounts: FloatColumn, left: Flags, day: DeliveryDay) -> FloatColumn:
    return by_hour(np.where(left, amounts, 0.0), day)


def _mean_left(amounts: FloatColumn, left: Flags, day: DeliveryDay) -> FloatColumn:
    # A delivered hour shows the mean over all of its intervals.
    count = by_hour(left.astype(np.float64), day)
    mean = _sum_left(amounts, left, day) / np.maximum(count, 1.0)
    return np.where(count > 0.0, mean, by_hour(amounts, day) / day.day.per_hour)


def _open_by_hour(day: DeliveryDay, rows: int, left: Flags) -> Matrix:
    count = by_hour(left.astype(np.float64), day)
    waiting = by_hour(np.where(left, day.legs.open[:rows], 0.0), day) / np.maximum(count, 1.0)
    over = by_hour(day.legs.at_end[:rows], day) / day.day.per_hour
    return np.where(count > 0.0, waiting, over)


def _supply(day: DeliveryDay, lines_mw: Matrix) -> Matrix:
    legs, volumes = day.legs, day.volumes
    rows = legs.physical, legs.adjustment
    return sum_supply(volumes.sums(), volumes.scheduled, *rows, lines_mw)


def coverage_parts(day: DeliveryDay, tables: MarketTables, hour: int) -> list[str]:
    """Return what the coverage of an hour is made of, mean MW over its undelivered intervals."""
    left = _left_intervals(day)
    parts = _supply(day, day.hourly.physical_mw)

    def mean(amounts: FloatColumn) -> float:
        return float(_mean_left(amounts, left, day)[hour])

    per_hour = day.day.per_hour
    scheduled = bool(day.volumes.scheduled[hour * per_hour : (hour + 1) * per_hour].all())
    lines = [
        f"expected load {mean(parts[LOAD]):,.1f} MW",
        f"expected supply {mean(parts[SUPPLY]):,.1f} MW",
        f"physical trades that settle in real time {mean(parts[REAL_TIME_TRADES]):+,.1f} MW",
        f"manual adjustments {mean(parts[ADJUSTMENTS]):+,.1f} MW",
    ]
    if scheduled:
        lines.append(f"day-ahead load {mean(parts[DAY_AHEAD_LOAD]):+,.1f} MW")
        lines.append(f"less day-ahead supply {-mean(parts[DAY_AHEAD_SUPPLY]):+,.1f} MW")
    else:
        lines.append(f"physical trades day-ahead {mean(parts[DAY_AHEAD_TRADES]):+,.1f} MW")
    lines.append(f"covering {mean(parts[COVERING]):,.1f} MW of load {mean(parts[LOAD]):,.1f} MW")
    for number, record in enumerate(tables.resources.records):
        expected = mean(day.volumes.expected[number])
        lines.append(f"  {record.resource} ({record.resource_kind}): {expected:,.1f} MW")
    return lines


def _unknown(day: DeliveryDay, tables: MarketTables, missing: Flags) -> list[str]:
    """Return why each hour cannot be trusted; ``missing`` are priced and have no schedule."""
    reasons = ["day-ahead schedule missing" if hour else "" for hour in missing.tolist()]
    unscheduled, unknown = day.volumes.gaps(day.delivered)
    for numbers, where_missing, text in (
        (unscheduled, day.volumes.without_schedule, "day-ahead schedule missing for"),
        (unknown, day.volumes.without_forecast, "no forecast for"),
    ):
        if not numbers.any():
            continue
        where = where_missing() & _left_intervals(day)
        for number in np.flatnonzero(numbers).tolist():
            name = tables.resources.records[number].resource
            _note(reasons, where[number], f"{text} {name}", day)
    return reasons


def _note(reasons: list[str], where: Flags, text: str, day: DeliveryDay) -> None:
    if not where.any():
        return
    for hour in np.flatnonzero(by_hour(where.astype(np.float64), day)):
        if not reasons[hour]:
            reasons[hour] = text
