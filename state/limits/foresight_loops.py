"""The compiled pass of ``state.limits.foresight`` over the rows of all limits, once a minute."""

from __future__ import annotations

import numpy as np

from state.arrays import Codes, Floats, Matrix, Numbers
from state.compiled import compiled
from state.limits.edges import BAND, CEILING, FLOOR, LOSS
from state.limits.settling import KNOWN
from state.limits.standing import BREACH, OK
from state.moments import MINUTE_NS

FORGET = 0.9
"""What the weight of a value falls to in a minute."""

LEAST_WEIGHT = 4.0
"""Sum of weights below which there is no drift yet: that of five minutes."""

LONGEST_GAP = 60
"""Minutes without a tick after which everything before is forgotten."""

HORIZON_NS = 4 * 60 * MINUTE_NS
"""How far ahead a crossing is told."""

SUMS = 6
_WEIGHT, _TIME, _TIME_2, _CHANGE, _PRODUCT, _VALUE = range(SUMS)
"""Weighted sums of 1, t, t², y, t·y, and the last value; t in minutes and y in the limit's unit,
both from the last sample, so that a value that stands still has a drift of exactly 0."""


@compiled
def follow_rows(
    at_ns: int,
    minutes: int,
    sums: Matrix,
    value: Floats,
    overlay: Codes,
    standing: Codes,
    bounds: Matrix,
    edge: Codes,
    ends_ns: Numbers,
    ahead_ns: Numbers,
) -> None:
    """Take a sample of rows, and find when they reach their marks.

    Args:
        at_ns: the tick.
        minutes: since the last sample.
        sums: of each row, shape (``SUMS``, rows).
        value: of each row.
        overlay: whether it is known.
        standing: of each row.
        bounds: low, high, least, most and warn_at of each row, shape (5, rows).
        edge: of each row.
        ends_ns: of their periods; 0 for never.
        ahead_ns: when each warns and breaks, shape (2, rows); written.
    """
    low, high, least, most, warn_at = bounds
    for row in range(len(value)):
        known = overlay[row] == KNOWN
        _age(sums, row, minutes)
        if known and np.isfinite(value[row]):
            _sample(sums, row, value[row])
        ahead_ns[0, row] = ahead_ns[1, row] = 0
        drift = _drift(sums, row)
        if not known or drift == 0.0:
            continue
        last_ns = at_ns + HORIZON_NS
        if ends_ns[row] > 0:
            last_ns = min(last_ns, ends_ns[row] - 1)  # at its end a period is over
        own = (low[row], high[row], least[row], most[row])
        warn, limit = mark_ahead(edge[row], own, warn_at[row], drift > 0.0)
        if standing[row] == OK:
            ahead_ns[0, row] = _reached_ns(sums[_VALUE, row], warn, drift, at_ns, last_ns)
        if standing[row] < BREACH:
            ahead_ns[1, row] = _reached_ns(sums[_VALUE, row], limit, drift, at_ns, last_ns)


@compiled
def _age(sums: Matrix, at: int, minutes: int) -> None:
    """Let the last sample lie so many minutes back."""
    if minutes > LONGEST_GAP:
        sums[:, at] = 0.0
        return
    for _ in range(minutes):
        sums[_TIME_2, at] += sums[_WEIGHT, at] - 2.0 * sums[_TIME, at]
        sums[_TIME, at] -= sums[_WEIGHT, at]
        sums[_PRODUCT, at] -= sums[_CHANGE, at]
        for number in range(_VALUE):
            sums[number, at] *= FORGET


@compiled
def _sample(sums: Matrix, at: int, value: float) -> None:
    """Take in a value."""
    if sums[_WEIGHT, at] > 0.0:
        step = value - sums[_VALUE, at]
        sums[_CHANGE, at] -= step * sums[_WEIGHT, at]
        sums[_PRODUCT, at] -= step * sums[_TIME, at]
    sums[_WEIGHT, at] += 1.0
    sums[_VALUE, at] = value


@compiled
def _drift(sums: Matrix, at: int) -> float:
    """Return the slope of a row, its unit a minute; 0 where it is not known."""
    weight, time, change = sums[_WEIGHT, at], sums[_TIME, at], sums[_CHANGE, at]
    spread = weight * sums[_TIME_2, at] - time * time
    if not (weight >= LEAST_WEIGHT and spread > 0.0):
        return 0.0
    slope: float = (weight * sums[_PRODUCT, at] - time * change) / spread
    return slope


@compiled
def mark_ahead(
    edge: int,
    bounds: tuple[float, float, float, float],
    warn_at: float,
    rising: bool,  # noqa: FBT001 - compiled calls are positional
) -> tuple[float, float]:
    """Return the values at which a row warns and breaks on the side it moves to; NaN for none.

    The sides and marks are those of ``state.limits.edges.measured``: a ceiling or a loss warns at
    ``warn_at`` of it, a floor at floor / ``warn_at``, a band at ``warn_at`` of its half-width.

    Args:
        edge: :attr:`~state.limits.edges.Edge.number`.
        bounds: low, high, least and most, as there.
        warn_at: utilisation at which it warns.
        rising: where its value moves.
    """
    low, high, least, most = bounds
    band, pinned = edge == BAND, edge == BAND and low == high
    only_floor = edge == FLOOR or pinned or (band and high >= most)
    only_ceiling = edge == CEILING or (band and not only_floor and low <= least)
    limit = high if rising else low
    if (rising and (only_floor or edge == LOSS)) or (not rising and only_ceiling):
        limit = np.nan
    if np.isnan(limit) or pinned:
        return limit, limit
    if only_floor:
        return low / warn_at, limit
    if not band or only_ceiling:
        return limit * warn_at, limit
    middle, reach = (low + high) / 2.0, (high - low) / 2.0 * warn_at
    return (middle + reach if rising else middle - reach), limit


@compiled
def _reached_ns(value: float, mark: float, drift: float, at_ns: int, last_ns: int) -> int:
    """Return when a value reaches a mark that lies ahead of it; 0 for not before the last time."""
    minutes = (mark - value) / drift
    if not minutes >= 0.0 or minutes * float(MINUTE_NS) > HORIZON_NS:
        return 0
    reached_ns = at_ns + round(minutes * float(MINUTE_NS))
    return reached_ns if reached_ns <= last_ns else 0
