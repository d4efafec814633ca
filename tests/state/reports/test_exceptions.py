"""The exceptions report: the seven facts of each violation, as they were when it began."""

from __future__ import annotations

import math

import pytest

from state.alerts.frozen import contract_behind
from state.messages import ActionKind, Counterparty, Trade, TradeAction
from state.moments import HOUR_NS
from state.reports import REPORTS
from state.reports.table import Value
from tests.state.credit.samples import deal, policy
from tests.state.duties.house import JULY, MONTH, House, out_of_tolerance, over_credit
from tests.state.nop.company import block_trade
from tests.state.worked import company, contract, forecast, reference, tick, trade


def rows_of(house: House) -> dict[str, dict[str, Value]]:
    """Return the rows by the id of their limit's case."""
    (table,) = REPORTS["exceptions"](house.company).tables
    names = [column.name for column in table.columns]
    return {str(row[-1]): dict(zip(names, row, strict=True)) for row in table.rows}


def test_the_contract_behind_a_breach_is_told_as_it_was_though_it_is_cancelled():
    house = out_of_tolerance()
    sold = block_trade(-20.0, *JULY, version=2, action=TradeAction.CANCEL)
    case = house.case(MONTH).case
    before = rows_of(house)[case]
    house.apply(sold)

    row = rows_of(house)[case]
    hours = 31 * 24
    assert (row["Counterparty"], row["Transaction"]) == ("CP-01", "sale of energy")
    assert (row["Amount"], row["Quantity"], row["Volume"]) == (
        20.0 * hours * 40.0,
        -20.0,
        -20.0 * hours,
    )
    told = "SVCE §4.6 p. 8: NOP energy tolerances: Prompt month, 90 % to 105 %"
    assert row["Limit exceeded"] == told
    assert row == before


def test_an_exceeded_credit_limit_names_its_counterparty_and_keeps_its_volume():
    house = over_credit()
    case = house.case("credit-mwh").case
    house.apply(trade(5.0, 40.0, 9, 11, version=2, action=TradeAction.CANCEL))

    row = rows_of(house)[case]
    assert (row["Counterparty"], row["Volume"]) == ("CP-01", 55.0)
    assert row["Duties"] == "1 of 8 done"


@pytest.mark.parametrize("action", [TradeAction.AMEND, TradeAction.CANCEL])
def test_a_share_that_another_counterpartys_contract_moved_says_with_whom(action: TradeAction):
    named = (Counterparty(counterparty=name, name=name) for name in "AB")
    deals = deal(10, "A", 10, 20), deal(10, "B", 10, 20)
    less = deal(2, "B", 10, 20, version=2, action=action)
    shares = policy(credit_volume_share=0.6)
    held = company(reference(), shares, *named, tick(8), *deals, tick(9), less, tick(10))
    (table,) = REPORTS["exceptions"](held).tables

    assert [row[:2] for row in table.rows] == [("A", "purchase of energy with B")]


def test_what_exceeded_a_credit_limit_stands_in_the_counterparty_summary_too_and_nothing_else():
    house = over_credit()
    (exceptions,) = REPORTS["exceptions"](house.company).tables
    exceeded = REPORTS["counterparties"](house.company).tables[-1]
    own = house.case("credit-mwh").case

    assert exceeded.columns == exceptions.columns
    assert exceeded.rows == tuple(row for row in exceptions.rows if row[-1] == own)
    assert exceeded.rows
    other = REPORTS["counterparties"](out_of_tolerance().company).tables[-1]
    assert (other.rows, other.empty) == ((), "No credit limit was exceeded.")


def test_a_late_duty_is_an_exception_of_its_own_with_its_clause():
    house = over_credit()
    house.tick(house.company.tick_ns + HOUR_NS)

    row = rows_of(house)[house.case("duty-tell-exceedance").case]
    assert str(row["Limit exceeded"]).startswith("SVCE §6.5 p. 13: Late duty, due ")


def test_a_passive_breach_shows_what_the_limit_measures_and_no_contract():
    house = out_of_tolerance()
    passive = next(row for row in house.company.desk.alerts.cases() if row.passive)

    row = rows_of(house)[passive.case]
    assert row["Counterparty"] == "–"
    assert isinstance(row["Amount"], float)
    assert math.isnan(row["Amount"])


def test_root_cause_resolution_and_waiver_are_told_once_somebody_stated_them():
    house = over_credit()
    case = house.case("credit-mwh").case
    assert rows_of(house)[case]["Root cause"] == "not stated yet"
    house.act(ActionKind.RESOLVE, case, text="entered twice", resolution="one is cancelled")
    until_ns = house.company.tick_ns + HOUR_NS
    house.act(ActionKind.WAIVE, case, text="today only", approver="committee", until_ns=until_ns)

    tables = REPORTS["counterparties"](house.company).tables
    limits = next(table for table in tables if table.title == "Credit limits")
    states = [str(line[-1]) for line in limits.rows if line[0] == "CP-01"]
    assert any(state.startswith("breach, waived until ") for state in states)
    row = rows_of(house)[case]
    assert (row["Root cause"], row["Resolution"]) == ("entered twice", "one is cancelled")
    assert str(row["Waiver"]).endswith("approved by committee: today only")


@pytest.mark.parametrize(
    ("behind", "amounts"),
    [
        (
            contract(
                "capacity", -100.0, 0.0, 0, 24, unit_kind="system", price_usd_per_unit=6_200.0
            ),
            (100.0 / 31 * 6_200.0, -100.0, 0.0),
        ),
        (
            contract("cfd", -10.0, 40.0, 9, 2, price_adjustment_usd_per_mwh=-1.5),
            (20.0 * 38.5, -10.0, -20.0),
        ),
        (
            trade(0.0, 40.0, 9, 2, product="shaped", profile_mw=(-3.0, -8.0)),
            (11.0 * 40.0, -8.0, -11.0),
        ),
        (
            trade(0.0, 40.0, 9, 4, product="shaped", profile_mw=(10.0, 10.0, 10.0, -11.0)),
            (41.0 * 40.0, -11.0, 19.0),
        ),
        (
            contract("ppa", 0.5, 32.0, 9, resource="plant", location="NODE"),
            (math.nan, 100.0, math.nan),  # half of 200 MW; what it makes is not foretold
        ),
        (
            contract("ppa", 0.5, 32.0, 12, 2, resource="plant", location="NODE"),
            (60.0 * 32.0, 100.0, 60.0),
        ),
    ],
)
def test_the_contract_behind_a_breach_is_as_big_as_its_product_makes_it(
    behind: Trade, amounts: tuple[float, ...]
):
    desk = company(reference(), tick(8), forecast("plant", 12, 80, 40), behind).desk
    counterparty, *found = contract_behind(desk, behind.key)
    assert counterparty == "CP-01"
    assert found == pytest.approx(amounts, nan_ok=True)
    assert str(found[-1]) != "-0.0"


def test_closed_cases_that_are_no_longer_held_are_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("state.alerts.cases.CLOSED_KEPT", 1)
    house = over_credit(policies=())
    for version in range(2, 8, 2):
        house.apply(trade(5.0, 40.0, 9, 11, version=version, action=TradeAction.CANCEL))
        case = house.case("credit-mwh").case
        house.act(ActionKind.CLOSE, case, text="entered twice", resolution="one is cancelled")
        house.apply(trade(5.0, 40.0, 9, 11, version=version + 1))

    for name, number in (("exceptions", 0), ("counterparties", -1)):
        table = REPORTS[name](house.company).tables[number]
        assert len(table.rows) == 2
        assert "; 2 closed before are left out" in table.notes[-1]
