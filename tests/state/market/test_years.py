"""The forward book at the turn of a year: what began before goes on as if it had begun today."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from state.company import Company
from state.explain.between import between
from state.explain.pnl import PnlExplain
from state.market.book import MarketBook
from state.market.horizon import HORIZON_DAYS
from state.messages import AnyMessage, Block, CurveMarks, FactorHistory, TradeAction
from state.moments import HOUR_NS
from state.nop.watch import nop_view
from tests.state.nop.company import Following, block_trade, outlook
from tests.state.worked import BOTH, at, contract

NOVEMBER, LAST_DAY, NEW_YEAR = date(2026, 11, 17), date(2026, 12, 31), date(2027, 1, 1)
FIRST, END = date(2026, 12, 1), date(2036, 1, 1)
"""Of contracts that deliver longer than either book holds."""

YEARS = range(2026, 2036)
MONTHS = [f"{year}-{month:02d}" for year in YEARS for month in range(1, 13)]
CELLS = [(block, month) for month in MONTHS for block in BOTH]
LONG = block_trade(50.0, FIRST, END, trade="LONG")


def told() -> list[AnyMessage]:
    rng = np.random.default_rng(7)
    dates = [f"2026-09-{day:02d}" for day in range(1, 25)]
    hours = (at(0, END) - at(0, FIRST)) / HOUR_NS
    return [
        FactorHistory(
            market="west",
            factors=tuple(f"west/HUB/curve/{block}/{month}" for block, month in CELLS),
            dates=tuple(dates),
            levels=rng.normal(50.0, 5.0, len(CELLS) * len(dates)),
        ),
        CurveMarks(
            market="west",
            as_of="2026-11-16",
            hubs=("HUB",) * len(CELLS),
            blocks=tuple(block for block, _ in CELLS),
            months=tuple(month for _, month in CELLS),
            price_usd_per_mwh=rng.normal(50.0, 5.0, len(CELLS)),
        ),
        outlook("town", 100.0, YEARS),
        outlook("plant", 10.0, YEARS),
        LONG,
        block_trade(-20.0, FIRST, date(2028, 6, 15), trade="PEAK", block=Block.ON_PEAK),
        contract("dispatchable", 30.0, 4.0, 0.0, hours, day=FIRST, trade="U", **UNIT),
        contract("rec", 0.0, 0.0, 0.0, 24.0, day=FIRST, trade="R", **CERTIFICATES),
    ]


UNIT = {"strike_usd_per_mwh": 45.0, "volatility_usd_per_mwh": 6.0}
CERTIFICATES = {"units": 8_000.0, "unit_kind": "PCC1", "vintage": "2027"}


def begun(today: date) -> Following:
    desk = Following(today)
    desk.apply(*told())
    return desk


def turned() -> Following:
    """A company that began in November, on New Year's morning."""
    desk = begun(NOVEMBER)
    desk.tick_on(LAST_DAY)
    desk.tick_on(NEW_YEAR)
    return desk


def by_cell(desk: Following) -> dict[tuple[str, str], tuple[float, float]]:
    """MWh and $ by block and month, where any are held."""
    forward = desk.company.desk.markets["west"].forward
    assert forward is not None
    return {
        (str(block), forward.months[month]): (mwh[month], cost[month])
        for (_, _, block), mwh, cost in zip(
            forward.keys, forward.mwh, forward.cost_usd, strict=True
        )
        for month in np.flatnonzero(mwh).tolist()
    }


def test_what_is_held_is_what_a_company_holds_that_begins_with_the_year():
    here, there = by_cell(turned()), by_cell(begun(NEW_YEAR))

    assert here.keys() == there.keys()
    for cell, amounts in here.items():
        assert amounts == pytest.approx(there[cell], rel=1e-12)
    assert max(here) == ("on_peak", "2034-04")


def test_the_risk_that_was_moved_is_that_of_exposures_entered_anew():
    here, there = turned().company.desk.portfolio, begun(NEW_YEAR).company.desk.portfolio

    assert np.abs(there.pnl).max() > 1e6
    assert here.pnl == pytest.approx(there.pnl, rel=1e-10, abs=1e-4)
    assert here.uncovered.keys() == there.uncovered.keys()


def test_certificates_are_held_once():
    held = turned().row("prompt calendar year", nop="rps")

    assert (held.period, held.supply) == ("2028", 0.0)
    assert turned().row("running calendar year", nop="rps").supply == 8_000.0


def test_every_period_of_the_net_open_position_is_known_and_the_same():
    here, there = nop_view(turned().company.desk), nop_view(begun(NEW_YEAR).company.desk)

    fifth = next(row for row in here.rows if row.title == "Fifth calendar year")
    assert (fifth.period, fifth.reason) == ("2032", "")
    assert fifth.coverage > 0.6
    for row, other in zip(here.rows, there.rows, strict=True):
        assert (row.title, row.period, row.reason) == (other.title, other.period, other.reason)
        amounts, others = ((one.obligation, one.firm, one.supply) for one in (row, other))
        assert amounts == pytest.approx(others, rel=1e-9, nan_ok=True)
    assert not [row.title for row in here.ahead if row.state == "unknown" and row.nop == "energy"]


def test_sales_of_the_year_that_ended_are_still_what_its_outlook_told():
    desk = begun(NOVEMBER)
    before = desk.row("running calendar year", nop="rps")
    desk.tick_on(NEW_YEAR)
    post = desk.row("Post 2020", nop="rps")

    assert before.period == "2026"
    assert before.obligation == pytest.approx(0.33 * 100.0 * 365 * 24)
    assert "2021 are not known" in post.reason  # which neither an outlook nor anybody has told


def test_what_is_cancelled_later_leaves_nothing_behind():
    desk = turned()
    desk.apply(block_trade(50.0, FIRST, END, trade="LONG", version=2, action=TradeAction.CANCEL))
    forward = desk.company.desk.markets["west"].forward

    assert forward is not None
    flat = begun(NEW_YEAR)
    flat.apply(block_trade(50.0, FIRST, END, trade="LONG", version=2, action=TradeAction.CANCEL))
    for cell, amounts in by_cell(flat).items():
        assert by_cell(desk)[cell] == pytest.approx(amounts, rel=1e-9, abs=1e-6)


def test_what_the_turn_brings_into_sight_is_value_and_no_profit_of_the_new_day():
    desk = begun(NOVEMBER)
    desk.tick_on(LAST_DAY)
    before = desk.company.desk.value_usd()[-1]
    desk.tick_on(NEW_YEAR)

    assert abs(desk.company.desk.value_usd()[-1] - before) > 1e6  # a year more of each contract
    assert abs(desk.company.desk.pnl()[0][-1]) < 1.0


def without_options() -> Following:
    """The same company on the last day, which explains from then on what moves it."""
    desk = Following(NOVEMBER)
    desk.apply(*(one for one in told() if getattr(one, "product", "") != "dispatchable"))
    desk.tick_on(LAST_DAY)
    company, folded = desk.company, desk.company.desk
    folded.pnl_explain = PnlExplain(keeps_points=False)
    folded.pnl_explain.begin(folded, at_ns=company.tick_ns, position=company.position)
    return desk


def test_what_the_turn_brings_into_sight_is_no_profit_of_the_day_that_ends():
    desk = without_options()
    folded, before = desk.company.desk, desk.company.desk.value_usd()
    desk.tick_on(NEW_YEAR)

    sighted = folded.value_usd() - before
    assert by_hand(folded.markets["west"]) == pytest.approx(sighted[-1], rel=1e-9)
    figures = folded.closes.ended.pnl_and_value(folded, LAST_DAY)
    assert figures is not None
    assert figures[0] == pytest.approx([0.0, 0.0, 0.0], abs=1e-3)  # no price came that day
    assert figures[1] == pytest.approx(before + sighted)


@pytest.mark.parametrize("morning", [NEW_YEAR, date(2027, 1, 4)], ids=["the next", "days later"])
def test_what_the_turn_brings_into_sight_is_explained_by_itself(morning: date):
    desk = without_options()
    folded, before = desk.company.desk, desk.company.desk.value_usd()
    desk.tick_on(morning)

    (moved,) = (one for one in between(folded).moved if np.abs(one.usd).max() > 1.0)
    assert moved.driver == "horizon"
    assert moved.usd == pytest.approx(folded.value_usd() - before, abs=1e-3)


def test_a_company_restored_after_weeks_without_a_tick_is_the_same_to_the_last_byte():
    desk = begun(NOVEMBER)
    for morning in (NEW_YEAR, date(2027, 1, 12)):  # days of the old year are closed by then
        desk.tick_on(morning)

    saved = desk.company.snapshot()
    assert Company.restore(saved).snapshot() == saved


def by_hand(west: MarketBook) -> float:
    """What 50 MW bought at $40 and 90 MW of load are worth from 22 February to 7 April 2034."""
    assert west.forward is not None
    first, end = NOVEMBER + timedelta(days=HORIZON_DAYS), NEW_YEAR + timedelta(days=HORIZON_DAYS)
    total, day = 0.0, first
    while day < end:
        for block in BOTH:
            mark = west.forward.marks["HUB", block, f"{day:%Y-%m}"]
            hours = west.calendar.block_hours(day, block)
            total += hours * (50.0 * (mark - 40.0) - 90.0 * mark)
        day += timedelta(days=1)
    return total
