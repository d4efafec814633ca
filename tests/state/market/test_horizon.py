"""Contracts spread over days beyond the grid: parts of hours count by their length."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.calendar import MarketCalendar, local_date, local_midnight_ns
from state.drift.compare import differences
from state.market.horizon import BLOCKS, Horizon
from state.messages import Block, FloatColumn, ProductTrade, Trade
from state.moments import from_ns
from tests.state.worked import DAY, company, contract, curve, pnl, reference, tick, trade
from tests.state.worked import figures as figures_of

ZONE = "America/Los_Angeles"
CALENDAR = MarketCalendar(ZONE)
ORIGIN = date(2026, 3, 1)
MINUTE_NS = 60 * 10**9
FIVE_NS = 5 * MINUTE_NS


def by_five_minutes(
    block: Block, start_ns: int, end_ns: int, mw: FloatColumn | float
) -> dict[date, float]:
    """Sum a flat contract's MWh in a block by day, five minutes by five minutes."""
    found: dict[date, float] = {}
    for at_ns in range(start_ns, end_ns, FIVE_NS):
        day = local_date(at_ns, ZONE)
        hour = from_ns(at_ns).astimezone(CALENDAR.zone).hour
        amount = mw if isinstance(mw, float) else float(mw[(at_ns - start_ns) // (12 * FIVE_NS)])
        inside = CALENDAR.is_on_peak(day, hour) == (block is Block.ON_PEAK)
        found[day] = found.get(day, 0.0) + (amount / 12.0 if inside else 0.0)
    return found


@given(
    day=st.sampled_from(
        [date(2026, 3, 7), date(2026, 3, 9), date(2026, 4, 30), date(2026, 10, 31)]
    ),
    begin=st.integers(0, 287),
    length=st.integers(1, 700),
    shaped=st.booleans(),
)
def test_every_five_minutes_count_in_their_own_block(
    day: date, begin: int, length: int, *, shaped: bool
):
    start_ns = local_midnight_ns(day, ZONE) + begin * FIVE_NS
    end_ns = start_ns + length * FIVE_NS
    mw = np.arange(1.0, -(-length // 12) + 1.0) if shaped else 6.0
    for block in BLOCKS:
        at, mwh = Horizon(CALENDAR, ORIGIN).block_mwh(block, start_ns, end_ns, mw, of=Block.FLAT)
        days = [ORIGIN + timedelta(days=at + number) for number in range(len(mwh))]
        expected = by_five_minutes(block, start_ns, end_ns, mw)
        assert dict(zip(days, mwh.tolist(), strict=True)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("deal", "mwh"),
    [
        (contract("shaped", 0.0, 40.0, 10, 2.5, profile_mw=(10.0, 10.0, 10.0)), 25.0),
        (contract("shaped", 0.0, 40.0, 10.5, 2.5, profile_mw=(10.0, 20.0, 30.0)), 45.0),
        (contract("shaped", 0.0, 40.0, 21.5, 1, profile_mw=(10.0,)), 10.0),
        (trade(60.0, 40.0, 10 + 1 / 12, 1 / 6), 10.0),
        (trade(60.0, 40.0, 10 + 1 / 6, 2 / 3), 40.0),
    ],
)
def test_its_value_is_the_same_before_and_after_its_day_enters_the_grid(
    deal: Trade | ProductTrade, mwh: float
):
    opening = [*reference(settlement_seconds=300)[:4], curve(50, 50, "2026-07")]
    early = [*opening, tick(8, DAY - timedelta(days=5)), deal]
    folded = company(early)
    forward = folded.desk.markets["west"].forward

    assert forward is not None
    assert float(forward.mwh.sum()) == pytest.approx(mwh)
    assert pnl(figures_of(early), "value") == pytest.approx(10.0 * mwh)
    assert pnl(figures_of(early, tick(8)), "value") == pytest.approx(10.0 * mwh)
    assert max(one.relative for one in differences(folded.desk)) < 1e-12
