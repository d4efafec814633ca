"""Coverage by hour from volumes, trades and adjustments, held against NumPy over random days."""

from __future__ import annotations

import numpy as np
import pytest

from state.arrays import Floats
from state.market.coverage_loops import COVERING, LOAD, sum_left, sum_supply
from state.market.volume_loops import enter_stage

HOURS, PER_HOUR, ROWS = 24, 12, 5
INTERVALS = HOURS * PER_HOUR


@pytest.mark.parametrize("delivered", [0, 1, 12, 155, INTERVALS])
def test_coverage_of_an_hour_is_the_sum_over_its_undelivered_intervals(delivered: int) -> None:
    chance = np.random.default_rng(delivered)
    volumes = chance.normal(100.0, 30.0, (4, INTERVALS))
    physical = chance.normal(0.0, 20.0, (3, ROWS, INTERVALS))
    adjustment, lines_mw = chance.normal(size=(ROWS, INTERVALS)), chance.normal(size=(3, HOURS))
    scheduled = chance.random(INTERVALS) < 0.5
    priced = chance.integers(0, 2, INTERVALS)

    parts = sum_supply(volumes, scheduled, physical, adjustment, lines_mw)
    by_hour, missing = sum_left(parts, scheduled, priced, delivered, HOURS)

    trades = physical.sum(axis=1) + np.repeat(lines_mw, PER_HOUR, axis=1)
    late = volumes[0] + (trades[1] + trades[2]) + adjustment.sum(axis=0)
    covering = np.where(scheduled, late + volumes[3] - volumes[2], late + trades[0])
    left = np.arange(INTERVALS) >= delivered

    def hourly(amounts: Floats) -> Floats:
        held = np.where(left, amounts, 0.0).reshape(HOURS, PER_HOUR)
        return np.asarray(np.add.reduce(held, axis=1))

    assert np.allclose(parts[COVERING], covering, rtol=1e-12)
    assert (parts[LOAD] == volumes[1]).all()
    assert (by_hour[0] == hourly(parts[COVERING])).all()  # to the bit, as NumPy sums
    assert (by_hour[1] == hourly(volumes[1])).all()
    assert (by_hour[2] == hourly(np.ones(INTERVALS))).all()
    assert (by_hour[3] == hourly(np.where(scheduled, 0.0, 1.0))).all()
    assert (missing == (hourly((priced > 0) & ~scheduled) > 0.0)).all()


def test_of_a_resource_named_twice_the_last_value_counts_and_nan_leaves_what_was_there() -> None:
    stage, changed = np.full((3, 4), np.nan), np.zeros(3, dtype=np.bool_)
    stage[0, 1], stage[2, 1] = 7.0, 3.0
    mw = np.array([[5.0, np.nan], [7.0, np.inf], [np.nan, np.nan]])

    enter_stage(stage, np.array([0, 0, 2]), mw, 1, changed)

    assert stage[0, 1] == 7.0
    assert np.isnan(stage[0, 2])
    assert stage[2, 1] == 3.0
    assert not changed.any()

    enter_stage(stage, np.array([1]), np.array([[4.0]]), 0, changed)

    assert stage[1, 0] == 4.0
    assert changed.tolist() == [False, True, False]
