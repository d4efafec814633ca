"""Scenario vectors, and the order statistics made of them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

import numpy as np

from state.calendar import MarketCalendar
from state.messages import FloatColumn
from state.moments import HOUR_NS
from tests.state.oracle.facts import Facts
from tests.state.oracle.held import at_risk, held
from tests.state.oracle.marks import fmm_weight
from tests.state.oracle.money import forward_rows
from tests.state.oracle.volumes import Leg, legs

CONFIDENCE = Fraction(95, 100)
WINDOW = 500
MOST_ABSENT = Fraction(5, 100)

Shock = tuple[float, str, str]
"""A weight, the run whose price is still to come, and the run a leg is marked at."""


def order_statistics(pnl: FloatColumn) -> tuple[float, float]:
    """VaR and ES, losses positive.

    >>> order_statistics(np.array([-4.0, 1.0, 2.0] + [3.0] * 17))
    (4.0, 4.0)
    """
    k = math.ceil((1 - CONFIDENCE) * len(pnl))
    if not k:
        return math.nan, math.nan
    worst = sorted(pnl.tolist())[:k]
    return -worst[-1], -sum(worst) / k


NOTHING_MWH = 1e-6
"""What rounding leaves of legs that cancel out."""


def moves_daily(factor: str) -> bool:
    """Day-ahead prices and curves move from date to date, other runs against another run."""
    return "/DA/" in factor or factor.endswith("/basis/DA") or "/curve/" in factor


@dataclass
class History:
    """The factors' levels, filled where a clock change leaves no hour, and the usable dates."""

    dates: list[str]
    levels: dict[str, dict[str, float]]
    covered: set[str] = field(init=False)
    usable: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        most = MOST_ABSENT * len(self.dates)
        self.covered = {name for name in self.levels if self._absences(name) <= most}
        pairs = zip(self.dates, self.dates[1:], strict=False)
        self.usable = [pair for pair in pairs if self._has_every_shock(*pair)][-WINDOW:]

    def _has_every_shock(self, before: str, day: str) -> bool:
        """Every covered factor has a level, and a difference where it moves from day to day."""
        return all(
            day in self.levels[name] and (before in self.levels[name] or not moves_daily(name))
            for name in self.covered
        )

    def _absences(self, name: str) -> int:
        return sum(day not in self.levels[name] for day in self.dates)

    def level(self, name: str) -> FloatColumn:
        return np.array([self.levels[name][day] for _, day in self.usable])

    def before(self, name: str) -> FloatColumn:
        return np.array([self.levels[name][day] for day, _ in self.usable])


def history(facts: Facts) -> History:
    common = set.intersection(*facts.dates.values()) if facts.dates else set()
    levels: dict[str, dict[str, float]] = {}
    for market, table in facts.levels.items():
        for name, row in table.items():
            levels[name] = {day: level for day, level in row.items() if day in common}
        _fill_skipped_hours(facts, market, levels, common)
    return History(sorted(common), levels)


def _fill_skipped_hours(
    facts: Facts, market: str, levels: dict[str, dict[str, float]], dates: set[str]
) -> None:
    calendar = MarketCalendar(facts.markets[market].time_zone)
    short = [day for day in dates if calendar.hours_of(date.fromisoformat(day)) == 23]
    for name in [
        name for name in levels if name.startswith(f"{market}/") and name.endswith("HE03")
    ]:
        twin = levels.get(name.replace("HE03", "HE02"), {})
        for day in short:
            if day not in levels[name] and day in twin:
                levels[name][day] = twin[day]


@dataclass
class Moves:
    """P&L vectors by book and horizon, and what no factor covers."""

    history: History
    vectors: dict[tuple[str, str], FloatColumn] = field(default_factory=dict)
    incomplete: set[tuple[str, str]] = field(default_factory=set)
    scale_usd: float = 0.0

    def add(self, book: str, horizon: str, pnl: FloatColumn | None) -> None:
        for node in (book, "firm"):
            for period in (horizon, "total"):
                if pnl is None:
                    self.incomplete.add((node, period))
                else:
                    self.vectors[node, period] = self.of(node, period) + pnl
        if pnl is not None and len(pnl):
            self.scale_usd += float(np.abs(pnl).max())

    def of(self, node: str, horizon: str) -> FloatColumn:
        return self.vectors.get((node, horizon), np.zeros(len(self.history.usable)))


def moves(facts: Facts, unrealised: dict[str, set[tuple[str, int]]]) -> Moves:
    """Add up every leg that is not realised; ``unrealised`` holds (location, interval)."""
    sums = Moves(history(facts))
    for market, cells in unrealised.items():
        move_intervals(facts, market, cells, sums)
    for (market, book, hub, block, month), (mwh, _) in forward_rows(facts).items():
        move_curve(sums, book, f"{market}/{hub}/curve/{block}/{month}", mwh)
    move_held(facts, sums)
    return sums


def move_curve(sums: Moves, book: str, factor: str, amount: float) -> None:
    """Add what an amount that stands on a curve gains."""
    if abs(amount) > NOTHING_MWH:
        sums.add(book, "forward", _times(amount, _difference(sums.history, factor, factor)))


def move_held(facts: Facts, sums: Moves) -> None:
    """Add what is held and is no energy."""
    for key, (quantity, _) in held(facts).items():
        market, book, product, kind, period = key
        if at_risk(key, facts.today(market)):
            move_curve(sums, book, f"{market}/{product}:{kind}/curve/flat/{period}", quantity)


def move_intervals(
    facts: Facts,
    market: str,
    cells: set[tuple[str, int]],
    sums: Moves,
    legs_at: Callable[[Facts, str, int], Iterable[Leg]] = legs,
) -> None:
    """Add what the legs of every interval of some cells gain."""
    hours = facts.step_ns(market) / HOUR_NS
    for at_ns in sorted({at_ns for _, at_ns in cells}):
        label = f"HE{facts.local(market, at_ns).clock_hour + 1:02d}"
        exposed: dict[tuple[str, str, Shock], float] = defaultdict(float)
        for leg in legs_at(facts, market, at_ns):
            book, location = leg.row
            for shock in shocks_of(facts, market, at_ns, leg):
                if (location, at_ns) in cells:
                    exposed[book, location, shock] += leg.mw
        for (book, location, shock), mw in exposed.items():
            for pair in _factor_pairs(facts, (market, location, label), shock) if mw else ():
                per_mwh = _difference(sums.history, *pair)
                sums.add(book, "intraday", _times(mw * hours * shock[0], per_mwh))


def shocks_of(facts: Facts, market: str, at_ns: int, leg: Leg) -> list[Shock]:
    """What a leg still moves by; nothing once its price is published."""

    def published(run: str) -> bool:
        return (market, run, leg.row[1], at_ns) in facts.price

    if leg.run == "LOAD":
        weight = fmm_weight(facts, market)
        fmm = shocks_of(facts, market, at_ns, Leg(leg.row, "FMM", leg.mw, leg.origin))
        rtd = shocks_of(facts, market, at_ns, Leg(leg.row, "RTD", leg.mw, leg.origin))
        parts = [(weight, one) for one in fmm] + [(1 - weight, one) for one in rtd]
        return [(part * share, run, marked) for part, (share, run, marked) in parts if part]
    if published(leg.run):
        return []
    if not published("DA"):
        return [(1.0, "DA", "DA")]
    if leg.run == "RTD" and published("FMM"):
        return [(1.0, "RTD", "FMM")]
    return [(1.0, leg.run, "DA")]


def _factor_pairs(facts: Facts, place: tuple[str, str, str], shock: Shock) -> list[tuple[str, str]]:
    """The factors whose difference moves a location at an hour: its hub's, and its basis'."""
    market, location, label = place
    _, run, marked = shock
    hub = facts.hubs[market, location]
    pairs = [(f"{market}/{hub}/{run}/{label}", f"{market}/{hub}/{marked}/{label}")]
    if location != hub:
        basis = f"{market}/{location}/basis"
        pairs.append((f"{basis}/{run}", f"{basis}/{marked}"))
    return pairs


def _times(factor: float, vector: FloatColumn | None) -> FloatColumn | None:
    return None if vector is None else factor * vector


def _difference(past: History, factor: str, marked: str) -> FloatColumn | None:
    """Change of one factor from the date before, or difference of two on the same date."""
    if not {factor, marked} <= past.covered:
        return None
    base = past.before(factor) if factor == marked else past.level(marked)
    return past.level(factor) - base
