"""Steps of a random day: prices, volumes, marks and what no figure depends on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import numpy as np

from state.calendar import local_date
from state.messages import (
    Action,
    ActionKind,
    AnyMessage,
    AreaVolume,
    BacktestHistory,
    Block,
    Books,
    CloseStep,
    CompanyFigure,
    CompanyOutlook,
    ContractDelivery,
    Counterparty,
    CumulativePnl,
    CurveMarks,
    DayClose,
    FeedNotice,
    FeedOutcome,
    FloatColumn,
    Forecast,
    HedgeRequest,
    MeterValues,
    PricePublication,
    ProductMarks,
    Rejected,
    RetailSales,
    Run,
    RunPhase,
    RunStatus,
    Schedule,
    Series,
    StateOfCharge,
    Tick,
    TradeDetails,
    TraderRecord,
    TradeTotals,
    VolumeOutlook,
)
from state.moments import HOUR_NS, SECOND_NS
from tests.state.strategies.world import (
    BOOKS,
    CURVES,
    PACIFIC,
    PEAKS,
    PLACES,
    RESOURCES,
    World,
    months_from,
)

UNKNOWN = "nowhere"


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


_STATED = ("2026-08", "2026-09", "2026", "2026-08", "2026-09")
"""A period of each figure a company states of itself."""


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
    congestion: tuple[float, ...] = ()

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
                congestion=column(self.congestion, len(lmp) if self.congestion else 0),
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


def resource_of(told: Told, index: int) -> str:
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
                resource=resource_of(told, self.resource),
                interval_start_ns=told.interval_ns(self.offset, seconds),
                interval_seconds=seconds,
                mw=column(self.values, self.count),
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
        hubs = CURVES[market]
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


def every_mark(values: tuple[float, ...], told: Told) -> list[AnyMessage]:
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
                resource=resource_of(told, self.resource),
                months=tuple(months[m] for m, _ in self.chosen),
                blocks=tuple(PEAKS[b] for _, b in self.chosen),
                mw=column(self.values, len(self.chosen)),
            )
        ]


def again(back: int, told: Told) -> list[AnyMessage]:
    """Say something once more that was said before: a duplicate, or a return to an older word."""
    facts = [one for one in told.messages if not isinstance(one, Tick)]
    return [facts[-1 - back % len(facts)]]


def a_b_a(first: PriceStep, values: tuple[float, ...], told: Told) -> list[AnyMessage]:
    second = msgspec.structs.replace
    said = first(told)
    other = [
        second(message, lmp=column(values, len(message.lmp)))
        for message in said
        if isinstance(message, PricePublication)
    ]
    return [*said, *other, *said]


def product_marks(told: Told, values: Sequence[float]) -> list[AnyMessage]:
    """Marks of what is held, some of them not published."""
    month, after, _ = months_from(told.now_ns)
    return [
        ProductMarks(
            market="caiso",
            as_of=local_date(told.now_ns, PACIFIC).isoformat(),
            products=("rec", "rec", "capacity", "capacity"),
            kinds=("PCC1", "PCC3", "local", "local"),
            periods=("2026", "2025", month, after),
            price_usd_per_unit=column(values, 4),
        )
    ]


def about_no_figure(kind: int, told: Told) -> list[AnyMessage]:
    """Messages on which no figure depends, but for a state of charge, where storage is held."""
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
        TraderRecord(trader="ann", role="authorized-personnel", months=1, authorised=True),
        RunStatus(run="run", phase=RunPhase.STARTED, at_ns=told.now_ns),
        Action(
            action="a1",
            action_kind=list(ActionKind)[len(told.messages) % len(ActionKind)],
            case="no such case",
            actor="someone",
            at_ns=told.now_ns,
            text="a comment",
        ),
        Rejected(letter="l1", feed="caiso", reason="lmp: '--' is no number; ask again"),
        Books(company="company", books=BOOKS, desks=("desk", "desk")),
        CumulativePnl(book=UNKNOWN, realised_usd=5.0),
        BacktestHistory(
            node="firm",
            dates=(local_date(told.now_ns, PACIFIC).isoformat(),),
            var_usd=column((5.0,), 1),
            pnl_usd=column((-9.0,), 1),
        ),
        RetailSales(
            market="caiso", periods=("2025", "2026-01"), volume_mwh=column((900.0, math.nan), 2)
        ),
        RetailSales(market=UNKNOWN, periods=("2025",), volume_mwh=column((1.0,), 1)),
        HedgeRequest(
            request=f"H-{len(told.messages)}", unit_kind=("", "PCC1")[len(told.messages) % 2]
        ),
        ContractDelivery(
            market="caiso",
            contract=f"blotter/caiso-T{1 + len(told.messages) % 4}",
            month=f"{local_date(told.now_ns, PACIFIC):%Y-%m}",
            due_mwh=80.0,
            delivered_mwh=20.0 * (len(told.messages) % 5),
        ),
        FeedNotice(
            feed="caiso/RTD",
            outcome=list(FeedOutcome)[len(told.messages) % len(FeedOutcome)],
            missing=len(told.messages) % 3,
            delay_seconds=float(len(told.messages) % 7) - 3.0,
        ),
        CompanyOutlook(
            market="caiso",
            figure=list(CompanyFigure)[len(told.messages) % len(CompanyFigure)],
            periods=(_STATED[len(told.messages) % len(CompanyFigure)],),
            amounts=column((1.0,), 1),
        ),
        FeedNotice(feed="inbox", outcome=FeedOutcome.DATA, newest_ns=told.now_ns),
    ]
    return [messages[kind % len(messages)]]


def about_the_close(kind: int, days_back: int, told: Told) -> list[AnyMessage]:
    """Steps in the close of a day, and what other systems hold of its contracts."""
    day = (local_date(told.now_ns, PACIFIC) - timedelta(days=days_back)).isoformat()
    if kind == len(CloseStep):
        return [
            TradeTotals(
                source="blotter",
                date=day,
                books=(BOOKS[0], UNKNOWN),
                contracts=column((1.0, 2.0), 2),
                volume_mwh=column((30.0, 12.0), 2),
                value_usd=column((900.0, 480.0), 2),
            )
        ]
    if kind > len(CloseStep):
        start = int(told.hour_ns(0))
        return [
            TradeDetails(
                system="settlement",
                source="blotter",
                date=day,
                trades=("caiso-T1", UNKNOWN),
                price_usd_per_mwh=column((30.0, 12.0), 2),
                locations=("NP15", "NP15"),
                products=("energy", "swap"),
                blocks=(Block.FLAT, Block.ON_PEAK),
                delivery_starts_ns=(start, start),
                delivery_ends_ns=(start + HOUR_NS, start + HOUR_NS),
                counterparties=("CP-01", "CP-01"),
                counterparty="CP-01" if days_back else "",
            )
        ]
    step = list(CloseStep)[kind]
    return [
        DayClose(date=day, step=step, actor="someone", at_ns=told.now_ns, comment="a correction")
    ]


def unknown_prices(kind: int, told: Told) -> list[AnyMessage]:
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
