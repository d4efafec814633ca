"""What did not change is neither read nor shown again, and what did is never left out."""

from __future__ import annotations

import numpy as np
import pytest

from state.limits.instances import Instances
from state.limits.reading import Reading
from state.policy.load import load
from tests.state.worked import company, curve, reference, tick, trade

POLICY = """\
name: test-limits
version: "1"
title: Limits of a test
limits:
  - {id: coverage, rule: coverage, title: Coverage, clause: test limits §2, unit: ratio,
     floor: 0.9, ceiling: 1.1, warn_at: 0.8, clear_at: 0.95, materiality: material, scopes: [firm]}
"""


@pytest.fixture
def table():
    policy = load(POLICY)
    return Instances(policy.limits[0], policy.label)


def coverage(*values: float, first_hour: int = 1, unknown: str = "", inputs: str = "load"):
    count = len(values)
    hours = range(first_hour, first_hour + count)
    return Reading(
        figure="coverage",
        unit="ratio",
        scopes=("firm",) * count,
        periods=tuple(f"HE{hour:02d}" for hour in hours),
        period_starts_ns=(0,) * count,
        period_ends_ns=(0,) * count,
        values=np.array(values),
        unknown=(unknown,) * count,
        applicable=np.ones(count, dtype=np.bool_),
        inputs=(inputs,) * count,
    )


class TestReadings:
    def test_the_same_reading_twice_changes_nothing(self, table: Instances):
        assert table.read(coverage(0.5, 1.0), kind="trade", at_ns=1) == [0, 1]
        before = table.snapshot()

        assert table.read(coverage(0.5, 1.0), kind="price", at_ns=2) == []
        after = table.snapshot()
        assert all(np.array_equal(before[name], after[name]) for name in ("value", "since_ns"))
        assert before["moved"] == after["moved"]

    def test_a_row_that_must_be_looked_at_anew_is_returned_though_its_reading_is_the_same(
        self, table: Instances
    ):
        missing = coverage(1.0, unknown="no forecast")
        table.read(missing, kind="trade", at_ns=1)
        assert table.read(missing, kind="trade", at_ns=2) == []

        table.unsettle_unknown()

        assert table.read(missing, kind="trade", at_ns=3) == [0]

    @pytest.mark.parametrize(
        "other",
        [
            coverage(0.5),
            coverage(1.0, unknown="no forecast"),
            coverage(float("nan")),
        ],
    )
    def test_values_and_reasons_each_make_a_reading_new(self, table: Instances, other: Reading):
        table.read(coverage(1.0), kind="trade", at_ns=1)

        assert table.read(other, kind="trade", at_ns=2) == [0]

    def test_other_feeds_make_a_reading_new(self, table: Instances):
        table.read(coverage(1.0), kind="trade", at_ns=1)
        table.read(coverage(1.0, inputs="schedule"), kind="trade", at_ns=2)

        assert table.feeds_of(0) == ["schedule"]

    def test_a_reading_is_new_once_another_has_claimed_one_of_its_rows(self, table: Instances):
        both, late = coverage(1.0, 1.0), coverage(0.5, first_hour=2)
        table.read(both, kind="trade", at_ns=1)
        table.read(late, kind="trade", at_ns=2)
        assert table.state_of(1) == "breach"

        table.read(both, kind="trade", at_ns=3)

        assert table.value[1] == 1.0


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
