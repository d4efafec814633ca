"""Random sequences: every figure recomputed contract by contract, suspensions begun and lifted."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec
from hypothesis import given, note
from hypothesis import strategies as st

from state.company import Company
from state.contracts.structured import contract_value
from state.credit.owed import Deliveries
from state.limits.credit import RULES, SUSPENDED
from state.messages import AnyMessage, Counterparty, Tick, TradeAction
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
from tests.state.worked import company, reference, tick

KEPT = [rule.name for rule in RULES if rule is not SUSPENDED]
NETTED = Counterparty(counterparty="A", name="A", netting=True)


def owed_one_by_one(folded: Company) -> dict[str, float]:
    """What is owed either way, contract by contract, net with whom contracts are netted."""
    found: dict[str, list[float]] = {}
    for market in folded.desk.markets.values():
        for one in market.contracts.trades.live():
            usd = contract_value(market, one)[0]
            found.setdefault(one.counterparty, []).append(usd)
    records = folded.desk.counterparties
    return {
        name: abs(sum(every)) if name in records and records[name].netting else sum(map(abs, every))
        for name, every in found.items()
    }


def require_followed(folded: Company) -> None:
    """Hold what is owed by market, as it is followed, to the bits of what is worked out anew."""
    for market, followed in folded.desk.credit_limits.delivered.items():
        names, receivable, payable = Deliveries(folded.desk.markets[market]).owed()
        known = followed.owed()
        assert known.names == names
        assert known.receivable_usd.tolist() == receivable.tolist()
        assert known.payable_usd.tolist() == payable.tolist()


@examples(100)
@given(logs())
def test_after_a_tick_all_six_limits_of_all_counterparties_are_what_their_contracts_come_to(
    messages: list[AnyMessage],
):
    note(told_in_words(messages))
    folded = Company("company")
    for message in [policy(), NETTED, *with_counterparties(messages)]:
        folded.apply(message, folded.position + 1)
        if isinstance(message, Tick):
            require_followed(folded)
    steps = [market.step_ns for market in folded.desk.markets.values()]
    if not steps or not folded.tick_ns:
        return
    ends_ns = (folded.tick_ns // max(steps) + 1) * max(steps)
    folded.apply(Tick(at_ns=ends_ns, received_at_ns=ends_ns), folded.position + 1)

    expected, owed = recomputed(folded), owed_one_by_one(folded)
    for name, own in expected.items():
        own["credit_owed"] = owed[name]
        own["credit_owed_share"] = owed[name] / sum(owed.values()) if any(owed.values()) else 0.0
    for name, own in expected.items():
        for rule in KEPT if name else ():
            found = figure(folded, name, rule)
            assert math.isclose(found, own[rule], rel_tol=1e-9, abs_tol=1e-6), (name, rule)


steps = st.one_of(
    st.builds(
        lambda name, mw, number, version, action: deal(
            mw, name, 12, 14, trade=str(number), version=version, action=action
        ),
        st.sampled_from(NAMES),
        st.sampled_from([-6.0, -2.0, 1.0, 3.0, 9.0]),
        st.integers(1, 6),
        st.integers(1, 4),
        st.sampled_from([TradeAction.NEW, TradeAction.NEW, TradeAction.CANCEL]),
    ),
    st.builds(lift, st.sampled_from([*NAMES, "nobody"]), st.sampled_from(["decided", " "])),
    st.integers(1, 30).map(lambda minutes: tick(8 + minutes / 60)),
)


@examples(15)
@given(st.lists(steps, min_size=4, max_size=25))
def test_an_exceedance_suspends_at_once_and_only_a_decision_after_its_cure_lifts_it(
    drawn: list[AnyMessage],
):
    limits = policy("{least_volume_mwh: 30}", credit_volume_mwh=20, credit_volume_share=0.6)
    folded = company(*reference(), limits, tick(8))
    expected: dict[str, float] = {}
    for message in in_order(drawn):
        was, over = set(suspended(folded)), exceeded(folded)
        contracts = live(folded)
        folded.refusals()
        folded.apply(message, folded.position + 1)
        refused = bool(folded.refusals())

        if message.key.startswith("action/"):
            name = getattr(message, "counterparty", "")
            lifted = name in was and name not in over and getattr(message, "text", "").strip()
            assert refused == (not lifted)
            if lifted:
                expected.pop(name)
        for name in live(folded) - contracts if not refused else ():
            if name[1] in expected:
                expected[name[1]] += 1.0
        for name in exceeded(folded) - over:
            expected.setdefault(name, 0.0)
        assert set(suspended(folded)) == set(expected), message.key
        for name, late in expected.items():
            assert figure(folded, name, SUSPENDED.name) == late, name
        folded = Company.restore(folded.snapshot()) if message.key.endswith("3") else folded


def in_order(messages: list[AnyMessage]) -> Iterator[AnyMessage]:
    """Ticks in the order of time, actions by names of their own."""
    latest = 0
    for number, message in enumerate(messages):
        if isinstance(message, Tick):
            if message.at_ns > latest:
                latest = message.at_ns
                yield message
        elif message.key.startswith("action/"):
            yield msgspec.structs.replace(message, action=f"a{number}")
        else:
            yield message


def exceeded(folded: Company) -> set[str]:
    """Who exceeds a limit of the list."""
    return {
        scope for (rule, scope), state in states(folded).items() if state == "breach"
        and rule in KEPT
    }  # fmt: skip


def live(folded: Company) -> set[tuple[str, str]]:
    """Contracts that count, with whom."""
    trades = folded.desk.markets["west"].contracts.trades
    return {(one.trade, one.counterparty) for one in trades.live()}
