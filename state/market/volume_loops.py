"""The compiled loops of volumes of resources; ``state.market.volumes`` says what they mean."""

from __future__ import annotations

import numpy as np

from state.arrays import Cube, Flags, Matrix, Numbers
from state.compiled import compiled
from state.market.prices import DA, FMM, LOAD, RTD

FORECAST, SCHEDULED_DA, SCHEDULED_FMM, SCHEDULED_RTD, METERED, OUTLOOK = range(6)
"""The stages of a volume."""


@compiled
def _else(first: float, second: float) -> float:
    return second if np.isnan(first) else first


@compiled
def enter_stage(stage: Matrix, resources: Numbers, mw: Matrix, first: int, changed: Flags) -> None:
    """Enter consecutive values of a stage; what is not finite leaves what was there.

    Args:
        stage: MW by resource and interval.
        resources: by number; of one named twice the last value counts.
        mw: by place in ``resources`` and interval from ``first`` on.
        first: interval.
        changed: which resources did; written.
    """
    before = np.empty(mw.shape)
    for number in range(len(resources)):
        for at in range(mw.shape[1]):
            before[number, at] = stage[resources[number], first + at]
    for number in range(len(resources)):
        for at in range(mw.shape[1]):
            if np.isfinite(mw[number, at]):
                stage[resources[number], first + at] = mw[number, at]
    for number in range(len(resources)):
        resource = resources[number]
        for at in range(mw.shape[1]):
            known = stage[resource, first + at]
            changed[resource] |= np.isfinite(known) and known != before[number, at]


@compiled
def derive_volumes(
    resources: Numbers,
    span: tuple[int, int],
    entered: tuple[Cube, Matrix, Flags, Flags],
    expected: Matrix,
    legs: Cube,
) -> None:
    """Write the expected volume and the legs of some resources over a span.

    Args:
        resources: by number.
        span: intervals, first and one past the last.
        entered: what is known by stage, the outage limits, what is scheduled, which are loads.
        expected: MW by resource and interval, written.
        legs: MW by leg, resource and interval, written.
    """
    stage, available, scheduled, is_load = entered
    for resource in resources:
        load = is_load[resource]
        for at in range(span[0], span[1]):
            known = scheduled[at]
            fmm = np.nan if load else stage[SCHEDULED_FMM, resource, at]
            rtd = np.nan if load else stage[SCHEDULED_RTD, resource, at]
            forecast = _else(stage[FORECAST, resource, at], stage[OUTLOOK, resource, at])
            planned = _else(forecast, stage[SCHEDULED_DA, resource, at])
            if not load and planned > available[resource, at]:
                planned = available[resource, at]
            late = _else(stage[METERED, resource, at], rtd)
            wanted = _else(_else(late, _else(fmm, planned)), 0.0)
            day_ahead = _else(stage[SCHEDULED_DA, resource, at], 0.0)
            base = _else(fmm, day_ahead)
            due, sign = day_ahead if known else wanted, -1.0 if load else 1.0
            expected[resource, at] = wanted
            legs[DA, resource, at] = sign * due
            legs[FMM, resource, at] = base - day_ahead if known and not load else 0.0
            legs[RTD, resource, at] = wanted - base if known and not load else 0.0
            legs[LOAD, resource, at] = day_ahead - wanted if known and load else 0.0


@compiled
def sum_volumes(stage: Cube, expected: Matrix, is_load: Flags) -> Matrix:
    """Sum over resources: expected supply and load, and what of both is scheduled day-ahead.

    Returns:
        MW by interval, shape (4, intervals).
    """
    sums = np.zeros((4, expected.shape[1]))
    for resource in range(len(is_load)):
        row = 1 if is_load[resource] else 0
        for at in range(expected.shape[1]):
            sums[row, at] += expected[resource, at]
            sums[2 + row, at] += _else(stage[SCHEDULED_DA, resource, at], 0.0)
    return sums


@compiled
def find_gaps(stage: Cube, scheduled: Flags, delivered: int) -> tuple[Flags, Flags]:
    """Say which resources lack a schedule where the market's is known, or any stage at all.

    Args:
        stage: MW by stage, resource and interval.
        scheduled: where the market's day-ahead schedule is known.
        delivered: intervals that are over; they are not looked at.
    """
    resources = stage.shape[1]
    unscheduled = np.zeros(resources, dtype=np.bool_)
    unknown = np.zeros(resources, dtype=np.bool_)
    for resource in range(resources):
        for at in range(delivered, stage.shape[2]):
            if not np.isnan(stage[SCHEDULED_DA, resource, at]):
                continue
            unscheduled[resource] |= scheduled[at]
            known = False
            for number in range(stage.shape[0]):
                known |= not np.isnan(stage[number, resource, at])
            unknown[resource] |= not known
    return unscheduled, unknown
