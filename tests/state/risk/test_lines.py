"""Scenario P&L of lines: the units that are kept, held against the lines they sum."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from benchmarks.trading_day import TODAY, TradingDay
from benchmarks.workload import Size, new_company
from state.company import Company
from state.drift.compare import differences
from state.market.exposures import KIND_OF_STATE, RUN_OF_STATE
from state.messages import AnyMessage, PricePublication, Run, Tick
from state.risk.line_loops import most_share, sum_lines

SIZE = Size(
    books=3,
    nodes=30,
    trades=60,
    scenarios=20,
    publications=14,
    trades_between=150,
    ticks_between=3,
    seed=11,
)
RTD_IN_AN_HOUR = 12


def opened() -> tuple[Company, list[AnyMessage]]:
    workload = TradingDay(SIZE)
    company = new_company(workload)
    for message in workload.opening():
        company.apply(message, company.position + 1)
    return company, list(workload.day())


def units(company: Company) -> dict[tuple[date, int, int], np.ndarray]:
    """Return the units that are kept, by day, state and hour."""
    return {
        (date.fromisoformat(day), state, hour): unit
        for _, day, kept in company.desk.snapshot()["portfolio"]["lines"]
        for state, hour, unit in kept
    }


def summed(company: Company, day: date, state: int, hour: int) -> np.ndarray:
    """Sum what one h of exposure of each book gains, line by line in plain NumPy."""
    (market,) = company.desk.markets.values()
    shocks = company.desk.portfolio.scenarios.shocks[market.market.market]
    hourly, lines = market.days[day].hourly, market.tables.lines
    unit = np.zeros((len(company.desk.books), len(company.desk.portfolio.scenarios.dates)))
    for line in np.flatnonzero(lines.run == RUN_OF_STATE[state]).tolist():
        kinds, places = KIND_OF_STATE[[state]], lines.place[[line]]
        shock = shocks.at(kinds, places, hourly.day.clock_hours[[hour]])[0]
        unit[lines.book[line]] += hourly.mw[hour, line] * shock
    return unit


def test_a_unit_is_kept_while_its_hour_is_under_way_and_is_the_sum_of_its_lines():
    company, messages = opened()
    seen: set[tuple[date, int, int]] = set()
    for message in messages:
        company.apply(message, company.position + 1)
        kept = units(company)
        seen.update(kept)
        for (day, state, hour), unit in kept.items():
            left = company.desk.markets["w2"].days[day].hourly.weight[:, :, hour]
            assert ((left > 0.0) & (left < 1.0)).any()
            np.testing.assert_allclose(unit, summed(company, day, state, hour), atol=1e-7)

    assert {(day, hour) for day, _, hour in seen} == {(TODAY, 0), (TODAY, 1)}
    assert not any(hour == 0 for _, _, hour in units(company))  # the hour is over


def test_the_scenario_pnl_of_books_is_that_of_a_recompute_after_every_tick():
    company, messages = opened()
    for message in messages:
        company.apply(message, company.position + 1)
        if isinstance(message, Tick):
            found = [one.text for one in differences(company.desk) if one.relative > 1e-9]
            assert not found, "\n".join(found)


@pytest.mark.parametrize("publication", [1, 5, RTD_IN_AN_HOUR])
def test_a_company_restored_within_an_hour_goes_on_bit_for_bit(publication: int):
    company, messages = opened()
    real_time = [
        number
        for number, message in enumerate(messages)
        if isinstance(message, PricePublication) and message.run is Run.RTD
    ]
    middle = real_time[publication] + 4  # trades after it have moved the units
    for message in messages[:middle]:
        company.apply(message, company.position + 1)
    assert units(company)

    restored = Company.restore(company.snapshot())
    for message in messages[middle:]:
        company.apply(message, company.position + 1)
        restored.apply(message, restored.position + 1)

    assert restored.snapshot() == company.snapshot()


def test_scenarios_made_anew_give_the_scenario_pnl_there_was():
    company, messages = opened()
    for message in messages[: len(messages) // 2]:
        company.apply(message, company.position + 1)
    portfolio = company.desk.portfolio
    before = portfolio.pnl.copy()

    company.desk.rebuild_scenarios()

    np.testing.assert_allclose(portfolio.pnl, before, atol=1e-9 * np.abs(before).max())


def test_no_place_shares_nothing():
    common, apart = most_share(np.zeros((2, 0)))

    assert common.tolist() == [0.0, 0.0]
    assert not apart.any()


def test_a_value_of_half_the_places_is_no_common_one():
    moved = np.array([[1.0, 1.0, 2.0, 2.0], [1.0, 2.0, 2.0, 2.0], [0.0, 0.0, 0.0, 3.0]])

    common, apart = most_share(moved)

    assert common.tolist() == [0.0, 2.0, 0.0]
    assert apart.tolist() == [True, True, True]


def test_lines_at_places_that_did_not_move_are_left_out():
    of_run = tuple(np.array(part, np.int32) for part in ([0, 1, 2], [0, 1, 2], [1, 0, 1]))
    mw, hours, gained = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 0.0, 0.5]), np.ones((2, 2))
    hub, basis = np.array([[10.0, 20.0]]), np.arange(6.0).reshape(3, 2)

    count = sum_lines(mw, of_run, hours, np.zeros(3, dtype=np.int64), (hub, basis), gained)

    assert count == 2
    assert gained.tolist() == [[0.0, 0.0], [25.0 + 6.0, 50.0 + 8.5]]
