"""Stress of contracts kept by hour: what it is of the same contracts kept by interval."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from state.calendar import MarketDay
from state.company import Company
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.messages import Message, ResourceKind, Run, SettlesAt
from state.policy.stress import PriceShock, ScenarioText, VolumeShock
from state.risk.day_scenario import DayLevels, DayScenario
from state.risk.named_scenario import NamedScenario
from state.risk.portfolio import INTRADAY
from state.risk.scenario import Matrix, Scenario
from state.risk.stress import CONTRIBUTIONS_KEPT, StressFigures, revalue
from tests.state import worked
from tests.state.strategies import examples, fold, logs, told_in_words

ATOL = 1e-6


def named(*prices: PriceShock, volumes: tuple[VolumeShock, ...] = ()) -> NamedScenario:
    text = ScenarioText(id="s", title="s", text="s", prices=prices, forward=(), volumes=volumes)
    return NamedScenario(text)


class Uneven(NamedScenario):
    """Shocks that differ between the intervals of an hour."""

    def hub_shocks(self, market: MarketBook, day: DeliveryDay) -> Matrix:
        return super().hub_shocks(market, day) * np.cos(np.arange(day.day.intervals))


def struck(company: Company, scenario: Scenario) -> StressFigures:
    desk = company.desk
    return revalue(list(desk.markets.values()), len(desk.books), scenario)


def by_interval(messages: list[Any]) -> Company:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MarketDay, "on_the_hour", lambda *_: False)
        company = fold(messages)
    assert not any(len(market.tables.lines) for market in company.desk.markets.values())
    return company


def dated(company: Company) -> DayScenario:
    """A day that published half of the factors of the history."""
    names = [name for levels in company.desk.history.levels.values() for name in levels]
    levels = {name: float(number % 7) * 9.0 for number, name in enumerate(names) if number % 2}
    return DayScenario("d", "d", DayLevels("d", levels, dict.fromkeys(levels, 1.0)))


def assert_same(found: StressFigures, expected: StressFigures) -> None:
    np.testing.assert_allclose(found.pnl_usd, expected.pnl_usd, rtol=1e-9, atol=ATOL)
    ours, theirs = (
        {(part.market, part.place, part.period): part.usd for part in figures.contributions}
        for figures in (found, expected)
    )
    if max(len(ours), len(theirs)) < CONTRIBUTIONS_KEPT:
        for key in ours.keys() | theirs.keys():
            assert ours.get(key, 0.0) == pytest.approx(theirs.get(key, 0.0), rel=1e-9, abs=ATOL)
    for key in found.unreached.keys() | expected.unreached.keys():
        missed = expected.unreached.get(key, 0.0)
        assert found.unreached.get(key, 0.0) == pytest.approx(missed, rel=1e-9, abs=ATOL)
    opens = [(each.open_before_mwh, each.open_after_mwh) for each in (found, expected)]
    np.testing.assert_allclose(*opens, rtol=1e-9, atol=ATOL)
    covers = [[(each.before, each.after) for each in one.coverage] for one in (found, expected)]
    np.testing.assert_allclose(*covers, rtol=1e-9, atol=ATOL)


MOVES = st.floats(-500, 500)


@examples(15)
@given(logs(), MOVES, MOVES, MOVES)
def test_contracts_kept_by_hour_are_stressed_as_they_are_by_interval(
    messages: list[Any], da: float, fmm: float, rtd: float
):
    note(told_in_words(messages))
    hourly, intervals = fold(messages), by_interval(messages)
    pairs = list(zip(Run, (da, fmm, rtd), strict=True))
    scenarios: list[Scenario] = [
        named(*(PriceShock(run=run, shift=move) for run, move in pairs)),
        named(*(PriceShock(run=run, level=move) for run, move in pairs)),
        named(*(PriceShock(run=run, percent=move, hours=(8, 20)) for run, move in pairs)),
        named(
            PriceShock(run=Run.RTD, shift=rtd),
            volumes=(VolumeShock(kinds=tuple(ResourceKind), percent=10.0),),
        ),
        Uneven(named(*(PriceShock(run=run, shift=move) for run, move in pairs)).written),
        dated(hourly),
    ]
    for scenario in scenarios:
        assert_same(struck(hourly, scenario), struck(intervals, scenario))


class TestByHand:
    """10 MW of NODE in HE11 settling at RTD, marked at DA 44 until FMM is out."""

    QUARTERS = (46.0, 60.0)

    def held(self, *messages: Message) -> Company:
        deal = worked.trade(10.0, 40.0, 10, location="NODE", settles_at=SettlesAt.RTD)
        day_ahead = worked.price(Run.DA, 10, HUB=44.0, NODE=44.0)
        five_minutes = worked.reference(settlement_seconds=300)
        company = worked.company(five_minutes, worked.tick(8), deal, day_ahead, *messages)
        assert len(company.desk.markets["west"].tables.lines)
        return company

    def test_a_level_is_reached_from_the_mark_of_every_interval(self):
        early = [
            worked.price(Run.FMM, 10 + number / 4, seconds=900, HUB=price, NODE=price)
            for number, price in enumerate(self.QUARTERS)
        ]
        found = struck(self.held(*early), named(PriceShock(run=Run.RTD, level=100.0)))
        # 2.5 MWh a quarter: from 46, from 60, and twice from 44.
        assert found.pnl_usd[INTRADAY].sum() == pytest.approx(2.5 * (54 + 40 + 56 + 56))
        (part,) = found.contributions
        assert (part.place, part.period) == ("NODE", "2026-07-15 HE11")
        assert part.usd == pytest.approx(515.0)

    def test_intervals_that_are_priced_stay(self):
        known = worked.price(Run.RTD, 10.25, seconds=300, HUB=47.0, NODE=47.0)
        found = struck(self.held(known), named(PriceShock(run=Run.RTD, shift=12.0)))
        # 11 of 12 intervals of 10 MWh an hour.
        assert found.pnl_usd[INTRADAY].sum() == pytest.approx(110.0)

    def test_the_open_position_counts_lines(self):
        found = struck(self.held(), named(PriceShock(run=Run.RTD, shift=1.0)))
        assert (found.open_before_mwh, found.open_after_mwh) == (10.0, 10.0)

    def test_books_that_offset_each_other_move_and_leave_the_firm_nothing(self):
        against = worked.trade(
            -10.0, 40.0, 10, location="NODE", settles_at=SettlesAt.RTD, book="other", trade="O"
        )
        found = struck(self.held(against), named(PriceShock(run=Run.RTD, shift=2.0)))
        assert found.pnl_usd[INTRADAY].tolist() == [20.0, -20.0]
        assert found.contributions == []

    def test_what_a_book_is_long_and_short_without_a_hub_nets_and_books_do_not(self):
        deals = [
            worked.trade(mw, 40.0, 10, location="LONELY", trade=f"L{mw}", book=book, settles_at=run)
            for mw, book, run in (
                (8.0, "book", SettlesAt.DA),
                (-3.0, "book", SettlesAt.RTD),
                (-4.0, "other", SettlesAt.FMM),
            )
        ]
        found = struck(self.held(*deals), named(PriceShock(run=Run.DA, shift=2.0)))
        assert found.unreached == {"west/LONELY has no hub": 9.0}
