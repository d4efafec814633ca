"""Whom an answer of the check rules out, and who is asked about a part."""

from __future__ import annotations

import pytest

from state.messages import Counterparty, Policy
from state.trading.traders import OwnLimit
from tests.state.credit.samples import policy as credit_policy
from tests.state.hedging.house import asked, house
from tests.state.nop.company import Following

NO_AGREEMENT = Counterparty(counterparty="CP-01", name="CP-01", agreement="none")
NOT_VETTED = Counterparty(counterparty="AA", name="AA", agreement="EEI", investment_grade=True)
TEN_MW = OwnLimit(limit="limit-prompt-month", bought_mw=10.0, sold_mw=10.0)


def told(desk: Following) -> list[tuple[float, str, str]]:
    return [(one.size, one.counterparty, one.trader) for one in asked(desk).blocks]


def with_room(desk: Following, **mwh: float) -> None:
    """Set how many MWh may be bought of some counterparties."""
    own = ", ".join(f"{{scope: {name.replace('_', '-')}, ceiling: {mwh[name]}}}" for name in mwh)
    source = credit_policy(credit_volume_mwh=f"1.0e+12, own: [{own}]").source
    assert source is not None
    told_anew = source.replace('version: "1"', 'version: "2"')
    desk.apply(Policy(policy="credit", version="2", source=told_anew))


@pytest.mark.parametrize(
    ("first", "name"),
    [pytest.param(NO_AGREEMENT, "CP-02", id="prohibited"), (NOT_VETTED, "CP-01")],
)
def test_who_deals_no_more_than_a_part_is_asked_with_whom_nothing_else_speaks_against(
    first: Counterparty, name: str
):
    desk = house(80.0, own=(TEN_MW,))
    desk.apply(first)

    assert told(desk) == [(10.0, name, "ann"), (8.0, name, "ann")]


def test_where_the_one_with_the_most_room_is_no_party_to_an_agreement_the_next_takes_a_part():
    # 18 MW of July on-peak are 7,488 MWh; the most that CP-02 has room for is 4 MW.
    desk = house(80.0)
    desk.apply(NO_AGREEMENT)
    with_room(desk, CP_01=5_000.0, CP_02=4 * 416.0)

    assert told(desk)[0] == (4.0, "CP-02", "ann")


def test_where_no_contract_is_made_with_those_that_have_room_others_take_parts():
    desk = house(80.0)
    desk.apply(NO_AGREEMENT)
    with_room(desk, CP_02=10 * 416.0)

    assert told(desk)[0] == (10.0, "CP-02", "ann")
