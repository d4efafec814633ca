"""The rows beyond the intraday grid of ``docs/meanings.md``, by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from state.messages import (
    Block,
    Message,
    Run,
)
from state.screens.forward_seen import ForwardView
from tests.state.worked import (
    DAY,
    curve,
    figures,
    forecast,
    open_at,
    outlook,
    pnl,
    price,
    reference,
    tick,
    trade,
    views,
)

START = [*reference(), tick(8)]
MARKED = [*reference(), curve(35, 25, "2026-07"), tick(8)]


def value(*messages: Message | Sequence[Message]) -> float:
    return pnl(figures(*messages), "value")


class TestBeyondTheGrid:
    """Wednesday, 15 July: the grid holds Wednesday and Thursday."""

    def rows(self, *messages: Message | Sequence[Message]) -> dict[str, float]:
        """MWh by block, one month and one hub."""
        seen = figures(*messages)
        return {block: mwh for (_, _, block, _), mwh in seen.forward_mwh.items() if mwh}

    def test_a_strip_beyond_tomorrow_is_split_into_its_blocks(self):
        # Friday and Saturday, 16 on-peak hours each.
        friday_and_saturday = trade(2, 40.0, 48, 48)
        assert self.rows(MARKED, friday_and_saturday) == {"on_peak": 64.0, "off_peak": 32.0}

    def test_a_sunday_has_no_on_peak_hour(self):
        assert self.rows(MARKED, trade(2, 40.0, 96, 24)) == {"off_peak": 48.0}

    def test_today_and_tomorrow_are_not_beyond(self):
        assert self.rows(MARKED, trade(2, 40.0, 0, 48)) == {}

    def test_a_location_counts_at_its_hub(self):
        seen = figures(MARKED, trade(2, 40.0, 48, 24, location="NODE"))
        assert {hub for _, hub, _, _ in seen.forward_mwh} == {"HUB"}

    def test_a_row_is_worth_its_mwh_at_the_mark_less_what_they_cost(self):
        seen = figures(MARKED, trade(2, 30.0, 48, 24))
        # 32 MWh at 35 - 30, and 16 MWh at 25 - 30.
        assert seen.forward_usd["book", "HUB", "on_peak", "2026-07"] == 160.0
        assert seen.forward_usd["book", "HUB", "off_peak", "2026-07"] == -80.0
        assert pnl(seen, "value") == 80.0

    def test_a_curve_mark_reaches_today_and_later_but_no_past_day(self):
        late = [*MARKED, trade(10, 0.0, 10), tick(32), curve(99, 99, "2026-07")]
        assert value(late) == 350.0
        assert value([*late, price(Run.DA, 10, HUB=40)]) == 400.0

    def test_an_outlook_reaches_today_and_later_but_no_past_day(self):
        late = [*MARKED, outlook("plant", "2026-07", 10, 0), tick(32)]
        changed = figures(late, outlook("plant", "2026-07", 0, 0))
        assert pnl(changed, "corrections") == 0.0

    def test_a_row_without_a_mark_is_left_out_of_value(self):
        seen = views(START, trade(2, 30.0, 48, 24))["forward"]
        assert isinstance(seen, ForwardView)
        assert all(row.mark_usd_per_mwh != row.mark_usd_per_mwh for row in seen.rows)
        assert value(START, trade(2, 30.0, 48, 24)) == 0.0

    @pytest.mark.parametrize(
        ("month", "hours", "on_peak", "off_peak"),
        [(date(2026, 11, 1), 721, 384.0, 337.0), (date(2026, 3, 1), 743, 416.0, 327.0)],
        ids=["25-hour day", "23-hour day"],
    )
    def test_a_month_with_a_clock_change_has_its_hours(
        self, month: date, hours: int, on_peak: float, off_peak: float
    ):
        opening = [*reference(), tick(8, month - timedelta(days=20))]
        strip = trade(1, 40.0, 0, hours, day=month)
        assert self.rows(opening, strip) == {"on_peak": on_peak, "off_peak": off_peak}

    def test_an_outlook_is_expected_over_the_rest_of_its_month(self):
        # 17 to 31 July: 13 days with 16 on-peak hours and two Sundays.
        seen = self.rows(MARKED, outlook("plant", "2026-07", 10, 5))
        assert seen == {"on_peak": 2080.0, "off_peak": 760.0}

    def test_the_outlook_of_a_load_is_short(self):
        seen = self.rows(MARKED, outlook("town", "2026-08", 10, 5))
        assert seen == {"on_peak": -4160.0, "off_peak": -1640.0}

    def test_the_cost_of_an_as_generated_contract_follows_the_outlook(self):
        contract = trade(0.5, 30.0, 48, 24, product="ppa", resource="plant", location="NODE")
        output = outlook("plant", "2026-07", 10, 0)
        # 208 on-peak hours of 10 MW at 35, and half of Friday's 160 MWh for 30.
        seen = figures(MARKED, output, contract)
        assert seen.forward_usd["book", "HUB", "on_peak", "2026-07"] == 72_800.0 - 2400.0

    def test_hourly_shares_cost_each_hour_s_share_of_the_outlook(self):
        contract = trade(
            0.0, 30.0, 48 + 5, 3, product="ppa", resource="plant", location="NODE",
            profile_mw=(1.0, 0.5, 0.25),
        )  # fmt: skip
        output = outlook("plant", "2026-07", 10, 4)
        # Friday HE06 is off-peak: 4 MWh at 30; HE07 and HE08 are on-peak: 0.75 of 10 MW at 30.
        alone, both = figures(MARKED, output), figures(MARKED, output, contract)
        cost = {key[2]: alone.forward_usd[key] - both.forward_usd[key] for key in both.forward_usd}
        assert cost == {"on_peak": 225.0, "off_peak": 120.0}

    @pytest.mark.parametrize(
        ("day", "hours"),
        [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 7, 17), 24)],
        ids=["23-hour day", "25-hour day", "24-hour day"],
    )
    def test_midnight_moves_a_whole_day_into_the_grid_without_gap_or_overlap(
        self, day: date, hours: int
    ):
        eve = day - timedelta(days=2)
        strip = trade(1, 40.0, 0, 24 * 8, day=eve)
        late = [*reference(), strip, tick(23, eve)]
        midnight = tick(24, eve)

        before, after = figures(late), figures(late, midnight)

        assert sum(before.forward_mwh.values()) - sum(after.forward_mwh.values()) == hours
        assert [open_at(after, hour, day) for hour in range(hours)] == [1.0] * hours
        # The last hour of the eve is delivered meanwhile; nothing else changed.
        assert sum(before.open_mwh.values()) - 1 + hours == sum(after.open_mwh.values())

    def test_a_jump_over_two_midnights_moves_two_days(self):
        strip = trade(1, 40.0, 0, 24 * 8)
        seen = figures(reference(), strip, tick(8), tick(8, DAY + timedelta(days=2)))
        assert sum(seen.forward_mwh.values()) == 24 * 4

    def test_a_forecast_for_the_day_after_tomorrow_counts_once_that_day_is_in_the_grid(self):
        early = forecast("plant", 10, 80, day=DAY + timedelta(days=2))
        seen = figures(START, early, tick(24))
        assert open_at(seen, 10, DAY + timedelta(days=2)) == 80.0

    def test_on_peak_blocks_beyond_have_no_off_peak_hours(self):
        strip = trade(2, 40.0, 48, 24, block=Block.ON_PEAK)
        assert self.rows(MARKED, strip) == {"on_peak": 32.0}
