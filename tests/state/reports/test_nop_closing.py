"""The NOP summary: strategies for closing positions, and what tolerances had required."""

from __future__ import annotations

from state.company import Company
from state.messages import HedgeRequest
from state.moments import SECOND_NS
from state.reports import REPORTS
from state.reports.table import Table, Value
from tests.state.duties.house import JULY, MONTH, House, out_of_tolerance
from tests.state.hedging.house import house as hedging_house
from tests.state.nop.company import Following, block_trade


def table(company: Company, title: str) -> Table:
    return next(each for each in REPORTS["nop"](company).tables if each.title == title)


def rows(found: Table) -> list[dict[str, Value]]:
    names = [column.name for column in found.columns]
    return [dict(zip(names, row, strict=True)) for row in found.rows]


def executed(house: House) -> list[dict[str, Value]]:
    return rows(table(house.company, "Transactions required by tolerance exceedances"))


def strategies(house: House | Following) -> list[dict[str, Value]]:
    return rows(table(house.company, "Strategies for closing the NOP"))


def test_a_contract_that_brought_a_position_nearer_is_told_with_the_position_and_its_case():
    house = out_of_tolerance()
    assert executed(house) == []
    house.apply(block_trade(20.0, *JULY, trade="cure"))
    house.tick(house.company.tick_ns + SECOND_NS)
    [row] = executed(house)

    assert row["Position"] == "NOP energy tolerances: Prompt month"
    assert (row["Dates"], row["Contract"]) == ("2026-07", "blotter/cure")
    assert (row["Transaction"], row["Counterparty"]) == ("purchase of energy", "CP-01")
    assert (row["Volume (+ bought)"], row["Value"]) == (20.0 * 744, 20.0 * 744 * 40.0)
    assert row["State of the case"] == "resolved, open"


def test_one_that_took_it_farther_out_is_not():
    house = out_of_tolerance()
    house.apply(block_trade(-5.0, *JULY, trade="worse"))
    house.tick(house.company.tick_ns + SECOND_NS)

    assert executed(house) == []


def test_a_way_out_that_was_found_is_told_with_its_contracts_and_their_cost():
    desk = hedging_house(80.0)
    desk.apply(HedgeRequest(request="H-1", limit=MONTH))
    [answer], [row] = desk.company.desk.hedges.answers, strategies(desk)

    assert row["Contracts"] == "buy 18 MW on-peak energy 2026-07 at HUB with CP-01"
    assert (row["Coverage then"], row["Coverage with it"]) == (80.0, 100.0 * answer.after)
    assert (row["Cost at the marks"], row["Remark"]) == (18.0 * 416 * 50.0, "")


def test_the_newest_way_out_of_a_position_is_its_strategy_though_none_was_found():
    house = out_of_tolerance()
    assert strategies(house) == []
    for name in ("first", "second"):
        house.apply(HedgeRequest(request=name, limit=MONTH))
        for _ in range(100):
            house.tick(house.company.tick_ns + SECOND_NS)
    answers = house.company.desk.hedges.answers
    [row] = strategies(house)

    assert len(answers) == 2
    assert (row["Type"], row["Period"], row["Dates"]) == ("energy", "Prompt month", "2026-07")
    assert row["Coverage then"] == 100.0 * answers[-1].before
    assert row["Contracts"] == "none"
    assert row["Remark"] == answers[-1].reason != ""
