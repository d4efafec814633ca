"""What did not change is neither read nor shown again, and what did is never left out."""

from __future__ import annotations

import numpy as np
import pytest

from state.alerts.alerts import Alerts
from state.limits.reading import Cause, Reading
from state.limits.sheet import Sheet
from state.policy.load import load
from state.screens.screens import FIGURES
from state.screens.views import Transition
from state.wire import encode_state
from tests.state.worked import company, curve, reference, tick, trade

POLICY = """\
name: test-limits
version: "1"
title: Limits of a test
limits:
  - {id: coverage, rule: coverage, title: Coverage, clause: test limits §2, unit: ratio,
     floor: 0.9, ceiling: 1.1, warn_at: 0.8, clear_at: 0.95, materiality: material, scopes: [firm]}
"""


PRICE = Cause(kind="price", key="price", text="prices")
TRADE = Cause(kind="trade", key="trade", text="a trade", active=True)


@pytest.fixture
def alerts():
    held = Alerts()
    held.adopt(load(POLICY), PRICE, 0, 1)
    return held


def changes(transitions: list[Transition]):
    return [(transition.row.period, transition.change) for transition in transitions]


def states(alerts: Alerts):
    return {row.period: row.state for row in alerts.rows()}


def coverage(*values: float, first_hour: int = 1, unknown: str = "", ends_ns: tuple[int, ...] = ()):
    count = len(values)
    hours = range(first_hour, first_hour + count)
    return Reading(
        figure="coverage",
        unit="ratio",
        scopes=("firm",) * count,
        periods=tuple(f"HE{hour:02d}" for hour in hours),
        period_starts_ns=(0,) * count,
        period_ends_ns=ends_ns or (0,) * count,
        values=np.array(values),
        unknown=(unknown,) * count,
        applicable=np.ones(count, dtype=np.bool_),
        inputs=("load",) * count,
    )


class TestReadings:
    def test_the_same_reading_twice_changes_nothing(self, alerts: Alerts):
        first = alerts.read(coverage(0.5, 1.0), TRADE, 1, 1)
        assert changes(first) == [("HE01", "breached")]
        before = encode_state(alerts.snapshot())

        assert alerts.read(coverage(0.5, 1.0), PRICE, 2, 2) == []
        assert encode_state(alerts.snapshot()) == before

    @pytest.mark.parametrize(
        ("other", "state"),
        [
            (coverage(0.5), "breach"),
            (coverage(1.0, unknown="no forecast"), "unknown"),
            (coverage(float("nan")), "unknown"),
        ],
    )
    def test_values_and_reasons_each_make_a_reading_new(
        self, alerts: Alerts, other: Reading, state: str
    ):
        alerts.read(coverage(1.0), TRADE, 1, 1)
        alerts.read(other, TRADE, 2, 2)

        assert states(alerts) == {"HE01": state}

    def test_a_reading_is_new_once_another_has_claimed_one_of_its_rows(self, alerts: Alerts):
        both, late = coverage(1.0, 1.0), coverage(0.5, first_hour=2)
        alerts.read(both, TRADE, 1, 1)
        alerts.read(late, TRADE, 2, 2)
        assert states(alerts) == {"HE01": "ok", "HE02": "breach"}

        alerts.read(both, TRADE, 3, 3)

        assert states(alerts) == {"HE01": "ok", "HE02": "ok"}


class TestSheets:
    def test_values_written_over_a_sheet_are_held_like_a_new_reading(self, alerts: Alerts):
        sheet = Sheet([coverage(1.0, 1.0)])
        assert alerts.hold(sheet, TRADE, 1, 1) == []

        sheet.values_of(0)[1] = 0.5

        assert changes(alerts.hold(sheet, TRADE, 2, 2)) == [("HE02", "breached")]
        assert alerts.hold(sheet, TRADE, 3, 3) == []

    def test_another_policy_measures_the_same_values_anew(self, alerts: Alerts):
        sheet = Sheet([coverage(1.0)])
        alerts.hold(sheet, TRADE, 1, 1)

        stricter = POLICY.replace("floor: 0.9", "floor: 1.05").replace("warn_at: 0.8", "warn_at: 1")
        alerts.adopt(load(stricter), PRICE, 2, 2)

        assert changes(alerts.hold(sheet, TRADE, 3, 3)) == [("HE01", "breached")]

    def test_another_sheet_of_the_same_rows_brings_its_own_values_and_reasons(self, alerts: Alerts):
        alerts.hold(Sheet([coverage(1.0, 1.0)]), TRADE, 1, 1)

        missing = Sheet([coverage(0.5, 0.5, unknown="no forecast")])
        told = alerts.hold(missing, TRADE, 2, 2)
        assert changes(told) == [("HE01", "unknown"), ("HE02", "unknown")]
        assert {row.reason for row in alerts.rows()} == {"no forecast"}

        known = alerts.hold(Sheet([coverage(0.5, 1.0)]), TRADE, 3, 3)
        assert changes(known) == [("HE01", "breached"), ("HE02", "resolved")]
        assert {row.reason for row in alerts.rows()} == {""}

    def test_rows_that_end_leave_the_others_where_they_were(self, alerts: Alerts):
        sheet = Sheet([coverage(0.5, 0.5, ends_ns=(10, 20))])
        alerts.hold(sheet, TRADE, 1, 1)

        assert changes(alerts.hold(sheet, TRADE, 10, 2)) == [("HE01", "expired")]
        sheet.values[:] = 1.0
        assert changes(alerts.hold(sheet, TRADE, 11, 3)) == [("HE02", "resolved")]

    def test_what_moved_a_value_is_shared_out_by_kind_of_cause(self, alerts: Alerts):
        sheet = Sheet([coverage(1.0)])
        for value, cause in ((1.0, TRADE), (0.8, TRADE), (0.7, PRICE)):
            sheet.values[:] = value
            alerts.hold(sheet, cause, 1, 1)

        (case,) = alerts.cases()
        assert dict(case.attribution) == pytest.approx({"trade": -0.2, "price": -0.1})

    def test_a_reading_of_other_rows_does_not_disturb_a_sheet(self, alerts: Alerts):
        sheet = Sheet([coverage(1.0)])
        alerts.hold(sheet, TRADE, 1, 1)
        alerts.read(coverage(1.0, first_hour=7), TRADE, 2, 2)

        sheet.values[:] = 0.5

        assert changes(alerts.hold(sheet, TRADE, 3, 3)) == [("HE01", "breached")]


class TestForwardView:
    def test_a_trade_of_today_does_not_show_the_forward_positions_again(self):
        seen = company(reference(), tick(8))
        seen.changed_views()

        seen.apply(trade(10, 40, 12), seen.position + 1)

        assert {"pnl", "risk"} <= set(seen.changed_views())
        seen.apply(trade(10, 40, 13, trade="second"), seen.position + 1)
        assert "forward" not in seen.changed_views()

    def test_new_marks_and_trades_of_a_later_month_show_them_again(self):
        seen = company(reference(), tick(8), trade(10, 40, 24 * 20, hours=24))
        seen.changed_views()

        seen.apply(curve(50.0, 30.0, "2026-08"), seen.position + 1)
        assert "forward" in seen.changed_views()

        seen.apply(trade(5, 41, 24 * 25, hours=24, trade="second"), seen.position + 1)
        assert "forward" in seen.changed_views()


class TestTables:
    def test_they_come_one_after_the_other_and_the_longest_unseen_first(self):
        seen = company(reference(), tick(8))
        seen.changed_views()
        shown: list[str] = []
        for number in range(12):
            seen.apply(trade(10, 40, 12, trade=f"t{number}"), seen.position + 1)
            views = set(seen.changed_views(tables=1, seldom=0))
            assert {"clock", "feeds", "pnl", "risk"} <= views
            tables = sorted({name.partition("/")[0] for name in views - FIGURES - {"clock"}})
            shown.append(tables[0])
            assert len(tables) == 1
            assert seen.tables_wait

        # A trade of today moves these: each comes again after all the others.
        assert set(shown) == {"cases", "explain", "limits", "position"}
        assert shown[4:8] == shown[:4] == shown[8:]

    def test_none_is_left_when_all_were_asked_for(self):
        seen = company(reference(), tick(8), trade(10, 40, 12))
        seen.changed_views(seldom=0)
        assert not seen.tables_wait

    def test_what_moved_is_shown_with_the_points_it_moved_from(self):
        seen = company(reference(), tick(8))
        seen.changed_views()
        seen.stale_views |= {"explain", "explain_points"}
        assert set(seen.changed_views(tables=1, seldom=0)) >= {"explain", "explain_points"}
