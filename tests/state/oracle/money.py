"""Marks, the value of an interval, and the rows beyond the intraday grid."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from state.calendar import local_midnight_ns
from state.messages import Block, ProductTrade, Trade
from state.moments import HOUR_NS
from tests.state.oracle.facts import Facts, LocalHour, expected_on
from tests.state.oracle.marks import mark
from tests.state.oracle.options import NOTHING, Option, option_beyond, option_now
from tests.state.oracle.terms import linear_legs, net_price, premium_price
from tests.state.oracle.volumes import (
    Row,
    expected_mw,
    is_load,
    legs,
    live_trades,
    option_mw,
    trade_mw,
)

ForwardKey = tuple[str, str, str, str, str]
"""Market, book, hub, block and month."""


def cash_flows(facts: Facts, market: str, at_ns: int) -> Iterator[tuple[Row, float]]:
    """The terms of the value of an interval, by row: legs at their marks, and what is paid."""
    hours = facts.step_ns(market) / HOUR_NS
    for leg in legs(facts, market, at_ns):
        price = mark(facts, market, leg.run, leg.row[1], at_ns)
        if price is not None and leg.origin != "option":
            yield leg.row, price * leg.mw * hours
    for trade in live_trades(facts, market):
        mw = trade_mw(facts, trade, at_ns)
        if mw is None:
            continue
        row = (trade.book, trade.location)
        for location, share, price in linear_legs(trade):
            yield (trade.book, location), -share * price * mw * hours
        if trade.product == "ppa":
            made = mw * expected_mw(facts, facts.resources[trade.resource], at_ns)
            yield row, -net_price(trade) * made * hours
        bought = option_mw(facts, trade, at_ns)
        if bought is not None:
            worth = option_now(facts, trade, at_ns).value or 0.0
            yield row, (worth - premium_price(trade)) * bought * hours


def interval_value(facts: Facts, market: str, at_ns: int) -> dict[Row, float]:
    value: dict[Row, float] = defaultdict(float)
    for row, usd in cash_flows(facts, market, at_ns):
        value[row] += usd
    return value


def forward_volumes(facts: Facts) -> Iterator[tuple[ForwardKey, float, float]]:
    """Each hour's MWh and cost beyond tomorrow, by row."""
    for market in facts.markets:
        first = facts.today(market) + timedelta(days=2)
        yield from forward_trades(facts, market, first)
        yield from _forward_outlooks(facts, market, first)


def forward_trades(
    facts: Facts, market: str, first: date
) -> Iterator[tuple[ForwardKey, float, float]]:
    """What contracts deliver from a date on, by hour and row."""
    step = facts.step_ns(market)
    for trade in live_trades(facts, market):
        begin = local_midnight_ns(first, facts.markets[market].time_zone)
        if isinstance(trade, ProductTrade) and trade.product == "storage":
            yield from _forward_storage(facts, trade, begin)
            continue
        for at_ns in range(max(begin, trade.delivery_start_ns), trade.delivery_end_ns, step):
            mw = trade_mw(facts, trade, at_ns)
            if mw is None:
                continue
            hour = facts.local(market, at_ns)
            mwh = mw * step / HOUR_NS
            for location, share, price in linear_legs(trade):
                yield _beyond(facts, trade, location, hour), share * mwh, share * price * mwh
            if trade.product == "ppa":
                said = facts.outlook_mw.get((trade.resource, hour.month, hour.block), [])
                mwh = mw * (expected_on(said, hour.day) or 0.0) * step / HOUR_NS
                key = _beyond(facts, trade, trade.location, hour)
                yield key, 0.0, net_price(trade) * mwh
            option = option_beyond(facts, trade, hour)
            if option is not NOTHING:
                yield from _forward_option(facts, trade, hour, option, mwh)


def _forward_storage(
    facts: Facts, trade: ProductTrade, begin: int
) -> Iterator[tuple[ForwardKey, float, float]]:
    """What a day holds, in a block of all hours that no mark values."""
    begin, end = max(begin, trade.delivery_start_ns), trade.delivery_end_ns
    days = {facts.local(trade.market, at_ns).day: at_ns for at_ns in range(begin, end, HOUR_NS)}
    for at_ns in days.values():
        market, book, hub, _, month = _beyond(
            facts, trade, trade.location, facts.local(trade.market, at_ns)
        )
        yield (
            (market, book, hub, "flat", month),
            math.copysign(trade.energy_mwh, trade.quantity_mw),
            0.0,
        )


def _beyond(facts: Facts, trade: Trade, location: str, hour: LocalHour) -> ForwardKey:
    hub = facts.curve_name(trade.market, location)
    return trade.market, trade.book, hub, str(hour.block), hour.month


def _forward_option(
    facts: Facts, trade: Trade, hour: LocalHour, option: Option, mwh: float
) -> Iterator[tuple[ForwardKey, float, float]]:
    """Delta MWh by row; the cost makes the value of the first the option's, of the second 0."""
    for number, (location, delta) in enumerate(option.deltas):
        key = _beyond(facts, trade, location, hour)
        marks = facts.curve.get((trade.market, key[2], hour.block, hour.month))
        cost = delta * mwh * (marks[-1][1] if marks else 0.0)
        if number == 0:
            cost += (premium_price(trade) - (option.value or 0.0)) * mwh
        yield key, delta * mwh, cost


def _forward_outlooks(
    facts: Facts, market: str, first: date
) -> Iterator[tuple[ForwardKey, float, float]]:
    for (name, month, block), said in facts.outlook_mw.items():
        resource = facts.resources[name]
        if resource.market == market:
            hub = facts.curve_name(market, resource.location)
            hours = _block_hours_from(facts, market, first, month, block)
            mw = said[-1][1]
            signed = -mw if is_load(resource) else mw
            yield (market, resource.book, hub, str(block), month), signed * hours, 0.0


def _block_hours_from(facts: Facts, market: str, first: date, month: str, block: Block) -> int:
    zone = facts.markets[market].time_zone
    opening = date.fromisoformat(f"{month}-01")
    closing = (opening + timedelta(days=31)).replace(day=1)
    begin = local_midnight_ns(max(first, opening), zone)
    end = local_midnight_ns(closing, zone)
    hours = range(begin, end, HOUR_NS)
    return sum(facts.local(market, at_ns).block is block for at_ns in hours)


def forward_rows(facts: Facts) -> dict[ForwardKey, tuple[float, float]]:
    """MWh and value of each row; without a mark a row has no value."""
    mwh: dict[ForwardKey, float] = defaultdict(float)
    cost: dict[ForwardKey, float] = defaultdict(float)
    for key, volume, usd in forward_volumes(facts):
        mwh[key] += volume
        cost[key] += usd
    return {
        key: (volume, _forward_value(facts, key, volume, cost[key])) for key, volume in mwh.items()
    }


def _forward_value(facts: Facts, key: ForwardKey, mwh: float, cost: float) -> float:
    market, _, hub, block, month = key
    marks = facts.curve.get((market, hub, Block(block), month))
    return mwh * marks[-1][1] - cost if marks else 0.0


def forward_scale(facts: Facts) -> float:
    """The sum of the absolute parts of the forward value, $: what rounding is relative to."""
    scale = 0.0
    for (market, _, hub, block, month), mwh, cost in forward_volumes(facts):
        marks = facts.curve.get((market, hub, Block(block), month))
        scale += abs(cost) + (abs(mwh * marks[-1][1]) if marks else 0.0)
    return scale
