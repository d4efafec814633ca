"""Hysteresis: a state holds until utilisation falls clearly below the mark that began it."""

import numpy as np
import pytest

from state.limits.edges import Measure
from state.limits.standing import BREACH, OK, WARN, next_standing

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


def after(
    before: int, utilisation: float, headroom: float, *, surplus: bool = False, pinned: bool = False
):
    measured = Measure(np.array([utilisation]), np.array([headroom]), np.array([surplus]))
    codes = np.array([before], dtype=np.int8)
    marks = {"warn_at": 0.8, "clear_at": 0.9, "pinned": np.array([pinned])}
    return int(next_standing(codes, measured, **marks)[0])


@pytest.mark.parametrize("row", TABLE)
def test_a_state_follows_from_the_one_before_and_the_measurement(
    row: tuple[int, float, float, int],
):
    before, utilisation, headroom, expected = row

    assert after(before, utilisation, headroom) == expected


@pytest.mark.parametrize("before", [OK, WARN, BREACH])
def test_at_a_pinned_target_nothing_holds_and_only_a_surplus_warns(before: int):
    assert after(before, 1.0, 0.0, pinned=True) == OK
    assert after(before, 0.99, 1.0, pinned=True, surplus=True) == WARN
    assert after(before, 1.01, -1.0, pinned=True) == BREACH


@pytest.mark.parametrize("row", TABLE)
def test_the_same_measurement_again_changes_nothing(row: tuple[int, float, float, int]):
    _, utilisation, headroom, once = row

    assert after(once, utilisation, headroom) == (OK if np.isnan(utilisation) else once)
