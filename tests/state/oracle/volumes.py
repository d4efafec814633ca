"""Expected volumes, legs, the open position and coverage of one interval."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from state.messages import (
    AwardKind,
    Block,
    Resource,
    ResourceKind,
    Run,
    Trade,
    TradeAction,
)
from state.moments import HOUR_NS, SECOND_NS
from tests.state.oracle.facts import Facts, expected_on
from tests.state.oracle.options import is_option, option_now, run_of
from tests.state.oracle.terms import PHYSICAL, linear_legs

Row = tuple[str, str]
"""A book and a location."""


@dataclass(frozen=True)
class Leg:
    """MW of one row by the run it settles at, and what it comes from."""

    row: Row
    run: str
    mw: float
    origin: str


def is_load(resource: Resource) -> bool:
    return resource.resource_kind is ResourceKind.LOAD


def plants(facts: Facts, market: str) -> list[Resource]:
    return [one for one in facts.resources.values() if one.market == market]


def outage_limit_mw(facts: Facts, resource: Resource, at_ns: int) -> float:
    limits = [
        outage.available_mw
        for outage in facts.outages.values()
        if outage.resource == resource.resource and not outage.cancelled
        if outage.start_ns <= at_ns < outage.end_ns
    ]
    return min(limits, default=math.inf)


def forecast_mw(facts: Facts, resource: Resource, at_ns: int) -> float | None:
    hour = facts.local(resource.market, at_ns)
    outlook = facts.outlook_mw.get((resource.resource, hour.month, hour.block), [])
    known = facts.volume_mw.get((resource.resource, "forecast", at_ns))
    return expected_on(outlook, hour.day) if known is None else known


def expected_mw(facts: Facts, resource: Resource, at_ns: int) -> float:
    """Q: the first known, in the resource's own direction; 0 when nothing is."""

    def said(run: str) -> float | None:
        return facts.volume_mw.get((resource.resource, run, at_ns))

    def limited(mw: float | None) -> float | None:
        return None if mw is None else min(mw, outage_limit_mw(facts, resource, at_ns))

    forecast = forecast_mw(facts, resource, at_ns)
    if is_load(resource):
        candidates = [said("meter"), forecast, said("DA")]
    else:
        candidates = [
            said("meter"),
            said("RTD"),
            said("FMM"),
            limited(forecast),
            limited(said("DA")),
        ]
    return next((mw for mw in candidates if mw is not None), 0.0)


def last_run(facts: Facts, market: str) -> str:
    """Where virtual awards and FMM trades settle."""
    return Run.FMM if Run.FMM in facts.markets[market].runs else Run.RTD


def trade_mw(facts: Facts, trade: Trade, at_ns: int) -> float | None:
    """What a contract delivers in an interval; none when it does not deliver then."""
    if not trade.delivery_start_ns <= at_ns < trade.delivery_end_ns:
        return None
    if trade.block not in (Block.FLAT, facts.local(trade.market, at_ns).block):
        return None
    if len(trade.profile_mw):
        return float(trade.profile_mw[(at_ns - trade.delivery_start_ns) // HOUR_NS])
    return trade.quantity_mw


def live_trades(facts: Facts, market: str) -> list[Trade]:
    return [
        trade
        for trade in facts.trades.values()
        if trade.market == market and trade.action is not TradeAction.CANCEL
    ]


def legs(facts: Facts, market: str, at_ns: int) -> Iterator[Leg]:
    yield from _resource_legs(facts, market, at_ns)
    yield from _trade_legs(facts, market, at_ns)
    yield from _award_legs(facts, market, at_ns)
    yield from _adjustment_legs(facts, market, at_ns)


def _resource_legs(facts: Facts, market: str, at_ns: int) -> Iterator[Leg]:
    for resource in plants(facts, market):
        row = (resource.book, resource.location)
        q = expected_mw(facts, resource, at_ns)
        da = facts.volume_mw.get((resource.resource, "DA", at_ns), 0.0)
        fmm = facts.volume_mw.get((resource.resource, "FMM", at_ns))
        sigma = -1.0 if is_load(resource) else 1.0
        if (market, at_ns) not in facts.scheduled:
            yield Leg(row, "DA", sigma * q, "resource")
        elif is_load(resource):
            yield Leg(row, "DA", -da, "resource")
            yield Leg(row, "LOAD", -(q - da), "resource")
        elif fmm is None:
            yield Leg(row, "DA", da, "resource")
            yield Leg(row, "RTD", q - da, "resource")
        else:
            yield Leg(row, "DA", da, "resource")
            yield Leg(row, "FMM", fmm - da, "resource")
            yield Leg(row, "RTD", q - fmm, "resource")


def _trade_legs(facts: Facts, market: str, at_ns: int) -> Iterator[Leg]:
    for trade in live_trades(facts, market):
        mw = trade_mw(facts, trade, at_ns)
        if mw is None:
            continue
        run = run_of(facts, trade)
        origin = "physical" if trade.product in PHYSICAL else "financial"
        for location, share, _ in linear_legs(trade):
            yield Leg((trade.book, location), run, share * mw, origin)
        bought = option_mw(facts, trade, at_ns)
        if bought is not None:
            for location, delta in option_now(facts, trade, at_ns).deltas:
                yield Leg((trade.book, location), run, delta * bought, "option")


def option_mw(facts: Facts, trade: Trade, at_ns: int) -> float | None:
    """MW that have a payoff of their own; a share of its output for an as-generated contract."""
    mw = trade_mw(facts, trade, at_ns)
    if mw is None or not is_option(trade):
        return None
    if trade.product != "ppa":
        return mw
    return mw * expected_mw(facts, facts.resources[trade.resource], at_ns)


def _award_legs(facts: Facts, market: str, at_ns: int) -> Iterator[Leg]:
    for award in facts.awards.values():
        if award.market != market:
            continue
        index = (at_ns - award.interval_start_ns) // (award.interval_seconds * SECOND_NS)
        if 0 <= index < len(award.mw):
            supply = award.award_kind is AwardKind.VIRTUAL_SUPPLY
            mw = float(award.mw[index]) * (1 if supply else -1)
            yield Leg((award.book, award.location), "DA", mw, "virtual")
            yield Leg((award.book, award.location), last_run(facts, market), -mw, "virtual")


def _adjustment_legs(facts: Facts, market: str, at_ns: int) -> Iterator[Leg]:
    run = "RTD" if (market, at_ns) in facts.scheduled else "DA"
    for one in facts.adjustments.values():
        in_force = facts.now_ns is None or facts.now_ns < one.expires_at_ns
        if one.market == market and in_force and one.start_ns <= at_ns < one.end_ns:
            yield Leg((one.book, one.location), run, one.mw, "adjustment")


def is_open(facts: Facts, market: str, at_ns: int, leg: Leg) -> bool:
    """Whether a leg of an interval that is not realised counts in the open position."""
    scheduled = (market, at_ns) in facts.scheduled
    published = (market, leg.run, leg.row[1], at_ns) in facts.price
    if leg.origin == "virtual":
        return leg.run != "DA" and not published
    if leg.run == "FMM":
        return leg.origin != "resource" and not published
    return leg.run != "DA" or not scheduled


def open_mw(facts: Facts, market: str, at_ns: int) -> dict[Row, float]:
    """The open position of an interval that is not realised, by row."""
    rows: dict[Row, float] = {}
    for leg in legs(facts, market, at_ns):
        if is_open(facts, market, at_ns, leg):
            rows[leg.row] = rows.get(leg.row, 0.0) + leg.mw
    return rows


def lacks_schedule(facts: Facts, market: str, at_ns: int) -> bool:
    """A day-ahead price is published without the company's own schedule."""
    priced = any(
        (market, "DA", name, at_ns) in facts.price for m, name in facts.hubs if m == market
    )
    return priced and (market, at_ns) not in facts.scheduled


def coverage_parts_mw(facts: Facts, market: str, at_ns: int) -> tuple[float, float]:
    """What covers the load of an interval, and the load."""
    scheduled = (market, at_ns) in facts.scheduled
    covering = load = 0.0
    for resource in plants(facts, market):
        q = expected_mw(facts, resource, at_ns)
        da = facts.volume_mw.get((resource.resource, "DA", at_ns), 0.0)
        load += q if is_load(resource) else 0.0
        if is_load(resource):
            covering += da if scheduled else 0.0
        else:
            covering += q - da if scheduled else q
    for leg in legs(facts, market, at_ns):
        if leg.origin == "physical" and not (scheduled and leg.run == "DA"):
            covering += leg.mw
        if leg.origin == "adjustment":
            covering += leg.mw
    return covering, load
