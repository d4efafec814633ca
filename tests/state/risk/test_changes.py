"""From levels to scenarios: nothing missing is a zero."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.errors import ConfigError
from state.risk.changes import Changes, changes_of, sample_of
from state.risk.sample import Scaling
from tests.state.risk.samples import dates_of

NAN = math.nan


def levels_with(gaps: list[int], count: int = 100) -> np.ndarray:
    levels = 40.0 + np.sin(np.arange(float(count)))
    levels[gaps] = NAN
    return levels


def test_scenarios_are_exposure_times_change_and_carry_the_later_date():
    found = sample_of(
        ("2024-01-01", "2024-01-02", "2024-01-03"),
        {"A": np.array([10.0, 12.0, 9.0]), "B": np.array([1.0, 0.0, -1.0])},
        {"B": -100.0, "A": 5.0},
        changes=Changes.ABSOLUTE,
    )

    assert found.covered == ("B", "A")
    assert found.sample.parts.tolist() == [[100.0, 100.0], [10.0, -15.0]]
    assert found.sample.dates == ("2024-01-02", "2024-01-03")
    assert (found.uncovered, found.left_out) == ({}, ())


def test_a_factor_absent_on_more_than_five_per_cent_of_the_dates_is_not_covered():
    covered = sample_of(
        dates_of(100), {"A": levels_with([10, 20, 30, 40, 50])}, {"A": 1.0},
        changes=Changes.ABSOLUTE,
    )  # fmt: skip
    uncovered = sample_of(
        dates_of(100), {"A": levels_with([10, 20, 30, 40, 50, 60])}, {"A": 1.0},
        changes=Changes.ABSOLUTE,
    )  # fmt: skip

    assert covered.covered == ("A",)
    assert len(covered.left_out) == 10
    assert uncovered.covered == ()
    assert uncovered.uncovered == {"A": "missing on 6 of 100 dates, at most 5% may be"}
    assert uncovered.sample.size == 0


def test_a_date_without_a_change_of_one_factor_is_left_out_for_all():
    dates = dates_of(100)
    found = sample_of(
        dates,
        {"A": levels_with([]), "B": levels_with([50])},
        {"A": 1.0, "B": 2.0},
        changes=Changes.ABSOLUTE,
    )

    assert found.left_out == dates[50:52]
    assert found.sample.size == 97
    assert not np.isnan(found.sample.parts).any()


def test_a_gap_before_the_window_does_not_matter():
    found = sample_of(
        dates_of(100), {"A": levels_with(list(range(40)))}, {"A": 1.0},
        changes=Changes.ABSOLUTE, window=50,
    )  # fmt: skip

    assert (found.sample.size, found.sample.window, found.left_out) == (50, 50, ())


@given(days=st.integers(1, 20), relative=st.booleans())
def test_a_change_over_days_is_the_changes_of_its_days_together(days: int, relative: bool):  # noqa: FBT001
    levels = levels_with([])[None, :]
    kind = Changes.RELATIVE if relative else Changes.ABSOLUTE

    over = changes_of(levels, kind, days=days)

    single = changes_of(levels, kind, days=1)[0]
    windows = np.lib.stride_tricks.sliding_window_view(single, days)
    together = (1 + windows).prod(axis=1) - 1 if relative else windows.sum(axis=1)
    assert over[0] == pytest.approx(together, abs=1e-12)


def test_by_the_square_root_of_time_scenarios_stay_of_one_date():
    arguments = ((dates_of(100)), {"A": levels_with([])}, {"A": 1.0})
    observed = sample_of(*arguments, changes=Changes.ABSOLUTE, holding_days=10)
    scaled = sample_of(
        *arguments, changes=Changes.ABSOLUTE, holding_days=10, scaling=Scaling.SQRT_TIME
    )

    assert (observed.sample.size, observed.sample.factor_of_time) == (90, 1.0)
    assert (scaled.sample.size, scaled.sample.factor_of_time) == (99, math.sqrt(10))


@pytest.mark.parametrize("level", [0.0, -3.0])
def test_a_level_that_is_not_positive_has_no_relative_change(level: float):
    with pytest.raises(ConfigError, match="take absolute changes"):
        changes_of(np.array([[20.0, level, 30.0]]), Changes.RELATIVE, days=1)


def test_a_holding_period_longer_than_the_history_leaves_no_scenario():
    found = sample_of(
        dates_of(100), {"A": levels_with([])}, {"A": 1.0},
        changes=Changes.ABSOLUTE, holding_days=200,
    )  # fmt: skip

    assert found.sample.size == 0
