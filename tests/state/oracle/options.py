"""Options and other rights: value and delta of a MW, by the formulas of docs/products.md."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist

from state.calendar import local_midnight_ns
from state.messages import NO_FLOOR_USD_PER_MWH, Block, ProductTrade, Run, SettlesAt, Trade
from state.moments import HOUR_NS
from tests.state.oracle.facts import Facts, LocalHour
from tests.state.oracle.marks import mark

YEAR_HOURS = 365 * 24
TINY = 1e-9


@dataclass(frozen=True)
class Option:
    """$/MWh (none where a mark is missing), and the delta at each location."""

    value: float | None
    deltas: tuple[tuple[str, float], ...]


NOTHING = Option(0.0, ())


def is_option(trade: Trade) -> bool:
    """Whether a contract has a payoff of its own."""
    if not isinstance(trade, ProductTrade):
        return False
    if trade.product in {"cfd", "ppa"}:
        return trade.floor_usd_per_mwh > NO_FLOOR_USD_PER_MWH
    return trade.product in {"crr_obligation", "crr_option", "dispatchable", "storage"}


def run_of(facts: Facts, trade: Trade) -> str:
    """The run a contract settles at here."""
    runs = facts.markets[trade.market].runs
    if trade.settles_at is SettlesAt.FMM:
        return Run.FMM if Run.FMM in runs else Run.RTD
    return Run.RTD if trade.settles_at is SettlesAt.RTD else Run.DA


def option_now(facts: Facts, trade: Trade, at_ns: int) -> Option:
    """The payoff of an interval, at its marks or its published prices."""
    if not is_option(trade):
        return NOTHING
    assert isinstance(trade, ProductTrade)
    if trade.product == "storage":
        return storage_now(facts, trade, at_ns)
    run, where = run_of(facts, trade), (trade.location, trade.second_location)
    marks = [mark(facts, trade.market, run, one, at_ns) for one in where if one]
    published = all((trade.market, run, one, at_ns) in facts.price for one in where if one)
    step = facts.step_ns(trade.market)
    # What was over when the log began has no time left.
    now_ns = (at_ns if facts.now_ns is None else facts.now_ns) // step * step
    years = max(0, at_ns - now_ns) / HOUR_NS / YEAR_HOURS
    spread = _less(marks)
    if trade.product.startswith("crr"):
        congestion = [facts.congestion.get((trade.market, one, at_ns)) for one in where]
        settled = _less(congestion)
        published = published or settled is not None
        spread = spread if settled is None else settled
    return _option(trade, spread, 0.0 if published else years)


def option_beyond(facts: Facts, trade: Trade, hour: LocalHour) -> Option:
    """The payoff of an hour beyond the grid, at the marks of the hubs."""
    if not is_option(trade) or trade.product == "storage":
        return NOTHING
    assert isinstance(trade, ProductTrade)
    marks: list[float | None] = []
    for one in (trade.location, trade.second_location):
        if one:
            hub = facts.curve_name(trade.market, one)
            said = facts.curve.get((trade.market, hub, hour.block, hour.month))
            marks.append(said[-1][1] if said else None)
    years = max(0, (hour.day - facts.today(trade.market)).days) / 365
    return _option(trade, _less(marks), years)


def _less(prices: list[float | None]) -> float | None:
    """The first price, less the second if there is one."""
    known = [price for price in prices if price is not None]
    if len(known) < len(prices):
        return None
    return known[0] - known[1] if len(known) > 1 else known[0]


def storage_now(facts: Facts, trade: ProductTrade, at_ns: int) -> Option:
    """The part of a day's best use that falls into an interval: discharged, charged or neither."""
    day = facts.local(trade.market, at_ns).day
    key = (trade.identity, trade.version, day, facts.now_ns, facts.applied)
    if key not in facts.storage_days:
        facts.storage_days[key] = _best_use(facts, trade, day)
    best = facts.storage_days[key]
    if best is None:
        return Option(None, ((trade.location, 1.0),))
    value, delta = best.get(at_ns, (0.0, 0.0))
    return Option(value, ((trade.location, delta),))


def _best_use(
    facts: Facts, trade: ProductTrade, day: date
) -> dict[int, tuple[float, float]] | None:
    """Value and delta of 1 MW by interval: the dearest sold, the cheapest bought back."""
    step, market, run = facts.step_ns(trade.market), trade.market, run_of(facts, trade)
    zone = facts.markets[market].time_zone
    begin, end = local_midnight_ns(day, zone), local_midnight_ns(day + timedelta(days=1), zone)
    prices: dict[int, float] = {}
    for start in range(max(begin, trade.delivery_start_ns), min(end, trade.delivery_end_ns), step):
        if trade.block not in (Block.FLAT, facts.local(market, start).block):
            continue
        price = mark(facts, market, run, trade.location, start)
        if price is None:
            return None
        prices[start] = price
    ranked = sorted(prices, key=lambda start: (prices[start], start))
    hours = trade.energy_mwh / abs(trade.quantity_mw)
    charge, full = facts.charges.get((trade.resource, day)), facts.resources[trade.resource]
    share = min(1.0, charge[1] / full.energy_mwh) if charge and full.energy_mwh > 0 else 0.0
    wanted = min(hours * HOUR_NS / step, len(ranked))
    held = min(hours * share * HOUR_NS / step, wanted)
    bought = min(wanted - held, (len(ranked) - held) / 2)
    used = dict.fromkeys(ranked, (0.0, 0.0))
    for part, start, pair in _pairs(ranked, held, bought):
        if pair == start:
            continue
        spread = prices[start] - (0.0 if pair is None else prices[pair] / trade.efficiency)
        hours_of = (start,) if pair is None else (start, pair)
        value, delta = _storage_right(facts, trade, hours_of, spread)
        used[start] = (used[start][0] + part * value, used[start][1] + part * delta)
        if pair is not None:
            used[pair] = (used[pair][0], used[pair][1] - part * delta / trade.efficiency)
    return used


def _pairs(
    ranked: list[int], held: float, bought: float
) -> Iterator[tuple[float, int, int | None]]:
    """Use up the dearest intervals, by what is held and then with the cheapest, part by part."""
    dear = [[start, 1.0] for start in ranked[::-1]]
    cheap = [[start, 1.0] for start in ranked]
    while held > TINY or bought > TINY:
        left = held if held > TINY else min(bought, cheap[0][1])
        part = min(left, dear[0][1])
        yield part, int(dear[0][0]), None if held > TINY else int(cheap[0][0])
        dear[0][1] -= part
        if held > TINY:
            held -= part
        else:
            bought -= part
            cheap[0][1] -= part
        dear = [each for each in dear if each[1] > TINY]
        cheap = [each for each in cheap if each[1] > TINY]


def _storage_right(
    facts: Facts, trade: ProductTrade, starts: tuple[int, ...], spread: float
) -> tuple[float, float]:
    """The right to a spread of some hours, open until the last of their prices is out."""
    run, step = run_of(facts, trade), facts.step_ns(trade.market)
    now_ns = (facts.now_ns or 0) // step * step
    open_at = [
        start for start in starts if (trade.market, run, trade.location, start) not in facts.price
    ]
    years = max([0, *(start - now_ns for start in open_at)]) / HOUR_NS / YEAR_HOURS
    return _call(spread, _deviation(trade, years))


def _option(trade: ProductTrade, spread: float | None, years: float) -> Option:
    here, there = trade.location, trade.second_location
    if trade.product in {"cfd", "ppa"}:
        if spread is None:
            return Option(None, ((here, 0.0),))
        below, deviation = trade.floor_usd_per_mwh - spread, _deviation(trade, years)
        value, delta = _call(below, deviation)
        return Option(value, ((here, -delta),))
    if trade.product == "crr_obligation":
        return Option(spread, ((here, 1.0), (there, -1.0)))
    value: float | None = None
    delta = 1.0
    if spread is not None:
        value, delta = _call(
            spread - trade.strike_usd_per_mwh, trade.volatility_usd_per_mwh * math.sqrt(years)
        )
    if trade.product == "dispatchable":
        return Option(value, ((here, delta),))
    return Option(value, ((here, delta), (there, -delta)))


def _deviation(trade: ProductTrade, years: float) -> float:
    return trade.volatility_usd_per_mwh * math.sqrt(years)


def _call(spread: float, deviation: float) -> tuple[float, float]:
    """Value and delta of the right to a spread that is normally distributed, to nine decimals."""
    if deviation <= 0:
        return max(0.0, spread), float(spread > 0)
    reach, normal = spread / deviation, NormalDist()
    value = spread * normal.cdf(reach) + deviation * normal.pdf(reach)
    return round(value, 9), round(normal.cdf(reach), 9)
