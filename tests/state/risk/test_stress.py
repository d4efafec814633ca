"""Stress P&L by hand, its laws, and its agreement with VaR."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.company import Company
from state.messages import (
    AwardKind,
    Message,
    ResourceKind,
    Run,
    SettlesAt,
    StressScenarios,
)
from state.policy.stress import (
    ForwardShock,
    PriceShock,
    ScenarioText,
    VolumeShock,
)
from state.risk.day_scenario import DayLevels, DayScenario
from state.risk.held_day import exposed_mwh
from state.risk.named_scenario import NamedScenario
from state.risk.portfolio import FORWARD, INTRADAY
from state.risk.stress import StressFigures, revalue
from tests.state import worked
from tests.state.strategies import examples, fold, logs

DA_PRICE, FMM_PRICE = worked.price(Run.DA, 10, HUB=44), worked.price(Run.FMM, 10, HUB=46)
RTD_PRICE = worked.price(Run.RTD, 10, HUB=47)
LEVELS = {
    "HUB/DA/HE11": [40.0, 45.0, 43.0, 50.0],
    "HUB/FMM/HE11": [41.0, 44.0, 48.0, 40.0],
    "HUB/RTD/HE11": [42.0, 40.0, 60.0, 45.0],
}


def scenario(*shocks: Any, name: str = "s") -> NamedScenario:
    return NamedScenario(
        ScenarioText(
            id=name,
            title=name,
            text="by hand",
            prices=tuple(s for s in shocks if isinstance(s, PriceShock)),
            forward=tuple(s for s in shocks if isinstance(s, ForwardShock)),
            volumes=tuple(s for s in shocks if isinstance(s, VolumeShock)),
        )
    )


def figures(company: Company, *shocks: Any) -> StressFigures:
    desk = company.desk
    return revalue(list(desk.markets.values()), len(desk.books), scenario(*shocks))


def firm(company: Company, *shocks: Any, horizon: int = INTRADAY) -> float:
    return float(figures(company, *shocks).pnl_usd[horizon].sum())


def held(settles_at: SettlesAt, *messages: Message) -> Company:
    """10 MW at the hub in HE11, bought at $40."""
    deal = worked.trade(10.0, 40.0, 10, settles_at=settles_at)
    return worked.company(worked.reference(), worked.tick(8), deal, *messages)


EVERY = [PriceShock(run=run, shift=move) for run, move in zip(Run, (3.0, 20.0, 100.0), strict=True)]


class TestPrices:
    @pytest.mark.parametrize("settles_at", list(SettlesAt))
    def test_what_is_not_priced_day_ahead_moves_by_the_da_shock(self, settles_at: SettlesAt):
        assert firm(held(settles_at), *EVERY) == 30.0

    @pytest.mark.parametrize(
        ("settles_at", "known", "usd"),
        [
            (SettlesAt.DA, [DA_PRICE], 0.0),
            (SettlesAt.FMM, [DA_PRICE], 200.0),
            (SettlesAt.FMM, [DA_PRICE, FMM_PRICE], 0.0),
            (SettlesAt.RTD, [DA_PRICE], 1000.0),
            (SettlesAt.RTD, [DA_PRICE, FMM_PRICE], 1000.0),
            (SettlesAt.RTD, [DA_PRICE, FMM_PRICE, RTD_PRICE], 0.0),
        ],
    )
    def test_a_leg_moves_by_its_own_run_until_it_is_priced(
        self, settles_at: SettlesAt, known: list[Message], usd: float
    ):
        assert firm(held(settles_at, *known), *EVERY) == usd

    def test_a_level_is_reached_from_the_mark(self):
        to_1000 = PriceShock(run=Run.RTD, level=1000.0)
        # Marked at DA 44, then at FMM 46.
        assert firm(held(SettlesAt.RTD, DA_PRICE), to_1000) == 9560.0
        assert firm(held(SettlesAt.RTD, DA_PRICE, FMM_PRICE), to_1000) == 9540.0

    def test_a_percentage_of_a_negative_price_raises_it(self):
        below = worked.price(Run.DA, 10, HUB=-20)
        # +50 % of |-20| is +10 $/MWh on 10 MWh.
        assert firm(held(SettlesAt.RTD, below), PriceShock(run=Run.RTD, percent=50.0)) == 100.0

    def test_a_level_without_a_mark_is_named_and_moves_nothing(self):
        found = figures(held(SettlesAt.RTD), PriceShock(run=Run.DA, level=1000.0))
        assert found.pnl_usd.sum() == 0.0
        assert found.unreached == {"west/HUB/DA/HE11": 10.0}

    def test_hours_and_later_shocks(self):
        book = held(SettlesAt.RTD, DA_PRICE)
        one = PriceShock(run=Run.RTD, hours=(11, 11), shift=5.0)
        assert firm(book, one) == 50.0
        assert firm(book, PriceShock(run=Run.RTD, hours=(12, 24), shift=5.0)) == 0.0
        assert firm(book, one, PriceShock(run=Run.RTD, hubs=("HUB",), shift=7.0)) == 70.0
        assert firm(book, PriceShock(run=Run.RTD, markets=("east",), shift=5.0)) == 0.0

    def test_an_unknown_hub_is_named(self):
        found = figures(held(SettlesAt.RTD), PriceShock(run=Run.DA, hubs=("HUP",), shift=1.0))
        assert list(found.unreached) == ["hub HUP is unknown"]

    def test_a_location_moves_with_its_hub_and_one_without_a_hub_is_named(self):
        at_node = worked.trade(4, 40.0, 10, location="NODE", trade="N")
        lonely = worked.trade(-6, 40.0, 10, location="LONELY", trade="L")
        book = worked.company(worked.reference(), worked.tick(8), at_node, lonely)
        found = figures(book, PriceShock(run=Run.DA, shift=3.0))
        assert found.pnl_usd[INTRADAY].sum() == 12.0
        assert found.unreached == {"west/LONELY has no hub": 6.0}

    def test_a_virtual_award_moves_by_fmm_less_da(self):
        supply = worked.award(AwardKind.VIRTUAL_SUPPLY, 10, 10)
        known = worked.price(Run.DA, 10, NODE=44)
        book = worked.company(worked.reference(), worked.tick(8), supply, known)
        assert firm(book, *EVERY) == -200.0

    def test_delivered_and_priced_intervals_stay(self):
        book = held(SettlesAt.RTD, DA_PRICE, FMM_PRICE)
        book.apply(worked.tick(11), book.position + 1)
        assert firm(book, *EVERY) == 1000.0  # delivered, not priced: still open
        book.apply(RTD_PRICE, book.position + 1)
        book.apply(worked.tick(11.5), book.position + 1)
        assert firm(book, *EVERY) == 0.0

    def test_contributions_name_place_and_hour(self):
        (part,) = figures(held(SettlesAt.RTD, DA_PRICE), *EVERY).largest
        assert (part.place, part.period, part.usd) == ("HUB", "2026-07-15 HE11", 1000.0)


class TestVolumes:
    def at_work(self, *messages: Message) -> Company:
        """Load 100 MW and plant 80 MW in HE13; both scheduled day-ahead where told."""
        return worked.company(
            worked.reference(),
            worked.tick(8),
            worked.forecast("town", 12, 100.0),
            worked.forecast("plant", 12, 80.0),
            worked.price(Run.DA, 12, HUB=40.0, ZONE=42.0, NODE=38.0),
            *messages,
        )

    def test_before_the_schedule_a_load_costs_its_day_ahead_mark(self):
        found = figures(self.at_work(), VolumeShock(kinds=(ResourceKind.LOAD,), percent=10.0))
        assert found.pnl_usd[INTRADAY].tolist() == [-420.0, 0.0]
        assert found.open_after_mwh - found.open_before_mwh == pytest.approx(-10.0)
        (hour,) = found.coverage
        # 80 of 100 becomes 80 of 110.
        assert (hour.before, hour.after) == (0.8, pytest.approx(80 / 110))

    def test_afterwards_it_costs_the_shocked_load_price(self):
        scheduled = worked.schedule(Run.DA, 12, town=[90.0], plant=[80.0])
        shocks = [
            VolumeShock(kinds=(ResourceKind.LOAD,), percent=10.0),
            PriceShock(run=Run.FMM, shift=20.0),
            PriceShock(run=Run.RTD, shift=100.0),
        ]
        # 10 MW short already, 10 more; the load price moves by ¼ · 20 + ¾ · 100 = 80.
        # -10 · 80 for what is short, -10 · (42 + 80) for what comes on top.
        found = figures(self.at_work(scheduled), *shocks)
        assert found.pnl_usd[INTRADAY].tolist() == [-800.0 - 1220.0, 0.0]
        (hour,) = found.coverage
        # 1 + (0 - 10) / 100, then 1 + (0 - 20) / 110.
        assert (hour.before, hour.after) == (pytest.approx(0.9), pytest.approx(1 - 20 / 110))

    def test_a_plant_out_buys_back_in_real_time(self):
        scheduled = worked.schedule(Run.DA, 12, town=[100.0], plant=[80.0])
        out = VolumeShock(resources=("plant",), limit_mw=0.0)
        found = figures(self.at_work(scheduled), out, PriceShock(run=Run.RTD, shift=100.0))
        assert found.pnl_usd[INTRADAY].sum() == -80.0 * (38.0 + 100.0)

    def test_a_price_that_is_out_values_the_volume_and_does_not_move(self):
        scheduled = worked.schedule(Run.DA, 12, town=[100.0], plant=[80.0])
        known = worked.price(Run.RTD, 12, NODE=50.0)
        less = VolumeShock(resources=("plant",), percent=-50.0)
        found = figures(self.at_work(scheduled, known), less, PriceShock(run=Run.RTD, shift=9.0))
        assert found.pnl_usd[INTRADAY].sum() == -40.0 * 50.0

    def test_an_as_generated_contract_costs_what_is_generated(self):
        ppa = worked.trade(
            0.5, 30.0, 12, 1, trade="P", product="ppa", resource="plant", location="NODE"
        )
        less = VolumeShock(resources=("plant",), percent=-50.0)
        # 40 MWh less at the DA mark 38, and half of them not paid for at 30.
        assert firm(self.at_work(ppa), less) == pytest.approx(-40 * 38 + 0.5 * 40 * 30)

    def test_delivered_hours_do_not_move(self):
        book = self.at_work()
        book.apply(worked.tick(13), book.position + 1)
        assert firm(book, VolumeShock(kinds=(ResourceKind.LOAD,), percent=10.0)) == 0.0

    def test_a_volume_without_a_mark_and_an_unknown_resource_are_named(self):
        book = worked.company(
            worked.reference(), worked.tick(8), worked.forecast("plant", 12, 80.0)
        )
        shocks = [
            VolumeShock(resources=("plant",), percent=-25.0),
            VolumeShock(resources=("plan",), percent=-25.0),
            VolumeShock(kinds=(ResourceKind.SOLAR,), percent=-25.0),
        ]
        assert figures(book, *shocks).unreached == {
            "west/plant has no mark": 20.0,
            "resource plan is unknown": 0.0,
            "there is no resource of kind solar": 0.0,
        }


class TestForward:
    def ahead(self) -> Company:
        """1 MW of HUB, August 2026, flat: 416 on-peak and 328 off-peak hours."""
        deal = worked.trade(1.0, 50.0, 17 * 24, 31 * 24, trade="A", settles_at=SettlesAt.CURVE)
        marks = worked.curve(60.0, -10.0, "2026-08")
        return worked.company(worked.reference(), worked.tick(8), marks, deal)

    @pytest.mark.parametrize(
        ("shock", "usd"),
        [
            (ForwardShock(months_ahead=(1, 1), shift=2.0), 744 * 2.0),
            (ForwardShock(months=("2026-08",), shift=2.0, blocks=("on_peak",)), 416 * 2.0),
            (ForwardShock(months_ahead=(0, 12), level=0.0), 416 * -60.0 + 328 * 10.0),
            (ForwardShock(months_ahead=(1, 1), percent=10.0), 416 * 6.0 + 328 * 1.0),
            (ForwardShock(months_ahead=(2, 5), shift=2.0), 0.0),
            (ForwardShock(months_ahead=(1, 1), shift=2.0, hubs=("ELSE",)), 0.0),
        ],
    )
    def test_months_move_by_block(self, shock: ForwardShock, usd: float):
        assert firm(self.ahead(), shock, horizon=FORWARD) == pytest.approx(usd)

    def test_a_month_without_a_mark_is_named(self):
        deal = worked.trade(1.0, 50.0, 17 * 24, 31 * 24, trade="A", settles_at=SettlesAt.CURVE)
        book = worked.company(worked.reference(), worked.tick(8), deal)
        found = figures(book, ForwardShock(months_ahead=(1, 1), shift=2.0))
        assert found.pnl_usd.sum() == 0.0
        assert found.unreached == {
            "west/HUB/curve/on_peak/2026-08": 416.0,
            "west/HUB/curve/off_peak/2026-08": 328.0,
        }


# Laws -----------------------------------------------------------------------------------------

SHIFTS = st.floats(-500, 500)


@examples(6)
@given(logs(), SHIFTS, SHIFTS, SHIFTS)
def test_pnl_up_to_the_delta_is_linear_in_the_shock_and_the_exposures_are_those_of_var(
    messages: list[Any], da: float, fmm: float, rtd: float
):
    company = fold(messages)

    def moved(share: float) -> StressFigures:
        pairs = zip(Run, (da, fmm, rtd), strict=True)
        shocks = [PriceShock(run=run, shift=share * move) for run, move in pairs]
        return figures(company, *shocks, ForwardShock(months_ahead=(0, 72), shift=share * da))

    found = [moved(share) for share in (1.0, 2.0, -1.0)]
    once, twice, back = (each.pnl_usd - each.beyond_delta_usd for each in found)
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(back, -once, rtol=1e-9, atol=1e-6)
    for market in company.desk.markets.values():
        rows = len(market.tables.rows)
        for day in market.days.values():
            exposed = exposed_mwh(day, market.tables, slice(None))
            by_hour = exposed.reshape(4, rows, day.day.hours, day.day.per_hour).sum(axis=3)
            np.testing.assert_allclose(by_hour, day.exposure[:, :rows], rtol=1e-9, atol=1e-6)


@examples(6)
@given(logs())
def test_a_date_of_the_history_moves_every_book_by_its_delta_as_its_scenario_of_var_does(
    messages: list[Any],
):
    company = fold(messages)
    desk, portfolio = company.desk, company.desk.portfolio
    markets = list(desk.markets.values())
    common = desk.history.common_dates()
    for number, day in list(enumerate(portfolio.scenarios.dates))[-3:]:
        before = common[common.index(day) - 1]
        levels = DayLevels(day, _levels(company, day), _levels(company, before))
        dated = DayScenario("d", "d", levels)
        found = revalue(markets, len(desk.books), dated)
        if found.unreached or portfolio.uncovered:
            continue  # what neither can reach is named, and treated on its own terms
        np.testing.assert_allclose(
            found.pnl_usd - found.beyond_delta_usd,
            portfolio.pnl[:, :-1, number],
            rtol=1e-9,
            atol=1e-6,
        )


def _levels(company: Company, day: str) -> dict[str, float]:
    history = company.desk.history
    return {
        name: float(levels[dates.index(day)])
        for market, dates in history.dates.items()
        for name, levels in history.levels[market].items()
        if np.isfinite(levels[dates.index(day)])
    }


@pytest.mark.parametrize(
    ("settles_at", "known", "usd"),
    [
        (SettlesAt.DA, [], [50.0, -20.0, 70.0]),
        (SettlesAt.FMM, [DA_PRICE], [-10.0, 50.0, -100.0]),
        (SettlesAt.RTD, [DA_PRICE], [-50.0, 170.0, -50.0]),
        (SettlesAt.RTD, [DA_PRICE, FMM_PRICE], [-40.0, 120.0, 50.0]),
    ],
)
def test_a_dated_scenario_by_hand_is_that_date_of_var(
    settles_at: SettlesAt, known: list[Message], usd: list[float]
):
    company = worked.company(
        worked.reference(),
        worked.history(LEVELS),
        worked.tick(8),
        worked.trade(10, 40.0, 10, settles_at=settles_at),
        *known,
    )
    dates = company.desk.history.dates["west"]
    for number, day in enumerate(dates[1:]):
        levels = DayLevels(day, _levels(company, day), _levels(company, dates[number]))
        found = revalue(list(company.desk.markets.values()), 2, DayScenario("d", "d", levels))
        assert float(found.pnl_usd.sum()) == usd[number]
        assert float(company.desk.portfolio.firm_pnl()[number]) == usd[number]


# In the fold ----------------------------------------------------------------------------------

FILE = """\
name: mine
version: "2"
title: Mine
scenarios:
  - {id: up, title: Up, text: up it goes, prices: [{run: DA, shift: 3}]}
  - {id: down, title: Down, text: down it goes, prices: [{run: DA, shift: -7}]}
"""
MINE = StressScenarios(scenarios="mine", version="2", source=FILE)


def test_the_view_is_struck_at_the_message_and_then_once_an_interval():
    book = held(SettlesAt.DA)
    assert book.desk.stress.view.rows == []
    book.apply(MINE, book.position + 1)
    view = book.desk.stress.view
    told = [(row.scenario, row.total_usd[-1]) for row in view.rows]
    assert told == [("down", -70.0), ("up", 30.0)]
    assert (view.struck_ns, view.scenarios, view.nodes) == (
        worked.at(8),
        ["mine 2"],
        ["book", "other", "firm"],
    )
    assert "stress" in book.changed_views()

    more = worked.trade(10, 40.0, 10, trade="T2")
    for message, struck in (
        (more, 8.0),
        (worked.tick(8.5), 8.0),
        (worked.tick(9), 9.0),
        (worked.tick(9.25), 9.0),
    ):
        book.apply(message, book.position + 1)
        assert book.desk.stress.view.struck_ns == worked.at(struck)
        assert ("stress" in book.changed_views()) == (message == worked.tick(9))
    assert book.desk.stress.view.rows[0].total_usd[-1] == -140.0


def test_a_file_that_is_none_is_refused_counted_and_changes_nothing():
    book = held(SettlesAt.DA, MINE)
    broken = StressScenarios(scenarios="mine", version="3", source=FILE + "  - {id: up}\n")
    book.apply(broken, book.position + 1)
    assert book.desk.feeds.dead_letters == 1
    assert book.desk.stress.view.scenarios == ["mine 2"]
    text = FILE.replace("name: mine", "name: o")
    other = StressScenarios(scenarios="o", version="2", source=text)
    book.apply(other, book.position + 1)
    assert "scenario up of o 2 is also in another file" in str(
        [record.last_rejection for record in book.desk.feeds.records.values()]
    )


def test_what_was_saved_goes_on_as_what_was_not():
    book = held(SettlesAt.DA, MINE)
    again = Company.restore(book.snapshot())
    for message in (worked.tick(8.5), worked.trade(5.0, 1.0, 10, trade="T2"), worked.tick(9)):
        for one in (book, again):
            one.apply(message, one.position + 1)
        assert again.snapshot() == book.snapshot()
    assert again.desk.stress.view == book.desk.stress.view


def test_scenarios_leave_the_digests_alone():
    plain, stressed = held(SettlesAt.DA), held(SettlesAt.DA)
    stressed.apply(MINE, stressed.position + 1)
    for book in (plain, stressed):
        for hour in (8.5, 9, 10, 11):
            book.apply(worked.tick(hour), book.position + 1)
    assert (plain.digest, plain.timing_digest) == (stressed.digest, stressed.timing_digest)
