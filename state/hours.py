"""The hours of a market day as people read them: open position, load, coverage, what is unknown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from state.delivery_day import DeliveryDay, MarketTables
from state.messages import FloatColumn
from state.prices import DA, FMM, RTD
from state.volumes import SCHEDULED_DA

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class HourFigures:
    """Figures of one day by hour; see docs/meanings.md, "Open position" and "Coverage".

    Attributes:
        open_mw: mean MW by row and hour, over the undelivered intervals; over all of them as they
            stood at their end once the hour is delivered.
        total_mw, total_mwh: of the firm; MWh of the undelivered intervals only.
        load_mw: mean expected load.
        coverage: 1.0 = 100 %; NaN where there is no obligation.
        unknown: why the hour cannot be trusted, empty where it can.
    """

    open_mw: Matrix
    total_mw: FloatColumn
    total_mwh: FloatColumn
    load_mw: FloatColumn
    coverage: FloatColumn
    unknown: list[str]


def hour_figures(day: DeliveryDay, tables: MarketTables) -> HourFigures:
    """Compute the figures of a day as it stands."""
    rows = len(tables.rows)
    open_mw = _open_by_hour(day, rows)
    total = np.add.reduce(open_mw, axis=0)
    left = _left_intervals(day)
    counted = np.where(left, np.add.reduce(day.legs.open[:rows], axis=0), 0.0)
    supplied, load = _coverage_parts(day)
    obligation = _sum_left(load, left, day)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = _sum_left(supplied, left, day) / obligation
    return HourFigures(
        open_mw=open_mw,
        total_mw=total,
        total_mwh=_by_hour(counted, day) * day.hours_per_interval,
        load_mw=_mean_left(load, left, day),
        coverage=np.where(obligation > 0.0, ratio, np.nan),
        unknown=_unknown(day, tables, left),
    )


def coverage_figures(day: DeliveryDay, tables: MarketTables) -> tuple[FloatColumn, list[str]]:
    """Compute coverage alone, and what is unknown, by hour."""
    left = _left_intervals(day)
    supplied, load = _coverage_parts(day)
    obligation = _sum_left(load, left, day)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = _sum_left(supplied, left, day) / obligation
    return np.where(obligation > 0.0, ratio, np.nan), _unknown(day, tables, left)


def _left_intervals(day: DeliveryDay) -> NDArray[np.bool_]:
    left = np.ones(day.day.intervals, dtype=np.bool_)
    left[: day.delivered] = False
    return left


def _by_hour(amounts: Matrix, day: DeliveryDay) -> Matrix:
    shape = (*amounts.shape[:-1], day.day.hours, day.day.per_hour)
    return np.asarray(np.add.reduce(amounts.reshape(shape), axis=-1))


def _sum_left(amounts: FloatColumn, left: NDArray[np.bool_], day: DeliveryDay) -> FloatColumn:
    return _by_hour(np.where(left, amounts, 0.0), day)


def _mean_left(amounts: FloatColumn, left: NDArray[np.bool_], day: DeliveryDay) -> FloatColumn:
    # A delivered hour shows the mean over all of its intervals.
    count = _by_hour(left.astype(np.float64), day)
    mean = _sum_left(amounts, left, day) / np.maximum(count, 1.0)
    return np.where(count > 0.0, mean, _by_hour(amounts, day) / day.day.per_hour)


def _open_by_hour(day: DeliveryDay, rows: int) -> Matrix:
    left = _left_intervals(day)
    count = _by_hour(left.astype(np.float64), day)
    waiting = _by_hour(np.where(left, day.legs.open[:rows], 0.0), day) / np.maximum(count, 1.0)
    over = _by_hour(day.legs.at_end[:rows], day) / day.day.per_hour
    return np.where(count > 0.0, waiting, over)


def _coverage_parts(day: DeliveryDay) -> tuple[FloatColumn, FloatColumn]:
    volumes = day.volumes
    load = volumes.is_load[:, None]
    day_ahead = np.nan_to_num(volumes.stage[SCHEDULED_DA])
    whole = np.s_[:]
    trades = day.legs.physical_trades(whole)
    real_time = trades[FMM] + trades[RTD] + day.legs.adjustments(whole)
    supply = np.add.reduce(np.where(load, 0.0, volumes.expected), axis=0)
    obligation = np.add.reduce(np.where(load, volumes.expected, 0.0), axis=0)
    net_day_ahead = np.add.reduce(np.where(load, day_ahead, -day_ahead), axis=0)
    after = supply + net_day_ahead + real_time
    before = supply + trades[DA] + real_time
    return np.where(volumes.scheduled, after, before), obligation


def _unknown(day: DeliveryDay, tables: MarketTables, left: NDArray[np.bool_]) -> list[str]:
    reasons = [""] * day.day.hours
    priced = np.isfinite(day.prices.published[DA]).any(axis=0)
    _note(reasons, priced & ~day.volumes.scheduled & left, "day-ahead schedule missing", day)
    for number, record in enumerate(tables.resources.records):
        missing = day.volumes.without_schedule()[number] & left
        _note(reasons, missing, f"day-ahead schedule missing for {record.resource}", day)
        missing = day.volumes.without_forecast()[number] & left
        _note(reasons, missing, f"no forecast for {record.resource}", day)
    return reasons


def _note(reasons: list[str], where: NDArray[np.bool_], text: str, day: DeliveryDay) -> None:
    if not where.any():
        return
    for hour in np.flatnonzero(_by_hour(where.astype(np.float64), day)):
        if not reasons[hour]:
            reasons[hour] = text
