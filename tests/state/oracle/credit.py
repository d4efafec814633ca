"""What counterparties could owe besides, from every contract by itself."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import numpy as np

from state.calendar import local_midnight_ns
from state.messages import FloatColumn, ProductTrade, Trade, TradeAction
from state.moments import HOUR_NS
from tests.state.oracle.clock import Oracle
from tests.state.oracle.facts import Facts, expected_on
from tests.state.oracle.money import forward_trades
from tests.state.oracle.options import run_of
from tests.state.oracle.scenarios import (
    Moves,
    history,
    move_curve,
    move_held,
    move_intervals,
    order_statistics,
)
from tests.state.oracle.volumes import Leg, expected_mw, legs, trade_mw

CONTRACT_LEGS = {"physical", "financial", "option"}


def potential(oracle: Oracle, netted: set[str]) -> dict[str, tuple[float, bool]]:
    """By counterparty: $ (NaN where no scenario moves anything), and whether all is covered."""
    parts: dict[str, dict[str, FloatColumn]] = defaultdict(dict)
    complete: dict[str, bool] = defaultdict(lambda: True)
    cells = oracle.unrealised()
    for trade in oracle.facts.trades.values():
        if trade.action is TradeAction.CANCEL:
            continue
        name, own = trade.counterparty, parts[trade.counterparty]
        moved = moves_of(oracle.facts, trade, cells)
        gained = moved.of("firm", "total")
        key = f"side {trade.quantity_mw < 0}" if _is_plain(trade) else trade.identity
        own[key] = own.get(key, np.zeros(len(gained))) + gained
        complete[name] = complete[name] and not moved.incomplete
    return {
        name: (_quantile(list(own.values()), name in netted, complete[name]), complete[name])
        for name, own in parts.items()
    }


def _quantile(parts: list[FloatColumn], netted: bool, complete: bool) -> float:  # noqa: FBT001
    if not complete and not any(part.any() for part in parts):
        return math.nan
    total = sum(part if netted else np.maximum(part, 0.0) for part in parts)
    return max(0.0, order_statistics(-np.asarray(total))[0])


def _is_plain(trade: Trade) -> bool:
    """A block of MW that are the same in every hour."""
    own = isinstance(trade, ProductTrade) or len(trade.profile_mw)
    return not own and trade.product != "ppa"


def moves_of(facts: Facts, trade: Trade, cells: dict[str, set[tuple[str, int]]]) -> Moves:
    """What one contract gains by scenario, and whether a factor is missing."""
    alone = replace(facts, trades={trade.identity: trade})
    sums, market = Moves(history(facts)), trade.market
    move_intervals(alone, market, cells.get(market, set()), sums, _contract_legs)
    amounts: dict[str, float] = defaultdict(float)
    first = facts.today(market) + timedelta(days=2)
    for (_, _, hub, block, month), mwh, _ in forward_trades(alone, market, first):
        amounts[f"{market}/{hub}/curve/{block}/{month}"] += mwh
    for factor, mwh in _generated_beyond(facts, trade):
        amounts[factor] += mwh
    for factor, mwh in amounts.items():
        move_curve(sums, trade.book, factor, mwh)
    move_held(alone, sums)
    return sums


def _contract_legs(facts: Facts, market: str, at_ns: int) -> Iterator[Leg]:
    """The legs of contracts; an as-generated one is the index on its share of the output."""
    yield from (leg for leg in legs(facts, market, at_ns) if leg.origin in CONTRACT_LEGS)
    for trade in facts.trades.values():
        mw = trade_mw(facts, trade, at_ns)
        if trade.product == "ppa" and mw is not None:
            made = mw * expected_mw(facts, facts.resources[trade.resource], at_ns)
            yield Leg((trade.book, trade.location), run_of(facts, trade), made, "generated")


def _generated_beyond(facts: Facts, trade: Trade) -> Iterator[tuple[str, float]]:
    if trade.product != "ppa":
        return
    market, step = trade.market, facts.step_ns(trade.market)
    first = facts.today(market) + timedelta(days=2)
    begin = local_midnight_ns(first, facts.markets[market].time_zone)
    for at_ns in range(max(begin, trade.delivery_start_ns), trade.delivery_end_ns, step):
        share, hour = trade_mw(facts, trade, at_ns), facts.local(market, at_ns)
        if share is not None:
            said = facts.outlook_mw.get((trade.resource, hour.month, hour.block), [])
            hub = facts.curve_name(market, trade.location)
            mwh = share * (expected_on(said, hour.day) or 0.0) * step / HOUR_NS
            yield f"{market}/{hub}/curve/{hour.block}/{hour.month}", mwh
