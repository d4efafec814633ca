"""Hysteresis: a state holds until utilisation falls clearly below the mark that began it."""

import numpy as np
import pytest

from state.limits.standing import BREACH, OK, WARN, next_standing, pinned_standing

TABLE = [
    # before, utilisation, headroom, after: warns at 0.8, clears at 0.9 of the mark
    (OK, 0.79, 21.0, OK),
    (OK, 0.8, 20.0, WARN),
    (OK, 1.0, 0.0, WARN),
    (OK, 1.01, -1.0, BREACH),
    (OK, np.inf, -1.0, BREACH),
    (WARN, 0.73, 27.0, WARN),
    (WARN, 0.71, 29.0, OK),
    (BREACH, 0.95, 5.0, BREACH),
    (BREACH, 0.9, 10.0, BREACH),
    (BREACH, 0.89, 11.0, WARN),
    (BREACH, 0.73, 27.0, WARN),
    (BREACH, 0.71, 29.0, OK),
    (BREACH, np.nan, np.nan, OK),
]


def after(before: int, utilisation: float, headroom: float) -> int:
    return next_standing(before, utilisation, headroom, 0.8, 0.9)


@pytest.mark.parametrize("row", TABLE)
def test_a_state_follows_from_the_one_before_and_the_measurement(
    row: tuple[int, float, float, int],
):
    before, utilisation, headroom, expected = row

    assert after(before, utilisation, headroom) == expected


@pytest.mark.parametrize("row", [(100.0, 0.0, OK), (101.0, 1.0, WARN), (99.0, -1.0, BREACH)])
def test_at_a_pinned_target_only_a_surplus_warns(row: tuple[float, float, int]):
    value, headroom, expected = row

    assert pinned_standing(value, 100.0, headroom) == expected


@pytest.mark.parametrize("row", TABLE)
def test_the_same_measurement_again_changes_nothing(row: tuple[int, float, float, int]):
    _, utilisation, headroom, once = row

    assert after(once, utilisation, headroom) == (OK if np.isnan(utilisation) else once)
