"""What is owed before the first contract falls due with it, however and whenever it comes."""

from __future__ import annotations

import pytest

from state.messages import AnyMessage, TradeAction
from state.moments import SECOND_NS
from tests.state.duties.house import House
from tests.state.duties.standing import (
    DETERMINE,
    ENTER,
    NEW,
    UNVERIFIED,
    VERIFY,
    VET,
    deal,
    do,
    house,
    named,
)

AMENDED = {"version": 2, "action": TradeAction.AMEND}


def late(*messages: AnyMessage) -> set[str]:
    """What is late a second after messages, of what is owed before a first contract."""
    one = house()
    one.apply(*messages)
    return told(one)


def told(one: House) -> set[str]:
    one.tick(one.company.tick_ns + SECOND_NS)
    return {VET, DETERMINE, VERIFY, ENTER} & set(one.limits())


@pytest.mark.parametrize(
    ("amended", "expected"),
    [
        ({"counterparty": "CP-02"}, {VET, DETERMINE}),
        ({"trader": "bea"}, {VERIFY}),
        ({"counterparty": "CP-02", "trader": "bea"}, {VET, DETERMINE, VERIFY}),
        ({"mw": 2.0}, set()),
    ],
    ids=["with it", "by the trader", "both", "neither"],
)
def test_a_first_contract_that_comes_by_amendment_makes_late_what_was_owed_before_it(
    amended: dict[str, str], expected: set[str]
):
    assert late(deal(), UNVERIFIED, NEW, deal(**amended, **AMENDED)) == expected


@pytest.mark.parametrize(
    ("contract", "expected"),
    [
        (deal(counterparty="CP-02"), {VET, DETERMINE}),
        (deal(trader="bea"), {VERIFY}),
        (deal(), set()),
    ],
    ids=["with it", "by the trader", "of others"],
)
def test_a_first_contract_that_came_before_the_record_makes_it_late_at_once(
    contract: AnyMessage, expected: set[str]
):
    assert late(contract, UNVERIFIED, NEW) == expected


def test_a_contract_that_was_cancelled_before_the_record_came_is_no_first_one():
    contract = {"counterparty": "CP-02", "trader": "bea"}
    cancel = deal(**contract, version=2, action=TradeAction.CANCEL)
    assert late(deal(**contract), cancel, UNVERIFIED, NEW) == set()


def test_a_counterparty_with_contracts_is_late_to_be_entered_once_it_is_determined():
    one = house()
    one.apply(NEW, deal(counterparty="CP-02"))
    do(one, VET)
    do(one, DETERMINE)
    assert named(one, ENTER).duty.due_ns == one.company.tick_ns
    assert ENTER in told(one)
