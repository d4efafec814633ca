"""Volumes, the open position and coverage of ``docs/meanings.md``, by hand, one sentence a test.

Worked days have hourly intervals (``worked.py``), so MW and MWh are the same number; where the
length of an interval matters, a test says so. Hour 10 is 10:00 to 11:00, HE11.
"""

from __future__ import annotations

from datetime import date

import pytest

from state.messages import (
    AwardKind,
    Block,
    CumulativePnl,
    Message,
    PricePublication,
    Run,
    SettlesAt,
    TradeAction,
)
from state.views import FeedView, PositionView
from tests.state.worked import (
    DAY,
    NAN,
    adjustment,
    at,
    award,
    coverage_at,
    figures,
    forecast,
    meter,
    open_at,
    outage,
    outlook,
    price,
    reference,
    schedule,
    tick,
    trade,
    views,
)

BEFORE = [*reference(), forecast("town", 10, 100), forecast("plant", 10, 80), tick(8)]
"""Hour 10: 100 MW of load, 80 MW of output, no day-ahead schedule yet."""

SCHEDULED = [*BEFORE, schedule(Run.DA, 10, town=[95], plant=[70])]
"""The same, and the day-ahead schedule: 95 MW of load, 70 MW of output."""


def hour_view(*messages: Message | list[Message], day: date = DAY) -> PositionView:
    view = views(*messages)[f"position/west/{day.isoformat()}"]
    assert isinstance(view, PositionView)
    return view


def rejections(*messages: Message | list[Message]) -> int:
    view = views(*messages)["feeds"]
    assert isinstance(view, FeedView)
    return sum(feed.rejected for feed in view.feeds)


class TestExpectedVolume:
    """Q is the first known of meter, RTD, FMM, limited forecast, limited day-ahead schedule."""

    def plant_mw(self, *messages: Message) -> float:
        return open_at(figures(reference(), tick(8), *messages), 10)

    def test_a_day_ahead_schedule_stands_in_where_nothing_else_is_known(self):
        # Open is Q - DA, so 0 says Q = DA.
        assert self.plant_mw(schedule(Run.DA, 10, plant=[70])) == 0.0

    def test_a_forecast_supersedes_the_day_ahead_schedule(self):
        assert self.plant_mw(schedule(Run.DA, 10, plant=[70]), forecast("plant", 10, 80)) == 10.0

    def test_an_fmm_schedule_supersedes_the_forecast(self):
        messages = [forecast("plant", 10, 80), schedule(Run.FMM, 10, plant=[75])]
        assert self.plant_mw(*messages) == 75.0

    def test_an_rtd_schedule_supersedes_the_fmm_schedule(self):
        messages = [schedule(Run.RTD, 10, plant=[72]), schedule(Run.FMM, 10, plant=[75])]
        assert self.plant_mw(*messages) == 72.0

    def test_the_meter_supersedes_everything(self):
        messages = [meter("plant", 10, 69), schedule(Run.RTD, 10, plant=[72])]
        assert self.plant_mw(*messages) == 69.0

    def test_an_outage_limits_the_forecast(self):
        assert self.plant_mw(forecast("plant", 10, 80), outage(30, 10)) == 30.0

    def test_an_outage_limits_the_day_ahead_schedule(self):
        assert self.plant_mw(schedule(Run.DA, 10, plant=[70]), outage(30, 10)) == -40.0

    def test_an_outage_does_not_limit_a_real_time_schedule(self):
        assert self.plant_mw(schedule(Run.RTD, 10, plant=[72]), outage(30, 10)) == 72.0

    def test_an_outage_does_not_limit_a_load(self):
        load_outage = outage(30, 10, resource="town")
        assert self.plant_mw(forecast("town", 10, 100), load_outage) == -100.0

    def test_an_outage_binds_only_intervals_whose_start_it_overlaps(self):
        assert self.plant_mw(forecast("plant", 10, 80), outage(30, 10.5)) == 80.0

    def test_the_least_of_two_outages_binds(self):
        messages = [outage(30, 10), outage(20, 9, 3, outage="O2")]
        assert self.plant_mw(forecast("plant", 10, 80), *messages) == 20.0

    def test_a_later_version_of_an_outage_replaces_the_earlier_one(self):
        messages = [forecast("plant", 10, 80), outage(30, 10), outage(50, 10, version=2)]
        assert self.plant_mw(*messages) == 50.0

    def test_a_cancelled_outage_binds_nothing(self):
        lifted = outage(30, 10, version=2, cancelled=True)
        assert self.plant_mw(forecast("plant", 10, 80), outage(30, 10), lifted) == 80.0

    def test_an_outlook_stands_in_where_there_is_no_forecast(self):
        # Hour 10 of a Wednesday is on-peak.
        assert self.plant_mw(outlook("plant", "2026-07", 40, 15)) == 40.0

    def test_a_forecast_goes_before_an_outlook(self):
        messages = [forecast("plant", 10, 80), outlook("plant", "2026-07", 40, 15)]
        assert self.plant_mw(*messages) == 80.0

    def test_a_value_that_is_not_published_overwrites_nothing(self):
        messages = [forecast("plant", 10, 80), forecast("plant", 10, NAN)]
        assert self.plant_mw(*messages) == 80.0

    def test_an_hourly_value_applies_to_each_interval_it_covers(self):
        quarter_hours = reference(settlement_seconds=900)
        seen = figures(quarter_hours, forecast("plant", 10, 80), tick(10.5))
        assert open_at(seen, 10) == 80.0

    def test_finer_values_than_the_settlement_interval_are_refused(self):
        fine = forecast("plant", 10, 80, 90, seconds=900)
        assert self.plant_mw(fine) == 0.0
        assert rejections(reference(), tick(8), fine) == 1

    def test_a_resource_of_which_nothing_is_known_is_flagged(self):
        assert "no forecast" in hour_view(reference(), tick(8)).unknown[10]


class TestOpenPosition:
    def test_before_the_day_ahead_schedule_it_is_supply_plus_bought_less_sold_less_load(self):
        bought = trade(25, 40.0, 10)
        sold = trade(-8, 42.0, 10, trade="T2")
        # 80 + 25 - 8 - 100
        assert open_at(figures(BEFORE, bought, sold), 10) == -3.0

    def test_afterwards_it_is_the_deviation_from_the_schedule(self):
        # (80 - 70) - (100 - 95)
        assert open_at(figures(SCHEDULED), 10) == 5.0

    def test_a_day_ahead_trade_closes_when_the_schedule_is_known(self):
        bought = trade(25, 40.0, 10)
        assert open_at(figures(SCHEDULED, bought), 10) == 5.0

    @pytest.mark.parametrize("run", [SettlesAt.FMM, SettlesAt.RTD])
    def test_trades_that_settle_in_real_time_stay_open_after_it(self, run: SettlesAt):
        assert open_at(figures(SCHEDULED, trade(25, 40.0, 10, settles_at=run)), 10) == 30.0

    def test_a_trade_at_the_curve_is_settled_day_ahead(self):
        bought = trade(25, 40.0, 10, settles_at=SettlesAt.CURVE)
        assert open_at(figures(BEFORE, bought), 10) == 5.0
        assert open_at(figures(SCHEDULED, bought), 10) == 5.0

    def test_the_schedule_switches_only_the_intervals_it_covers(self):
        two_hours = [*SCHEDULED, forecast("plant", 11, 60)]
        assert open_at(figures(two_hours), 11) == 60.0

    def test_an_fmm_schedule_is_a_trade_in_the_same_way(self):
        # The plant: Q is the RTD schedule 78; only 78 - 75 is open. The load: -(100 - 95).
        messages = [schedule(Run.FMM, 10, plant=[75]), schedule(Run.RTD, 10, plant=[78])]
        assert open_at(figures(SCHEDULED, messages), 10) == -2.0

    def test_an_fmm_schedule_known_before_the_day_ahead_one_waits_for_it(self):
        assert open_at(figures(BEFORE, schedule(Run.FMM, 10, plant=[75])), 10) == -25.0

    def test_a_resource_missing_in_the_schedule_counts_as_scheduled_0_and_is_named(self):
        partial = [*BEFORE, schedule(Run.DA, 10, town=[95])]
        # (80 - 0) - (100 - 95)
        assert open_at(figures(partial), 10) == 75.0
        said = hour_view(partial).unknown[10]
        assert said.startswith("day-ahead schedule missing for")
        assert "plant" in said

    def test_a_price_without_the_schedule_leaves_the_first_formula_in_force_and_it_is_unknown(self):
        priced = [*BEFORE, price(Run.DA, 10, HUB=40, ZONE=41, NODE=39)]
        assert open_at(figures(priced), 10) == -20.0
        assert hour_view(priced).unknown[10].startswith("day-ahead schedule missing")

    def test_the_schedule_makes_it_known(self):
        priced = [*SCHEDULED, price(Run.DA, 10, HUB=40, ZONE=41, NODE=39)]
        assert hour_view(priced).unknown[10] == ""

    @pytest.mark.parametrize("messages", [BEFORE, SCHEDULED])
    def test_virtual_supply_counts_as_sold_from_the_award_on(self, messages: list[Message]):
        alone = open_at(figures(messages), 10)
        awarded = figures(messages, award(AwardKind.VIRTUAL_SUPPLY, 10, 12))
        assert open_at(awarded, 10) == alone - 12.0

    @pytest.mark.parametrize("messages", [BEFORE, SCHEDULED])
    def test_virtual_demand_counts_as_bought(self, messages: list[Message]):
        alone = open_at(figures(messages), 10)
        awarded = figures(messages, award(AwardKind.VIRTUAL_DEMAND, 10, 12))
        assert open_at(awarded, 10) == alone + 12.0

    def test_an_award_leaves_with_its_liquidation_price(self):
        awarded = [*SCHEDULED, award(AwardKind.VIRTUAL_SUPPLY, 10, 12)]
        assert open_at(figures(awarded, price(Run.FMM, 10, NODE=44)), 10) == 5.0

    def test_the_fmm_price_of_another_location_does_not_liquidate_it(self):
        awarded = [*SCHEDULED, award(AwardKind.VIRTUAL_SUPPLY, 10, 12)]
        assert open_at(figures(awarded, price(Run.FMM, 10, HUB=44)), 10) == -7.0

    def test_an_fmm_trade_leaves_with_the_fmm_price(self):
        bought = [*SCHEDULED, trade(25, 40.0, 10, settles_at=SettlesAt.FMM)]
        assert open_at(figures(bought, price(Run.FMM, 10, HUB=44)), 10) == 5.0

    def test_an_rtd_trade_stays_until_its_interval_is_over_whatever_is_published(self):
        bought = [*SCHEDULED, trade(25, 40.0, 10, settles_at=SettlesAt.RTD)]
        published = [price(Run.FMM, 10, HUB=44), price(Run.RTD, 10, HUB=45)]
        assert open_at(figures(bought, published), 10) == 30.0

    def test_without_an_fmm_an_award_and_an_fmm_trade_settle_at_rtd(self):
        runs = [*reference(runs=(Run.DA, Run.RTD)), tick(8)]
        awarded = award(AwardKind.VIRTUAL_SUPPLY, 10, 12)
        bought = trade(25, 40.0, 10, settles_at=SettlesAt.FMM)
        assert open_at(figures(runs, awarded, bought), 10) == 13.0
        # The award is liquidated by the RTD price; the trade stays until its interval is over.
        assert (
            open_at(figures(runs, awarded, bought, price(Run.RTD, 10, HUB=44, NODE=44)), 10) == 25.0
        )

    def test_an_adjustment_counts_before_and_after_the_schedule(self):
        correction = adjustment(7, 10, expires=9.5)
        assert open_at(figures(BEFORE, correction), 10) == -13.0
        assert open_at(figures(SCHEDULED, correction), 10) == 12.0

    def test_an_adjustment_counts_until_it_expires(self):
        correction = adjustment(7, 10, expires=9.5)
        a_second_before = tick(9.5 - 1 / 3600)
        assert open_at(figures(SCHEDULED, correction, a_second_before), 10) == 12.0
        assert open_at(figures(SCHEDULED, correction, tick(9.5)), 10) == 5.0

    def test_version_2_of_an_adjustment_replaces_version_1_and_not_the_other_way_round(self):
        second, first = adjustment(9, 10, expires=9.5, version=2), adjustment(7, 10, expires=9.5)
        assert open_at(figures(SCHEDULED, first, second), 10) == 14.0
        assert open_at(figures(SCHEDULED, second, first), 10) == 14.0


class TestTrades:
    def mw(self, *messages: Message, hour: int = 10) -> float:
        return open_at(figures(reference(), tick(8), *messages), hour)

    def test_a_swap_is_open_like_a_physical_trade_before_the_schedule(self):
        assert self.mw(trade(25, 40.0, 10, product="swap")) == 25.0

    def test_an_as_generated_contract_has_no_mw_of_its_own(self):
        contract = trade(0.5, 30.0, 10, product="ppa", resource="plant", location="NODE")
        assert self.mw(contract, forecast("plant", 10, 80)) == 80.0

    def test_an_on_peak_block_delivers_in_on_peak_hours_only(self):
        # 15 July 2026 is a Wednesday: HE07 to HE22.
        day_long = trade(25, 40.0, 0, 24, block=Block.ON_PEAK)
        seen = figures(reference(), tick(0), day_long)
        delivering = [hour for hour in range(24) if open_at(seen, hour)]
        assert delivering == list(range(6, 22))

    def test_an_off_peak_block_delivers_in_all_the_others(self):
        day_long = trade(25, 40.0, 0, 24, block=Block.OFF_PEAK)
        seen = figures(reference(), tick(0), day_long)
        delivering = [hour for hour in range(24) if open_at(seen, hour)]
        assert delivering == [0, 1, 2, 3, 4, 5, 22, 23]

    def test_a_holiday_has_no_on_peak_hour(self):
        fourth = date(2026, 7, 4)
        day_long = trade(25, 40.0, 0, 24, block=Block.ON_PEAK, day=fourth)
        seen = figures(reference(), tick(0, fourth), day_long)
        assert [open_at(seen, hour, fourth) for hour in range(24)] == [0.0] * 24

    def test_a_shape_has_one_value_an_hour_of_the_delivery_period(self):
        shape = trade(1, 40.0, 10, 3, profile_mw=[5.0, 0.0, -7.0])
        seen = figures(reference(), tick(8), shape)
        assert [open_at(seen, hour) for hour in range(9, 14)] == [0.0, 5.0, 0.0, -7.0, 0.0]

    def test_an_amendment_replaces_the_contract(self):
        amended = trade(30, 41.0, 11, version=2, action=TradeAction.AMEND)
        assert self.mw(trade(25, 40.0, 10), amended) == 0.0
        assert self.mw(trade(25, 40.0, 10), amended, hour=11) == 30.0

    def test_a_cancelled_contract_counts_nothing(self):
        cancel = trade(25, 40.0, 10, version=2, action=TradeAction.CANCEL)
        assert self.mw(trade(25, 40.0, 10), cancel) == 0.0

    def test_a_cancel_that_arrives_before_its_contract_still_cancels(self):
        cancel = trade(25, 40.0, 10, version=2, action=TradeAction.CANCEL)
        assert self.mw(cancel, trade(25, 40.0, 10)) == 0.0

    def test_an_amendment_that_arrives_before_the_contract_still_counts(self):
        amended = trade(30, 41.0, 10, version=2, action=TradeAction.AMEND)
        assert self.mw(amended, trade(25, 40.0, 10)) == 30.0

    def test_the_same_version_with_other_content_is_a_conflict_and_is_refused(self):
        assert self.mw(trade(25, 40.0, 10), trade(99, 40.0, 10)) == 25.0

    def test_the_same_trade_number_of_another_source_is_another_contract(self):
        assert self.mw(trade(25, 40.0, 10), trade(4, 40.0, 10, source="broker")) == 29.0

    @pytest.mark.parametrize(
        "unknown",
        [
            {"book": "no such book"},
            {"location": "NOWHERE"},
            {"market": "mars"},
            {"product": "elephant"},
            {"product": "ppa", "resource": "no such plant"},
        ],
        ids=lambda changes: next(iter(changes.values())),
    )
    def test_a_trade_in_what_nobody_has_named_changes_nothing_and_is_counted(
        self, unknown: dict[str, str]
    ):
        stranger = trade(25, 40.0, 10, **unknown)
        assert self.mw(stranger) == 0.0
        assert rejections(reference(), tick(8), stranger) == 1

    @pytest.mark.parametrize(
        "stranger",
        [
            forecast("no such plant", 10, 80),
            meter("no such plant", 10, 80),
            schedule(Run.DA, 10, **{"no such plant": [80]}),
            outage(0, 10, resource="no such plant"),
            outlook("no such plant", "2026-07", 1, 1),
        ],
        ids=lambda message: type(message).__name__,
    )
    def test_a_volume_of_an_unknown_resource_changes_nothing_and_is_counted(
        self, stranger: Message
    ):
        assert self.mw(forecast("plant", 10, 80), stranger) == 80.0
        assert rejections(reference(), tick(8), stranger) == 1

    def test_a_price_of_an_unknown_market_is_refused_and_counted(self):
        stranger = PricePublication(
            market="mars",
            run=Run.RTD,
            interval_start_ns=at(10),
            interval_seconds=3600,
            locations=("HUB",),
            lmp=price(Run.RTD, 10, HUB=30).lmp,
        )
        assert rejections(reference(), tick(8), stranger) == 1

    def test_a_cumulative_figure_of_an_unknown_book_is_refused_and_counted(self):
        stranger = CumulativePnl(book="no such book", realised_usd=5.0)
        assert rejections(reference(), tick(8), stranger) == 1


class TestHours:
    """An hour of four quarter-hour intervals, with 8, 16, 24 and 32 MW bought."""

    def quarters(self) -> list[Message]:
        messages: list[Message] = list(reference(settlement_seconds=900))
        for quarter in range(4):
            start = 10 + quarter / 4
            messages.append(trade(8 * (quarter + 1), 40.0, start, 1 / 4, trade=f"Q{quarter}"))
        return messages

    def test_the_mw_of_an_hour_is_the_mean_over_its_intervals(self):
        assert open_at(figures(self.quarters(), tick(8)), 10) == 20.0

    def test_its_mwh_is_the_sum(self):
        view = hour_view(self.quarters(), tick(8))
        assert view.total_open_mwh[10] == 20.0

    def test_a_running_hour_counts_its_undelivered_intervals_only(self):
        view = hour_view(self.quarters(), tick(10.5))
        assert view.total_open_mw[10] == 28.0
        assert view.total_open_mwh[10] == 14.0

    def test_an_interval_is_undelivered_until_the_tick_at_its_end(self):
        a_second_before = tick(10.25 - 1 / 3600)
        assert open_at(figures(self.quarters(), a_second_before), 10) == 20.0
        assert open_at(figures(self.quarters(), tick(10.25)), 10) == 24.0

    def test_a_delivered_hour_shows_the_mean_over_all_its_intervals(self):
        ticks = [tick(10 + quarter / 4) for quarter in range(5)]
        assert open_at(figures(self.quarters(), ticks), 10) == 20.0

    def test_a_delivered_hour_shows_them_as_they_stood_at_their_end(self):
        # The first two quarters are over when 40 MW more are bought for the whole hour.
        late = trade(40, 40.0, 10, 1, trade="LATE")
        seen = figures(self.quarters(), tick(8), tick(10.5), late, tick(11))
        # the mean of 8, 16, 64 and 72
        assert open_at(seen, 10) == 40.0

    def test_a_price_after_delivery_does_not_change_what_a_delivered_hour_shows(self):
        rtd = [price(Run.RTD, 10 + quarter / 4, seconds=900, HUB=30.0) for quarter in range(4)]
        seen = figures(self.quarters(), tick(8), tick(11), rtd, tick(11.25))
        assert open_at(seen, 10) == 20.0

    def test_the_axis_says_which_hours_are_delivered_and_which_one_runs(self):
        view = hour_view(self.quarters(), tick(10.5))
        assert view.axis.delivered == [True] * 10 + [False] * 14
        assert view.axis.current == 10

    @pytest.mark.parametrize(
        ("day", "hours", "label"),
        [(date(2026, 3, 8), 23, "04"), (date(2026, 11, 1), 25, "02*")],
        ids=["spring", "autumn"],
    )
    def test_a_day_has_the_hours_it_has(self, day: date, hours: int, label: str):
        flat = trade(10, 40.0, 0, hours, day=day)
        view = hour_view(reference(), flat, tick(0, day), day=day)
        assert len(view.axis.labels) == hours
        assert view.axis.labels[2] == label
        assert list(view.total_open_mw) == [10.0] * hours

    def test_the_two_twins_of_a_repeated_hour_are_two_hours(self):
        day = date(2026, 11, 1)
        second_twin = trade(10, 40.0, 2, 1, day=day)
        view = hour_view(reference(), second_twin, tick(0, day), day=day)
        assert [view.axis.labels[i] for i, mw in enumerate(view.total_open_mw) if mw] == ["02*"]

    def test_rows_are_the_pairs_of_book_and_location_that_are_held(self):
        other = trade(5, 40.0, 10, book="other", location="NODE", trade="T2")
        view = hour_view(reference(), trade(25, 40.0, 10), other, tick(8))
        held = {
            (book, place): view.open_mw[row, 10]
            for row, (book, place) in enumerate(zip(view.books, view.locations, strict=True))
        }
        assert held["book", "HUB"] == 25.0
        assert held["other", "NODE"] == 5.0


class TestCoverage:
    def test_before_the_schedule_it_is_supply_plus_net_purchases_over_load(self):
        messages = [trade(25, 40.0, 10), trade(-8, 40.0, 10, trade="T2")]
        # (80 + 25 - 8) / 100
        assert coverage_at(figures(BEFORE, messages), 10) == pytest.approx(0.97)

    def test_afterwards_it_is_one_plus_the_physical_open_position_over_load(self):
        # 1 + (10 - 5) / 100
        assert coverage_at(figures(SCHEDULED), 10) == pytest.approx(1.05)

    def test_a_bilateral_inside_the_day_ahead_net_is_not_added_again(self):
        bilateral = trade(25, 40.0, 10)
        assert coverage_at(figures(SCHEDULED, bilateral), 10) == pytest.approx(1.05)

    def test_physical_trades_that_settle_in_real_time_cover(self):
        bought = trade(-15, 40.0, 10, settles_at=SettlesAt.RTD)
        assert coverage_at(figures(SCHEDULED, bought), 10) == pytest.approx(0.90)

    def test_the_price_of_a_purchase_does_not_uncover_its_load(self):
        bought = trade(20, 40.0, 10, settles_at=SettlesAt.FMM)
        seen = figures(SCHEDULED, bought, price(Run.FMM, 10, HUB=44))
        assert coverage_at(seen, 10) == pytest.approx(1.25)

    @pytest.mark.parametrize("messages", [BEFORE, SCHEDULED])
    def test_swaps_and_virtual_awards_cover_nothing(self, messages: list[Message]):
        financial = [
            trade(50, 40.0, 10, product="swap", settles_at=SettlesAt.RTD),
            award(AwardKind.VIRTUAL_DEMAND, 10, 50),
        ]
        alone = coverage_at(figures(messages), 10)
        assert coverage_at(figures(messages, financial), 10) == alone

    def test_an_adjustment_covers_before_and_after_the_schedule(self):
        correction = adjustment(7, 10, expires=9.5)
        assert coverage_at(figures(BEFORE, correction), 10) == pytest.approx(0.87)
        assert coverage_at(figures(SCHEDULED, correction), 10) == pytest.approx(1.12)

    def test_without_load_it_is_not_applicable(self):
        assert coverage_at(figures(reference(), forecast("plant", 10, 80), tick(8)), 10) is None

    def test_an_hour_is_the_ratio_of_the_sums_and_not_the_mean_of_the_ratios(self):
        halves = reference(settlement_seconds=1800)
        load = forecast("town", 10, 100, 300, seconds=1800)
        supply = forecast("plant", 10, 100, 100, seconds=1800)
        # 200 over 400, not the mean of 1 and 1/3
        assert coverage_at(figures(halves, load, supply, tick(8)), 10) == pytest.approx(0.5)

    def test_a_running_hour_counts_what_is_still_to_come(self):
        halves = reference(settlement_seconds=1800)
        load = forecast("town", 10, 100, 300, seconds=1800)
        supply = forecast("plant", 10, 100, 100, seconds=1800)
        seen = figures(halves, load, supply, tick(10.5))
        assert coverage_at(seen, 10) == pytest.approx(1 / 3)
