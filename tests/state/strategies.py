"""Random days in small worlds: every kind of message, in every order the log can hold.

A day is drawn as a list of steps, each a small recipe relative to the clock ("the real-time
prices of the last five intervals, one location missing"), so that a failing day shrinks to the
few steps that matter. Numbers are small integers for the same reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from hypothesis import strategies as st

from state.calendar import HOUR_NS, SECOND_NS, from_ns, local_date, to_ns
from state.messages import (
    Action,
    ActionKind,
    AnyMessage,
    AreaVolume,
    Award,
    AwardKind,
    Block,
    Books,
    Counterparty,
    CumulativePnl,
    CurveMarks,
    FactorHistory,
    FloatColumn,
    Forecast,
    LocationKind,
    Locations,
    ManualAdjustment,
    Market,
    MeterValues,
    Outage,
    PricePublication,
    Rejected,
    Resource,
    ResourceKind,
    Run,
    RunPhase,
    RunStatus,
    Schedule,
    Series,
    SettlesAt,
    StateOfCharge,
    Tick,
    Trade,
    TradeAction,
    VolumeOutlook,
)

PACIFIC, CENTRAL = "America/Los_Angeles", "America/Chicago"
PEAKS = (Block.ON_PEAK, Block.OFF_PEAK)
BOOKS = ("native", "trading")
PLACES: dict[str, dict[str, str]] = {
    "caiso": {"NP15": "NP15", "SP15": "SP15", "DLAP_A": "NP15", "NODE_1": "SP15"},
    "spp": {"NORTH": "NORTH", "SPP_N1": "NORTH"},
}
"""Each market's locations, and the hub of each."""

RESOURCES = (
    ("town", "caiso", "native", "DLAP_A", ResourceKind.LOAD),
    ("sun", "caiso", "native", "NODE_1", ResourceKind.SOLAR),
    ("battery", "caiso", "trading", "NODE_1", ResourceKind.STORAGE),
    ("village", "spp", "native", "SPP_N1", ResourceKind.LOAD),
    ("gas", "spp", "trading", "NORTH", ResourceKind.THERMAL),
)
STARTS = (
    datetime(2026, 7, 15, 10, 7, tzinfo=ZoneInfo(PACIFIC)),
    datetime(2026, 7, 14, 23, 40, tzinfo=ZoneInfo(PACIFIC)),
    datetime(2026, 3, 7, 22, 30, tzinfo=ZoneInfo(PACIFIC)),
    datetime(2026, 3, 8, 0, 50, tzinfo=ZoneInfo(PACIFIC)),
    datetime(2026, 10, 31, 21, 59, 59, tzinfo=ZoneInfo(PACIFIC)),
    datetime(2026, 11, 1, 0, 30, tzinfo=ZoneInfo(PACIFIC)),
    datetime(2026, 6, 30, 20, 0, tzinfo=ZoneInfo(PACIFIC)),
)
"""First ticks: noon, before midnight, around both clock changes, at a month's end."""

TRADES = ("T1", "T2", "T3", "T4")
UNKNOWN = "nowhere"


# The world ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    """The reference data of a day, and its first tick."""

    start_ns: int
    settlement_seconds: int
    history_seed: int
    history_days: int
    holes: tuple[tuple[int, int], ...]
    markets: tuple[str, ...]

    def opening(self) -> list[AnyMessage]:
        messages: list[AnyMessage] = []
        for market in self.markets:
            messages += [_market(market, self.settlement_seconds), _locations(market)]
        messages.append(Books(company="company", books=BOOKS, desks=("desk", "desk")))
        messages += [_resource(*one) for one in RESOURCES if one[1] in self.markets]
        messages += [
            factor_history(market, self.start_ns, self.history_seed, self.history_days, self.holes)
            for market in self.markets
        ]
        return messages


def _market(market: str, settlement_seconds: int) -> Market:
    if market == "spp":
        return Market(
            market="spp",
            time_zone=CENTRAL,
            settlement_seconds=settlement_seconds,
            runs=(Run.DA, Run.RTD),
            on_peak_days=(0, 1, 2, 3, 4),
        )
    return Market(
        market="caiso",
        time_zone=PACIFIC,
        settlement_seconds=settlement_seconds,
        load_price_fmm_weight=0.25,
    )


def _locations(market: str) -> Locations:
    hubs = PLACES[market]
    kinds = [LocationKind.HUB if name == hub else LocationKind.NODE for name, hub in hubs.items()]
    return Locations(
        market=market,
        locations=tuple(hubs),
        kinds=tuple(kinds),
        hubs=tuple(hubs.values()),
    )


def _resource(name: str, market: str, book: str, location: str, kind: ResourceKind) -> Resource:
    return Resource(
        resource=name,
        market=market,
        book=book,
        location=location,
        resource_kind=kind,
        capacity_mw=60.0,
        energy_mwh=200.0 if kind is ResourceKind.STORAGE else 0.0,
    )


def months_from(at_ns: int) -> tuple[str, str, str]:
    """The running month and the two that follow."""
    first = local_date(at_ns, PACIFIC).replace(day=1)
    second = (first + timedelta(days=31)).replace(day=1)
    third = (second + timedelta(days=31)).replace(day=1)
    return f"{first:%Y-%m}", f"{second:%Y-%m}", f"{third:%Y-%m}"


@lru_cache(maxsize=64)
def factor_history(
    market: str, start_ns: int, seed: int, days: int, holes: tuple[tuple[int, int], ...]
) -> FactorHistory:
    """Levels of all factors on dates around the 23-hour day of 2025, a few of them missing."""
    factors = _factors(market, months_from(start_ns))
    dates = [(date(2025, 3, 2) + timedelta(days=day)).isoformat() for day in range(days)]
    levels = np.random.default_rng(seed).integers(-30, 120, (len(factors), days)).astype(float)
    for row, factor in enumerate(factors):
        if factor.endswith("HE03") and "2025-03-09" in dates:
            levels[row, dates.index("2025-03-09")] = np.nan
    for row, day in holes:
        levels[row % len(factors), day % days] = np.nan
    return FactorHistory(
        market=market, factors=tuple(factors), dates=tuple(dates), levels=levels.ravel()
    )


def _factors(market: str, months: Sequence[str]) -> list[str]:
    runs = ("DA", "RTD") if market == "spp" else ("DA", "FMM", "RTD")
    places = PLACES[market]
    hubs = sorted(set(places.values()))
    hours = [f"{market}/{h}/{run}/HE{n:02d}" for h in hubs for run in runs for n in range(1, 25)]
    basis = [f"{market}/{name}/basis/{run}" for name in places if name not in hubs for run in runs]
    return (
        hours
        + basis
        + [
            f"{market}/{hub}/curve/{block}/{month}"
            for hub in hubs
            for block in PEAKS
            for month in months
        ]
    )


def worlds() -> st.SearchStrategy[World]:
    holes = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 40)), max_size=3)
    return st.builds(
        World,
        start_ns=st.sampled_from([to_ns(start.astimezone(UTC)) for start in STARTS]),
        settlement_seconds=st.sampled_from([900, 300]),
        history_seed=st.integers(0, 3),
        history_days=st.sampled_from([12, 21, 24]),
        holes=holes.map(tuple),
        markets=st.sampled_from([("caiso",), ("caiso", "spp")]),
    )


# Steps --------------------------------------------------------------------------------------


@dataclass
class Told:
    """The log so far, and the clock."""

    world: World
    now_ns: int
    messages: list[AnyMessage]

    def hour_ns(self, offset: int) -> int:
        return (self.now_ns // HOUR_NS + offset) * HOUR_NS

    def interval_ns(self, offset: int, seconds: int) -> int:
        step = seconds * SECOND_NS
        return (self.now_ns // step + offset) * step

    def market(self, name: str) -> str:
        return name if name in self.world.markets else "caiso"


Step = Callable[[Told], list[AnyMessage]]


def column(values: Sequence[float], length: int) -> FloatColumn:
    """The drawn values, repeated to a length."""
    return np.resize(np.array(values, dtype=np.float64), length)


@dataclass(frozen=True)
class PriceStep:
    """Prices of consecutive intervals of one run."""

    market: str
    run: Run
    offset: int
    count: int
    locations: tuple[int, ...]
    values: tuple[float, ...]

    def __call__(self, told: Told) -> list[AnyMessage]:
        market = told.market(self.market)
        seconds = {"DA": 3600, "FMM": 900, "RTD": told.world.settlement_seconds}[self.run]
        names = list(PLACES[market])
        chosen = tuple(dict.fromkeys(names[index % len(names)] for index in self.locations))
        first = told.interval_ns(self.offset, seconds)
        table = column(self.values, self.count * len(chosen)).reshape(self.count, -1)
        return [
            PricePublication(
                market=market,
                run=self.run,
                interval_start_ns=first + index * seconds * SECOND_NS,
                interval_seconds=seconds,
                locations=chosen,
                lmp=lmp,
                source="strategy",
            )
            for index, lmp in enumerate(table)
        ]


@dataclass(frozen=True)
class ScheduleStep:
    """A schedule of one run, of some resources, over some hours or intervals."""

    market: str
    run: Run
    offset: int
    count: int
    resources: tuple[int, ...]
    values: tuple[float, ...]

    def __call__(self, told: Told) -> list[AnyMessage]:
        market = told.market(self.market)
        seconds = 3600 if self.run is Run.DA else max(900, told.world.settlement_seconds)
        names = [one[0] for one in RESOURCES if one[1] == market]
        chosen = tuple(dict.fromkeys(names[index % len(names)] for index in self.resources))
        run = Run.RTD if market == "spp" and self.run is Run.FMM else self.run
        return [
            Schedule(
                market=market,
                run=run,
                interval_start_ns=told.interval_ns(self.offset, seconds),
                interval_seconds=seconds,
                resources=chosen,
                mw=column(self.values, self.count * len(chosen)),
            )
        ]


def _resource_of(told: Told, index: int) -> str:
    names = [one[0] for one in RESOURCES if one[1] in told.world.markets]
    return names[index % len(names)] if index < 100 else UNKNOWN


@dataclass(frozen=True)
class VolumeStep:
    """A forecast or meter values of one resource; forecasts of several kinds overlap."""

    kind: type[Forecast | MeterValues]
    resource: int
    offset: int
    count: int
    hourly: bool
    values: tuple[float, ...]

    def __call__(self, told: Told) -> list[AnyMessage]:
        seconds = 3600 if self.hourly else told.world.settlement_seconds
        return [
            self.kind(
                resource=_resource_of(told, self.resource),
                interval_start_ns=told.interval_ns(self.offset, seconds),
                interval_seconds=seconds,
                mw=column(self.values, self.count),
            )
        ]


@dataclass(frozen=True)
class TradeStep:
    """A version of a contract; any version, in any order, with any action."""

    trade: str
    version: int
    action: TradeAction
    product: str
    market: str
    book: str
    location: int
    offset: int
    hours: int
    quantity_mw: int
    price: int
    settles_at: SettlesAt
    block: Block
    shaped: bool

    def __call__(self, told: Told) -> list[AnyMessage]:
        market = told.market(self.market)
        start = told.hour_ns(self.offset)
        ppa = self.product == "ppa"
        plant = next(one for one in RESOURCES if one[1] == market and one[4] != ResourceKind.LOAD)
        names = list(PLACES[market])
        shaped = self.shaped and not ppa
        location = plant[3] if ppa else names[self.location % len(names)]
        return [
            Trade(
                source="blotter",
                trade=self.trade,
                version=self.version,
                action=self.action,
                product=self.product,
                market=market,
                book=self.book,
                counterparty="CP-01",
                location=UNKNOWN if self.location >= 100 else location,
                delivery_start_ns=start,
                delivery_end_ns=start + self.hours * HOUR_NS,
                quantity_mw=abs(self.quantity_mw) / 64 if ppa else float(self.quantity_mw),
                price_usd_per_mwh=float(self.price),
                settles_at=self.settles_at,
                block=self.block,
                resource=plant[0] if ppa else "",
                profile_mw=column((self.quantity_mw, 0, 7), self.hours if shaped else 0),
            )
        ]


@dataclass(frozen=True)
class AwardStep:
    """A convergence award of some hours; a later one of the same name replaces it."""

    award: str
    market: str
    book: str
    location: int
    award_kind: AwardKind
    offset: int
    values: tuple[float, ...]

    def __call__(self, told: Told) -> list[AnyMessage]:
        market = told.market(self.market)
        names = list(PLACES[market])
        return [
            Award(
                award=self.award,
                market=market,
                book=self.book,
                location=UNKNOWN if self.location >= 100 else names[self.location % len(names)],
                award_kind=self.award_kind,
                interval_start_ns=told.hour_ns(self.offset),
                interval_seconds=3600,
                mw=column(self.values, len(self.values)),
            )
        ]


@dataclass(frozen=True)
class OutageStep:
    """A version of a derate, minutes off the grid at either edge."""

    outage: str
    version: int
    resource: int
    offset: int
    hours: int
    minutes: int
    available_mw: int
    cancelled: bool

    def __call__(self, told: Told) -> list[AnyMessage]:
        start = told.hour_ns(self.offset) + self.minutes * 60 * SECOND_NS
        return [
            Outage(
                outage=self.outage,
                version=self.version,
                resource=_resource_of(told, self.resource),
                start_ns=start,
                end_ns=start + self.hours * HOUR_NS,
                available_mw=float(self.available_mw),
                cancelled=self.cancelled,
            )
        ]


@dataclass(frozen=True)
class AdjustmentStep:
    """A version of a person's correction, in force for some minutes."""

    adjustment: str
    version: int
    book: str
    location: int
    offset: int
    hours: int
    mw: int
    minutes_in_force: int

    def __call__(self, told: Told) -> list[AnyMessage]:
        names = list(PLACES["caiso"])
        start = told.hour_ns(self.offset)
        return [
            ManualAdjustment(
                adjustment=self.adjustment,
                version=self.version,
                author="someone",
                reason="a plant said so by telephone",
                book=self.book,
                market="caiso",
                location=UNKNOWN if self.location >= 100 else names[self.location % len(names)],
                start_ns=start,
                end_ns=start + self.hours * HOUR_NS,
                mw=float(self.mw),
                expires_at_ns=told.now_ns + self.minutes_in_force * 60 * SECOND_NS,
            )
        ]


@dataclass(frozen=True)
class CurveStep:
    """Marks of some hubs, blocks and months."""

    market: str
    chosen: tuple[tuple[int, int, int], ...]
    values: tuple[float, ...]

    def __call__(self, told: Told) -> list[AnyMessage]:
        market = told.market(self.market)
        hubs = sorted(set(PLACES[market].values()))
        months = months_from(told.world.start_ns)
        return [
            CurveMarks(
                market=market,
                as_of=local_date(told.now_ns, PACIFIC).isoformat(),
                hubs=tuple(hubs[h % len(hubs)] for h, _, _ in self.chosen),
                blocks=tuple(PEAKS[b] for _, b, _ in self.chosen),
                months=tuple(months[m] for _, _, m in self.chosen),
                price_usd_per_mwh=column(self.values, len(self.chosen)),
            )
        ]


def _every_mark(values: tuple[float, ...], told: Told) -> list[AnyMessage]:
    chosen = tuple((h, b, m) for h in range(2) for b in range(2) for m in range(3))
    return [
        message
        for market in told.world.markets
        for message in CurveStep(market, chosen, values)(told)
    ]


@dataclass(frozen=True)
class OutlookStep:
    """Mean MW of a resource by month and block."""

    resource: int
    chosen: tuple[tuple[int, int], ...]
    values: tuple[float, ...]

    def __call__(self, told: Told) -> list[AnyMessage]:
        months = months_from(told.world.start_ns)
        return [
            VolumeOutlook(
                resource=_resource_of(told, self.resource),
                months=tuple(months[m] for m, _ in self.chosen),
                blocks=tuple(PEAKS[b] for _, b in self.chosen),
                mw=column(self.values, len(self.chosen)),
            )
        ]


def _again(back: int, told: Told) -> list[AnyMessage]:
    """Say something once more that was said before: a duplicate, or a return to an older word."""
    facts = [one for one in told.messages if not isinstance(one, Tick)]
    return [facts[-1 - back % len(facts)]]


def _a_b_a(first: PriceStep, values: tuple[float, ...], told: Told) -> list[AnyMessage]:
    second = msgspec.structs.replace
    said = first(told)
    other = [
        second(message, lmp=column(values, len(message.lmp)))
        for message in said
        if isinstance(message, PricePublication)
    ]
    return [*said, *other, *said]


def _about_no_figure(kind: int, told: Told) -> list[AnyMessage]:
    """Messages that no figure of position, value or risk depends on."""
    messages: list[AnyMessage] = [
        StateOfCharge(resource="battery", at_ns=told.now_ns, energy_mwh=50.0),
        StateOfCharge(resource=UNKNOWN, at_ns=told.now_ns, energy_mwh=50.0),
        AreaVolume(
            market="caiso",
            series=Series.LOAD,
            run="DAM",
            interval_start_ns=told.hour_ns(1),
            interval_seconds=3600,
            areas=("area",),
            mw=column((20_000.0,), 1),
        ),
        Counterparty(counterparty="CP-01", name="CP-01"),
        RunStatus(run="run", phase=RunPhase.STARTED, at_ns=told.now_ns),
        Action(
            action="a1",
            action_kind=ActionKind.COMMENT,
            case="no such case",
            actor="someone",
            at_ns=told.now_ns,
            text="a comment",
        ),
        Rejected(letter="l1", feed="caiso", reason="lmp: '--' is no number; ask again"),
        Books(company="company", books=BOOKS, desks=("desk", "desk")),
        CumulativePnl(book=UNKNOWN, realised_usd=5.0),
    ]
    return [messages[kind % len(messages)]]


def _unknown_prices(kind: int, told: Told) -> list[AnyMessage]:
    """Prices of a market, a run or a location that nobody has named."""
    markets, places = ("caiso", UNKNOWN, "spp"), (("NP15", UNKNOWN), ("NP15",), ("NORTH",))
    run = Run.FMM if kind == 2 else Run.RTD
    return [
        PricePublication(
            market=markets[kind],
            run=run,
            interval_start_ns=told.hour_ns(0),
            interval_seconds=900,
            locations=places[kind],
            lmp=column((31.0, 32.0), len(places[kind])),
        )
    ]


# Strategies of steps ------------------------------------------------------------------------

MW = st.integers(-20, 60).map(float)
DOLLARS = st.integers(-60, 300).map(float)
NOT_PUBLISHED = st.just(math.nan)
NEAR = st.integers(-6, 12)
FAR = st.one_of(NEAR, st.integers(-40, 50))
MARKETS = st.sampled_from(["caiso", "caiso", "spp"])
BOOK_NAMES = st.sampled_from([*BOOKS, *BOOKS, *BOOKS, "no such book"])
PLACE = st.sampled_from([0, 1, 2, 3, 0, 1, 2, 3, 100])
RESOURCE = st.sampled_from([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 100])
SOME_MW = st.lists(st.one_of(MW, MW, NOT_PUBLISHED), min_size=1, max_size=4).map(tuple)
SOME_DOLLARS = st.lists(st.one_of(DOLLARS, DOLLARS, NOT_PUBLISHED), min_size=1, max_size=4).map(
    tuple
)
SOME = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(tuple)

TICKS = st.sampled_from(
    [1, 7, 60, 300, 900, 900, 1800, 3600, 3600, 18_000, 43_200, 86_400, 259_200]
)
PRICES = st.builds(
    PriceStep,
    market=MARKETS,
    run=st.sampled_from(Run),
    offset=FAR,
    count=st.integers(1, 30),
    locations=SOME,
    values=SOME_DOLLARS,
)
REAL_TIME = st.builds(
    PriceStep,
    market=MARKETS,
    run=st.sampled_from([Run.RTD, Run.RTD, Run.FMM]),
    offset=st.integers(-30, 1),
    count=st.integers(1, 40),
    locations=st.just((0, 1, 2, 3)),
    values=SOME_DOLLARS,
)
SCHEDULES = st.builds(
    ScheduleStep,
    market=MARKETS,
    run=st.sampled_from([Run.DA, Run.DA, Run.FMM, Run.RTD]),
    offset=FAR,
    count=st.integers(1, 30),
    resources=SOME,
    values=SOME_MW,
)
VOLUMES = st.builds(
    VolumeStep,
    kind=st.sampled_from([Forecast, Forecast, MeterValues]),
    resource=RESOURCE,
    offset=FAR,
    count=st.integers(1, 60),
    hourly=st.booleans(),
    values=SOME_MW,
)
CONTRACTS = st.builds(
    TradeStep,
    trade=st.sampled_from(TRADES),
    version=st.integers(1, 4),
    action=st.sampled_from([TradeAction.NEW, TradeAction.AMEND, TradeAction.CANCEL]),
    product=st.sampled_from(
        ["energy", "energy", "swap", "ppa", "energy", "swap", "ppa", "elsewhere"]
    ),
    market=MARKETS,
    book=BOOK_NAMES,
    location=PLACE,
    offset=FAR,
    hours=st.one_of(st.integers(1, 30), st.integers(1, 900)),
    quantity_mw=st.integers(-50, 50),
    price=st.integers(-20, 100),
    settles_at=st.sampled_from(SettlesAt),
    block=st.sampled_from(Block),
    shaped=st.booleans(),
)
AWARDS = st.builds(
    AwardStep,
    award=st.sampled_from(["V1", "V2"]),
    market=MARKETS,
    book=BOOK_NAMES,
    location=PLACE,
    award_kind=st.sampled_from(AwardKind),
    offset=NEAR,
    values=st.lists(st.integers(0, 30).map(float), min_size=1, max_size=6).map(tuple),
)
OUTAGES = st.builds(
    OutageStep,
    outage=st.sampled_from(["O1", "O2"]),
    version=st.integers(1, 3),
    resource=RESOURCE,
    offset=NEAR,
    hours=st.integers(1, 30),
    minutes=st.sampled_from([0, 0, 7, 20]),
    available_mw=st.integers(0, 30),
    cancelled=st.booleans(),
)
ADJUSTMENTS = st.builds(
    AdjustmentStep,
    adjustment=st.sampled_from(["M1", "M2"]),
    version=st.integers(1, 3),
    book=BOOK_NAMES,
    location=PLACE,
    offset=NEAR,
    hours=st.integers(1, 12),
    mw=st.integers(-20, 20),
    minutes_in_force=st.sampled_from([1, 31, 67, 301, 2_000]),
)
CURVES = st.builds(
    CurveStep,
    market=MARKETS,
    chosen=st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 2)), min_size=1, max_size=5
    ).map(tuple),
    values=SOME_DOLLARS,
)
EVERY_MARK = st.builds(partial, st.just(_every_mark), SOME_DOLLARS)
OUTLOOKS = st.builds(
    OutlookStep,
    resource=RESOURCE,
    chosen=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=4, unique=True
    ).map(tuple),
    values=SOME_MW,
)
REPEATS = st.builds(partial, st.just(_again), st.integers(0, 10))
CORRECTIONS = st.builds(partial, st.just(_a_b_a), PRICES, SOME_DOLLARS)
REST = st.one_of(
    *[st.builds(partial, st.just(_about_no_figure), st.integers(0, 8))] * 2,
    st.builds(partial, st.just(_unknown_prices), st.integers(0, 2)),
)
FACTS: st.SearchStrategy[Any] = st.one_of(
    PRICES,
    *[REAL_TIME] * 3,
    *[SCHEDULES] * 3,
    *[VOLUMES] * 2,
    *[CONTRACTS] * 4,
    AWARDS,
    OUTAGES,
    ADJUSTMENTS,
    CURVES,
    EVERY_MARK,
    OUTLOOKS,
    REPEATS,
    CORRECTIONS,
    *[REST] * 2,
)
STEPS = st.tuples(FACTS, st.one_of(st.none(), TICKS))
"""A fact, and how many seconds later the clock ticks, if it does before the next one."""


# Logs ---------------------------------------------------------------------------------------


def _log(
    world: World, usual: tuple[bool, ...], before: list[Step], steps: list[tuple[Step, int | None]]
) -> list[AnyMessage]:
    told = Told(world, world.start_ns, world.opening())
    for step in (*_usual_morning(usual), *before):
        told.messages += _received(step(told), told.now_ns)
    told.messages.append(Tick(at_ns=told.now_ns))
    for step, seconds in steps:
        told.messages += _received(step(told), told.now_ns)
        if seconds is not None:
            told.now_ns += seconds * SECOND_NS
            told.messages.append(Tick(at_ns=told.now_ns))
    return told.messages


def _usual_morning(usual: tuple[bool, ...]) -> list[Step]:
    """What a desk usually has when it begins: each part of it may be missing."""
    everywhere, everyone = (0, 1, 2, 3), (0, 1, 2, 3)
    parts: list[list[Step]] = [
        [partial(_every_mark, (40.0, 31.0, 55.0))],
        [
            VolumeStep(Forecast, one, -3, 60, hourly=True, values=(30.0, 45.0, 12.0))
            for one in range(5)
        ],
        [ScheduleStep(name, Run.DA, -3, 27, everyone, (28.0, 40.0, 9.0)) for name in PLACES],
        [PriceStep(name, Run.DA, -3, 27, everywhere, (37.0, 29.0, 61.0)) for name in PLACES],
        [PriceStep(name, Run.RTD, -8, 9, everywhere, (33.0, 75.0)) for name in PLACES],
    ]
    said = [step for part, known in zip(parts, usual, strict=True) if known for step in part]
    return [lambda _: [CumulativePnl(book="native", realised_usd=250.0)], *said]


def _received(messages: list[AnyMessage], at_ns: int) -> list[AnyMessage]:
    return [msgspec.structs.replace(message, received_at_ns=at_ns) for message in messages]


def logs(most_steps: int = 25) -> st.SearchStrategy[list[AnyMessage]]:
    """A whole log: reference data, facts before the first tick, then facts and ticks."""
    return st.builds(
        _log,
        world=worlds(),
        usual=st.tuples(*[st.booleans()] * 5),
        before=st.lists(FACTS, max_size=4),
        steps=st.lists(STEPS, min_size=most_steps // 3, max_size=most_steps),
    )


def told_in_words(messages: Sequence[AnyMessage]) -> str:
    """A log as text, times in UTC, for the report of a failure."""
    return "\n".join(_in_words(message) for message in messages)


def _in_words(message: AnyMessage) -> str:
    fields = msgspec.structs.asdict(message)
    shown = {
        name: from_ns(value).isoformat() if name.endswith("_ns") and value else value
        for name, value in fields.items()
        if name != "received_at_ns" and not (isinstance(value, np.ndarray) and value.size > 60)
    }
    return f"{type(message).__name__}({shown})"
