"""Utilisation and headroom, sentence by sentence of DESIGN.md section 3."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.limits.edges import Edge, measured

INF, NAN = float("inf"), float("nan")

TABLE = [
    # sentence, edge, value, low, high, utilisation, headroom
    ("ceiling: value / limit", Edge.CEILING, 75.0, NAN, 100.0, 0.75, 25.0),
    ("ceiling: above it headroom is negative", Edge.CEILING, 120.0, NAN, 100.0, 1.2, -20.0),
    ("ceiling: at the limit is inside", Edge.CEILING, 100.0, NAN, 100.0, 1.0, 0.0),
    ("ceiling: a negative value is far inside", Edge.CEILING, -50.0, NAN, 100.0, -0.5, 150.0),
    ("zero ceiling: 0 at 0", Edge.CEILING, 0.0, NAN, 0.0, 0.0, 0.0),
    ("zero ceiling: else over", Edge.CEILING, 1e-9, NAN, 0.0, INF, -1e-9),
    ("zero ceiling: below it is kept", Edge.CEILING, -5.0, NAN, 0.0, 0.0, 5.0),
    ("floor: limit / value", Edge.FLOOR, 200.0, 100.0, NAN, 0.5, 100.0),
    ("floor: below it", Edge.FLOOR, 80.0, 100.0, NAN, 1.25, -20.0),
    ("floor: at the limit is inside", Edge.FLOOR, 100.0, 100.0, NAN, 1.0, 0.0),
    ("floor: a value of 0 is over", Edge.FLOOR, 0.0, 100.0, NAN, INF, -100.0),
    ("floor: a value below 0 is over", Edge.FLOOR, -1.0, 100.0, NAN, INF, -101.0),
    ("zero floor: 0 at 0", Edge.FLOOR, 0.0, 0.0, NAN, 0.0, 0.0),
    ("zero floor: below it is over", Edge.FLOOR, -2.0, 0.0, NAN, INF, -2.0),
    ("loss: max(0, loss) / limit", Edge.LOSS, -50.0, -100.0, NAN, 0.5, 50.0),
    ("loss: beyond it", Edge.LOSS, -150.0, -100.0, NAN, 1.5, -50.0),
    ("loss: at the limit is inside", Edge.LOSS, -100.0, -100.0, NAN, 1.0, 0.0),
    ("loss: a gain uses nothing", Edge.LOSS, 30.0, -100.0, NAN, 0.0, 130.0),
    ("zero loss: 0 at 0", Edge.LOSS, 0.0, -0.0, NAN, 0.0, 0.0),
    ("zero loss: else over", Edge.LOSS, -1.0, -0.0, NAN, INF, -1.0),
    ("band: |value - middle| / half-width, below", Edge.BAND, 80.0, 60.0, 140.0, 0.5, 20.0),
    ("band: |value - middle| / half-width, above", Edge.BAND, 130.0, 60.0, 140.0, 0.75, 10.0),
    ("band: the middle uses nothing", Edge.BAND, 100.0, 60.0, 140.0, 0.0, 40.0),
    ("band: at the floor is inside", Edge.BAND, 60.0, 60.0, 140.0, 1.0, 0.0),
    ("band: at the ceiling is inside", Edge.BAND, 140.0, 60.0, 140.0, 1.0, 0.0),
    ("band: below the floor", Edge.BAND, 40.0, 60.0, 140.0, 1.5, -20.0),
    ("band: above the ceiling", Edge.BAND, 180.0, 60.0, 140.0, 2.0, -40.0),
    ("band 0 to 50: the floor cannot be crossed", Edge.BAND, 0.0, 0.0, 50.0, 0.0, 50.0),
    ("band 0 to 50: value / ceiling", Edge.BAND, 20.0, 0.0, 50.0, 0.4, 30.0),
    ("band 50 to 200: the ceiling cannot be crossed", Edge.BAND, 200.0, 50.0, 200.0, 0.25, 150.0),
    ("minimum = maximum: the minimum is the limit", Edge.BAND, 80.0, 100.0, 100.0, 1.25, -20.0),
    ("minimum = maximum: at it is inside", Edge.BAND, 100.0, 100.0, 100.0, 1.0, 0.0),
    ("minimum = maximum: a surplus is inside", Edge.BAND, 125.0, 100.0, 100.0, 0.8, 25.0),
    ("unknown has no utilisation", Edge.CEILING, NAN, NAN, 100.0, NAN, NAN),
    ("unknown has none against a zero limit", Edge.CEILING, NAN, NAN, 0.0, NAN, NAN),
    ("unknown has none in a band", Edge.BAND, NAN, 60.0, 140.0, NAN, NAN),
    ("unknown has none over a zero loss", Edge.LOSS, NAN, -0.0, NAN, NAN, NAN),
]


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_the_arithmetic_of_edges_is_as_written(row: tuple[Any, ...]):
    _, edge, value, low, high, utilisation, headroom = row

    found = measured(edge.number, value, low, high, 0.0, 200.0)

    np.testing.assert_allclose(found, (utilisation, headroom), rtol=1e-12)


finite = st.floats(min_value=-1e9, max_value=1e9)
positive = st.floats(min_value=1e-3, max_value=1e9)


@given(finite, positive, positive)
def test_headroom_is_negative_exactly_outside(value: float, low: float, width: float):
    _, headroom = measured(Edge.BAND.number, value, low, low + width, -INF, INF)

    assert (headroom < 0) == (value < low or value > low + width)
