"""What is exposed of each hour: followed message by message, it is what a count anew finds."""

from __future__ import annotations

from datetime import date

import numpy as np

from state.calendar import MarketCalendar, MarketDay
from state.market.exposed_hours import ExposedHours
from state.market.prices import RTD, PriceGrid

PLACES = 5


def test_what_publications_and_time_moved_is_what_a_count_anew_finds():
    draw = np.random.default_rng(4)
    day = MarketDay(MarketCalendar("UTC"), date(2026, 7, 1), settlement_seconds=900)
    prices = PriceGrid(day, PLACES, fmm_weight=0.0)
    realised, delivered = np.zeros((PLACES, day.intervals), dtype=np.bool_), 0
    kept = ExposedHours(day, prices)
    followed = np.zeros_like(kept.by_hour, shape=(*kept.by_hour.shape[:2], PLACES))
    moves = kept.grow(PLACES, realised)

    for _ in range(200):
        run, begin = draw.integers(0, [3, day.intervals - 3]).tolist()
        span, places = (begin, begin + int(draw.integers(1, 4))), draw.permutation(PLACES)[:3]
        lmp = np.where(draw.random(3) < 0.2, np.nan, draw.integers(0, 3, 3))
        entered = prices.publish(run, places, lmp, span=span)
        for hour in range(span[0] // 4, -(-span[1] // 4)):
            moves += kept.publish(run, entered, span[0], hour, (realised, delivered))
        delivered = min(delivered + int(draw.integers(0, 2)), day.intervals)
        for interval in range(delivered):
            turned = (prices.out[:, interval] >> RTD & 1 == 1) & ~realised[:, interval]
            realised[turned, interval] = True
            moves += kept.realise(interval, np.flatnonzero(turned))

    anew = ExposedHours(day, prices)
    anew.grow(PLACES, realised)
    for move in moves:
        followed[:, move.hour] += move.weight
    assert realised.any()
    assert len(np.unique(kept.by_hour)) == day.per_hour + 1
    assert kept.by_hour.tolist() == anew.by_hour.tolist() == followed.tolist()
