"""The open position, hours and coverage of ``docs/meanings.md``, by hand, one sentence a test.

Worked days have hourly intervals (``worked.py``), so MW and MWh are the same number; where the
length of an interval matters, a test says so. Hour 10 is 10:00 to 11:00, HE11.
"""

from __future__ import annotations

from datetime import date

import pytest

from state.messages import (
    AwardKind,
    Message,
    Run,
    SettlesAt,
)
from tests.state.shown import hour_view
from tests.state.worked import (
    adjustment,
    award,
    coverage_at,
    figures,
    forecast,
    open_at,
    price,
    reference,
    schedule,
    tick,
    trade,
)

BEFORE = [*reference(), forecast("town", 10, 100), forecast("plant", 10, 80), tick(8)]
"""Hour 10: 100 MW of load, 80 MW of output, no day-ahead schedule yet."""

SCHEDULED = [*BEFORE, schedule(Run.DA, 10, town=[95], plant=[70])]
"""The same, and the day-ahead schedule: 95 MW of load, 70 MW of output."""


class TestOpenPosition:
    def test_before_the_day_ahead_schedule_it_is_supply_plus_bought_less_sold_less_load(self):
        bought = trade(25, 40.0, 10)
        sold = trade(-8, 42.0, 10, trade="T2")
        # 80 + 25 - 8 - 100
        assert open_at(figures(BEFORE, bought, sold), 10) == -3.0

    def test_afterwards_it_is_the_deviation_from_the_schedule(self):
        # By hand: (80 - 70) - (100 - 95)
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
        # By hand: (80 - 0) - (100 - 95)
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
        # By hand: (80 + 25 - 8) / 100
        assert coverage_at(figures(BEFORE, messages), 10) == pytest.approx(0.97)

    def test_afterwards_it_is_one_plus_the_physical_open_position_over_load(self):
        # By hand: 1 + (10 - 5) / 100
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
