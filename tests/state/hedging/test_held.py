"""The way out for capacity and certificates against brute force, and where it is referred."""

from __future__ import annotations

import itertools
import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.messages import (
    Counterparty,
    ProductMarks,
    ProductTrade,
    SettlesAt,
    TradeAction,
)
from state.moments import HOUR_NS
from state.nop.watch import nop_view
from state.periods import month_after
from state.screens.hedges_seen import HedgeAnswer, HedgeBlock
from state.trading.traders import OwnLimit
from tests.state.credit.samples import policy as credit_policy
from tests.state.hedging.house import asked
from tests.state.nop.company import Following, vet
from tests.state.strategies import examples
from tests.state.trading.samples import person
from tests.state.worked import at, contract

JUNE, NEW_YEAR = date(2026, 6, 15), date(2017, 1, 1)
QUARTER, YEAR = "nop-capacity-prompt-quarter", "nop-rps-2017"
MONTHS = tuple(date(2026, month, 1) for month in (7, 8, 9))
REQUIRED_MW = 230.0
"""115 % of the 200 MW that the load may take."""

SALES_MWH = 100.0 * 8760
CATEGORIES = {"PCC1": 17.0, "PCC2": 9.0, "PCC3": 3.0}


def marks(cells: dict[tuple[str, str, str], float]) -> ProductMarks:
    products, kinds, periods = zip(*cells, strict=True)
    prices = np.array(list(cells.values()))
    return ProductMarks(
        market="west", as_of="2016-12-31", products=products, kinds=kinds, periods=periods,
        price_usd_per_unit=prices,
    )  # fmt: skip


def house(today: date, **trader: object) -> Following:
    """A load that takes 200 MW at most, two counterparties, a trader and marks."""
    desk = Following(today)
    months = [f"{today.year + ahead}-{month:02d}" for ahead in (0, 1) for month in range(1, 13)]
    cells = {("capacity", "system", month): 7_000.0 for month in months}
    cells |= {("rec", kind, str(today.year)): usd for kind, usd in CATEGORIES.items()}
    desk.apply(
        marks(cells),
        credit_policy(),
    )
    vet(
        desk.company,
        Counterparty(counterparty="CP-01", name="CP-01", agreement="EEI", investment_grade=True),
        Counterparty(counterparty="CP-02", name="CP-02", agreement="EEI", investment_grade=True),
    )
    desk.company.desk.traders["ann"] = person(**trader)
    return desk


def hold(desk: Following, first: date, mw: float) -> None:
    """Hold so much system capacity in a month."""
    hours = (at(0, month_after(first, 1)) - at(0, first)) / HOUR_NS
    desk.apply(contract("capacity", mw, 0, 0, hours, day=first, trade=f"{first}",
                        unit_kind="system", settles_at=SettlesAt.CURVE))  # fmt: skip


def booked(block: HedgeBlock, number: int) -> ProductTrade:
    units = block.unit == "certificate"
    return ProductTrade(
        source="way-out",
        trade=f"T{number}",
        version=1,
        action=TradeAction.NEW,
        product=block.product,
        market=block.market,
        book=block.book,
        counterparty=block.counterparty,
        location=block.location,
        delivery_start_ns=at(0, date.fromisoformat(block.begins)),
        delivery_end_ns=at(0, date.fromisoformat(block.ends)),
        quantity_mw=0.0 if units else block.size,
        price_usd_per_mwh=0.0,
        settles_at=SettlesAt.CURVE,
        trader=block.trader,
        unit_kind=block.kind,
        vintage=block.period if units else "",
        units=block.size if units else 0.0,
        price_usd_per_unit=block.price_usd,
    )


def headroom(desk: Following, limit: str, kind: str = "") -> float:
    rows = nop_view(desk.company.desk).rows
    return next(row.headroom for row in rows if (row.limit, row.kind) == (limit, kind))


def broken(desk: Following) -> set[tuple[str, str, str]]:
    rows = nop_view(desk.company.desk).rows
    return {(row.limit, row.kind, row.period) for row in rows if row.limit and row.headroom < 0.0}


def in_months(found: HedgeAnswer) -> dict[str, float]:
    """MW by month of what is recommended."""
    sums = dict.fromkeys((f"{month:%Y-%m}" for month in MONTHS), 0.0)
    for block in found.blocks:
        for month in MONTHS:
            if block.begins <= month.isoformat() < block.ends:
                sums[f"{month:%Y-%m}"] += block.size
    return sums


@examples(12)
@given(
    st.tuples(*[st.sampled_from([0.0, 180.0, 205.0, 215.0, 229.0, 230.0, 240.0])] * 3),
    st.sampled_from([5.0, 10.0]),
    st.sampled_from([20.0, 100.0]),
)  # fmt: skip
def test_capacity_is_bought_in_the_fewest_mw_months_there_are(
    held: tuple[float, ...], lot: float, own_mw: float
):
    rows = ("limit-prompt-month", "limit-balance-of-year")
    own = tuple(OwnLimit(limit=row, bought_mw=own_mw, sold_mw=own_mw) for row in rows)
    desk = house(JUNE, own=own)
    for month, mw in zip(MONTHS, held, strict=True):
        hold(desk, month, mw)
    before = broken(desk)
    if headroom(desk, QUARTER, "system") >= 0.0:
        return

    found = asked(desk, QUARTER, lot=lot, unit_kind="system")

    # Brute force over every number of lots in each month; at what it requires its breach ends.
    lots_of = range(math.ceil(REQUIRED_MW / lot) + 2)
    closing = (
        lots
        for lots in itertools.product(lots_of, repeat=3)
        if all(mw + n * lot >= REQUIRED_MW for mw, n in zip(held, lots, strict=True))
    )
    fewest = min(map(sum, closing))
    if found.complete:
        assert found.amount == pytest.approx(fewest * lot)
        assert found.cost_usd == pytest.approx(fewest * lot * 7_000.0)
    else:
        assert "contracts are not enough" in found.reason  # at 20 MW a contract
        assert own_mw < 100.0
    assert all(0.0 < block.size <= own_mw for block in found.blocks)
    for number, block in enumerate(found.blocks):
        desk.apply(booked(block, number))
    assert not desk.company.refusals()
    assert broken(desk) <= before
    assert (headroom(desk, QUARTER, "system") >= 0.0) == found.complete
    assert (desk.state_of(QUARTER, "Prompt quarter: system") == {"breach"}) != found.complete


def test_months_that_miss_the_same_are_one_contract_and_others_are_their_own():
    desk = house(JUNE)
    for month, mw in zip(MONTHS, (190.0, 190.0, 150.0), strict=True):
        hold(desk, month, mw)

    found = asked(desk, QUARTER, unit_kind="system")

    told = [(block.period, block.kind, block.size, block.amount) for block in found.blocks]
    assert told == [("2026-Q3", "system", 40.0, 120.0), ("2026-09", "system", 40.0, 40.0)]
    assert in_months(found) == {"2026-07": 40.0, "2026-08": 40.0, "2026-09": 80.0}
    assert (found.complete, found.after) == (True, 1.0)


def test_where_minimum_is_maximum_a_month_that_is_just_covered_is_bought_nothing():
    desk = house(JUNE)
    for month, mw in zip(MONTHS, (230.0, 229.0, 240.0), strict=True):
        hold(desk, month, mw)

    found = asked(desk, QUARTER, unit_kind="system")

    assert in_months(found) == {"2026-07": 0.0, "2026-08": 1.0, "2026-09": 0.0}
    assert (found.complete, found.after) == (True, 1.0)


def test_capacity_that_has_no_mark_has_no_way_out_and_says_so():
    found = asked(house(JUNE), QUARTER, unit_kind="local")

    assert found.blocks == []
    assert found.reason.startswith("no mark of local capacity")


def test_a_surplus_of_capacity_is_sold_month_by_month():
    # 2028 on: at most 50 % of 230 MW may be held.
    desk = house(date(2026, 1, 15))
    first = date(2028, 3, 1)
    desk.apply(marks({("capacity", "system", "2028-03"): 5_000.0}))
    hold(desk, first, 140.0)

    found = asked(desk, "nop-capacity-post-prompt-year", unit_kind="system", lot=1.0)

    assert [(block.period, block.size) for block in found.blocks] == [("2028-03", -26.0)]
    assert found.complete


@examples(9)
@given(
    st.sampled_from([0.0, 100_000.0, 196_900.0, 197_100.0, 230_000.0, 245_000.0]),
    st.sampled_from([1.0, 500.0, 10_000.0]),
    st.sampled_from(["", "PCC1"]),
)
def test_certificates_are_the_fewest_lots_of_the_cheapest_that_may_and_none_that_later_years_need(
    held: float, lot: float, unit_kind: str
):
    desk = house(NEW_YEAR)
    desk.hold("rec", "PCC2", held, vintage="2017")
    required = 0.25 * SALES_MWH
    edges = 0.9 * required, 1.1 * required

    found = asked(desk, YEAR, lot=lot, unit_kind=unit_kind)

    if edges[0] <= held <= edges[1]:
        assert (found.reason, found.blocks) == ("inside its band", [])
        return
    if held > edges[1]:  # what is sold is missing in the years after, which add up from 2017
        assert found.blocks == []
        assert unit_kind or {"nop-rps-2018", "nop-rps-2020"} <= {
            each.limit for each in found.in_the_way
        }
        return
    lots = next(n for n in itertools.count(1) if edges[0] < held + n * lot < edges[1])
    kind = unit_kind or "PCC3"
    (block,) = found.blocks
    assert (block.kind, block.period, block.size) == (kind, "2017", lots * lot)
    assert block.cost_usd == pytest.approx(lots * lot * CATEGORIES[kind])
    # §5.6 has no row for certificates, so that the Middle Office decides.
    assert (found.complete, found.passes, block.decision) == (True, False, "refer")
    desk.apply(booked(block, 1))
    assert headroom(desk, YEAR) > 0.0


def test_a_purchase_is_referred_with_whom_nothing_but_that_speaks_against():
    desk = house(NEW_YEAR)
    desk.apply(Counterparty(counterparty="CP-01", name="CP-01", agreement="none"))

    found = asked(desk, YEAR, lot=500.0)

    assert [(one.counterparty, one.decision) for one in found.blocks] == [("CP-02", "refer")]
    assert found.complete
