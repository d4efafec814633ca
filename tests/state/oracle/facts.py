"""The last word on every cell: what each accepted message said, in plain dictionaries."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache, singledispatchmethod

from state.calendar import MarketCalendar, local_date
from state.messages import (
    Award,
    Block,
    Books,
    CompanyOutlook,
    CumulativePnl,
    CurveMarks,
    FactorHistory,
    FloatColumn,
    Forecast,
    Locations,
    ManualAdjustment,
    Market,
    Message,
    MeterValues,
    Outage,
    PricePublication,
    ProductMarks,
    ProductTrade,
    Resource,
    RetailSales,
    Run,
    Schedule,
    StateOfCharge,
    Trade,
    TradeAction,
    VolumeOutlook,
)
from state.moments import HOUR_NS, SECOND_NS, from_ns
from tests.state.oracle.terms import PRODUCTS, has_its_terms

CORRECTION_DAYS = 14


@dataclass(frozen=True)
class LocalHour:
    """What an hour is called where the market is."""

    day: date
    month: str
    clock_hour: int
    block: Block


@lru_cache(maxsize=100_000)
def local_hour(market: Market, at_ns: int) -> LocalHour:
    calendar = MarketCalendar(
        market.time_zone, on_peak_days=market.on_peak_days, on_peak_hours=market.on_peak_hours
    )
    local = from_ns(at_ns).astimezone(calendar.zone)
    on_peak = calendar.is_on_peak(local.date(), local.hour)
    block = Block.ON_PEAK if on_peak else Block.OFF_PEAK
    return LocalHour(local.date(), f"{local:%Y-%m}", local.hour, block)


Dated = list[tuple[date, float]]
"""Expectations, each from the day on which it was said: it says nothing of earlier days."""


def expected_on(said: Dated, day: date) -> float | None:
    """The last word that reaches a day.

    >>> expected_on([(date.min, 30.0), (date(2026, 7, 15), 40.0)], date(2026, 7, 14))
    30.0
    """
    return next((value for since, value in reversed(said) if since <= day), None)


@dataclass
class Facts:
    """What is known; ``now_ns`` is the clock, none before the first tick."""

    now_ns: int | None = None
    markets: dict[str, Market] = field(default_factory=dict)
    hubs: dict[tuple[str, str], str] = field(default_factory=dict)
    books: set[str] = field(default_factory=set)
    resources: dict[str, Resource] = field(default_factory=dict)
    cumulative_usd: dict[str, float] = field(default_factory=dict)
    volume_mw: dict[tuple[str, str, int], float] = field(default_factory=dict)
    outlook_mw: dict[tuple[str, str, Block], Dated] = field(default_factory=dict)
    scheduled: set[tuple[str, int]] = field(default_factory=set)
    price: dict[tuple[str, str, str, int], float] = field(default_factory=dict)
    congestion: dict[tuple[str, str, int], float] = field(default_factory=dict)
    curve: dict[tuple[str, str, Block, str], Dated] = field(default_factory=dict)
    charges: dict[tuple[str, date], tuple[int, float]] = field(default_factory=dict)
    applied: int = 0
    storage_days: dict[tuple[object, ...], dict[int, tuple[float, float]] | None] = field(
        default_factory=dict
    )
    product_marks: dict[tuple[str, str, str, str], float] = field(default_factory=dict)
    trades: dict[str, Trade] = field(default_factory=dict)
    awards: dict[str, Award] = field(default_factory=dict)
    outages: dict[str, Outage] = field(default_factory=dict)
    adjustments: dict[str, ManualAdjustment] = field(default_factory=dict)
    levels: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    dates: dict[str, set[str]] = field(default_factory=dict)

    # Time -----------------------------------------------------------------------------------

    def step_ns(self, market: str) -> int:
        return self.markets[market].settlement_seconds * SECOND_NS

    def local(self, market: str, at_ns: int) -> LocalHour:
        return local_hour(self.markets[market], at_ns // HOUR_NS * HOUR_NS)

    def curve_name(self, market: str, location: str) -> str:
        """Whose curve values a location: its hub's, its own where it has none."""
        return self.hubs[market, location] or location

    def today(self, market: str) -> date:
        assert self.now_ns is not None
        return local_date(self.now_ns, self.markets[market].time_zone)

    def expect(self, market: str, said: Dated, value: float) -> None:
        said.append((date.min if self.now_ns is None else self.today(market), value))

    def intervals(self, market: str, start_ns: int, end_ns: int) -> Iterator[int]:
        """Starts of the settlement intervals that begin within [start, end)."""
        step = self.step_ns(market)
        return iter(range(-(-start_ns // step) * step, end_ns, step))

    def cells(
        self, market: str, start_ns: int, seconds: int, mw: FloatColumn
    ) -> Iterator[tuple[int, float]]:
        """Each interval that a column of coarser intervals covers, with its value."""
        for index, value in enumerate(mw.tolist()):
            begin = start_ns + index * seconds * SECOND_NS
            if not math.isnan(value):
                for at_ns in self.intervals(market, begin, begin + seconds * SECOND_NS):
                    yield at_ns, value

    # Acceptance -----------------------------------------------------------------------------

    def apply(self, message: Message) -> None:
        self.applied += 1
        self.storage_days.clear()
        if self.refuses(message):
            return
        self.take(message)

    def refuses(self, message: Message) -> bool:
        """Unknown references, old versions, too fine intervals, corrections out of horizon."""
        return (
            self._names_the_unknown(message)
            or self._is_an_old_version(message)
            or self._is_too_fine(message)
            or self._is_too_late(message)
        )

    def _names_the_unknown(self, message: Message) -> bool:
        match message:
            case Trade():
                plant_known = self._knows_plant(message)
                known = message.product in PRODUCTS and plant_known and self._knows_row(message)
                known = known and has_its_terms(message) and self._knows_places(message)
            case Award() | ManualAdjustment():
                known = self._knows_row(message)
            case PricePublication():
                market = self.markets.get(message.market)
                known = market is not None and message.run in market.runs
            case Schedule():
                known = message.market in self.markets and all(
                    name in self.resources and self.resources[name].market == message.market
                    for name in message.resources
                )
            case Forecast() | MeterValues() | VolumeOutlook() | Outage():
                known = message.resource in self.resources
            case Locations() | CurveMarks() | ProductMarks() | FactorHistory():
                known = message.market in self.markets
            case RetailSales() | CompanyOutlook():
                known = message.market in self.markets
            case Resource():
                known = self._knows_row(message)
            case CumulativePnl():
                known = message.book in self.books
            case _:
                known = True
        return not known

    def _knows_row(self, message: Trade | Award | ManualAdjustment | Resource) -> bool:
        return message.book in self.books and (message.market, message.location) in self.hubs

    def _knows_plant(self, message: Trade) -> bool:
        cancelled = message.action is TradeAction.CANCEL
        if message.product != "ppa" and (message.product != "storage" or cancelled):
            return True
        plant = self.resources.get(message.resource)
        return plant is not None and plant.market == message.market

    def _knows_places(self, message: Trade) -> bool:
        """The second location, and the contract that an inter-SC trade delivers."""
        if not isinstance(message, ProductTrade):
            return True
        second = message.second_location
        held = self.trades.get(message.delivers)
        delivered = held is not None and held.action is not TradeAction.CANCEL
        here = not second or (message.market, second) in self.hubs
        cancelled = message.action is TradeAction.CANCEL
        return here and (not message.delivers or cancelled or delivered)

    def _is_an_old_version(self, message: Message) -> bool:
        match message:
            case Trade():
                last = self.trades.get(message.identity)
                return last is not None and message.version <= last.version
            case Outage():
                derate = self.outages.get(message.outage)
                return derate is not None and message.version <= derate.version
            case ManualAdjustment():
                former = self.adjustments.get(message.adjustment)
                return former is not None and message.version <= former.version
        return False

    def _market_of(self, message: Message) -> str | None:
        match message:
            case PricePublication() | Schedule() | Award():
                return message.market
            case Forecast() | MeterValues():
                return self.resources[message.resource].market
        return None

    def _is_too_fine(self, message: Message) -> bool:
        market = self._market_of(message)
        if market is None:
            return False
        return message.interval_seconds < self.markets[market].settlement_seconds

    def _is_too_late(self, message: Message) -> bool:
        market = self._market_of(message)
        if market is None or self.now_ns is None:
            return False
        day = self.local(market, message.interval_start_ns).day
        return day < self.today(market) - timedelta(days=CORRECTION_DAYS)

    # Taking ---------------------------------------------------------------------------------

    @singledispatchmethod
    def take(self, message: Message) -> None:
        """Every other kind says nothing about a figure."""

    @take.register
    def _(self, message: Market) -> None:
        self.markets[message.market] = message

    @take.register
    def _(self, message: Locations) -> None:
        for location, hub in zip(message.locations, message.hubs, strict=True):
            self.hubs[message.market, location] = hub

    @take.register
    def _(self, message: Books) -> None:
        self.books.update(message.books)

    @take.register
    def _(self, message: Resource) -> None:
        self.resources[message.resource] = message

    @take.register
    def _(self, message: CumulativePnl) -> None:
        self.cumulative_usd[message.book] = message.realised_usd

    @take.register
    def _(self, message: FactorHistory) -> None:
        self.dates.setdefault(message.market, set()).update(message.dates)
        table = message.levels.reshape(len(message.factors), len(message.dates))
        for factor, row in zip(message.factors, table.tolist(), strict=True):
            known = {d: x for d, x in zip(message.dates, row, strict=True) if not math.isnan(x)}
            self.levels.setdefault(message.market, {})[factor] = known

    @take.register
    def _(self, message: PricePublication) -> None:
        for location, lmp in zip(message.locations, message.lmp, strict=True):
            column = self.cells(
                message.market, message.interval_start_ns, message.interval_seconds, lmp[None]
            )
            for at_ns, value in column:
                self.price[message.market, message.run, location, at_ns] = value
        if message.run is Run.DA and len(message.congestion):
            self._take_congestion(message)

    def _take_congestion(self, message: PricePublication) -> None:
        for location, component in zip(message.locations, message.congestion, strict=True):
            for at_ns, value in self.cells(
                message.market,
                message.interval_start_ns,
                message.interval_seconds,
                component[None],
            ):
                self.congestion[message.market, location, at_ns] = value

    @take.register
    def _(self, message: CurveMarks) -> None:
        columns = (message.hubs, message.blocks, message.months, message.price_usd_per_mwh.tolist())
        for hub, block, month, price in zip(*columns, strict=True):
            if not math.isnan(price):
                said = self.curve.setdefault((message.market, hub, block, month), [])
                self.expect(message.market, said, price)

    @take.register
    def _(self, message: StateOfCharge) -> None:
        resource = self.resources.get(message.resource)
        if resource is None:
            return
        day = local_date(message.at_ns, self.markets[resource.market].time_zone)
        known = self.charges.get((message.resource, day))
        if known is None or message.at_ns < known[0]:
            self.charges[message.resource, day] = (message.at_ns, message.energy_mwh)

    @take.register
    def _(self, message: ProductMarks) -> None:
        names = zip(message.products, message.kinds, message.periods, strict=True)
        for name, price in zip(names, message.price_usd_per_unit.tolist(), strict=True):
            key, month = (message.market, *name), name[2]
            over = self.now_ns is not None and "-" in month
            over = over and month < f"{self.today(message.market):%Y-%m}"
            if not math.isnan(price) and not (over and key in self.product_marks):
                self.product_marks[key] = price

    @take.register
    def _(self, message: Forecast) -> None:
        self._take_volumes(message.resource, "forecast", message, message.mw)

    @take.register
    def _(self, message: MeterValues) -> None:
        self._take_volumes(message.resource, "meter", message, message.mw)

    @take.register
    def _(self, message: Schedule) -> None:
        rows = message.mw.reshape(len(message.resources), -1)
        for resource, mw in zip(message.resources, rows, strict=True):
            self._take_volumes(resource, message.run, message, mw)
            if message.run is Run.DA:
                covered = self.cells(
                    message.market, message.interval_start_ns, message.interval_seconds, mw
                )
                self.scheduled.update((message.market, at_ns) for at_ns, _ in covered)

    def _take_volumes(
        self, resource: str, said: str, message: Forecast | MeterValues | Schedule, mw: FloatColumn
    ) -> None:
        market = self.resources[resource].market
        for at_ns, value in self.cells(
            market, message.interval_start_ns, message.interval_seconds, mw
        ):
            self.volume_mw[resource, said, at_ns] = value

    @take.register
    def _(self, message: VolumeOutlook) -> None:
        for month, block, mw in zip(
            message.months, message.blocks, message.mw.tolist(), strict=True
        ):
            if not math.isnan(mw):
                said = self.outlook_mw.setdefault((message.resource, month, block), [])
                self.expect(self.resources[message.resource].market, said, mw)

    @take.register
    def _(self, message: Trade) -> None:
        self.trades[message.identity] = message

    @take.register
    def _(self, message: Award) -> None:
        self.awards[message.key] = message

    @take.register
    def _(self, message: Outage) -> None:
        self.outages[message.outage] = message

    @take.register
    def _(self, message: ManualAdjustment) -> None:
        self.adjustments[message.adjustment] = message
