"""The company's small side in SPP: a wind farm, a trading book, virtual awards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np
from msgspec.structs import replace

from replay_data.blotter import Blotter
from replay_data.forwards import Forwards, factor_history, months_from
from replay_data.locations import SPP, locations_message
from replay_data.operations import MINUTE_NS
from replay_data.portfolio import BOOKS, Volumes, volumes
from replay_data.prices import MarketPrices
from replay_data.records import LocalDay, Record, record
from replay_data.spp import Spp
from state.messages import (
    Award,
    AwardKind,
    Block,
    Books,
    CurveMarks,
    Forecast,
    Market,
    Message,
    Resource,
    ResourceKind,
    Run,
    Schedule,
    SettlesAt,
)

CENTRAL = "America/Chicago"
TRADING_SPP = "trading-spp"
NORTH, SOUTH = "SPPNORTH_HUB", "SPPSOUTH_HUB"
MARKET = Market(
    market="spp", time_zone=CENTRAL, runs=(Run.DA, Run.RTD), on_peak_days=(0, 1, 2, 3, 4)
)
WIND = Resource(
    resource="WIND_SPP",
    market="spp",
    book="renewables",
    location="WINDSITE6_UN",
    resource_kind=ResourceKind.WIND,
    capacity_mw=75.0,
)


def books_with_spp() -> Books:
    """Return the company's books with SPP's trading book."""
    return replace(BOOKS, books=(*BOOKS.books, TRADING_SPP), desks=(*BOOKS.desks, "trading"))


@dataclass(frozen=True)
class SppCompany:
    """SPP's prices and what the company does there on one day."""

    prices: MarketPrices
    forwards: Forwards
    feed: Spp
    seed: int

    @property
    def day(self) -> LocalDay:
        """SPP's own date."""
        return self.feed.days[0]

    @cached_property
    def made(self) -> tuple[Volumes, Volumes]:
        """The wind farm's volumes today and tomorrow."""
        today, tomorrow = (volumes(WIND, day, self.seed + 50) for day in self.feed.days[:2])
        return today, tomorrow

    @cached_property
    def marks(self) -> CurveMarks:
        """The marks of the evening before."""
        return self.forwards.marks(self.day.day, self.day.day - timedelta(days=1))

    @cached_property
    def blotter(self) -> Blotter:
        """The book's deals."""
        generator = np.random.Generator(np.random.PCG64([self.seed, 77]))
        strikes = ((0, self.marks),)
        blotter = Blotter(self.day, generator, strikes, market="spp", prefix="S")
        struck = self.day.at("10:00", days=-1)
        for number, month in enumerate(months_from(self.day.day)[1:9]):
            for hub in (NORTH, SOUTH):
                mw = float(blotter.number(2, 9)) * (1 if (number + len(hub)) % 2 else -1)
                blotter.forward(struck, (TRADING_SPP, hub), (Block.ON_PEAK, month), mw, "swap")
        return blotter

    def opening(self) -> Iterator[Record]:
        """Yield what is known of SPP before the day."""
        known_at = self.day.grid.start_ns
        for message in self._reference():
            yield record(message, "opening", known_at, self.day)
        yield from self.feed.opening()
        yesterday = self.day.at("15:30", days=-1)
        yield record(self.marks, "marks", yesterday, self.day)
        for trade in list(self.blotter.deals):
            yield record(trade, "trades", known_at, self.day)
        yield record(self._award(), "awards", self.day.at("13:30", days=-1), self.day)
        today, tomorrow = self.made
        yield self._forecast(today, self.day, yesterday)
        yield self._forecast(tomorrow, self.feed.days[1], yesterday)
        yield self._day_ahead(today, self.day, self.day.at("13:30", days=-1))
        yield from (item for item in self._dispatch() if item.received_at_ns < self.feed.span[0])

    def _reference(self) -> tuple[Message, ...]:
        history = factor_history(self.prices, self.forwards, self.day.day)
        return MARKET, locations_message("spp", SPP), WIND, *history

    def records(self) -> Iterator[Record]:
        """Yield the day's records of SPP, in no order."""
        first, end = self.feed.span
        yield self._day_ahead(self.made[1], self.feed.days[1], self.day.at("13:35"))
        yield from (item for item in self._dispatch() if first <= item.received_at_ns < end)
        for at in range(first + 20 * MINUTE_NS, end, 120 * MINUTE_NS):
            yield self._forecast(self.made[1], self.feed.days[1], at)
        before = len(self.blotter.deals)
        for number in range(22):
            self._deal(number)
        for trade in self.blotter.deals[before:]:
            yield record(trade, "trades", trade.executed_at_ns + MINUTE_NS, self.day)

    def _deal(self, number: int) -> None:
        """Sell or buy some hours of the afternoon against real time."""
        blotter = self.blotter
        at = self.day.at("07:00") + (number * 21 + blotter.number(0, 15)) * MINUTE_NS
        first = (at - self.day.grid.start_ns) // (60 * MINUTE_NS) + blotter.number(1, 3)
        period = tuple(
            self.day.grid.start_ns + int(hour) * 60 * MINUTE_NS for hour in (first, first + 3)
        )
        hub = NORTH if number % 2 else SOUTH
        mw = float(blotter.number(2, 9)) * (1 if number % 4 < 2 else -1)  # two of four
        price = blotter.mark(at, hub, (Block.ON_PEAK, months_from(self.day.day, 1)[0]))
        blotter.deal(
            at,
            (TRADING_SPP, hub),
            (period[0], period[1]),
            mw,
            price + 3 * blotter.generator.standard_normal(),
            product="swap",
            settles_at=SettlesAt.RTD if number % 3 else SettlesAt.DA,
        )

    def _award(self) -> Award:
        hours = self.day.grid.clock_hours
        return Award(
            award=f"SPP-{self.day.day:%Y%m%d}-DEC",
            market="spp",
            book=TRADING_SPP,
            location=SOUTH,
            award_kind=AwardKind.VIRTUAL_DEMAND,
            interval_start_ns=self.day.grid.start_ns,
            interval_seconds=3600,
            mw=np.where((hours >= 14) & (hours < 20), 10.0, 0.0),  # the afternoon
        )

    def _forecast(self, made: Volumes, day: LocalDay, at_ns: int) -> Record:
        forecast = Forecast(
            resource=WIND.resource,
            interval_start_ns=day.grid.start_ns,
            interval_seconds=3600,
            mw=made.scheduled,
        )
        return record(forecast, "forecasts", at_ns, day)

    def _day_ahead(self, made: Volumes, day: LocalDay, at_ns: int) -> Record:
        schedule = Schedule(
            market="spp",
            run=Run.DA,
            interval_start_ns=day.grid.start_ns,
            interval_seconds=3600,
            resources=(WIND.resource,),
            mw=made.scheduled,
        )
        return record(schedule, "schedules", at_ns, day)

    def _dispatch(self) -> Iterator[Record]:
        """Yield the five-minute dispatch of today and tomorrow, four minutes ahead."""
        for made, day in zip(self.made, self.feed.days[:2], strict=True):
            for index, mw in enumerate(made.actual):
                start = day.grid.start_ns + index * 5 * MINUTE_NS
                schedule = Schedule(
                    market="spp",
                    run=Run.RTD,
                    interval_start_ns=start,
                    interval_seconds=300,
                    resources=(WIND.resource,),
                    mw=np.array([float(mw)]),
                )
                yield record(schedule, "schedules", start - 4 * MINUTE_NS, day)
