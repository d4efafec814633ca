"""Marks, value and P&L of ``docs/meanings.md``, by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import numpy as np
import pytest

from state.messages import (
    AwardKind,
    CumulativePnl,
    Message,
    Run,
    SettlesAt,
    TradeAction,
)
from state.screens.feeds_seen import FeedView
from state.screens.pnl_seen import PnlView
from tests.state.oracle import Figures
from tests.state.worked import (
    DAY,
    adjustment,
    award,
    curve,
    figures,
    forecast,
    meter,
    pnl,
    price,
    reference,
    schedule,
    tick,
    trade,
    views,
)

START = [*reference(), tick(8)]
MARKED = [*reference(), curve(35, 25, "2026-07"), tick(8)]


def value(*messages: Message | Sequence[Message]) -> float:
    return pnl(figures(*messages), "value")


class TestTwoSettlement:
    def test_a_plant_earns_each_deviation_at_the_price_of_its_run(self):
        volumes = [
            schedule(Run.DA, 10, plant=[100]),
            schedule(Run.FMM, 10, plant=[90]),
            schedule(Run.RTD, 10, plant=[95]),
            meter("plant", 10, 97),
        ]
        prices = [
            price(Run.DA, 10, NODE=40),
            price(Run.FMM, 10, NODE=50),
            price(Run.RTD, 10, NODE=60),
        ]
        # 100·40 + (90 - 100)·50 + (95 - 90)·60 + (97 - 95)·60
        assert value(START, volumes, prices) == pytest.approx(3920.0)

    def test_without_an_fmm_there_are_two_settlements(self):
        two = [*reference(runs=(Run.DA, Run.RTD)), tick(8)]
        volumes = [schedule(Run.DA, 10, plant=[100]), meter("plant", 10, 97)]
        prices = [price(Run.DA, 10, NODE=40), price(Run.RTD, 10, NODE=60)]
        # 100·40 + (97 - 100)·60
        assert value(two, volumes, prices) == pytest.approx(3820.0)

    def test_a_load_pays_its_deviation_at_the_hourly_load_price(self):
        volumes = [schedule(Run.DA, 10, town=[100]), meter("town", 10, 110)]
        prices = [
            price(Run.DA, 10, ZONE=40),
            price(Run.FMM, 10, ZONE=50),
            price(Run.RTD, 10, ZONE=60),
        ]
        # -(100·40 + 10·(¼·50 + ¾·60))
        assert value(START, volumes, prices) == pytest.approx(-4575.0)

    def test_the_load_price_is_the_mean_over_the_intervals_of_the_hour(self):
        quarters = [*reference(settlement_seconds=900), tick(8)]
        volumes = [
            schedule(Run.DA, 10, town=[100]),
            meter("town", 10, 104, 100, 100, 100, seconds=900),
        ]
        prices: list[Message] = [price(Run.DA, 10, ZONE=40)]
        for quarter, rtd in enumerate((60, 80, 100, 120)):
            prices.append(price(Run.FMM, 10 + quarter / 4, seconds=900, ZONE=50))
            prices.append(price(Run.RTD, 10 + quarter / 4, seconds=900, ZONE=rtd))
        # The hour's price is ¼·50 + ¾·90 = 80, and 4 MW for a quarter of an hour are 1 MWh.
        assert value(quarters, volumes, prices) == pytest.approx(-4080.0)

    def test_a_load_without_an_fmm_pays_the_rtd_price(self):
        two = [*reference(runs=(Run.DA, Run.RTD)), tick(8)]
        volumes = [schedule(Run.DA, 10, town=[100]), meter("town", 10, 110)]
        prices = [price(Run.DA, 10, ZONE=40), price(Run.RTD, 10, ZONE=60)]
        assert value(two, volumes, prices) == pytest.approx(-4600.0)

    def test_the_load_price_is_labelled_as_an_estimate(self):
        volumes = [schedule(Run.DA, 10, town=[100]), meter("town", 10, 110)]
        prices = [price(run, 10, ZONE=40) for run in Run]
        view = views(START, volumes, prices)["pnl"]
        assert isinstance(view, PnlView)
        assert "load price estimated" in view.books[0].estimated

    def test_virtual_supply_earns_day_ahead_less_fmm(self):
        prices = [price(Run.DA, 10, NODE=40), price(Run.FMM, 10, NODE=33)]
        assert value(START, award(AwardKind.VIRTUAL_SUPPLY, 10, 12), prices) == 84.0

    def test_virtual_demand_earns_fmm_less_day_ahead(self):
        prices = [price(Run.DA, 10, NODE=40), price(Run.FMM, 10, NODE=33)]
        assert value(START, award(AwardKind.VIRTUAL_DEMAND, 10, 12), prices) == -84.0

    def test_an_award_without_an_fmm_is_liquidated_at_rtd(self):
        two = [*reference(runs=(Run.DA, Run.RTD)), tick(8)]
        prices = [price(Run.DA, 10, NODE=40), price(Run.RTD, 10, NODE=33)]
        assert value(two, award(AwardKind.VIRTUAL_SUPPLY, 10, 12), prices) == 84.0

    def test_an_adjustment_is_worth_its_mark_until_it_expires(self):
        correction = adjustment(7, 10, expires=9.5)
        assert value(MARKED, correction) == 245.0
        assert value(MARKED, correction, tick(9.5)) == 0.0


class TestMarks:
    def bought(self, run: SettlesAt, *messages: Message) -> float:
        """The mark of 10 MW bought for nothing."""
        return value(MARKED, trade(10, 0.0, 10, settles_at=run), *messages) / 10

    DA, FMM, RTD = price(Run.DA, 10, HUB=40), price(Run.FMM, 10, HUB=45), price(Run.RTD, 10, HUB=50)

    def test_without_any_price_a_leg_is_marked_at_the_curve_of_its_block(self):
        assert self.bought(SettlesAt.RTD) == 35.0
        assert value(MARKED, trade(10, 0.0, 23)) == 250.0

    def test_a_location_without_any_price_is_marked_at_the_curve_of_its_hub(self):
        assert value(MARKED, trade(10, 0.0, 10, location="NODE")) == 350.0

    def test_an_rtd_leg_takes_the_next_best_forecast_of_its_price(self):
        assert self.bought(SettlesAt.RTD, self.DA) == 40.0
        assert self.bought(SettlesAt.RTD, self.DA, self.FMM) == 45.0
        assert self.bought(SettlesAt.RTD, self.DA, self.FMM, self.RTD) == 50.0

    def test_an_fmm_leg_is_never_marked_at_the_rtd_price(self):
        assert self.bought(SettlesAt.FMM, self.DA, self.RTD) == 40.0
        assert self.bought(SettlesAt.FMM, self.DA, self.FMM, self.RTD) == 45.0

    @pytest.mark.parametrize("index", [SettlesAt.DA, SettlesAt.CURVE])
    def test_a_day_ahead_leg_is_marked_at_the_day_ahead_price_only(self, index: SettlesAt):
        assert self.bought(index, self.FMM, self.RTD) == 35.0
        assert self.bought(index, self.DA, self.FMM, self.RTD) == 40.0

    def test_the_last_rtd_price_is_never_carried_to_later_intervals(self):
        assert self.bought(SettlesAt.RTD, price(Run.RTD, 9, HUB=999)) == 35.0

    def test_the_price_of_another_location_marks_nothing(self):
        assert self.bought(SettlesAt.RTD, price(Run.RTD, 10, ZONE=999)) == 35.0

    def test_a_leg_without_any_mark_is_left_out_of_value_and_named(self):
        unmarked = [*START, forecast("plant", 10, 80)]
        assert value(unmarked) == 0.0
        view = views(unmarked)["pnl"]
        assert isinstance(view, PnlView)
        assert "NODE" in view.books[0].estimated or "no mark" in view.books[0].estimated

    def test_a_corrected_price_is_the_price(self):
        again = price(Run.RTD, 10, HUB=48)
        assert self.bought(SettlesAt.RTD, self.RTD, again) == 48.0

    def test_going_back_to_the_first_price_is_a_second_correction(self):
        again = price(Run.RTD, 10, HUB=48)
        assert self.bought(SettlesAt.RTD, self.RTD, again, self.RTD) == 50.0

    def test_a_price_that_is_not_published_overwrites_nothing(self):
        absent = price(Run.RTD, 10, HUB=float("nan"), ZONE=61)
        assert self.bought(SettlesAt.RTD, self.RTD, absent) == 50.0

    def test_a_location_named_twice_has_the_last_of_its_prices(self):
        one = price(Run.RTD, 10, HUB=48)
        twice = msgspec.structs.replace(one, locations=("HUB", "HUB"), lmp=np.array([48.0, 52.0]))
        assert self.bought(SettlesAt.RTD, twice) == 52.0


class TestContracts:
    def test_a_trade_is_worth_mark_less_price_times_its_mwh(self):
        bought = trade(10, 30.0, 10, settles_at=SettlesAt.RTD)
        assert value(START, bought, price(Run.RTD, 10, HUB=60)) == 300.0

    def test_a_sale_is_worth_price_less_mark(self):
        sold = trade(-10, 30.0, 10, settles_at=SettlesAt.RTD)
        assert value(START, sold, price(Run.RTD, 10, HUB=60)) == -300.0

    def test_mwh_are_mw_times_the_length_of_the_interval(self):
        quarters = [*reference(settlement_seconds=900), tick(8)]
        bought = trade(10, 30.0, 10, 1 / 4, settles_at=SettlesAt.RTD)
        assert value(quarters, bought, price(Run.RTD, 10, seconds=900, HUB=60)) == 75.0

    def test_an_hourly_price_marks_each_interval_it_covers(self):
        quarters = [*reference(settlement_seconds=900), tick(8)]
        assert value(quarters, trade(10, 30.0, 10), price(Run.DA, 10, HUB=40)) == 100.0

    def test_a_swap_is_worth_the_same_money_as_the_energy(self):
        swap = trade(10, 30.0, 10, product="swap", settles_at=SettlesAt.RTD)
        assert value(START, swap, price(Run.RTD, 10, HUB=60)) == 300.0

    def test_an_as_generated_contract_costs_its_share_of_the_output(self):
        contract = trade(0.5, 30.0, 10, product="ppa", resource="plant", location="NODE")
        output = [forecast("plant", 10, 80), price(Run.DA, 10, NODE=40)]
        # 80·40 - ½·80·30
        assert value(START, contract, output) == 2000.0

    def test_an_amendment_revalues_and_a_cancel_undoes(self):
        first = trade(10, 30.0, 10)
        amended = trade(10, 31.0, 10, version=2, action=TradeAction.AMEND)
        cancelled = trade(10, 31.0, 10, version=3, action=TradeAction.CANCEL)
        assert value(MARKED, first, amended) == 40.0
        assert value(MARKED, first, amended, cancelled) == 0.0


class TestPnlToday:
    """10 MW bought at 30 for hour 10, settling at RTD; the curve says 40."""

    OPENING: list[Message] = [  # noqa: RUF012 (a constant of the class)
        *reference(),
        curve(40, 40, "2026-07"),
        trade(10, 30.0, 10, settles_at=SettlesAt.RTD),
        CumulativePnl(book="book", realised_usd=1000.0),
        tick(8),
    ]
    RTD = price(Run.RTD, 10, HUB=70)

    def seen(self, *messages: Message | Sequence[Message]) -> Figures:
        return figures(self.OPENING, *messages)

    def parts(self, *messages: Message | Sequence[Message]) -> tuple[float, float, float, float]:
        """Today, realised, unrealised, corrections."""
        seen = self.seen(*messages)
        return (
            pnl(seen, "today"),
            pnl(seen, "realised"),
            pnl(seen, "unrealised"),
            pnl(seen, "corrections"),
        )

    def test_the_value_of_the_opening_is_the_baseline(self):
        assert pnl(self.seen(), "value") == 1100.0
        assert self.parts() == (0.0, 0.0, 0.0, 0.0)

    def test_a_price_moves_it_and_is_unrealised_until_delivered(self):
        assert self.parts(self.RTD) == (300.0, 0.0, 300.0, 0.0)

    def test_it_is_realised_by_the_first_tick_at_the_end_of_its_interval(self):
        a_second_before = tick(11 - 1 / 3600)
        assert self.parts(self.RTD, a_second_before) == (300.0, 0.0, 300.0, 0.0)
        assert self.parts(self.RTD, tick(11)) == (300.0, 300.0, 0.0, 0.0)

    def test_without_its_price_it_is_delivered_but_not_realised(self):
        fmm = price(Run.FMM, 10, HUB=65)
        assert self.parts(fmm, tick(11)) == (250.0, 0.0, 250.0, 0.0)

    def test_a_late_price_is_realised_by_the_next_tick(self):
        assert self.parts(tick(11), self.RTD) == (300.0, 0.0, 300.0, 0.0)
        assert self.parts(tick(11), self.RTD, tick(11.01)) == (300.0, 300.0, 0.0, 0.0)

    def test_a_corrected_price_of_today_is_realised_at_once(self):
        corrected = price(Run.RTD, 10, HUB=80)
        assert self.parts(self.RTD, tick(11), corrected) == (400.0, 400.0, 0.0, 0.0)

    def test_it_begins_anew_at_midnight(self):
        seen = self.seen(self.RTD, tick(11), tick(24))
        assert pnl(seen, "value") == 1400.0
        assert pnl(seen, "today") == 0.0

    def test_the_second_before_midnight_still_belongs_to_the_day(self):
        assert self.parts(self.RTD, tick(24 - 1 / 3600)) == (300.0, 300.0, 0.0, 0.0)

    def test_a_price_of_yesterday_shows_in_the_corrections_of_today(self):
        corrected = price(Run.RTD, 10, HUB=80)
        assert self.parts(self.RTD, tick(25), corrected) == (100.0, 0.0, 0.0, 100.0)
        assert self.parts(self.RTD, tick(25), corrected, tick(26)) == (100.0, 0.0, 0.0, 100.0)

    def test_a_price_of_yesterday_that_was_never_there_is_a_correction_too(self):
        assert self.parts(tick(25), self.RTD, tick(26)) == (300.0, 0.0, 0.0, 300.0)

    def test_a_correction_after_14_days_still_changes_the_value_of_its_day(self):
        corrected = price(Run.RTD, 10, HUB=80)
        seen = self.seen(self.RTD, tick(9, DAY + timedelta(days=14)), corrected)
        assert pnl(seen, "corrections") == 100.0

    def test_an_older_correction_is_refused_and_counted(self):
        corrected = price(Run.RTD, 10, HUB=80)
        late = [self.RTD, tick(9, DAY + timedelta(days=15)), corrected]
        assert pnl(self.seen(late), "value") == 1400.0
        feeds = views(self.OPENING, late)["feeds"]
        assert isinstance(feeds, FeedView)
        assert sum(feed.rejected for feed in feeds.feeds) == 1

    def test_another_price_is_a_revision_of_its_feed_and_the_same_again_is_none(self):
        other, again = price(Run.RTD, 10, HUB=80), self.RTD
        for sent, count in (([again], 0), ([other, again], 2)):
            feeds = views(self.OPENING, self.RTD, sent)["feeds"]
            assert isinstance(feeds, FeedView)
            assert sum(feed.revisions for feed in feeds.feeds) == count

    def test_what_is_older_than_the_horizon_keeps_its_value(self):
        seen = self.seen(self.RTD, tick(9, DAY + timedelta(days=40)))
        assert pnl(seen, "value") == 1400.0
        assert pnl(seen, "today") == 0.0

    def test_a_new_deal_adds_its_value_of_the_moment(self):
        deal = trade(5, 38.0, 12, trade="T2")
        assert self.parts(deal) == (10.0, 0.0, 10.0, 0.0)

    def test_the_firm_is_the_sum_of_its_books(self):
        deal = trade(5, 38.0, 12, trade="T2", book="other")
        seen = self.seen(self.RTD, deal)
        assert pnl(seen, "today", "other") == 10.0
        assert pnl(seen, "today", "firm") == 310.0
        assert pnl(seen, "value", "firm") == 1410.0
