"""The credit limits of §6.3, live: what counts, whose shares move, who is suspended."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from state.company import Company
from state.contracts import structured
from state.limits.credit import RULES
from state.limits.reading import Cause
from state.messages import (
    AnyMessage,
    Counterparty,
    ResourceKind,
    TradeAction,
)
from state.reports import REPORTS
from state.screens.credit import credit_view
from state.screens.views import Transition
from state.wire import decode, encode
from tests.state.credit.samples import (
    NAMES,
    deal,
    figure,
    lift,
    policy,
    recomputed,
    states,
    suspended,
    with_counterparties,
)
from tests.state.strategies import examples, logs, told_in_words
from tests.state.worked import company, contract, reference, resource, tick

# Incremental is recomputed ---------------------------------------------------------------------


@examples(12)
@given(logs())
def test_every_figure_is_what_all_contracts_one_by_one_come_to(messages: list[AnyMessage]):
    note(told_in_words(messages))
    folded = Company("company")
    for position, message in enumerate([policy(), *with_counterparties(messages)], start=1):
        folded.apply(message, position)
    limits = folded.desk.credit_limits
    for name, expected in recomputed(folded).items():
        found = limits.figures(name)
        stepped = ("credit_owed", "credit_owed_share", "credit_suspended_trades")
        for rule, value in expected.items():
            if rule not in stepped:
                assert math.isclose(found[rule], value, rel_tol=1e-9, abs_tol=1e-6), (name, rule)


@examples(5)
@given(logs())
def test_a_company_restored_goes_on_bit_for_bit_with_credit_limits_in_force(
    messages: list[AnyMessage],
):
    note(told_in_words(messages))
    limits = policy(credit_volume_share=0.4, credit_undelivered_mwh=100.0)
    told = [limits, *with_counterparties(messages)]
    whole, part = Company("company"), Company("company")
    for position, message in enumerate(told, start=1):
        whole.apply(message, position)
        if position == len(told) // 2:
            part = Company.restore(whole.snapshot())
        elif position > len(told) // 2:
            part.apply(decode(encode(message)), position)
    assert part.snapshot() == whole.snapshot()
    assert part.digest == whole.digest


def test_a_company_restored_before_its_first_contract_counts_it_as_one_that_was_not():
    whole = company(*reference(), policy(credit_volume_mwh=9), tick(8))
    part = Company.restore(whole.snapshot())
    for folded in (whole, part):
        folded.apply(deal(1, "A"), folded.position + 1)

    assert figure(part, "A", "credit_volume_mwh") == 2.0
    assert part.snapshot() == whole.snapshot()


# What counts -----------------------------------------------------------------------------------


def test_volume_left_falls_as_hours_are_delivered_and_volume_traded_does_not():
    folded = company(*reference(), policy(), tick(8), deal(5, "A", 10, 14))
    assert figure(folded, "A", "credit_undelivered_mwh") == 20.0
    assert figure(folded, "A", "credit_undelivered_mw") == 5.0

    folded.apply(tick(12), folded.position + 1)
    assert figure(folded, "A", "credit_undelivered_mwh") == 10.0

    folded.apply(tick(14), folded.position + 1)
    assert figure(folded, "A", "credit_undelivered_mwh") == 0.0
    assert figure(folded, "A", "credit_undelivered_mw") == 0.0
    assert figure(folded, "A", "credit_volume_mwh") == 20.0
    assert figure(folded, "A", "credit_value") == 800.0


def test_no_mw_of_a_shape_are_left_once_its_last_are_delivered():
    shape = deal(0, "A", 10, 14, product="shaped", profile_mw=np.array([2.0, 7.0, 0.0, 0.0]))
    folded = company(*reference(), policy(), tick(8), shape)
    assert figure(folded, "A", "credit_undelivered_mw") == 7.0
    folded.apply(tick(11), folded.position + 1)
    assert figure(folded, "A", "credit_undelivered_mw") == 7.0

    folded.apply(tick(12), folded.position + 1)
    assert figure(folded, "A", "credit_undelivered_mw") == 0.0
    assert figure(folded, "A", "credit_volume_mw") == 7.0


def test_an_interval_that_ends_values_nothing_beyond_the_days_held(
    monkeypatch: pytest.MonkeyPatch,
):
    """Only what was delivered is owed: a shape of years costs no more than one of a day."""
    shape = deal(0, "A", 10, 14, product="shaped", profile_mw=np.array([2.0, 7.0, 0.0, 0.0]))
    folded = company(*reference(), policy(), tick(8), shape)
    valued: list[object] = []
    monkeypatch.setattr(structured, "beyond", lambda *asked: valued.append(asked))

    folded.apply(tick(11), folded.position + 1)

    assert figure(folded, "A", "credit_owed") == 80.0
    assert valued == []


def test_an_ist_that_delivers_a_contract_adds_nothing_to_it():
    ist = contract("ist", 5.0, 40.0, 10, 2, trade="I", counterparty="A", delivers="blotter/A")
    folded = company(*reference(), policy(), tick(8), deal(5, "A"), ist)
    wanted = {"volume_mwh": 10.0, "volume_mw": 5.0, "undelivered_mw": 5.0, "value": 400.0}
    assert {name: figure(folded, "A", f"credit_{name}") for name in wanted} == wanted

    alone = contract("ist", 5.0, 40.0, 10, 2, trade="J", counterparty="A")
    folded.apply(alone, folded.position + 1)
    assert figure(folded, "A", "credit_volume_mwh") == 20.0


def test_hourly_shares_of_a_plant_count_each_of_its_capacity():
    shares = {"profile_mw": np.array([0.5, 0.0, 0.25]), "resource": "plant", "location": "NODE"}
    folded = company(*reference(), policy(), tick(8), deal(0, "A", 10, 13, product="ppa", **shares))
    wanted = {"volume_mwh": 150.0, "volume_mw": 100.0, "value": 150.0 * 40.0}  # of 200 MW
    wanted |= {"undelivered_mwh": 150.0, "undelivered_mw": 100.0}
    assert {name: figure(folded, "A", f"credit_{name}") for name in wanted} == wanted

    folded.apply(tick(12), folded.position + 1)
    assert figure(folded, "A", "credit_undelivered_mwh") == 50.0


def test_a_sale_adds_to_a_purchase_and_a_cancel_takes_out_what_came_in():
    folded = company(*reference(), policy(), tick(8), deal(5, "A"), deal(-3, "A", trade="sale"))
    assert figure(folded, "A", "credit_volume_mwh") == 16.0
    cancel = deal(5, "A", version=2, action=TradeAction.CANCEL)
    folded.apply(cancel, folded.position + 1)
    assert figure(folded, "A", "credit_volume_mwh") == 6.0


@pytest.mark.parametrize(("netting", "owed"), [(False, 320.0), (True, 80.0)])
def test_what_is_delivered_is_owed_net_only_under_a_netting_agreement(
    *, netting: bool, owed: float
):
    record = Counterparty(counterparty="A", name="A", netting=netting)
    folded = company(
        *reference(), policy(), record, tick(8), deal(5, "A", 9, 10),
        deal(-3, "A", 9, 10, trade="sale"), tick(10),
    )  # fmt: skip
    assert figure(folded, "A", "credit_owed") == owed
    assert figure(folded, "A", "credit_owed_share") == 1.0


def test_a_contract_already_delivered_is_owed_at_once():
    folded = company(*reference(), policy(), tick(8), deal(5, "A", 6, 7))
    assert figure(folded, "A", "credit_owed") == 200.0


def test_a_share_is_of_the_least_whole_while_all_together_are_less():
    least = "{least_volume_mwh: 100}"
    folded = company(*reference(), policy(least, credit_volume_share=0.25), tick(8), deal(5, "A"))
    assert figure(folded, "A", "credit_volume_share") == 0.1
    assert states(folded)["credit_volume_share", "A"] == "ok"


# Edges -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "ceiling"),
    [
        ("credit_undelivered_mwh", 10.0),
        ("credit_undelivered_mw", 5.0),
        ("credit_value", 400.0),
        ("credit_volume_mwh", 10.0),
        ("credit_volume_mw", 5.0),
        ("credit_volume_share", 0.5),
    ],
)
@pytest.mark.parametrize(("factor", "breached"), [(1.0, False), (1.01, False), (0.99, True)])
def test_at_a_credit_limit_is_inside_and_just_outside_is_a_breach(
    rule: str, ceiling: float, factor: float, *, breached: bool
):
    limits = policy(**{rule: ceiling * factor})
    folded = company(*reference(), limits, tick(8), deal(5, "B", trade="b"), deal(5, "A"))
    assert (states(folded)[rule, "A"] == "breach") == breached


@pytest.mark.parametrize(("ceiling", "state"), [(200.0, "warn"), (199.0, "breach")])
def test_dollars_owed_are_held_against_their_limit(ceiling: float, state: str):
    limits = policy(credit_owed=ceiling)
    folded = company(*reference(), limits, tick(8), deal(5, "A", 9, 10), tick(10))
    assert states(folded)["credit_owed", "A"] == state


def test_a_contract_taken_out_with_one_counterparty_moves_another_s_share_over_its_limit():
    folded = company(
        *reference(), policy(credit_volume_share=0.6), tick(8), deal(5, "A"), deal(5, "B"),
    )  # fmt: skip
    before = states(folded)["credit_volume_share", "B"]
    cancel = deal(5, "A", version=2, action=TradeAction.CANCEL)
    found = folded.apply(cancel, folded.position + 1)
    assert before == "warn"
    assert ("credit-volume-share", "B", "breached") in [
        (one.row.limit, one.row.scope, one.change) for one in found
    ]


def test_a_version_with_somebody_new_takes_the_contract_from_the_one_it_was_with():
    limits = policy(credit_volume_share=0.6)
    folded = company(*reference(), limits, tick(8), deal(5, "A"), deal(5, "B"), tick(8.1))
    folded.apply(deal(5, "C", trade="A", version=2), folded.position + 1)
    folded.apply(deal(9, "D", trade="B", version=2), folded.position + 1)

    found = [figure(folded, name, "credit_volume_mwh") for name in "ABCD"]
    assert found == [0.0, 0.0, 10.0, 18.0]
    assert states(folded)["credit_volume_share", "D"] == "breach"


# Suspension ------------------------------------------------------------------------------------


def test_whoever_exceeds_a_limit_is_suspended_at_once_and_a_trade_then_is_a_case():
    folded = company(*reference(), policy(credit_volume_mwh=9), tick(8), deal(5, "A"), deal(1, "B"))
    assert suspended(folded) == ["A"]

    found = folded.apply(deal(1, "A", trade="second"), folded.position + 1)

    assert [one.row.limit for one in found] == ["credit-suspended-trades"]
    assert figure(folded, "A", "credit_volume_mwh") == 12.0, "it happened, so it is recorded"


def test_a_contract_that_is_amended_to_be_with_a_suspended_counterparty_is_a_case_too():
    folded = company(*reference(), policy(credit_volume_mwh=9), tick(8), deal(5, "A"), deal(1, "B"))
    moved = {"version": 2, "action": TradeAction.AMEND}
    assert folded.apply(deal(0.5, "B", **moved), folded.position + 1) == []

    found = folded.apply(deal(0.5, "A", trade="B", **moved | {"version": 3}), folded.position + 1)

    assert [one.row.limit for one in found] == ["credit-suspended-trades"]


def test_a_suspension_outlasts_its_cause_and_ends_by_a_decision_alone():
    folded = company(*reference(), policy(credit_volume_mwh=9), tick(8), deal(5, "A"))
    folded.apply(lift("A"), folded.position + 1)
    assert suspended(folded) == ["A"], "it still exceeds the limit"

    cancel = deal(5, "A", version=2, action=TradeAction.CANCEL)
    folded.apply(cancel, folded.position + 1)
    folded.apply(lift("A", text=" "), folded.position + 1)
    assert suspended(folded) == ["A"], "a decision has a reason"

    folded.apply(lift("A"), folded.position + 1)
    assert suspended(folded) == []


PLANT = resource("another", "HUB", ResourceKind.THERMAL)
"""A record after which every contract is summed anew at the next tick."""


def with_one_late() -> Company:
    """A house that made a contract with a counterparty whose trading is suspended."""
    messages = (deal(5, "A"), deal(1, "A", trade="second"), tick(8 + 1 / 3600))
    return company(*reference(), policy(credit_volume_mwh=9), tick(8), *messages)


def late(folded: Company, *messages: AnyMessage) -> float:
    """Take in messages and a tick; return how many contracts were made since the suspension."""
    for message in (*messages, tick(8 + 2 / 3600)):
        folded.apply(message, folded.position + 1)
    return figure(folded, "A", "credit_suspended_trades")


def test_a_contract_during_a_suspension_counts_while_every_contract_is_to_be_summed_anew():
    assert late(with_one_late(), deal(1, "A", trade="third")) == 2.0
    assert late(with_one_late(), PLANT, deal(1, "A", trade="third")) == 2.0


def test_a_suspension_lifted_while_every_contract_is_to_be_summed_anew_ends_its_count():
    cancels = [
        deal(mw, "A", trade=name, version=2, action=TradeAction.CANCEL)
        for mw, name in ((5, "A"), (1, "second"))
    ]
    folded = with_one_late()

    assert late(folded, *cancels, PLANT, lift("A")) == 0.0
    assert suspended(folded) == []
    assert states(folded)["credit_suspended_trades", "A"] == "ok"


def test_a_state_saved_while_every_contract_is_to_be_summed_anew_keeps_the_count():
    whole = with_one_late()
    whole.apply(PLANT, whole.position + 1)
    restored = Company.restore(whole.snapshot())

    assert late(restored) == late(whole) == 1.0
    assert restored.digest == whole.digest
    assert restored.snapshot() == whole.snapshot()


def test_every_contract_is_summed_anew_at_the_next_tick_whatever_else_is_due_then():
    folded = with_one_late()
    folded.apply(PLANT, folded.position + 1)
    assert folded.desk.credit_limits.beside(folded.desk, ["A"]) is None

    folded.apply(tick(8 + 2 / 3600), folded.position + 1)
    assert folded.desk.credit_limits.beside(folded.desk, ["A"]) is not None


def test_nothing_is_kept_where_no_policy_sets_a_credit_limit():
    folded = company(*reference(), tick(8), deal(5, "A"))
    assert folded.desk.credit_limits.figures("A") == {}
    assert folded.desk.credit_limits.beside(folded.desk, ["A"]) is None


def test_a_suspension_may_be_lifted_by_the_case_behind_it_and_shows_in_view_and_report():
    folded = company(*reference(), policy(credit_volume_mwh=9), tick(8), deal(5, "A"))
    (row,) = credit_view(folded.desk).rows
    table, limits, _ = REPORTS["counterparties"](folded).tables
    assert "credit-volume-mwh exceeded" in row.suspended
    assert table.rows[0][-1] == row.suspended
    assert len(limits.rows) == len(row.limits) == len(RULES)

    folded.apply(deal(5, "A", version=2, action=TradeAction.CANCEL), folded.position + 1)
    by_case = msgspec.structs.replace(lift(""), case=row.suspension_case)
    folded.apply(by_case, folded.position + 1)

    assert suspended(folded) == []


deals = st.tuples(
    st.sampled_from(NAMES), st.integers(-6, 6), st.integers(4, 20), st.booleans(), st.booleans()
)


@examples(9)
@given(st.lists(deals, min_size=1, max_size=25))
def test_no_turn_of_another_s_share_is_missed_between_ticks(
    drawn: list[tuple[str, int, int, bool, bool]],
):
    limits = policy("{least_volume_mwh: 5}", credit_volume_share=0.5, credit_owed_share=0.4)
    kept, everything = (company(*reference(), limits, tick(8)) for _ in range(2))
    for number, (name, mw, first, cancels, ticks) in enumerate(drawn):
        last = deal(mw, name, first, first + 2, trade=str(number // 2 if cancels else number))
        action = TradeAction.CANCEL if cancels else TradeAction.NEW
        made = msgspec.structs.replace(last, version=number + 1, action=action)
        told = [made, tick(8 + number / 30)] if ticks and number else [made]
        for message in told:
            found = kept.apply(message, kept.position + 1)
            expected = everything.apply(message, everything.position + 1)
            watch = everything.desk.credit_limits
            expected += watch.read(everything.desk, Cause("trade", "k", "t"), everything.moment)
            assert turns(found) == turns(expected)


def turns(found: list[Transition]) -> list[tuple[str, str, str]]:
    return sorted((one.row.limit, one.row.scope, one.change) for one in found)
