"""Potential exposure of every product, under random logs, against every contract by itself."""

from __future__ import annotations

import math
from collections.abc import Iterable
from math import isclose

import numpy as np
from hypothesis import given, note
from hypothesis import strategies as st

from state.company import Company
from state.credit.exposure import columns_of
from state.credit.gains import ContractGains
from state.credit.plain_gains import PlainGains
from state.credit.potential import potentials
from state.messages import AnyMessage, Block, Counterparty, SettlesAt, TradeAction
from tests.state.oracle import Oracle
from tests.state.oracle.credit import moves_of, potential
from tests.state.strategies import examples, logs, told_in_words
from tests.state.strategies.contracts import COUNTERPARTIES, TradeStep
from tests.state.strategies.draws import BOOKS, DAY_AHEAD, DEALS, REAL_TIME, TICKS

CENT = 0.01
"""Of amounts up to millions: what sums in another order, and a delta of nine decimals, leave."""


def folded(messages: Iterable[AnyMessage]) -> tuple[Company, Oracle]:
    company, oracle = Company("company"), Oracle()
    for position, message in enumerate(messages, start=1):
        company.apply(message, position)
        oracle.apply(message)
    return company, oracle


@examples(24)
@given(logs(20, DEALS))
def test_every_contract_gains_what_its_legs_do_in_every_scenario(messages: list[AnyMessage]):
    note(told_in_words(messages))
    company, oracle = folded(messages)
    scenarios, cells = company.desk.portfolio.scenarios, oracle.unrealised()

    for trade in oracle.facts.trades.values():
        if trade.action is not TradeAction.CANCEL and scenarios.dates:
            market, shocks = trade.market, scenarios.shocks.get(trade.market)
            singly = ContractGains(company.desk.markets[market], shocks, len(scenarios.dates))
            found, wanted = singly.of(trade), moves_of(oracle.facts, trade, cells)
            note(f"{trade.identity} {trade.product}: {found}, {wanted.of('firm', 'total')}")
            assert bool(found.missing) == bool(wanted.incomplete)
            assert np.allclose(found.usd, wanted.of("firm", "total"), rtol=1e-9, atol=CENT)


PLAIN = st.builds(
    TradeStep,
    trade=st.integers(1, 99).map(lambda number: f"B{number}"),
    version=st.just(1),
    action=st.just(TradeAction.NEW),
    product=st.sampled_from(["energy", "swap"]),
    market=st.sampled_from(["caiso", "spp"]),
    book=st.sampled_from(BOOKS),
    location=st.integers(0, 3),
    offset=st.integers(-2, 40),
    hours=st.one_of(st.integers(1, 30), st.integers(1, 900)),
    quantity_mw=st.sampled_from([-20, -3, 5, 40]),
    price=st.just(40),
    settles_at=st.sampled_from(SettlesAt),
    block=st.sampled_from(Block),
    shaped=st.sampled_from([False]),
)
BLOCKS = st.tuples(
    st.one_of(*[PLAIN] * 2, DAY_AHEAD, REAL_TIME), st.one_of(st.none(), st.none(), TICKS)
)


@examples(24)
@given(logs(20, BLOCKS))
def test_plain_blocks_all_at_once_gain_what_they_do_one_by_one(messages: list[AnyMessage]):
    note(told_in_words(messages))
    desk = folded(messages)[0].desk
    scenarios = desk.portfolio.scenarios
    for name, market in desk.markets.items() if scenarios.dates else ():
        if not len(market.contracts.trades):
            continue
        shocks, count = scenarios.shocks.get(name), len(scenarios.dates)
        columns, singly = columns_of(market), ContractGains(market, shocks, count)
        at_once = PlainGains(market, columns, shocks, count)
        wanted, missing = np.zeros_like(at_once.usd), dict[int, set[str]]()
        edged = set(at_once.edged.tolist())
        for number in np.flatnonzero(columns.plain & (columns.counterparty >= 0)).tolist():
            trade = columns.records.trade(number)
            gains, who = singly.of(trade), int(columns.counterparty[number])
            if number not in edged:
                wanted[int(trade.quantity_mw < 0.0), who] += gains.usd
                missing.setdefault(who, set()).update(gains.missing)
        assert np.allclose(at_once.usd, wanted, rtol=1e-9, atol=CENT)
        for who, factors in at_once.missing.items():
            assert factors.keys() <= missing[who]
        for who, names in missing.items():
            assert bool(names) == bool(at_once.missing.get(who))


@examples(24)
@given(logs(20, DEALS), st.sets(st.sampled_from(COUNTERPARTIES)))
def test_it_is_what_each_contract_gains_by_itself(messages: list[AnyMessage], netted: set[str]):
    records = [Counterparty(counterparty=name, name=name, netting=True) for name in sorted(netted)]
    messages = [*messages, *records]
    note(told_in_words(messages))
    company, oracle = folded(messages)

    found, wanted = potentials(company.desk), potential(oracle, netted)

    if not company.desk.portfolio.scenarios.dates:
        assert found == {}
        return
    assert found.keys() == wanted.keys()
    for name, (usd, complete) in wanted.items():
        note(f"{name}: {found[name]}, {usd}")
        assert bool(found[name].missing) != complete
        both_unknown = math.isnan(usd) and math.isnan(found[name].usd)
        assert both_unknown or isclose(found[name].usd, usd, rel_tol=1e-9, abs_tol=CENT)


@examples(5)
@given(logs(20, DEALS), st.floats(0, 1))
def test_it_is_to_the_bit_what_a_restored_company_says(messages: list[AnyMessage], share: float):
    note(told_in_words(messages))
    cut = int(share * len(messages))
    undisturbed, before = Company("company"), Company("company")
    for position, message in enumerate(messages, start=1):
        undisturbed.apply(message, position)
        if position <= cut:
            before.apply(message, position)
    restored = Company.restore(before.snapshot())
    for position, message in enumerate(messages[cut:], start=cut + 1):
        restored.apply(message, position)

    found, wanted = potentials(restored.desk), potentials(undisturbed.desk)

    assert repr(found) == repr(wanted)
