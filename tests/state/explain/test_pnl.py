"""P&L explain, driver by driver, with numbers a person can follow (docs/meanings.md, "Explain")."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from msgspec import structs

from state.company import Company
from state.explain.pnl import FINE_NS, PnlExplain
from state.explain.views import ExplainPointsView, ExplainView, window
from state.messages import (
    AnyMessage,
    AwardKind,
    Books,
    CumulativePnl,
    LocationKind,
    Locations,
    Message,
    Opening,
    Run,
    SettlesAt,
    TradeAction,
)
from state.screens.pnl_seen import PnlCurveView
from tests.state.worked import (
    DAY,
    adjustment,
    award,
    company,
    contract,
    curve,
    forecast,
    history,
    market,
    marks,
    meter,
    outage,
    outlook,
    price,
    reference,
    schedule,
    tick,
    trade,
)

MARKED = [*reference(), curve(50, 30, "2026-07", "2026-08"), tick(8)]
"""On-peak 50 $/MWh, off-peak 30; hourly intervals, so that MW is MWh."""


def told(*messages: Message | list[AnyMessage]) -> ExplainView:
    return explain_of(company(*messages))


def explain_of(seen: Company) -> ExplainView:
    view = seen.views()["explain"]
    assert isinstance(view, ExplainView)
    return view


def points_of(seen: Company) -> ExplainPointsView:
    view = seen.views()["explain_points"]
    assert isinstance(view, ExplainPointsView)
    return view


def go_on(seen: Company, *messages: AnyMessage) -> None:
    for message in messages:
        seen.apply(message, seen.position + 1)


def drivers(view: ExplainView) -> dict[str, float]:
    """P&L today of the firm by driver."""
    assert not view.unexplained_usd.any()
    return dict(zip(view.drivers, view.today_usd[:, -1].tolist(), strict=True))


def running(view: ExplainView, driver: str) -> list[float]:
    """$, MWh and VaR since the newest point."""
    moved: list[float] = view.running[view.running_drivers.index(driver)].tolist()
    return moved


class TestDeals:
    def test_a_new_deal_earns_its_mark_less_its_price(self):
        view = told(MARKED, trade(10, 42, 12))

        assert drivers(view) == {"new deals": 80.0}  # 10 MWh × (50 − 42)
        assert running(view, "new deals") == [80.0, 10.0, 0.0]

    def test_an_amendment_is_the_change_not_the_deal(self):
        amended = trade(15, 42, 12, version=2, action=TradeAction.AMEND)
        view = told(MARKED, trade(10, 42, 12), amended)

        assert drivers(view) == {"new deals": 80.0, "amendments": 40.0}  # 5 MWh × (50 − 42)
        assert running(view, "amendments") == [40.0, 5.0, 0.0]

    def test_a_cancel_takes_the_deal_out_under_amendments(self):
        cancelled = trade(10, 42, 12, version=2, action=TradeAction.CANCEL)
        view = told(MARKED, trade(10, 42, 12), cancelled)

        assert drivers(view) == {"new deals": 80.0, "amendments": -80.0}

    def test_a_version_that_comes_late_moves_nothing(self):
        second = trade(10, 42, 12, version=2)
        view = told(MARKED, second, trade(99, 1, 12, version=1))

        assert drivers(view) == {"new deals": 80.0}

    def test_a_message_that_moved_nothing_is_no_driver(self):
        view = told(MARKED, outage(5.0, 12))  # nothing is forecast that it could limit

        assert view.running_drivers == []

    def test_each_book_has_its_own(self):
        view = told(MARKED, trade(10, 42, 12), trade(-4, 42, 12, trade="T2", book="other"))

        assert view.books == ["book", "other", "firm"]
        assert view.today_usd.tolist() == [[80.0, -32.0, 48.0]]

    def test_a_forward_deal_is_explained_and_opens_nothing_today(self):
        # 2026-07-20 is a Monday: 16 on-peak hours.
        deal = trade(1, 40, 0, hours=24, day=DAY + timedelta(days=5))
        view = told(MARKED, deal)

        assert drivers(view) == {"new deals": 16 * 10.0 + 8 * -10.0}
        assert running(view, "new deals")[1] == 0.0


class TestVolume:
    @pytest.mark.parametrize(
        ("message", "source", "usd"),
        [
            (forecast("plant", 12, 20.0), "forecast", 1000.0),
            (schedule(Run.DA, 12, plant=[20.0]), "schedule", 1000.0),
            (meter("plant", 12, 20.0), "meter", 1000.0),
            # 16 on-peak hours today, tomorrow and on 13 days after, at 50 $
            (outlook("plant", "2026-07", 1.0, 0.0), "outlook", 15 * 16 * 50.0),
            (adjustment(20.0, 12, expires=20), "adjustment", 1000.0),
            (award(AwardKind.VIRTUAL_SUPPLY, 12, 20.0), "award", 0.0),
        ],
    )
    def test_every_kind_of_volume_has_its_source(
        self, message: AnyMessage, source: str, usd: float
    ):
        view = told(MARKED, message)

        assert drivers(view) == ({f"volume {source}": usd} if usd else {})
        assert f"volume {source}" in view.running_drivers

    def test_an_outage_takes_what_the_forecast_gave(self):
        view = told(MARKED, forecast("plant", 12, 20.0), outage(5.0, 12))

        assert drivers(view) == {"volume forecast": 1000.0, "volume outage": -750.0}


class TestPrices:
    def test_a_publication_earns_position_times_change_at_its_hub_and_block(self):
        view = told(MARKED, trade(10, 50, 12), price(Run.DA, 12, HUB=57.0))

        assert drivers(view) == {"price DA": 70.0}
        assert [(s.run, s.hub, s.block, s.usd) for s in view.splits] == [
            ("DA", "HUB", "on_peak", 70.0)
        ]

    def test_each_run_has_its_own_change(self):
        deal = trade(10, 50, 12, settles_at=SettlesAt.RTD)
        runs = (price(Run.DA, 12, HUB=57.0), price(Run.FMM, 12, HUB=60.0))
        view = told(MARKED, deal, *runs, price(Run.RTD, 12, HUB=54.0))

        assert drivers(view) == {"price DA": 70.0, "price FMM": 30.0, "price RTD": -60.0}

    def test_locations_count_at_their_hub_and_those_without_one_apart(self):
        deals = [trade(10, 50, 12), trade(10, 50, 12, trade="T2", location="NODE")]
        lonely = trade(10, 50, 12, trade="T3", location="LONELY")
        both = price(Run.DA, 12, HUB=57.0, NODE=58.0, LONELY=51.0)
        view = told(MARKED, deals, lonely, both)

        # LONELY has no mark before its price: 10 × 51 − 10 × 50 with it, nothing without.
        found = {(s.hub, s.block): s.usd for s in view.splits}
        assert found["HUB", "on_peak"] == 150.0
        assert sum(found.values()) == pytest.approx(drivers(view)["price DA"])
        assert set(found) == {("HUB", "on_peak"), ("", "on_peak")}

    def test_equal_and_opposite_changes_at_two_hubs_are_both_told(self):
        second = Locations(
            market="west", locations=("HUB2",), kinds=(LocationKind.HUB,), hubs=("HUB2",)
        )
        deals = [trade(10, 50, 12), trade(-10, 50, 12, trade="T2", location="HUB2")]
        before = price(Run.DA, 12, HUB=50.0, HUB2=50.0)
        view = told(MARKED, second, before, deals, price(Run.DA, 12, HUB=60.0, HUB2=60.0))

        assert drivers(view) == {}
        assert [(s.hub, s.usd) for s in view.splits] == [("HUB", 100.0), ("HUB2", -100.0)]

    def test_a_curve_moves_today_tomorrow_and_the_months_by_block(self):
        evening = trade(10, 50, 23)  # HE24 is off-peak
        later = trade(1, 40, 0, hours=24, trade="T2", day=DAY + timedelta(days=5))
        view = told(MARKED, trade(10, 50, 12, trade="T3"), evening, later, curve(53, 31, "2026-07"))

        found = {s.block: s.usd for s in view.splits}
        # on-peak: 10 MWh today and 16 MWh later × 3 $; off-peak: 10 and 8 MWh × 1 $
        assert found == {"on_peak": 78.0, "off_peak": 18.0}
        assert drivers(view)["price curve"] == 96.0

    def test_marks_of_what_is_held_are_a_price_of_no_hub_and_all_hours(self):
        held = contract(
            "rec", 0, 0, 0, unit_kind="PCC1", vintage="2026", units=100.0, price_usd_per_unit=18.0
        )
        view = told(MARKED, marks(rec__PCC1__2026=19.0), held, marks(rec__PCC1__2026=21.5))

        assert drivers(view) == {"new deals": 100.0, "price products": 250.0}  # 100 × 2.5 $
        assert [(s.run, s.hub, s.block, s.usd) for s in view.splits] == [
            ("products", "", "flat", 250.0)
        ]

    def test_part_hours_and_whole_hours_count_together(self):
        # Kept by interval and by hour: 4 MW over 15 minutes are 1 MWh.
        quarter = trade(4, 50, 12, hours=0.25, trade="T2")
        seen = company(
            [*reference(settlement_seconds=900), curve(50, 30, "2026-07"), tick(8)],
            trade(10, 50, 12),
            quarter,
        )
        assert running(explain_of(seen), "new deals") == [0.0, 11.0, 0.0]

        go_on(seen, price(Run.DA, 12, HUB=57.0))
        view = explain_of(seen)
        assert drivers(view) == {"price DA": 77.0}
        assert [(s.hub, s.block, s.usd) for s in view.splits] == [("HUB", "on_peak", 77.0)]


class TestTime:
    def test_delivery_takes_the_hour_out_of_the_open_position_and_moves_no_value(self):
        seen = company(MARKED, trade(10, 42, 8, settles_at=SettlesAt.RTD))
        go_on(seen, price(Run.RTD, 8, HUB=60.0), tick(9))

        view, points = explain_of(seen), points_of(seen)
        since = window(view, points, 0)
        assert since is not None
        assert dict(since.moved)["roll"] == (0.0, -10.0, 0.0)
        assert "roll" not in drivers(view)

    def test_an_adjustment_that_expires_is_roll(self):
        seen = company(MARKED, adjustment(20.0, 12, expires=9))
        go_on(seen, tick(9))

        assert drivers(explain_of(seen)) == {"volume adjustment": 1000.0, "roll": -1000.0}

    def test_midnight_begins_anew_and_what_the_roll_itself_moved_is_yesterdays(self):
        # Tomorrow's day-ahead price waits until its day is held: the day after tomorrow at 8:00.
        deal = trade(10, 42, 12, day=DAY + timedelta(days=2))
        early = price(Run.DA, 12, DAY + timedelta(days=2), HUB=65.0)
        seen = company(MARKED, deal, early)
        assert drivers(explain_of(seen)) == {"new deals": 80.0}

        go_on(seen, tick(24))

        view, points = explain_of(seen), points_of(seen)
        assert drivers(view) == {}
        assert points.midnight == len(points.numbers) - 1
        # Nothing of the day before is kept: it can be explained from the log.
        assert len(points.numbers) == 1
        go_on(seen, price(Run.DA, 12, DAY + timedelta(days=2), HUB=64.0))
        assert drivers(explain_of(seen)) == {"price DA": -10.0}

    def test_what_a_roll_moves_is_roll_in_an_explain_across_midnight(self):
        deal = trade(10, 42, 12, day=DAY + timedelta(days=2))
        early = price(Run.DA, 12, DAY + timedelta(days=2), HUB=65.0)
        seen = company(MARKED, deal, early)
        seen.desk.pnl_explain = explain = PnlExplain(keeps_points=False)
        explain.begin(seen.desk, at_ns=seen.tick_ns, position=seen.position)

        go_on(seen, tick(24))

        stretch = explain.stretches[0]
        moved = {str(key): stretch.flows.amounts[row] for key, row in stretch.flows.rows.items()}
        # The day enters the grid at its published 65 $ instead of the curve's 50: 10 MWh × 15 $.
        assert list(moved) == ["roll"]
        assert moved["roll"][0] == 150.0
        assert moved["roll"][-1] == 10.0


class TestCorrections:
    def test_a_late_price_of_a_past_day_is_a_correction_not_a_price(self):
        deal = trade(10, 42, 12, settles_at=SettlesAt.RTD)
        seen = company(MARKED, deal, price(Run.RTD, 12, HUB=60.0), tick(24))
        go_on(seen, price(Run.RTD, 12, HUB=63.0))

        view = explain_of(seen)
        assert drivers(view) == {"corrections": 30.0}
        assert view.splits == []
        assert view.today_usd[0, -1] == seen.desk.pnl()[2][-1]

    def test_a_late_meter_value_is_one_too(self):
        volumes = [schedule(Run.DA, 12, plant=[10.0]), schedule(Run.RTD, 12, plant=[10.0])]
        prices = [price(Run.DA, 12, NODE=40.0), price(Run.RTD, 12, NODE=60.0)]
        seen = company(MARKED, volumes, prices, tick(24))
        go_on(seen, meter("plant", 12, 12.0))

        assert drivers(explain_of(seen)) == {"corrections": 120.0}  # 2 MWh at 60

    def test_a_deal_over_midnight_is_both(self):
        seen = company(MARKED, tick(24))
        go_on(seen, trade(10, 42, 23, hours=25))

        found = drivers(explain_of(seen))
        # Yesterday's last hour, off-peak: 10 × (30 − 42); today 16 hours at 50 and 8 at 30.
        assert found == {"corrections": -120.0, "new deals": 10 * (16 * 8.0 - 8 * 12.0)}


class TestReference:
    def test_what_a_book_brings_into_the_log_is_no_pnl_of_it(self):
        view = told(MARKED, CumulativePnl(book="book", realised_usd=500.0))

        assert drivers(view) == {}

    def test_var_that_comes_with_its_history_is_the_windows(self):
        levels = {f"HUB/{run}/HE13": [40.0, 44.0, 39.0, 47.0] for run in ("DA", "FMM", "RTD")}
        seen = company(MARKED, trade(10, 42, 12))
        go_on(seen, history(levels))

        # Day-on-day changes +4, −5, +8: the worst is −5 $ on 10 MWh.
        view = explain_of(seen)
        assert running(view, "window") == [0.0, 0.0, 50.0]
        assert view.var_usd == 50.0
        go_on(seen, trade(-4, 42, 12, trade="T2"))
        assert running(explain_of(seen), "new deals")[2] == -20.0

    def test_books_that_come_later_find_room(self):
        seen = company(MARKED, trade(10, 42, 12), tick(9))
        more = Books(company="company", books=("third",), desks=("desk",))
        go_on(seen, more, trade(1, 42, 12, trade="T2", book="third"))

        view = explain_of(seen)
        assert view.today_usd.tolist() == [[80.0, 0.0, 8.0, 88.0]]
        assert not view.unexplained_usd.any()


class TestMessages:
    def test_the_biggest_are_named_with_key_text_and_position(self):
        deals = [trade(mw, 42, 12, trade=f"T{mw}") for mw in range(1, 9)]
        view = told(MARKED, *deals)

        assert [move.usd for move in view.largest] == [64.0, 56.0, 48.0, 40.0, 32.0]
        first = view.largest[0]
        assert first.key == "trade/blotter/T8/1"
        assert first.text.startswith("trade blotter/T8 v1: bought 8 MW")
        assert first.position == len(MARKED) + 8
        assert (first.driver, first.open_mwh) == ("new deals", 8.0)


class TestPoints:
    def test_a_point_a_minute_of_late_and_one_an_interval_before(self):
        seen = company([*reference(settlement_seconds=300), curve(50, 30, "2026-07"), tick(8)])
        for minute in range(1, 241):
            go_on(seen, trade(1, 49, 14, trade=f"T{minute}"), tick(8 + minute / 60))

        points = points_of(seen)
        steps = np.diff(points.at_ns) // 60_000_000_000
        assert FINE_NS == 120 * 60_000_000_000
        assert set(steps[:24].tolist()) == {5}
        assert steps[24:].tolist() == [1] * 120
        for index in (0, 7, 24, 100, len(points.numbers) - 1):
            since = window(explain_of(seen), points, index)
            assert since is not None
            assert since.total[0] == seen.position - points.positions[index] - _ticks(points, index)

    def test_memory_is_bounded_by_the_day(self):
        seen = company([*reference(settlement_seconds=300), tick(0.1)])
        for minute in range(1, 60 * 24 * 2, 3):
            go_on(seen, tick(0.1 + minute / 60))

        assert len(seen.desk.pnl_explain.stretches) <= 24 * 12 + 120 + 2


def _ticks(points: ExplainPointsView, index: int) -> int:
    """Every second message after a point is a tick."""
    return (points.positions[-1] - points.positions[index]) // 2


class TestOpenings:
    def test_a_log_that_begins_with_an_opening_goes_on_explaining_the_day(self):
        saved = company(MARKED, trade(10, 42, 12), tick(9))
        opening = Opening(at_ns=saved.tick_ns, state=saved.snapshot())
        seen = company(opening, trade(5, 42, 12, trade="T2"))

        view, points = explain_of(seen), points_of(seen)
        assert drivers(view) == {"new deals": 120.0}
        assert points.positions == [1] * len(points.positions)
        assert [move.position for move in view.largest] == [2]
        assert [move.position for move in points.largest if move.usd] == [0]

    def test_a_state_from_before_there_was_an_explain_says_what_it_cannot_tell(self):
        old = company(MARKED, trade(10, 42, 12), tick(9))
        old.desk.pnl_explain = PnlExplain()
        seen = Company.restore(old.snapshot())
        go_on(seen, tick(9.01), trade(5, 42, 12, trade="T2"))

        assert drivers(explain_of(seen)) == {"earlier today": 80.0, "new deals": 40.0}
        assert not points_of(seen).midnight_complete


class TestMidnights:
    def test_what_expires_as_the_day_turns_is_of_the_day_that_ends(self):
        seen = company(MARKED, adjustment(20.0, 36, expires=24), tick(23))
        assert drivers(explain_of(seen)) == {"volume adjustment": 1000.0}

        go_on(seen, tick(24))

        assert drivers(explain_of(seen)) == {}
        assert seen.desk.pnl()[0][-1] == 0.0

    def test_each_market_counts_from_its_own_midnight(self):
        east = market(load_price_fmm_weight=0.25)
        east = structs.replace(east, market="east", time_zone="America/New_York")
        hub = Locations(
            market="east", locations=("EAST",), kinds=(LocationKind.HUB,), hubs=("EAST",)
        )
        marks = structs.replace(curve(50, 30, "2026-07"), market="east", hubs=("EAST", "EAST"))
        eastern = trade(10, 42, 36, market="east", location="EAST", trade="E1")
        dearer = structs.replace(price(Run.DA, 36, HUB=57.0), market="east", locations=("EAST",))
        seen = company(
            *[reference(), [east, hub, curve(50, 30, "2026-07"), marks, tick(8)]],
            *[trade(10, 42, 36), price(Run.DA, 36, HUB=56.0), eastern, dearer],
        )
        both = drivers(explain_of(seen))
        assert both == {"new deals": 160.0, "price DA": 130.0}
        shown = seen.views()["pnl_curve"]
        assert isinstance(shown, PnlCurveView)
        assert shown.market == "west"  # it came first

        go_on(seen, tick(21))  # midnight in New York

        seen = Company.restore(seen.snapshot())  # so that today is summed anew
        view = explain_of(seen)
        assert drivers(view) == {"new deals": 80.0, "price DA": 60.0}
        assert [(split.market, split.usd) for split in view.splits] == [("west", 60.0)]
        assert view.today_usd[:, -1].sum() == seen.desk.pnl()[0][-1]

        go_on(seen, structs.replace(dearer, lmp=np.array([58.0])), tick(24))
        assert drivers(explain_of(seen)) == {"price DA": 10.0}
