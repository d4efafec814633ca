"""The check under the whole written policy: what it says of a trade is what booking it does."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from state.company import Company
from state.limits.credit import RULES, SUSPENDED
from state.messages import Policy, Trade, TradeAction
from state.policy.trading_limits import TradingLimit
from state.screens.checks_seen import CheckAnswer, LimitEffect, Outcome
from state.trading.decision import Decision
from tests.state.credit.samples import policy as credit_policy
from tests.state.pretrade.desk import BROKEN, asked
from tests.state.pretrade.house import (
    AUGUST,
    JULY,
    TODAY,
    ask,
    made,
    random_trades,
    under_the_policy,
)
from tests.state.strategies import examples
from tests.state.trading.samples import POLICY
from tests.state.worked import contract, tick

ANSWERED_AT_ONCE = (
    "coverage",
    "pnl_today",
    "var",
    *(rule.name for rule in RULES if rule is not SUSPENDED),
)
"""The figures that a check holds, and that booking moves before time goes on."""

Row = tuple[float, float]
"""Value and headroom."""


ceilings = st.fixed_dictionaries(
    {},
    optional={
        "credit_undelivered_mwh": st.sampled_from([500, 4_000]),
        "credit_value": st.sampled_from([20_000, 200_000]),
        "credit_volume_mw": st.sampled_from([30, 150]),
        "credit_volume_share": st.sampled_from([0.4, 0.8]),
    },
)


def house(limits: dict[str, Any]) -> Company:
    """That house with credit limits."""
    folded = Company.restore(under_the_policy())
    least = "{least_volume_mwh: 2000, least_owed_usd: 2000}"
    for message in (credit_policy(least, **limits), tick(8 + 1 / 3600)):
        folded.apply(message, folded.position + 1)
    return folded


def rows(folded: Company) -> dict[tuple[str, str, str], Row]:
    """Every known limit on a figure, brought up to date: shares of others follow at a tick."""
    folded = Company.restore(folded.snapshot())
    folded.apply(tick(8 + 1 / 60), folded.position + 1)
    return {
        (table.limit.id, one.scope, one.period): (one.value, one.headroom)
        for figure in ANSWERED_AT_ONCE
        for table in folded.desk.alerts.on_figure(figure)
        for one in map(table.instance, range(len(table)))
        if one.state not in {"unknown", "not_applicable"}
    }


def harmed(before: dict[tuple[str, str, str], Row], after: dict[tuple[str, str, str], Row]) -> bool:
    """Whether a limit is newly breached, or breached further."""
    inside = (0.0, 0.0)
    return any(
        room < -1e-9 and room < min(0.0, before.get(key, inside)[1]) - 1e-9
        for key, (_, room) in after.items()
    )


def is_prohibited(effect: LimitEffect, one: Trade) -> bool:
    """Whether a clause forbids the trade, or the trade is larger than its row of §5.6 allows."""
    if effect.outcome is Outcome.PROHIBITED:
        return True
    if effect.limit.startswith("nop-"):  # tolerances follow at the next tick
        return effect.outcome in BROKEN
    row = next((row for row in POLICY.trading_limits if row.id == effect.limit), None)
    return row is not None and effect.outcome in BROKEN and exceeds(row, one)


def exceeds(row: TradingLimit, one: Trade) -> bool:
    """Whether a flat trade of whole hours is over the $ or the MW of a row."""
    side = row.purchases if one.quantity_mw > 0 else row.sales
    mw = abs(one.quantity_mw)
    usd = mw * one.price_usd_per_mwh * (one.delivery_end_ns - one.delivery_start_ns) / 3.6e12
    return any(
        cell.ceiling is not None and number > cell.ceiling
        for cell, number in ((side.usd, usd), (side.mw, mw))
    )


@examples(7)
@given(ceilings, st.lists(random_trades, min_size=2, max_size=7))
def test_accepted_harms_no_limit_and_rejected_does_or_meets_a_prohibition(
    limits: dict[str, Any], trades: list[Trade]
):
    folded = house(limits)
    for one in trades:
        answer, before = ask(folded, one), rows(folded)
        folded.refusals()
        folded.apply(one, folded.position + 1)
        refused = bool(folded.refusals())
        assert bool(answer.reason) == refused
        if refused:
            continue
        harms = harmed(before, rows(folded))
        followed = {limit for limit, _, _ in before}
        limits_broken = [
            effect
            for effect in answer.effects
            if effect.outcome in BROKEN and effect.limit in followed
        ]
        note(f"{one.trade} {one.quantity_mw} MW {one.counterparty}: {answer.decision}, {harms}")
        if answer.decision == Decision.ACCEPT:
            assert not harms
        if limits_broken:
            assert answer.decision == Decision.REJECT
            assert harms
        elif answer.decision == Decision.REJECT:
            assert any(is_prohibited(effect, one) for effect in answer.effects)
            assert not harms


@examples(7)
@given(ceilings, st.lists(random_trades, max_size=3), random_trades, st.sampled_from([1.0, 7.0]))
def test_the_sizes_that_pass_are_those_that_a_check_of_each_lot_accepts(
    limits: dict[str, Any], held: list[Trade], one: Trade, lot: float
):
    folded = house(limits)
    for each in held:
        folded.apply(each, folded.position + 1)
    one = msgspec.structs.replace(one, trade="new", action=TradeAction.NEW, trader="ann")
    answer = ask(folded, one, lot=lot)
    assert not answer.reason
    passing = {lots for first, last in answer.sizes for lots in range(first, last + 1)}
    sign = 1.0 if one.quantity_mw > 0 else -1.0
    for lots in range(1, answer.looked_up_to + 1):
        sized = msgspec.structs.replace(one, quantity_mw=sign * lots * lot)
        assert (lots in passing) == (ask(folded, sized).decision == Decision.ACCEPT), lots


@pytest.mark.parametrize(
    ("begins", "changes", "decision"),
    [
        ((AUGUST, 0), {}, "accept"),
        ((AUGUST, 0), {"mw": 101.0}, "reject"),
        ((AUGUST, 0), {"mw": -51.0}, "reject"),
        ((AUGUST, 0), {"counterparty": "C"}, "reject"),
        ((AUGUST, 0), {"counterparty": "E"}, "reject"),
        ((AUGUST, 0), {"trader": "cyn"}, "reject"),
        ((TODAY, 12), {}, "refer"),
    ],
)
def test_the_random_trades_are_of_every_kind_of_decision(
    begins: tuple[date, float], changes: dict[str, Any], decision: str
):
    terms = {"mw": 30.0, "usd": 40.0, "counterparty": "A", "trader": "ann"} | changes
    one = made(begins, 1, trade="1", version=1, **terms)

    assert ask(house({}), one).decision == decision


def test_a_limit_of_the_policy_without_a_number_for_the_counterparty_leaves_the_check_open():
    """Of six limits the value of transactions has one for all, MW traded one for A alone."""
    folded = Company.restore(under_the_policy())
    value, mw = NUMBERS
    folded.apply(credit_numbers(value, mw.format(scopes="[A]")), folded.position + 1)
    folded.apply(tick(8 + 1 / 3600), folded.position + 1)

    def without(name: str) -> dict[str, LimitEffect]:
        one = made((JULY, 0), 1, mw=5.0, usd=40.0, trade="1", version=1, counterparty=name)
        answer = asked(folded, msgspec.structs.replace(one, trader="ann"))
        assert answer.decision is Decision.NO_DECISION
        return {each.limit: each for each in answer.effects if each.clause.startswith("§6.3")}

    assert set(without("A")) == {
        "credit-owed", "credit-undelivered-volume", "credit-share-owed", "credit-share-volume"
    }  # fmt: skip
    assert set(without("B")) == {*without("A"), "credit-transaction-volume"}
    told = without("B")["credit-transaction-volume"]
    assert (told.outcome, told.scope, told.clause) == (Outcome.UNKNOWN, "B", "§6.3 p. 12")
    assert told.reason.startswith("Transaction volume sold or purchased: B has no number; set one")


VOLUMES = {"credit-undelivered-volume", "credit-transaction-volume", "credit-share-volume"}


def without_volumes() -> Company:
    """That house with a number for dollars, and none for MWh and MW."""
    folded = Company.restore(under_the_policy())
    numbers = [numbered(f"credit_{name}", "$") for name in ("owed", "value")]
    numbers.append(numbered("credit_owed_share", "ratio"))
    folded.apply(credit_numbers(*numbers), folded.position + 1)
    folded.apply(tick(8 + 1 / 3600), folded.position + 1)
    return folded


def open_limits(answer: CheckAnswer) -> set[str]:
    """Return the limits of §6.3 of which the check says that they are not known."""
    found = [each for each in answer.effects if each.outcome is Outcome.UNKNOWN]
    return {each.limit for each in found if each.clause.startswith("§6.3")}


def test_a_limit_without_a_number_leaves_no_check_open_of_what_adds_nothing_to_it():
    folded = without_volumes()
    certificates = contract(
        "rec", 0, 0, 9, unit_kind="PCC1", vintage="2026", units=100.0, price_usd_per_unit=17.5,
        counterparty="A", trader="ann",
    )  # fmt: skip
    energy = made((JULY, 0), 1, mw=5.0, usd=40.0, trade="1", version=1, counterparty="A")

    assert open_limits(ask(folded, certificates)) == set()
    assert open_limits(ask(folded, msgspec.structs.replace(energy, trader="ann"))) == VOLUMES


def test_an_amendment_stays_open_at_a_limit_without_a_number_only_where_it_adds_to_it():
    folded = without_volumes()
    terms = {"usd": 40.0, "trade": "1", "counterparty": "A", "trader": "ann"}
    folded.apply(made((JULY, 0), 1, mw=5.0, version=1, **terms), folded.position + 1)

    def amended(**changes: Any) -> CheckAnswer:
        return ask(folded, made((JULY, 0), 1, **(terms | {"version": 2} | changes)), lot=1.0)

    assert open_limits(amended(mw=6.0)) == VOLUMES
    assert open_limits(amended(mw=5.0, usd=41.0)) == set()
    assert open_limits(amended(mw=3.0, counterparty="B")) == VOLUMES
    less = amended(mw=3.0)
    assert less.decision is Decision.ACCEPT
    assert less.sizes == [(1, 5)]


def test_what_is_to_come_will_be_owed_and_what_comes_less_will_not():
    folded = Company.restore(under_the_policy())
    folded.apply(tick(8 + 1 / 3600), folded.position + 1)
    terms = {"usd": 40.0, "trade": "1", "counterparty": "A", "trader": "ann"}
    first = made((JULY, 0), 1, mw=5.0, version=1, **terms)
    every = {"credit-owed", "credit-share-owed", "credit-transaction-value", *VOLUMES}

    assert open_limits(ask(folded, first)) == every
    folded.apply(first, folded.position + 1)
    assert open_limits(ask(folded, made((JULY, 0), 1, mw=4.0, version=2, **terms))) == set()
    dearer = made((JULY, 0), 1, mw=5.0, version=2, **(terms | {"usd": 41.0}))
    assert open_limits(ask(folded, dearer)) == every - VOLUMES


def numbered(rule: str, unit: str) -> str:
    return (
        f"{{id: {rule.replace('_', '-')}-desk, rule: {rule}, title: t, clause: desk, unit: {unit},"
        " ceiling: 1000000000, warn_at: 0.8, clear_at: 0.95, materiality: minor}"
    )


NUMBERS = (
    "{id: value, rule: credit_value, title: t, clause: desk, unit: $, ceiling: 1000000000,"
    " warn_at: 0.8, clear_at: 0.95, materiality: minor}",
    "{{id: mw, rule: credit_volume_mw, title: t, clause: desk, unit: MW, ceiling: 1000000000,"
    " warn_at: 0.8, clear_at: 0.95, materiality: minor, scopes: {scopes}}}",
)


def credit_numbers(*limits: str) -> Policy:
    source = "\n  - ".join(("name: credit\nversion: '1'\ntitle: credit\nlimits:", *limits))
    return Policy(policy="credit", version="1", source=source)
