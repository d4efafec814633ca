"""Shocks, scenarios, VaR and ES of ``docs/meanings.md``, by hand.

10 MW are held at the hub in hour 10 (HE11), unless a test says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import accumulate

import msgspec
import pytest

from state.messages import AwardKind, Block, Market, Message, Run, SettlesAt
from state.screens.risk_seen import RiskView
from tests.state.risk.policies import policy
from tests.state.worked import (
    NAN,
    award,
    forecast,
    history,
    price,
    reference,
    schedule,
    tick,
    trade,
    views,
)

LEVELS = {
    "HUB/DA/HE11": [40.0, 45.0, 43.0, 50.0],
    "HUB/FMM/HE11": [41.0, 44.0, 48.0, 40.0],
    "HUB/RTD/HE11": [42.0, 40.0, 60.0, 45.0],
}
"""Day-on-day DA: 5, -2, 7. FMM - DA: -1, 5, -10. RTD - DA: -5, 17, -5. RTD - FMM: -4, 12, 5."""

DA_PRICE, FMM_PRICE = price(Run.DA, 10, HUB=44), price(Run.FMM, 10, HUB=46)
RTD_PRICE = price(Run.RTD, 10, HUB=47)


def risk(*messages: Message | Sequence[Message]) -> RiskView:
    view = views(*messages)["risk"]
    assert isinstance(view, RiskView)
    return view


def vector(*messages: Message | Sequence[Message]) -> list[float]:
    """The firm's P&L in each scenario, $."""
    return [round(float(usd), 9) for usd in risk(*messages).firm_scenarios_usd]


def var_es(view: RiskView, node: str = "firm", horizon: str = "total") -> tuple[float, float]:
    row = next(row for row in view.rows if (row.node, row.horizon) == (node, horizon))
    return row.var_usd, row.es_usd


def complete(view: RiskView, node: str = "firm", horizon: str = "total") -> bool:
    return next(row for row in view.rows if (row.node, row.horizon) == (node, horizon)).complete


def held(settles_at: SettlesAt, *messages: Message) -> list[Message]:
    return [
        *reference(),
        history(LEVELS),
        tick(8),
        trade(10, 40.0, 10, settles_at=settles_at),
        *messages,
    ]


class TestShocks:
    @pytest.mark.parametrize("run", list(SettlesAt))
    def test_until_the_day_ahead_price_every_leg_moves_day_on_day(self, run: SettlesAt):
        assert vector(held(run)) == [50.0, -20.0, 70.0]

    def test_a_day_ahead_leg_leaves_with_the_day_ahead_price(self):
        assert vector(held(SettlesAt.DA, DA_PRICE)) == [0.0, 0.0, 0.0]

    def test_an_fmm_leg_marked_at_da_moves_by_fmm_less_da(self):
        assert vector(held(SettlesAt.FMM, DA_PRICE)) == [-10.0, 50.0, -100.0]

    def test_an_fmm_leg_leaves_with_the_fmm_price(self):
        assert vector(held(SettlesAt.FMM, DA_PRICE, FMM_PRICE)) == [0.0, 0.0, 0.0]

    def test_an_rtd_leg_marked_at_da_moves_by_rtd_less_da(self):
        assert vector(held(SettlesAt.RTD, DA_PRICE)) == [-50.0, 170.0, -50.0]

    def test_an_rtd_leg_marked_at_fmm_moves_by_rtd_less_fmm(self):
        assert vector(held(SettlesAt.RTD, DA_PRICE, FMM_PRICE)) == [-40.0, 120.0, 50.0]

    def test_an_rtd_leg_leaves_with_the_rtd_price(self):
        assert vector(held(SettlesAt.RTD, DA_PRICE, FMM_PRICE, RTD_PRICE)) == [0.0, 0.0, 0.0]

    def test_without_the_day_ahead_price_an_fmm_price_changes_no_shock_but_its_own(self):
        assert vector(held(SettlesAt.RTD, FMM_PRICE)) == [50.0, -20.0, 70.0]
        assert vector(held(SettlesAt.FMM, FMM_PRICE)) == [0.0, 0.0, 0.0]

    def test_a_virtual_award_moves_only_once_the_day_ahead_price_is_known(self):
        basis = {f"NODE/basis/{run}": [0.0] * 4 for run in Run}
        opening = [*reference(), history(LEVELS | basis), tick(8)]
        supply = award(AwardKind.VIRTUAL_SUPPLY, 10, 10)
        assert vector(opening, supply) == [0.0, 0.0, 0.0]
        # -10 MW times FMM - DA
        assert vector(opening, supply, price(Run.DA, 10, NODE=44)) == [10.0, -50.0, 100.0]

    def test_a_load_leg_moves_by_its_weights_of_fmm_and_rtd(self):
        basis = {f"ZONE/basis/{run}": [0.0] * 4 for run in Run}
        short = [
            *reference(),
            history(LEVELS | basis),
            tick(8),
            schedule(Run.DA, 10, town=[90]),
            forecast("town", 10, 100),
            price(Run.DA, 10, ZONE=44),
        ]
        # -10 MW: ¼ (FMM - DA) + ¾ (RTD - DA) is -4, 14, -6.25
        assert vector(short) == [40.0, -140.0, 62.5]
        # With the FMM price known: ¾ (RTD - FMM) is -3, 9, 3.75
        assert vector(short, price(Run.FMM, 10, ZONE=46)) == [30.0, -90.0, -37.5]
        # With the RTD price known and FMM still to come: ¼ (FMM - DA)
        assert vector(short, price(Run.RTD, 10, ZONE=46)) == [2.5, -12.5, 25.0]

    def test_in_a_market_without_fmm_a_load_leg_moves_by_rtd_alone(self):
        basis = {f"ZONE/basis/{run}": [0.0] * 4 for run in Run}
        short = [
            *reference(runs=(Run.DA, Run.RTD)),
            history(LEVELS | basis),
            tick(8),
            schedule(Run.DA, 10, town=[90]),
            forecast("town", 10, 100),
            price(Run.DA, 10, ZONE=44),
        ]
        assert vector(short) == [50.0, -170.0, 50.0]

    def test_a_location_moves_by_its_hub_and_its_basis(self):
        basis = {"NODE/basis/DA": [1.0, 3.0, 2.0, 2.0], "NODE/basis/RTD": [0.0, 1.0, 4.0, 9.0]}
        at_node = [
            *reference(),
            history(LEVELS | basis),
            tick(8),
            trade(10, 40.0, 10, settles_at=SettlesAt.RTD, location="NODE"),
        ]
        # 5 + 2, -2 - 1, 7 + 0
        assert vector(at_node) == [70.0, -30.0, 70.0]
        # -5 - 2, 17 + 2, -5 + 7
        assert vector(at_node, price(Run.DA, 10, NODE=44)) == [-70.0, 190.0, 20.0]

    def test_what_is_delivered_moves_until_its_price_is_known(self):
        delivered = held(SettlesAt.RTD, DA_PRICE, tick(11))
        assert vector(delivered) == [-50.0, 170.0, -50.0]
        assert vector(delivered, RTD_PRICE, tick(11.01)) == [0.0, 0.0, 0.0]

    def test_a_realised_interval_has_left(self):
        realised = held(SettlesAt.FMM, DA_PRICE, RTD_PRICE, tick(11))
        assert vector(realised) == [0.0, 0.0, 0.0]

    def test_mwh_are_mw_times_the_length_of_the_interval(self):
        quarter = [
            *reference(settlement_seconds=900),
            history(LEVELS),
            tick(8),
            trade(10, 40.0, 10, 1 / 4),
        ]
        assert vector(quarter) == [12.5, -5.0, 17.5]

    def test_a_forward_row_moves_by_the_change_of_its_curve(self):
        curves = {
            "HUB/curve/on_peak/2026-07": [40.0, 41.0, 39.0, 39.5],
            "HUB/curve/off_peak/2026-07": [30.0, 30.0, 31.0, 30.0],
        }
        friday = trade(1, 40.0, 48, 24)
        moved = vector(reference(), history(LEVELS | curves), tick(8), friday)
        # 16 on-peak and 8 off-peak hours
        assert moved == [16.0, -24.0, 0.0]


class TestClockChanges:
    def test_both_twins_of_a_repeated_hour_use_the_factor_of_the_first(self):
        day = date(2026, 11, 1)
        levels = {"HUB/DA/HE02": [40.0, 45.0, 43.0], "HUB/DA/HE03": [10.0, 20.0, 40.0]}
        opening = [*reference(), history(levels), tick(0, day)]
        twins = [vector(opening, trade(1, 40.0, hour, day=day)) for hour in (1, 2, 3)]
        assert twins == [[5.0, -2.0], [5.0, -2.0], [10.0, 20.0]]

    def test_the_hour_that_a_short_date_lacks_uses_the_level_of_the_hour_before(self):
        levels = {
            "HUB/DA/HE02": [30.0, 31.0, 33.0, 36.0],
            "HUB/DA/HE03": [40.0, 42.0, NAN, 50.0],
        }
        past = history(levels, first=date(2025, 3, 7))
        moved = vector(reference(), past, tick(0), trade(1, 40.0, 2))
        # 9 March 2025 has no HE03: 33 stands there.
        assert moved == [2.0, -9.0, 17.0]

    def test_a_short_delivery_day_uses_the_factors_of_the_hours_it_has(self):
        day = date(2026, 3, 8)
        levels = {"HUB/DA/HE03": [10.0, 20.0], "HUB/DA/HE04": [10.0, 13.0]}
        opening = [*reference(), history(levels), tick(0, day)]
        assert vector(opening, trade(1, 40.0, 2, day=day)) == [3.0]


def walk(changes: Sequence[float]) -> dict[str, list[float]]:
    """DA levels of HE11 whose day-on-day changes are given."""
    return {"HUB/DA/HE11": list(accumulate(changes, initial=0.0))}


def one_mw(changes: Sequence[float], mw: float = 1.0) -> RiskView:
    return risk(reference(), history(walk(changes)), tick(8), trade(mw, 40.0, 10))


class TestOrderStatistics:
    def test_of_twenty_scenarios_var_is_the_worst_one(self):
        changes = [float(step) for step in (*range(-10, 0), *range(1, 11))]
        assert var_es(one_mw(changes)) == (10.0, 10.0)

    def test_of_twenty_one_it_is_the_second_worst_and_es_their_mean(self):
        changes = [float(step) for step in range(-10, 11)]
        assert var_es(one_mw(changes)) == (9.0, 9.5)

    def test_of_forty_it_is_the_second_worst(self):
        changes = [float(step * 7 % 41) for step in range(1, 41)]
        # A permutation of 1 … 40; sold, the two worst are -40 and -39.
        assert var_es(one_mw(changes, -1.0)) == (39.0, 39.5)

    def test_a_certain_gain_is_a_negative_var(self):
        assert var_es(one_mw([3.0, 5.0, 4.0])) == (-3.0, -3.0)

    def test_the_confidence_is_stated(self):
        view = one_mw([3.0, 5.0, 4.0])
        assert view.confidence == 0.95
        assert view.scenarios == 3

    def test_no_history_gives_no_number(self):
        view = risk(reference(), tick(8), trade(1, 40.0, 10))
        assert var_es(view)[0] != var_es(view)[0]
        assert not complete(view)

    def test_the_firm_adds_vectors_and_not_vars(self):
        opposite = [
            trade(10, 40.0, 10),
            trade(-10, 40.0, 10, trade="T2", book="other"),
        ]
        view = risk(reference(), history(LEVELS), tick(8), opposite)
        assert var_es(view, "book") == (20.0, 20.0)
        assert var_es(view, "other") == (70.0, 70.0)
        assert var_es(view, "firm") == (0.0, 0.0)

    def test_the_total_adds_the_vectors_of_both_horizons(self):
        curves = {"HUB/curve/on_peak/2026-07": [40.0, 41.0, 40.0, 33.0]}
        sixteen_hours = trade(-1, 40.0, 48 + 6, 16, trade="T2")
        today = trade(10, 40.0, 10)
        view = risk(reference(), history(LEVELS | curves), tick(8), today, sixteen_hours)
        assert var_es(view, horizon="intraday")[0] == 20.0
        assert var_es(view, horizon="forward")[0] == 16.0
        # 50 - 16, -20 + 16, 70 + 112
        assert var_es(view)[0] == 4.0


class TestHistory:
    """Twenty dates: 5 % of them is one."""

    def levels(self, *missing: int) -> list[float]:
        return [NAN if day in missing else float(day * day) for day in range(20)]

    def held(self, levels: dict[str, list[float]], *messages: Message) -> RiskView:
        return risk(reference(), history(levels), tick(8), trade(1, 40.0, 10), *messages)

    def test_the_first_date_has_no_difference(self):
        view = self.held({"HUB/DA/HE11": self.levels()})
        assert view.scenarios == 19
        assert view.scenario_dates[0] == "2025-06-02"

    def test_a_date_that_misses_a_covered_factor_and_the_next_are_left_out_for_all(self):
        view = self.held({"HUB/DA/HE11": self.levels(), "HUB/DA/HE12": self.levels(7)})
        assert view.scenarios == 17
        assert "2025-06-08" not in view.scenario_dates
        assert "2025-06-09" not in view.scenario_dates
        assert complete(view)

    def test_those_left_out_are_counted(self):
        view = self.held({"HUB/DA/HE11": self.levels(), "HUB/DA/HE12": self.levels(7)})
        assert view.scenarios_left_out == 2

    def test_a_factor_absent_on_more_than_a_twentieth_is_not_covered(self):
        view = self.held({"HUB/DA/HE11": self.levels(3, 9), "HUB/DA/HE12": self.levels()})
        assert view.scenarios == 19
        assert not complete(view)
        assert any("HUB/DA/HE11" in line for line in view.uncovered)
        assert not any("HE12" in line for line in view.uncovered)

    def test_only_the_dates_of_the_window_tell_whether_it_is_covered(self):
        """Ten changes have eleven levels; of them none may be missing, of older ones any may."""
        for missing, covered in (((0, 1, 2, 3), True), ((15,), False)):
            levels = {"HUB/DA/HE11": self.levels(*missing), "HUB/DA/HE12": self.levels()}
            view = self.held(levels, policy("window: 10"))
            assert complete(view) is covered
            assert view.scenarios == 10

    def test_a_month_is_covered_likewise(self):
        curves = {"HUB/curve/on_peak/2026-08": self.levels(0, 1, 2, 3)}
        august = trade(1, 40.0, 24 * 17, 24, trade="T2", block=Block.ON_PEAK)
        view = self.held({"HUB/DA/HE11": self.levels()} | curves, policy("window: 10"), august)
        assert complete(view)

    def test_what_is_covered_still_counts_beside_what_is_not(self):
        levels = {"HUB/DA/HE11": self.levels(3, 9), "HUB/DA/HE12": self.levels()}
        view = self.held(levels, trade(-1, 40.0, 11, trade="T2"))
        # -(19² - 18²): the worst of a sale
        assert var_es(view) == (37.0, 37.0)
        assert not complete(view)

    def test_an_uncovered_factor_without_exposure_leaves_the_figure_complete(self):
        view = self.held({"HUB/DA/HE11": self.levels(), "HUB/DA/HE12": self.levels(3, 9)})
        assert complete(view)
        assert view.uncovered == []

    def test_only_the_book_that_is_exposed_is_incomplete(self):
        levels = {"HUB/DA/HE11": self.levels(), "HUB/DA/HE12": self.levels(3, 9)}
        view = self.held(levels, trade(1, 40.0, 11, trade="T2", book="other"))
        assert complete(view, "book")
        assert not complete(view, "other")
        assert not complete(view, "firm")

    def test_only_the_horizon_that_is_exposed_is_incomplete(self):
        view = self.held({"HUB/DA/HE11": self.levels(3, 9), "HUB/DA/HE12": self.levels()})
        assert not complete(view, horizon="intraday")
        assert complete(view, horizon="forward")

    def test_a_covered_basis_moves_beside_an_uncovered_hub(self):
        levels = {"HUB/DA/HE11": self.levels(3, 9), "NODE/basis/DA": self.levels()}
        view = risk(reference(), history(levels), tick(8), trade(-1, 40.0, 10, location="NODE"))
        assert var_es(view) == (37.0, 37.0)
        assert not complete(view)

    def test_a_location_without_a_hub_is_not_covered(self):
        lonely = trade(1, 40.0, 10, trade="T2", location="LONELY")
        view = self.held({"HUB/DA/HE11": self.levels()}, lonely)
        assert not complete(view)
        assert any("LONELY" in line for line in view.uncovered)

    def test_several_markets_use_the_dates_they_have_in_common(self):
        east = Market(market="east", time_zone="America/New_York", settlement_seconds=3600)
        later = history({"HUB/DA/HE11": self.levels()}, first=date(2025, 6, 6))
        theirs = msgspec.structs.replace(later, market="east", factors=("east/HUB/DA/HE11",))
        view = self.held({"HUB/DA/HE11": self.levels()}, east, theirs)
        # 6 to 20 June are common: 15 dates, 14 differences.
        assert view.scenarios == 14
        assert view.scenario_dates[0] == "2025-06-07"
