"""Hysteresis: a state holds until utilisation falls clearly below the mark that began it."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.limits.edges import Edge, measured
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


HUNDREDTHS = st.decimals("0.01", "250", places=2)
SHARES = st.decimals("0.05", "1", places=2)
MILLIONTH = Decimal("0.000001")


@given(HUNDREDTHS, HUNDREDTHS, SHARES, st.booleans())
def test_a_value_exactly_at_the_share_that_warns_warns_and_a_millionth_inside_does_not(
    limit: Decimal,
    width: Decimal,
    share: Decimal,
    above: bool,  # noqa: FBT001
):
    low, high = limit, limit + width
    middle, reach = (low + high) / 2, share * (high - low) / 2
    at = {
        Edge.CEILING: (limit * share, -1, (low, limit)),
        Edge.FLOOR: (limit / share, 1, (limit, high)),
        Edge.LOSS: (-limit * share, 1, (-limit, high)),
        Edge.BAND: (middle + reach if above else middle - reach, -1 if above else 1, (low, high)),
    }
    for edge, (mark, inward, (floor, ceiling)) in at.items():
        for step, expected in ((Decimal(0), WARN), (MILLIONTH, OK)):
            value = mark + inward * step * abs(mark if edge is not Edge.BAND else width)
            numbers = map(float, (value, floor, ceiling))
            used, headroom = measured(edge.number, *numbers, -np.inf, np.inf)

            assert next_standing(OK, used, headroom, float(share), 0.9) == expected, edge


@given(HUNDREDTHS, HUNDREDTHS, st.booleans())
def test_a_breach_that_ends_inside_the_edge_lasts_exactly_at_it(
    low: Decimal,
    width: Decimal,
    above: bool,  # noqa: FBT001
):
    high = low + width
    edge = high if above else low
    used, headroom = measured(
        Edge.BAND.number, float(edge), float(low), float(high), -np.inf, np.inf
    )

    assert next_standing(BREACH, used, headroom, 1.0, 1.0) == BREACH
