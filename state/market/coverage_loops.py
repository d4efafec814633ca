"""The compiled loops of coverage; ``state.market.hours`` says what it is."""

from __future__ import annotations

import numpy as np

from state.arrays import Cube, Flags, Floats, Matrix, Numbers
from state.compiled import compiled
from state.market.prices import DA, FMM, RTD
from state.market.valuation import total_usd

(
    SUPPLY,
    LOAD,
    DAY_AHEAD_SUPPLY,
    DAY_AHEAD_LOAD,
    DAY_AHEAD_TRADES,
    REAL_TIME_TRADES,
    ADJUSTMENTS,
    COVERING,
) = range(8)
"""What covers the load of an interval is made of; docs/meanings.md, "Coverage"."""


@compiled
def _add_rows(mw: Matrix, into: Floats) -> None:
    for row in range(len(mw)):
        for at in range(len(into)):
            into[at] += mw[row, at]


@compiled
def sum_supply(
    volumes: Matrix, scheduled: Flags, physical: Cube, adjustment: Matrix, lines_mw: Matrix
) -> Matrix:
    """Return what covers the load, and what it is made of.

    Args:
        volumes: expected supply and load, and what of both is scheduled day-ahead, by interval.
        scheduled: where the day-ahead schedule is known.
        physical: trades of rows by run, row and interval.
        adjustment: of rows, by row and interval.
        lines_mw: physical trades of lines by run and hour.

    Returns:
        MW, shape (8 parts in the order of :data:`SUPPLY` and so on, intervals).
    """
    intervals = len(scheduled)
    per_hour = intervals // lines_mw.shape[1]
    parts, trades = np.zeros((COVERING + 1, intervals)), np.zeros((3, intervals))
    for part in range(len(volumes)):
        for at in range(intervals):
            parts[part, at] = volumes[part, at]
    for run in range(len(trades)):
        _add_rows(physical[run], trades[run])
    _add_rows(adjustment, parts[ADJUSTMENTS])
    for at in range(intervals):
        for run in range(len(trades)):
            trades[run, at] += lines_mw[run, at // per_hour]
        early = parts[DAY_AHEAD_TRADES, at] = trades[DA, at]
        late = parts[REAL_TIME_TRADES, at] = trades[FMM, at] + trades[RTD, at]
        expected = parts[SUPPLY, at] + late + parts[ADJUSTMENTS, at]
        if scheduled[at]:
            day_ahead = expected + parts[DAY_AHEAD_LOAD, at]
            parts[COVERING, at] = day_ahead - parts[DAY_AHEAD_SUPPLY, at]
        else:
            parts[COVERING, at] = expected + early
    return parts


@compiled
def sum_left(
    parts: Matrix, scheduled: Flags, priced: Numbers, delivered: int, hours: int
) -> tuple[Matrix, Flags]:
    """Sum over the undelivered intervals of each hour.

    Args:
        parts: of :func:`sum_supply`.
        scheduled: where the day-ahead schedule is known.
        priced: at how many locations a day-ahead price is, by interval.
        delivered: how many intervals are over.
        hours: of the day.

    Returns:
        By hour, shape (4, hours): what covers and the obligation, MW; how many intervals are left;
        how many of them have no schedule. And in which hours some are priced and not scheduled.
    """
    per_hour = len(scheduled) // hours
    by_hour, missing = np.zeros((4, hours)), np.zeros(hours, dtype=np.bool_)
    left = np.zeros((2, per_hour))
    for hour in range(delivered // per_hour, hours):
        for at in range(per_hour):
            interval = hour * per_hour + at
            if interval < delivered:
                continue
            left[0, at], left[1, at] = parts[COVERING, interval], parts[LOAD, interval]
            by_hour[2, hour] += 1.0
            if not scheduled[interval]:
                by_hour[3, hour] += 1.0
                missing[hour] |= priced[interval] > 0
        by_hour[0, hour], by_hour[1, hour] = total_usd(left[0]), total_usd(left[1])
    return by_hour, missing
