"""What prices may do to a period: VaR of what is open, and how effective its hedges are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from state.company import Company
from state.messages import Block, FactorHistory
from state.nop.watch import nop_view
from tests.state.nop.company import POLICY, Following, block_trade
from tests.state.worked import history, reference, tick

JUNE = date(2026, 6, 15)
JULY = date(2026, 7, 1), date(2026, 8, 1)
ON_PEAK = (40.0, 45.0, 43.0, 50.0, 44.0)
OFF_PEAK = (30.0, 29.0, 33.0, 31.0, 34.0)


def july(on_peak: Sequence[float] = ON_PEAK, off_peak: Sequence[float] = OFF_PEAK) -> FactorHistory:
    return history(
        {
            "HUB/curve/on_peak/2026-07": on_peak,
            "HUB/curve/off_peak/2026-07": off_peak,
        }
    )


def hedged(*trades: object) -> Following:
    """Return a load of 100 MW, no plant, and some contracts."""
    desk = Following(JUNE)
    desk.apply(july(), *trades)
    return desk


def test_the_value_at_risk_of_the_open_position_is_a_figure_of_its_own():
    desk = Following(JUNE)
    assert nop_view(desk.company.desk).var_reason == "no factor history"
    desk.apply(history({"HUB/curve/on_peak/2026-07": [40.0, 45.0, 43.0, 50.0]}))

    assert "not covered by the history" in nop_view(desk.company.desk).var_reason


def test_the_value_at_risk_of_a_position_that_is_not_known_is_not_known_either():
    told = Following(JUNE)
    untold = Company("company")
    for message in (*reference(), POLICY, tick(8, JUNE)):
        untold.apply(message, untold.position + 1)
    levels = {
        f"HUB/curve/{block}/{month}": [40.0, 45.0, 43.0, 50.0]
        for block in ("on_peak", "off_peak")
        for month in told.company.desk.markets["west"].forward.months
    }
    told.apply(history(levels))
    untold.apply(history(levels), untold.position + 1)
    known, unknown = nop_view(told.company.desk), nop_view(untold.desk)

    assert (known.var_reason, known.var_usd > 0.0) == ("", True)
    assert unknown.var_reason.startswith("no outlook of ")
    assert math.isnan(unknown.var_usd)


@pytest.mark.parametrize(
    ("bought", "in_money", "expected"),
    [
        (0.0, 0.0, 0.0),
        (50.0, 0.0, 0.75),
        (0.0, 50.0, 0.75),
        (60.0, 40.0, 1.0),
        (0.0, 250.0, 1.0 - 1.5**2),
        (-20.0, 0.0, 1.0 - 1.2**2),
    ],
)
def test_hedges_are_as_effective_as_the_square_of_what_they_leave_open(
    bought: float, in_money: float, expected: float
):
    trades = [
        block_trade(mw, *JULY, product=product, trade=product)
        for mw, product in ((bought, "energy"), (in_money, "swap"))
        if mw
    ]
    row = hedged(*trades).row("Prompt month")

    assert row.effectiveness == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_a_hedge_of_one_block_leaves_the_variance_of_the_other():
    row = hedged(block_trade(100.0, *JULY, block=Block.ON_PEAK, trade="peak")).row("Prompt month")
    on_hours, off_hours = 416.0, 328.0  # 26 days of 16 hours: four Sundays and July 4 are off-peak
    on, off = np.diff(ON_PEAK), np.diff(OFF_PEAK)
    without = np.var(100.0 * on_hours * on + 100.0 * off_hours * off)

    assert row.effectiveness == pytest.approx(1.0 - np.var(100.0 * off_hours * off) / without)


def test_a_plant_of_ones_own_is_no_hedge():
    desk = hedged()
    desk.plant(70.0)

    assert desk.row("Prompt month").effectiveness == 0.0


def test_without_a_load_hedges_have_nothing_to_take_away():
    desk = Following(JUNE, load_mw=0.0)
    desk.apply(july(), block_trade(50.0, *JULY))
    row = desk.row("Prompt month")

    assert math.isnan(row.effectiveness)
    assert "effectiveness" not in row.note


def test_a_history_that_lacks_a_factor_is_named():
    desk = hedged(block_trade(50.0, *JULY))
    row = desk.row("Prompt quarter")

    assert math.isnan(row.effectiveness)
    assert "effectiveness of hedges not known: HUB/curve/" in row.note
    assert "is not covered by the history" in row.note
