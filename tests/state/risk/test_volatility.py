"""Scaling by an exponentially weighted volatility, where a part hardly moved for long."""

from __future__ import annotations

import math

import numpy as np
import pytest

from state.risk import MEASURES
from state.risk.measure import Settings, figure
from tests.state.risk.samples import sample_of_pnl


def asleep(for_days: int) -> list[float]:
    """P&L of nothing for some days, then of 10 a day, a loss first."""
    return [0.0] * for_days + [-10.0, 10.0] * 25


@pytest.mark.parametrize("method", ["volatility-weighted", "filtered"])
@pytest.mark.parametrize(("decay", "days"), [(0.05, 240), (0.2, 450), (0.5, 1060), (0.94, 1200)])
def test_a_part_that_slept_until_its_volatility_faded_has_a_figure(
    method: str, decay: float, days: int
):
    found = figure(
        MEASURES[method], sample_of_pnl(asleep(days)), Settings(lambda_ewma=decay, confidence=0.95)
    )

    assert math.isfinite(found.var_usd)
    assert math.isfinite(found.es_usd)


@pytest.mark.parametrize("method", ["volatility-weighted", "filtered"])
def test_a_change_that_counts_many_times_as_large_is_told_with_the_figure(method: str):
    slept = sample_of_pnl([0.0] * 200 + [-1.0, 1.0] * 25)
    awake = sample_of_pnl(np.random.default_rng(1).normal(size=250))

    told = figure(MEASURES[method], slept, Settings(confidence=0.95)).note

    # σ² before the first change is 0.94^200 of the whole's 0.2, and now 1 − 0.94^50 + … of 1
    before, now = 0.2 * 0.94**200, 1.0 - 0.94**50
    assert f"a change counts {math.sqrt(now / before):,.0f} times as large as it was" in told
    assert figure(MEASURES[method], awake, Settings(confidence=0.95)).note == ""
