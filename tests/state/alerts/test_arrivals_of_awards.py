"""Convergence bids that are awarded are held to the written policy, as trades are."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pytest

from state.company import Company
from state.messages import Award, AwardKind, Run
from state.moments import HOUR_NS
from state.reports.exceptions import report
from state.screens.cases_seen import CaseRow
from tests.state.alerts.arrived import beyond, case_of, house
from tests.state.duties.house import House
from tests.state.nop.company import POLICY as WRITTEN
from tests.state.nop.company import another
from tests.state.worked import at, price, reference, tick

pytestmark = pytest.mark.usefixtures("west_lies_where_the_policy_allows")

ROW = "limit-convergence-bids"
TOMORROW, DAY = date(2026, 7, 16), "2026-07-15"
NOTHING = "{value: 0, provenance: likely, note: the only row that fits $0 and 0}"
assert WRITTEN.source.count(NOTHING) == 4


def bids(mw: float = 12.0, **terms: Any) -> Award:
    """Bids awarded for two hours."""
    return Award(
        **{
            "award": "V1",
            "market": "west",
            "book": "book",
            "location": "HUB",
            "award_kind": AwardKind.VIRTUAL_SUPPLY,
            "interval_start_ns": at(12),
            "interval_seconds": 3600,
            "mw": np.array([0.0, mw, mw]),
            **terms,
        }
    )


def allowing(usd: float, mw: float) -> House:
    """The house under the same policy with room for convergence bids."""
    one = house()
    room = WRITTEN.source
    for number in (usd, mw) * 2:
        room = room.replace(NOTHING, f"{{value: {number:.10g}}}", 1)
    one.apply(another(room))
    return one


def told(row: CaseRow) -> tuple[str, str, str, str]:
    return row.severity, row.scope, row.period, row.value_text


def test_an_award_where_the_policy_allows_none_is_a_case_of_its_book_with_the_award_as_cause():
    one, came = house(), bids()
    one.apply(came)

    [row] = beyond(one)
    assert (row.limit, row.clause) == (ROW, "SVCE §5.6 p. 11")
    assert told(row) == ("breach", "book", DAY, "1 beyond it")
    assert row.cause_key == came.key
    assert row.headline.startswith(f"Awards of book on {DAY} without authority: {came.key} sale")
    assert row.members == [came.key]


def test_awards_of_one_book_are_one_case_and_one_of_nothing_is_none():
    one = house()
    one.apply(bids(0.0, award="V0"), bids(), bids(award="V2"))

    [row] = beyond(one)
    assert told(row) == ("breach", "book", DAY, "2 beyond it")


def test_an_award_replaced_by_nothing_is_no_longer_the_cause():
    one = house()
    one.apply(bids(), bids(award="V2"), bids(7.0, award="V2"))
    assert beyond(one)[0].cause_key == "award/west/V1"
    one.apply(bids(0.0))

    assert told(beyond(one)[0]) == ("breach", "book", DAY, "1 beyond it")
    assert beyond(one)[0].cause_key == "award/west/V2"


def test_each_award_is_reported_with_its_market_and_megawatts_as_what_the_house_did():
    one = house()
    second = bids(7.0, award="V1", award_kind=AwardKind.VIRTUAL_DEMAND)
    one.apply(bids(award="V10"), second)  # a name that begins another

    lines = [line for line in report(one.company).tables[0].rows if line[-1] == beyond(one)[0].case]
    assert [(*line[:2], *line[3:5]) for line in lines] == [
        ("west", "award of virtual supply", -12.0, -24.0),
        ("west", "award of virtual demand", 7.0, 14.0),
    ]
    assert all(str(line[10]).startswith("active: ") for line in lines)


def test_an_award_replaced_by_nothing_ends_the_condition():
    one = house()
    one.apply(bids(), bids(0.0))

    assert case_of(one, ROW).condition == "resolved"


def test_megawatts_of_an_award_are_held_to_the_row_the_largest_of_its_hours_and_the_edge_inside():
    one = allowing(1e9, 12.0)
    one.apply(bids())
    assert beyond(one) == []

    one.apply(bids(12.5, award="V2"))
    assert case_of(one, ROW).members == ["award/west/V2"]


def test_dollars_of_an_award_are_its_own_value_at_risk():
    one = allowing(1e9, 1e3)
    firm = one.company.desk.portfolio
    one.apply(bids(40.0, award="V0"))
    before = firm.pnl[:, -1].sum(axis=0)
    one.apply(bids())
    gained = np.sort(firm.pnl[:, -1].sum(axis=0) - before)
    assert beyond(one) == []

    worst = -gained[math.ceil(0.05 * len(gained)) - 1]
    assert worst > 0.0
    for room, cases in ((worst * 1.001, 0), (worst * 0.999, 1)):
        held = allowing(room, 1e3)
        held.apply(bids())
        assert len(beyond(held)) == cases, room


def test_the_value_at_risk_of_an_award_is_not_known_before_its_day_ahead_price():
    one = allowing(1e9, 1e3)
    one.apply(bids(interval_start_ns=at(12, TOMORROW)))

    row = case_of(one, ROW)
    assert (row.severity, row.value_text) == ("unknown", "1 not known")

    priced = [price(Run.DA, hour, TOMORROW, HUB=40.0) for hour in (13, 14)]
    one.apply(*priced, bids(award="V2", interval_start_ns=at(12, TOMORROW)))
    assert case_of(one, ROW).members == ["award/west/V1"]


def test_an_award_beyond_the_horizon_of_the_row_is_a_breach():
    one = allowing(1e9, 1e3)
    one.apply(bids(interval_start_ns=at(12, TOMORROW) + 24 * HOUR_NS))

    assert told(case_of(one, ROW)) == ("breach", "book", DAY, "1 beyond it")


def test_the_value_at_risk_of_an_award_that_replaces_another_is_not_known_apart():
    one = allowing(1e9, 1e3)
    one.apply(bids(), bids(14.0))

    row = case_of(one, ROW)
    assert (row.severity, row.value_text) == ("unknown", "1 not known")


def test_an_award_that_no_scenario_moves_is_not_known_nor_is_another_like_it():
    one = allowing(1e9, 1e3)
    for name, kind in (("V1", None), ("V2", None), ("V3", AwardKind.VIRTUAL_DEMAND)):
        one.apply(*[price(Run.DA, hour, LONELY=40.0) for hour in (13, 14)])
        kinds = {} if kind is None else {"award_kind": kind}
        one.apply(bids(award=name, location="LONELY", **kinds))

    row = case_of(one, ROW)
    assert (row.severity, row.value_text) == ("unknown", "3 not known")


def test_an_award_of_less_than_nothing_is_refused():
    one = house()
    one.apply(bids(-5.0))

    [(_, reason)] = one.company.refusals()
    assert "-5 MW were awarded; send MW above 0" in reason
    assert beyond(one) == []


def test_an_award_from_before_the_first_tick_is_not_judged():
    one = House(Company("company"))
    one.apply(*reference(), WRITTEN, bids(), tick(8))

    assert beyond(one) == []


def test_a_restored_house_goes_on_with_the_awards_it_knew():
    one = house()
    one.apply(bids())
    other = House(Company.restore(one.company.snapshot()))
    for each in (one, other):
        each.apply(bids(0.0))
        each.tick(at(9))

    assert told(case_of(other, ROW)) == told(case_of(one, ROW))
    assert one.company.digest == other.company.digest
