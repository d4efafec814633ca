"""The prices of a day: what a publication changes, and the marks that follow from it."""

from __future__ import annotations

from datetime import date

import numpy as np

from state.arrays import Floats, Numbers
from state.calendar import MarketCalendar, MarketDay
from state.market.prices import DA, FMM, LOAD, RTD, PriceGrid

NAN = float("nan")


def grid(locations: int = 3, *, fmm_weight: float = 0.0) -> PriceGrid:
    day = MarketDay(MarketCalendar("UTC"), date(2026, 7, 15), settlement_seconds=900)
    return PriceGrid(day, locations, fmm_weight=fmm_weight)


def column(*numbers: float) -> Floats:
    return np.array(numbers, dtype=np.float64)


def places(*numbers: int) -> Numbers:
    return np.array(numbers, dtype=np.int64)


def test_a_publication_moves_the_places_whose_price_is_another():
    prices = grid()
    prices.publish(RTD, places(0, 1, 2), column(40.0, 41.0, 42.0), span=(4, 5))

    entered = prices.publish(RTD, places(0, 1, 2), column(40.0, 50.0, NAN), span=(4, 5))

    assert entered.places.tolist() == [1]
    assert not entered.fresh
    assert prices.published[RTD, :, 4].tolist() == [40.0, 50.0, 42.0]
    assert prices.revisions.tolist() == [0, 0, 1]


def test_a_place_that_is_not_ours_is_passed_over():
    prices = grid()

    entered = prices.publish(DA, places(-1, 2), column(40.0, 41.0), span=(0, 4))

    assert entered.places.tolist() == [2]
    assert prices.count[DA, :5].tolist() == [1, 1, 1, 1, 0]


def test_what_differs_in_a_later_interval_only_is_replaced_too():
    prices = grid(1)
    prices.publish(DA, places(0), column(40.0), span=(0, 4))
    prices.publish(DA, places(0), column(55.0), span=(2, 3))

    before = prices.revisions[DA]

    entered = prices.publish(DA, places(0), column(40.0), span=(0, 4))

    assert entered.places.tolist() == [0]
    assert prices.revisions[DA] == before + 1
    assert prices.published[DA, 0, :4].tolist() == [40.0] * 4


def test_it_tells_in_which_intervals_a_place_had_no_price():
    prices = grid()
    prices.publish(FMM, places(1), column(40.0), span=(1, 2))

    entered = prices.publish(FMM, places(0, 1, 2), column(NAN, 42.0, 43.0), span=(0, 3))

    assert entered.places.tolist() == [1, 2]
    assert entered.first[:, :2].tolist() == [[True, True], [False, True], [True, True]]
    assert prices.priced(FMM)[:, :4].tolist() == [
        [False, False, False, False],
        [True, True, True, False],
        [True, True, True, False],
    ]


def test_a_mark_is_the_next_best_forecast_of_a_price():
    prices = grid(2, fmm_weight=0.75)
    prices.set_curve(places(0), np.full((24, 1), 30.0))
    prices.publish(DA, places(0), column(40.0), span=(0, 4))
    prices.publish(FMM, places(0), column(44.0), span=(1, 2))
    prices.publish(RTD, places(0), column(48.0), span=(2, 3))

    marks = prices.marks(places(0, 1), slice(0, 5))

    assert marks[DA, 0].tolist() == [40.0, 40.0, 40.0, 40.0, 30.0]
    assert marks[FMM, 0].tolist() == [40.0, 44.0, 40.0, 40.0, 30.0]
    assert marks[RTD, 0].tolist() == [40.0, 44.0, 48.0, 40.0, 30.0]
    load = 0.75 * 41.0 + 0.25 * 43.0
    assert marks[LOAD, 0].tolist() == [load] * 4 + [30.0]
    assert np.isnan(marks[:, 1]).all()
    assert prices.marked()[:, :, 3:5].tolist() == [[[True, True], [False, False]]] * 3


def test_what_is_saved_goes_on_with_the_same_marks_and_counts():
    prices = grid()
    prices.publish(DA, places(0, 2), column(40.0, 41.0), span=(0, 4))
    prices.publish(RTD, places(0), column(45.0), span=(1, 2))
    restored = grid()

    restored.restore(prices.snapshot())

    every = places(0, 1, 2)
    marks = [each.marks(every, slice(None)).tobytes() for each in (prices, restored)]
    assert marks[0] == marks[1]
    assert restored.out.tolist() == prices.out.tolist()
    assert restored.count.tolist() == prices.count.tolist()
