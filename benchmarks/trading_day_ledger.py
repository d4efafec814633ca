"""What the messages of W2 leave, each by its last word: price, schedule, version of a trade."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.trading_day import STEP_SECONDS, STEPS, TODAY, ZONE
from state.arrays import Flags, Floats, Numbers
from state.calendar import local_midnight_ns
from state.messages import (
    AnyMessage,
    Block,
    Books,
    CumulativePnl,
    CurveMarks,
    FactorHistory,
    Forecast,
    LocationKind,
    Locations,
    PricePublication,
    Resource,
    Run,
    Schedule,
    Tick,
    Trade,
    VolumeOutlook,
)
from state.moments import HOUR_NS, SECOND_NS

DA, FMM, RTD, LOAD = range(4)
RUNS = (Run.DA, Run.FMM, Run.RTD)
FORECAST = 3

INTERVALS = 2 * STEPS
"""Of the two days."""


class TradeTerms(NamedTuple):
    """What of a trade makes its figures.

    Attributes:
        book, place: their numbers.
        settles: at which run.
        first_hour, end_hour: of delivery, from midnight of the first day.
    """

    book: int
    place: int
    settles: str
    first_hour: int
    end_hour: int
    mw: float
    price_usd_per_mwh: float


class Ledger:
    """Collects the messages of a workload: what is held after the last of them.

    Attributes:
        midnight_ns, now_ns: of the first day, and of the last tick.
        books, places: numbers by name; ``names`` the places in their order.
        brought_usd: realised before the day, by book.
        trades: by identity, in their last version.
        resources, stages: by name: the record, and MW by stage (day-ahead, FMM, RTD, forecast)
            and interval of the two days, NaN where nothing is known.
        curve: marks by hub, block and month, $/MWh.
        outlooks: of volumes behind the two days.
        history: of the factors.
        price: by run, place and interval, $/MWh; NaN where none is published.
        hub, is_hub: by place, the number of its hub, and whether it is one.
    """

    history: FactorHistory
    names: tuple[str, ...]
    hub: Numbers
    is_hub: Flags
    price: Floats

    def __init__(self) -> None:
        self.midnight_ns = local_midnight_ns(TODAY, ZONE)
        self.now_ns = 0
        self.books: dict[str, int] = {}
        self.places: dict[str, int] = {}
        self.brought_usd = np.zeros(0)
        self.trades: dict[str, TradeTerms] = {}
        self.resources: dict[str, Resource] = {}
        self.stages: dict[str, Floats] = {}
        self.curve: dict[tuple[str, Block, str], float] = {}
        self.outlooks: list[VolumeOutlook] = []

    def take(self, message: AnyMessage) -> None:
        """Note a message; the later one of its kind holds."""
        takes: dict[type, Callable[[Any], None]] = {
            Tick: self._take_tick,
            Books: self._take_books,
            Locations: self._take_locations,
            CumulativePnl: self._take_brought,
            Resource: self._take_resource,
            FactorHistory: self._take_history,
            CurveMarks: self._take_curve,
            PricePublication: self._take_price,
            Schedule: self._take_schedule,
            Forecast: self._take_forecast,
            Trade: self._take_trade,
            VolumeOutlook: self._take_outlook,
        }
        take = takes.get(type(message))
        if take is not None:
            take(message)

    def _take_tick(self, tick: Tick) -> None:
        self.now_ns = tick.at_ns

    def _take_books(self, books: Books) -> None:
        self.books = {book: number for number, book in enumerate(books.books)}
        self.brought_usd = np.zeros(len(self.books))

    def _take_brought(self, brought: CumulativePnl) -> None:
        self.brought_usd[self.books[brought.book]] = brought.realised_usd

    def _take_resource(self, resource: Resource) -> None:
        self.resources[resource.resource] = resource
        self.stages[resource.resource] = np.full((4, INTERVALS), np.nan)

    def _take_history(self, history: FactorHistory) -> None:
        self.history = history

    def _take_price(self, message: PricePublication) -> None:
        places = [self.places[name] for name in message.locations]
        part = self._part(message.interval_start_ns, message.interval_seconds)
        self.price[RUNS.index(message.run), places, part] = message.lmp[:, None]

    def _take_schedule(self, message: Schedule) -> None:
        rows = message.mw.reshape(len(message.resources), -1)
        for name, mw in zip(message.resources, rows, strict=True):
            self._take_volume(name, RUNS.index(message.run), message, mw)

    def _take_forecast(self, message: Forecast) -> None:
        self._take_volume(message.resource, FORECAST, message, message.mw)

    def _take_locations(self, message: Locations) -> None:
        self.names = message.locations
        self.places = {name: place for place, name in enumerate(message.locations)}
        self.hub = np.array([self.places[hub] for hub in message.hubs])
        self.is_hub = np.array([kind is LocationKind.HUB for kind in message.kinds])
        self.price = np.full((3, len(self.names), INTERVALS), np.nan)

    def _take_curve(self, message: CurveMarks) -> None:
        cells = zip(message.hubs, message.blocks, message.months, strict=True)
        self.curve.update(zip(cells, message.price_usd_per_mwh.tolist(), strict=True))

    def _take_volume(self, name: str, stage: int, message: Schedule | Forecast, mw: Floats) -> None:
        part = self._part(message.interval_start_ns, message.interval_seconds * len(mw))
        finer = np.repeat(mw, message.interval_seconds // STEP_SECONDS)
        self.stages[name][stage, part] = finer[: part.stop - part.start]

    def _take_trade(self, trade: Trade) -> None:
        self.trades[trade.identity] = TradeTerms(
            self.books[trade.book],
            self.places[trade.location],
            str(trade.settles_at),
            (trade.delivery_start_ns - self.midnight_ns) // HOUR_NS,
            (trade.delivery_end_ns - self.midnight_ns) // HOUR_NS,
            trade.quantity_mw,
            trade.price_usd_per_mwh,
        )

    def _take_outlook(self, message: VolumeOutlook) -> None:
        self.outlooks.append(message)

    def _part(self, start_ns: int, seconds: int) -> slice:
        first = (start_ns - self.midnight_ns) // (STEP_SECONDS * SECOND_NS)
        return slice(first, min(first + seconds // STEP_SECONDS, INTERVALS))
