"""Marks summed by hour: the same bits whichever way places are gone through."""

from __future__ import annotations

from datetime import date

import numpy as np

from state.calendar import MarketCalendar, MarketDay
from state.market.mark_sums import MarkSums
from state.market.prices import PriceGrid

PLACES, HOUR = 7, 5


def test_places_in_a_row_and_out_of_order_have_the_sums_of_their_marks():
    draw = np.random.default_rng(7)
    day = MarketDay(MarketCalendar("UTC"), date(2026, 7, 1), settlement_seconds=300)
    prices, part = PriceGrid(day, PLACES, fmm_weight=0.0), slice(HOUR * 12, HOUR * 12 + 12)
    in_a_row, mixed = MarkSums(day, prices), MarkSums(day, prices)
    in_a_row.grow(PLACES)
    mixed.grow(PLACES)
    everywhere, shuffled = np.arange(PLACES), draw.permutation(PLACES)
    prices.set_curve(everywhere[:3], draw.normal(size=(day.hours, 3)))
    for sums in (in_a_row, mixed):
        sums.follow(0, everywhere, HOUR)

    for _ in range(60):
        run, begin = draw.integers(0, [3, 12]).tolist()
        lmp = np.where(draw.random(PLACES) < 0.3, np.nan, draw.normal(size=PLACES))
        prices.publish(run, everywhere, lmp, span=(part.start + begin, part.stop))
        before = in_a_row.total.copy()
        found, moved = in_a_row.follow(run, everywhere, HOUR)
        assert found == mixed.follow(run, shuffled, HOUR)[0]
        assert moved.tobytes() == ((in_a_row.total - before)[:, HOUR] / 12).tobytes()

        marks = np.nan_to_num(prices.marks(everywhere, part)[:3])
        expected = np.zeros((3, PLACES))
        for at in range(12):
            expected += marks[:, :, at]
        assert in_a_row.total[:, HOUR].tobytes() == expected.tobytes()
    assert in_a_row.total.tobytes() == mixed.total.tobytes()
