"""SPP's bodies: RTBM every five minutes, day-ahead once a day, as plain CSV.

Both generations of the header occur: RTBM bears the older one, the day-ahead file the newer one
with its own form of date. Times are the interval's end, in Central time and in GMT.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from replay_data.locations import Place
from replay_data.prices import MarketPrices, RunPrices
from replay_data.publications import Receipt
from replay_data.records import LocalDay, Record, record
from state.messages import PricePublication, Run
from state.moments import from_ns

RTBM_HEADER = "Interval,GMTIntervalEnd,Settlement Location,Pnode,LMP,MLC,MCC,MEC"
DAY_AHEAD_HEADER = "INTERVAL,GMTINTERVALEND,BAA,SETTLEMENT_LOCATION,PNODE,LMP,MLC,MCC,MEC"
REPORT_NAMES = {Run.DA: "DA-LMP-SL", Run.RTD: "RTBM-LMP-SL"}
_PER_UNIT = 10_000
"""SPP publishes four decimals."""


def _cents(amounts: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> list[int]:
    return [int(amount + 5) // 10 for amount in amounts]


def _decimal(amount: int) -> str:
    text = f"{abs(amount) // _PER_UNIT}.{abs(amount) % _PER_UNIT:04d}".rstrip("0").rstrip(".")
    return f"-{text}" if amount < 0 else text


def _pnode(place: Place) -> str:
    return place.name.replace("_HUB", "_H") if place.name.endswith("_HUB") else place.name


class Components(NamedTuple):
    """An interval's components at one location, in 1e-4 $/MWh."""

    loss: int
    congestion: int
    energy: int

    def columns(self) -> str:
        """Return LMP, MLC, MCC and MEC; LMP is their exact sum."""
        return ",".join(_decimal(amount) for amount in (sum(self), *self))


def _components(prices: RunPrices, index: int) -> list[Components]:
    (energy,) = _cents(prices.energy[index : index + 1])
    losses = _cents(prices.loss[:, index])
    congestions = _cents(prices.congestion[:, index])
    pairs = zip(losses, congestions, strict=True)
    return [Components(loss, congestion, energy) for loss, congestion in pairs]


def _short_time(at_ns: int, day: LocalDay | None) -> str:
    moment = from_ns(at_ns) if day is None else from_ns(at_ns).astimezone(day.zone)
    return f"{moment.month}/{moment.day}/{moment.year} {moment.hour}:{moment.minute:02d}"


def _long_time(at_ns: int, day: LocalDay | None) -> str:
    moment = from_ns(at_ns) if day is None else from_ns(at_ns).astimezone(day.zone)
    return moment.strftime("%m/%d/%Y %H:%M:%S")


def real_time_body(
    day: LocalDay, places: tuple[Place, ...], prices: RunPrices, index: int
) -> tuple[str, bytes]:
    """Return file name and CSV of one RTBM interval; the name bears the interval's end."""
    end = prices.interval_start_ns(index + 1)
    times = f"{_long_time(end, day)},{_long_time(end, None)}"
    rows = [
        f"{times},{place.name},{_pnode(place)},{parts.columns()}"
        for place, parts in zip(places, _components(prices, index), strict=True)
    ]
    stamp = from_ns(end).astimezone(day.zone)
    repeated = "d" if stamp.fold else ""
    text = "\n".join([RTBM_HEADER, *sorted(rows)]) + "\n"
    return f"RTBM-LMP-SL-{stamp:%Y%m%d%H%M}{repeated}.csv", text.encode()


def day_ahead_body(
    day: LocalDay, places: tuple[Place, ...], prices: RunPrices
) -> tuple[str, bytes]:
    """Return file name and CSV of a day's day-ahead prices."""
    rows = [DAY_AHEAD_HEADER]
    for index in range(len(prices.energy)):
        end = prices.interval_start_ns(index + 1)
        times = f"{_short_time(end, day)},{_short_time(end, None)}"
        for place, parts in zip(places, _components(prices, index), strict=True):
            rows.append(f"{times},SPP,{place.name},{_pnode(place)},{parts.columns()}")
    return f"DA-LMP-SL-{day.day:%Y%m%d}0100.csv", ("\n".join(rows) + "\n").encode()


class Spp(NamedTuple):
    """SPP's publications within a span of time.

    Attributes:
        days: the market's own dates that the span touches.
        span: first moment and one past the last.
    """

    prices: MarketPrices
    days: tuple[LocalDay, ...]
    span: tuple[int, int]

    def receipts(self) -> Iterator[Receipt]:
        """Yield the bodies received within the span, in no order."""
        for day in self.days:
            for at, index, prices in self._real_time(day):
                if self.span[0] <= at < self.span[1]:
                    name, body = real_time_body(day, self.prices.places, prices, index)
                    yield Receipt(at, "spp", f"RTBM/{name}", body)
            at = day.at("13:04", days=-1)
            if self.span[0] <= at < self.span[1]:
                ahead = self.prices.on(day, Run.DA)
                name, body = day_ahead_body(day, self.prices.places, ahead)
                yield Receipt(at, "spp", f"DA/{name}", body)

    def _real_time(self, day: LocalDay) -> Iterator[tuple[int, int, RunPrices]]:
        """Yield when each interval was received: about a minute after it began."""
        prices = self.prices.on(day, Run.RTD)
        seed = [self.prices.seed, day.day.toordinal(), 8]
        generator = np.random.Generator(np.random.PCG64(seed))
        waits = 50 + 14 * np.abs(generator.standard_normal(len(prices.energy)))
        for index, wait in enumerate(waits):
            at = prices.interval_start_ns(index) + int(float(wait) * 1000) * 1_000_000
            yield at, index, prices

    def opening(self) -> Iterator[Record]:
        """Yield what SPP published before the span for the dates it touches, as records."""
        first = self.days[0]
        ahead = self.prices.on(first, Run.DA)
        for index in range(len(ahead.energy)):
            yield self._record(Run.DA, first, ahead, index, first.at("13:04", days=-1))
        for at, index, prices in self._real_time(first):
            if at < self.span[0]:
                yield self._record(Run.RTD, first, prices, index, at)

    def _record(self, run: Run, day: LocalDay, prices: RunPrices, index: int, at_ns: int) -> Record:
        parts = _components(prices, index)
        columns = np.array(parts, dtype=float) / _PER_UNIT
        message = PricePublication(
            market="spp",
            run=run,
            interval_start_ns=prices.interval_start_ns(index),
            interval_seconds=prices.interval_seconds,
            locations=self.prices.names,
            lmp=np.array([sum(part) for part in parts]) / _PER_UNIT,
            energy=columns[:, 2],
            congestion=columns[:, 1],
            loss=columns[:, 0],
            source=REPORT_NAMES[run],
        )
        return record(message, "spp", at_ns, day)


def days_touching(first: LocalDay, span: tuple[int, int]) -> tuple[LocalDay, ...]:
    """Return the dates from one on that begin before the span ends, and the one after them."""
    days: list[LocalDay] = [first]
    while days[-1].grid.start_ns < span[1]:
        days.append(days[-1].next())
    return tuple(days)
