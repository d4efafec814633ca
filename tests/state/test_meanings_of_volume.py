"""Expected volumes and contracts of ``docs/meanings.md``, by hand, one sentence a test.

Worked days have hourly intervals (``worked.py``), so MW and MWh are the same number; where the
length of an interval matters, a test says so. Hour 10 is 10:00 to 11:00, HE11.
"""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from state.messages import (
    AwardKind,
    Block,
    CumulativePnl,
    Message,
    PricePublication,
    Run,
    TradeAction,
)
from state.screens.feeds_seen import FeedView
from tests.state.shown import hour_view
from tests.state.worked import (
    NAN,
    adjustment,
    at,
    award,
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

    def test_a_version_for_another_resource_frees_the_first(self):
        elsewhere = outage(30, 10, version=2, resource="town")
        assert self.plant_mw(forecast("plant", 10, 80), outage(30, 10), elsewhere) == 80.0

    def test_an_outlook_that_is_not_published_overwrites_nothing(self):
        messages = [outlook("plant", "2026-07", 40, 15), outlook("plant", "2026-07", NAN, 15)]
        assert self.plant_mw(*messages) == 40.0

    def test_an_outlook_of_another_month_leaves_this_one_alone(self):
        messages = [outlook("plant", "2026-07", 40, 15), outlook("plant", "2026-08", 7, 7)]
        assert self.plant_mw(*messages) == 40.0

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

    @pytest.mark.parametrize(("seconds", "hour", "hours"), [
        (3600, 10.25, 0.5), (3600, 10, 1.5), (900, 10, 0.9), (900, 10.1, 0.9), (3600, 800.5, 1),
    ])  # fmt: skip
    def test_a_part_of_a_settlement_interval_has_no_price_and_is_refused(
        self, seconds: int, hour: float, hours: float
    ):
        house = (*reference(settlement_seconds=seconds), tick(8))
        assert rejections(house, trade(25, 40.0, hour, hours)) == 1
        assert rejections(house, trade(25, 40.0, hour, hours, product="swap")) == 1

    def test_whole_settlement_intervals_are_taken_wherever_they_begin(self):
        house = (*reference(settlement_seconds=900), tick(8))
        assert rejections(house, trade(25, 40.0, 10.25, 0.5)) == 0
        assert open_at(figures(*house, trade(25, 40.0, 10.25, 0.5)), 10) == 12.5

    @pytest.mark.parametrize(
        ("settlement", "start_h", "seconds"),
        [(300, 10, 60), (300, 10, 420), (300, 10 + 1 / 24, 3600), (900, 10, 300), (3600, 10, 300)],
    )
    def test_bids_off_the_grid_or_finer_change_nothing_and_are_refused(
        self, settlement: int, start_h: float, seconds: int
    ):
        hour = award(AwardKind.VIRTUAL_SUPPLY, 10, *[12.0] * 12)
        bids = replace(hour, interval_start_ns=at(start_h), interval_seconds=seconds)
        house = (*reference(settlement_seconds=settlement), tick(8))
        assert rejections(house, hour) == 0
        assert rejections(house, bids) == 1

    @pytest.mark.parametrize(
        ("settlement", "first", "last"),
        [(300, 10 + 1 / 60, 10 + 4 / 60), (900, 10 + 1 / 12, 11), (3600, 10, 10.75)],
    )
    def test_an_adjustment_of_a_part_of_a_settlement_interval_is_refused(
        self, settlement: int, first: float, last: float
    ):
        hour = adjustment(12, 10, expires=20)
        part = replace(hour, start_ns=at(first), end_ns=at(last))
        house = (*reference(settlement_seconds=settlement), tick(8))
        assert rejections(house, hour) == 0
        assert rejections(house, part) == 1

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

    def test_a_price_of_a_run_that_its_market_does_not_have_is_refused_and_counted(self):
        two_runs = [*reference(runs=(Run.DA, Run.RTD)), tick(8)]
        assert rejections(two_runs, price(Run.FMM, 10, HUB=30)) == 1

    def test_a_cumulative_figure_of_an_unknown_book_is_refused_and_counted(self):
        stranger = CumulativePnl(book="no such book", realised_usd=5.0)
        assert rejections(reference(), tick(8), stranger) == 1
