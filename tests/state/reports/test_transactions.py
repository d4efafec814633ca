"""The transaction summary: what was executed this month, by type, and how it moved the position."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from state.company import Company
from state.messages import LocationKind, Locations, Market, Tick, Trade, TradeAction
from state.moments import HOUR_NS
from state.nop.watch import nop_view
from state.reports import REPORTS
from state.reports.table import Table, Value
from tests.state.nop.company import Following, block_trade
from tests.state.worked import at, contract

JUNE = date(2026, 6, 15)
JULY = date(2026, 7, 1), date(2026, 8, 1)
HOURS_OF_JULY = 744.0


def tables(company: Company) -> tuple[Table, Table]:
    by_type, listed = REPORTS["transactions"](company).tables
    return by_type, listed


def rows(table: Table) -> list[dict[str, Value]]:
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def executed(mw: float, name: str, day: date, **changes: object) -> Trade:
    return block_trade(mw, *JULY, trade=name, executed_at_ns=at(9, day), **changes)


def test_each_type_has_its_number_volume_value_and_change_of_every_period():
    desk = Following(JUNE)
    desk.apply(
        executed(10.0, "A", date(2026, 6, 2)),
        executed(5.0, "B", date(2026, 6, 3)),
        executed(-4.0, "C", date(2026, 6, 4)),
    )
    by_type, _ = tables(desk.company)
    bought, sold = rows(by_type)

    assert by_type.title == "Transactions executed in 2026-06, and the change to the energy NOP"
    assert (bought["Transaction"], bought["Contracts"]) == ("purchase of energy", 2.0)
    assert (bought["Bought"], bought["Sold"]) == (15.0 * HOURS_OF_JULY, 0.0)
    assert bought["Value"] == 15.0 * HOURS_OF_JULY * 40.0
    assert bought["Change of the prompt month"] == 15.0 * HOURS_OF_JULY
    assert bought["Change of the prompt calendar year"] == 0.0
    assert (sold["Transaction"], sold["Sold"]) == ("sale of energy", 4.0 * HOURS_OF_JULY)
    assert sold["Change of the prompt month"] == -4.0 * HOURS_OF_JULY


def test_the_change_is_what_the_position_shows_of_them():
    desk = Following(JUNE)
    before = {row.title: row.open for row in nop_view(desk.company.desk).rows}
    desk.apply(
        executed(10.0, "A", date(2026, 6, 2)),
        executed(3.0, "S", date(2026, 6, 2), product="swap"),
        contract(
            "ppa", 0.5, 30.0, 0.0, 31 * 24, day=JULY[0], trade="P", resource="plant",
            executed_at_ns=at(9, date(2026, 6, 2)),
        ),
    )  # fmt: skip
    after = {row.title: row.open for row in nop_view(desk.company.desk).rows}
    by_type, listed = tables(desk.company)

    moved = after["Prompt month"] - before["Prompt month"]
    changes = [float(row["Change of the prompt month"]) for row in rows(by_type)]
    assert sum(changes) == moved == 10.0 * HOURS_OF_JULY
    by_name = {row["Contract"]: row["Change of the energy NOP"] for row in rows(listed)}
    assert by_name == {"blotter/A": moved, "blotter/S": 0.0, "blotter/P": 0.0}


def test_contracts_of_other_months_and_those_cancelled_are_left_out():
    desk = Following(JUNE)
    desk.apply(
        executed(1.0, "may", date(2026, 5, 31)),
        executed(2.0, "june", date(2026, 6, 1)),
        executed(4.0, "gone", date(2026, 6, 1)),
        executed(4.0, "gone", date(2026, 6, 1), version=2, action=TradeAction.CANCEL),
    )
    _, listed = tables(desk.company)

    assert [row["Contract"] for row in rows(listed)] == ["blotter/june"]
    [row] = rows(listed)
    assert (row["Executed"], row["Quantity"]) == ("2026-06-01 09:00:00 PDT", 2.0)


def test_a_contract_counts_in_the_month_the_company_executed_it_wherever_it_delivers():
    desk = Following(JUNE)
    places = Locations(market="east", locations=("HUB",), kinds=(LocationKind.HUB,), hubs=("HUB",))
    desk.apply(Market(market="east", time_zone="America/New_York"), places)
    late = at(21.5, date(2026, 5, 31))  # half past midnight on the first of June in New York
    over = {"delivery_end_ns": at(20, date(2026, 7, 31))}
    sold = replace(executed(1.0, "late", JUNE), market="east", executed_at_ns=late, **over)
    desk.apply(sold, replace(sold, trade="early", executed_at_ns=late + 3 * HOUR_NS))

    assert not desk.company.refusals()
    [row] = rows(tables(desk.company)[1])
    assert (row["Contract"], row["Executed"]) == ("blotter/early", "2026-06-01 00:30:00 PDT")


def test_a_contract_that_says_it_was_executed_after_it_came_counts_in_the_month_it_came():
    """By a clock that is ahead it stood in the summary of June, and in that of July again."""
    desk = Following(JUNE)
    ahead = executed(1.0, "ahead", date(2026, 7, 1))
    desk.apply(replace(ahead, received_at_ns=at(9, JUNE)))

    [row] = rows(tables(desk.company)[1])
    assert row["Executed"] == "2026-06-15 09:00:00 PDT"
    desk.apply(Tick(at_ns=at(10, date(2026, 7, 1))))
    assert rows(tables(desk.company)[1]) == []


def test_an_ist_that_delivers_another_contract_has_no_volume_of_its_own():
    desk = Following(JUNE)
    first = executed(10.0, "A", date(2026, 6, 2))
    ist = contract(
        "ist", 10.0, 40.0, 0.0, 31 * 24, day=JULY[0], trade="I", delivers="blotter/A",
        executed_at_ns=at(9, date(2026, 6, 3)),
    )  # fmt: skip
    desk.apply(first, ist)
    _, listed = tables(desk.company)

    amounts = {row["Contract"]: (row["Bought"], row["Value"]) for row in rows(listed)}
    assert amounts["blotter/I"] == (0.0, 0.0)


def test_the_nop_summary_has_the_same_table():
    desk = Following(JUNE)
    desk.apply(executed(10.0, "A", date(2026, 6, 2)))

    assert tables(desk.company)[0] in REPORTS["nop"](desk.company).tables
