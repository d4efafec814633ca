"""Values below their ceilings take a short way that changes nothing but the time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from state.limits import settling
from state.limits.edges import Edge
from state.limits.settling import (
    CEILING,
    CODES,
    EDGE,
    HIGH,
    NUMBERS,
    OVERLAY,
    STANDING,
    VALUE,
    WARN_AT,
)
from tests.state.strategies import examples

VALUES = st.sampled_from([-1.0, 0.0, 0.5, 7.9, 8.0, 8.1, 10.0, 10.1, np.inf, np.nan])
HIGHS = st.sampled_from([10.0, 0.0, -1.0, np.nan])
EDGES = st.sampled_from([edge.number for edge in Edge])


@examples(200)
@given(VALUES, HIGHS, EDGES, st.sampled_from([0, 1, 2]))
def test_a_value_that_stays_below_its_ceiling_is_settled_as_any_other(
    value: float, high: float, edge: int, before: int
):
    numbers, codes = np.zeros((len(NUMBERS), 1)), np.zeros((len(CODES), 1), dtype=np.int8)
    numbers[[VALUE, HIGH, WARN_AT]] = np.array([[3.0], [high], [0.8]])
    codes[[STANDING, EDGE]] = np.array([[before], [edge]], dtype=np.int8)
    short, share = (numbers.copy(), codes.copy()), np.zeros(1)
    if not settling._stays_below(0, value, *short):
        assert (edge, before) != (CEILING, 0) or not (high > 0.0 and value < 8.0)
        assert np.array_equal(short[0], numbers, equal_nan=True)
        return
    outcome = settling._settle_row(0, settling.KNOWN, value, numbers, codes, share)

    assert outcome == 0
    assert share[0] == 0.0
    assert np.array_equal(short[0], numbers)
    assert np.array_equal(short[1], codes)
    assert codes[OVERLAY, 0] == settling.KNOWN
