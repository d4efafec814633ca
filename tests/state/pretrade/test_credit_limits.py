"""A check against the credit limits: what booking the trade does to every counterparty's."""

from __future__ import annotations

from math import isclose
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from state.company import Company
from state.limits.credit import RULES, SUSPENDED
from state.messages import Counterparty, Resource, ResourceKind, Trade, TradeAction, TradeCheck
from state.pretrade.check import answer_to
from state.screens.checks_seen import CheckAnswer, Outcome
from state.trading.decision import Decision
from tests.state.credit.samples import deal, policy
from tests.state.strategies import examples
from tests.state.worked import company, reference, tick

FIGURES = [rule.name for rule in RULES if rule is not SUSPENDED]
LEAST = "{least_owed_usd: 300, least_volume_mwh: 20}"

deals = st.builds(
    lambda name, mw, first, hours, trade, version, action: deal(
        mw, name, first, first + hours, trade=trade, version=version, action=action
    ),
    st.sampled_from("ABC"),
    st.integers(-9, 9).filter(bool).map(float),
    st.integers(5, 20),
    st.integers(1, 6),
    st.sampled_from(["1", "2", "3", "4", "5"]),
    st.integers(1, 4),
    st.sampled_from([TradeAction.NEW, TradeAction.NEW, TradeAction.CANCEL]),
)
ceilings = st.fixed_dictionaries(
    {},
    optional={
        "credit_owed": st.sampled_from([100, 400]),
        "credit_undelivered_mwh": st.sampled_from([10, 40]),
        "credit_undelivered_mw": st.sampled_from([5, 12]),
        "credit_value": st.sampled_from([400, 2000]),
        "credit_volume_mwh": st.sampled_from([10, 60]),
        "credit_volume_mw": st.sampled_from([5, 12]),
        "credit_owed_share": st.sampled_from([0.3, 0.6]),
        "credit_volume_share": st.sampled_from([0.3, 0.6]),
    },
)


def house(limits: dict[str, float], held: list[Trade]) -> Company:
    """Three counterparties, one of them netted, at ten o'clock."""
    netted = Counterparty(counterparty="A", name="A", netting=True)
    return company(*reference(), policy(LEAST, **limits), netted, tick(10), *held)


def asked(folded: Company, one: Trade, *reserved: Trade, lot: float = 0.0) -> CheckAnswer:
    check = TradeCheck(check="c", candidate=one, lot=lot)
    return answer_to(folded.desk, check, list(reserved), at_ns=folded.tick_ns)


def rows(folded: Company) -> dict[tuple[str, str], tuple[float, float]]:
    """Value and headroom of every credit limit of every counterparty, brought up to date."""
    folded = Company.restore(folded.snapshot())
    folded.apply(tick(10 + 1 / 60), folded.position + 1)
    return {
        (table.limit.id, one.scope): (one.value, one.headroom)
        for figure in FIGURES
        for table in folded.desk.alerts.on_figure(figure)
        for one in map(table.instance, range(len(table)))
    }


def harmed(folded: Company, one: Trade) -> bool:
    """Whether booking newly breaches a credit limit, or one further."""
    booked = Company.restore(folded.snapshot())
    booked.apply(one, booked.position + 1)
    before, after = rows(folded), rows(booked)
    return any(
        headroom < -1e-9 and headroom < before.get(key, (0.0, 0.0))[1] - 1e-9
        for key, (_, headroom) in after.items()
    )


@examples(18)
@given(ceilings, st.lists(deals, max_size=6), deals)
def test_a_check_says_what_booking_does_to_every_credit_limit(
    limits: dict[str, float], held: list[Trade], one: Trade
):
    folded = house(limits, held)
    saved, before = folded.snapshot(), rows(folded)
    answer = asked(folded, one)
    assert folded.snapshot() == saved, "asking changes nothing"
    assume(not answer.reason)

    harms = harmed(folded, one)
    folded.apply(one, folded.position + 1)

    effects = {(effect.limit, effect.scope): effect for effect in answer.effects}
    for key, (value, _) in rows(folded).items():
        effect, was = effects.get(key), before.get(key, (0.0, 0.0))[0]
        if effect is None or effect.outcome is Outcome.PROHIBITED:
            assert isclose(value, was, rel_tol=1e-12) or key[0].endswith("share")
        else:
            assert isclose(value, effect.after, rel_tol=1e-12)
            assert isclose(was, effect.before, rel_tol=1e-12)
    prohibited = {effect.outcome for effect in answer.effects} & {Outcome.PROHIBITED}
    assert (answer.decision == Decision.REJECT) == (harms or bool(prohibited))


def test_what_has_delivered_of_a_contract_that_goes_to_somebody_new_is_owed_once():
    delivered = deal(1.0, "A", 5, 6, trade="1")
    folded = house({}, [delivered])
    before = rows(folded)

    amended = deal(1.0, "B", 5, 6, trade="1", version=2, action=TradeAction.AMEND)
    folded.apply(amended, folded.position + 1)

    after = rows(folded)
    assert before["credit-owed", "A"][0] == 40.0
    assert [after["credit-owed", name][0] for name in "AB"] == [0.0, 40.0]


@examples(18)
@given(ceilings, st.lists(deals, max_size=6), deals, st.sampled_from([1.0, 2.0]))
def test_the_sizes_that_pass_are_those_that_a_check_of_each_lot_accepts(
    limits: dict[str, float], held: list[Trade], one: Trade, lot: float
):
    folded, one = house(limits, held), msgspec.structs.replace(one, version=9)
    answer = asked(folded, one, lot=lot)
    assert not answer.reason
    if any(effect.outcome is Outcome.PROHIBITED for effect in answer.effects):
        assert answer.sizes == []
        return
    passing = {lots for first, last in answer.sizes for lots in range(first, last + 1)}
    sign = 1.0 if one.quantity_mw > 0 else -1.0
    for lots in range(1, 25):
        sized = msgspec.structs.replace(one, quantity_mw=sign * lots * lot)
        accepted = asked(folded, sized).decision == Decision.ACCEPT
        assert (lots in passing) == accepted, lots


def test_a_reservation_counts_with_its_counterparty():
    folded = house({"credit_volume_mwh": 10}, [])
    reserved = deal(3.0, "B", 12, 14, trade="reserved")
    assert asked(folded, deal(3.0, "B", 12, 14)).decision == Decision.ACCEPT
    answer = asked(folded, deal(3.0, "B", 12, 14), reserved, lot=1.0)
    assert (answer.decision, answer.sizes) == (Decision.REJECT, [(1, 2)])


def test_a_share_passes_up_to_the_lot_with_which_the_whole_has_grown_as_well():
    held = [
        deal(mw, name, 12, 14, trade=name) for name, mw in (("C", 10.0), ("A", 5.0), ("B", 5.0))
    ]
    folded = house({"credit_volume_share": 0.4}, held)
    answer = asked(folded, deal(1.0, "B", 12, 13, trade="new"), lot=1.0)
    assert answer.sizes == [(1, 10)], "of 10 + 10 MWh in 40 + 10"


def test_dollars_owed_to_who_is_netted_fall_to_zero_and_rise_beyond_it():
    folded = house({"credit_owed": 200}, [deal(5.0, "A", 9, 10)])
    answer = asked(folded, deal(-1.0, "A", 9, 10, trade="new"), lot=1.0)
    (owed,) = (one for one in answer.effects if one.limit == "credit-owed")
    assert (owed.before, owed.after, answer.sizes) == (200.0, 160.0, [(1, 10)])


def test_the_part_of_another_rises_when_a_contract_goes_out():
    held = [deal(5.0, "A", 12, 14, trade="1"), deal(5.0, "B", 12, 14, trade="2")]
    folded = house({"credit_volume_share": 0.6}, held)
    cancel = deal(5.0, "A", 12, 14, trade="1", version=2, action=TradeAction.CANCEL)
    answer = asked(folded, cancel)
    assert answer.decision == Decision.ACCEPT, "20 MWh are the least whole"
    folded = house({"credit_volume_share": 0.4}, [*held, deal(5.0, "C", 12, 14, trade="3")])
    (broken,) = (one for one in asked(folded, cancel).effects if one.scope == "B")
    assert (broken.outcome, broken.before, broken.after) == (Outcome.BREACHED, 1 / 3, 0.5)


def test_no_new_contract_passes_with_a_counterparty_that_is_suspended():
    folded = house({"credit_volume_mwh": 9}, [deal(5.0, "B", 12, 14, trade="1")])
    cancel = deal(5.0, "B", 12, 14, trade="1", version=2, action=TradeAction.CANCEL)
    assert asked(folded, cancel).decision == Decision.ACCEPT, "it is no new contract"
    folded.apply(cancel, folded.position + 1)

    answer = asked(folded, deal(1.0, "B", 12, 13, trade="2"), lot=1.0)

    assert (answer.decision, answer.sizes) == (Decision.REJECT, [])
    (effect,) = (one for one in answer.effects if one.outcome is Outcome.PROHIBITED)
    assert (effect.limit, effect.clause, effect.policy) == ("credit-volume-mwh", "§6.5", "credit 1")
    assert "suspended since" in effect.reason


def test_no_contract_is_amended_to_be_with_a_counterparty_that_is_suspended():
    held = [deal(5.0, "B", 12, 14, trade="1"), deal(1.0, "A", 12, 13, trade="2")]
    folded = house({"credit_volume_mwh": 9}, held)
    amend = {"trade": "2", "version": 2, "action": TradeAction.AMEND}
    moved, less = deal(1.0, "B", 12, 13, **amend), deal(0.5, "A", 12, 13, **amend)

    assert asked(folded, less).decision == Decision.ACCEPT
    answer = asked(folded, moved)
    assert answer.decision == Decision.REJECT
    assert [one.scope for one in answer.effects if one.outcome is Outcome.PROHIBITED] == ["B"]


@pytest.mark.parametrize("ticked", [False, True])
def test_nothing_is_decided_while_everything_is_to_be_summed_anew(*, ticked: bool):
    folded = house({"credit_volume_mwh": 9}, [])
    plant: dict[str, Any] = {"resource_kind": ResourceKind.SOLAR, "capacity_mw": 9.0}
    more = Resource(resource="new", market="west", book="book", location="HUB", **plant)
    folded.apply(more, folded.position + 1)
    if ticked:
        folded.apply(tick(10.1), folded.position + 1)
    answer = asked(folded, deal(1.0, "B", 12, 13))
    assert answer.decision == (Decision.ACCEPT if ticked else Decision.NO_DECISION)
