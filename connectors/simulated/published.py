"""What a replay day has published by a moment, whatever form it is asked for in."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Self

import numpy as np
from msgspec import structs

from connectors.isos import MARKETS
from connectors.log.days import Day, Receipt
from connectors.simulated.borrowed import Borrowed
from state import messages
from state.errors import NoDataYet, ParseError, UsageError
from state.messages import AreaVolume, FloatColumn, PricePublication

_WRONG_USD = 1.5
"""By which a price that is to be corrected is off, $/MWh; in energy, so that components add up."""


class Slot(NamedTuple):
    """An interval: the first five minutes of an hour are not the hour."""

    start_ns: int
    seconds: int


class Series(NamedTuple):
    """Intervals that are published one after the other.

    Attributes:
        what: ``price``, or what a volume is of: ``load``.
        run: of the market.
    """

    what: str
    run: str


class Published(NamedTuple):
    """An interval as it was published at some moment."""

    at_ns: int
    message: PricePublication | AreaVolume

    @property
    def series(self) -> Series:
        """Which it is an interval of."""
        message = self.message
        what = "price" if isinstance(message, PricePublication) else str(message.series)
        return Series(what, message.run)


class PublishedDay:
    """What one market publishes.

    Args:
        market: whose.
        published: every interval, in the order of their times; a later one of the same interval
            corrects.

    Attributes:
        market: whose.
        locations: that have prices.
        served: the intervals that some answer held, as (start, published).
    """

    def __init__(self, market: str, published: Iterable[Published]) -> None:
        self.market = market
        self._intervals: dict[Series, dict[Slot, list[Published]]] = {}
        self.locations: set[str] = set()
        self._areas: dict[messages.Series, set[str]] = {}
        self.served: dict[Series, set[tuple[int, int]]] = {}
        self._lock = threading.Lock()
        self._spoilt: set[tuple[Series, int]] = set()
        for one in published:
            message = one.message
            if isinstance(message, PricePublication):
                self.locations.update(message.locations)
            else:
                self._areas.setdefault(message.series, set()).update(message.areas)
            of_series = self._intervals.setdefault(one.series, {})
            slot = Slot(message.interval_start_ns, message.interval_seconds)
            of_series.setdefault(slot, []).append(one)

    @classmethod
    def of(cls, day: Day, market: str, borrowed: Borrowed | None = None) -> Self:
        """Return what a day has of a market.

        Args:
            day: the day.
            market: whose.
            borrowed: whose prices stand for those of the market; those before the day, which the
                market may count to the day, are published at its begin.

        Raises:
            ConfigError: it has nothing.
        """
        found = cls(market, _read(day, market) if borrowed is None else _borrow(day, borrowed))
        if not found.series:
            reason = f"day {day.manifest.name} has nothing of {market}; choose a day of that market"
            raise UsageError(reason)
        return found

    @property
    def series(self) -> frozenset[Series]:
        """All there are."""
        return frozenset(self._intervals)

    @property
    def areas(self) -> frozenset[str]:
        """Those that have load."""
        return self.areas_of(messages.Series.LOAD)

    def areas_of(self, what: messages.Series) -> frozenset[str]:
        """Return the areas that have load, solar or wind."""
        return frozenset(self._areas.get(what, ()))

    def has(self, series: Series, seconds: int) -> bool:
        """Say whether there are intervals of a length."""
        return any(slot.seconds == seconds for slot in self._intervals.get(series, ()))

    def prices(self) -> dict[Series, set[int]]:
        """Return the starts of all intervals of the prices."""
        return {
            series: {slot.start_ns for slot in found}
            for series, found in self._intervals.items()
            if series.what == "price"
        }

    def newest_start(self, series: Series, now_ns: int, *, seconds: int = 0) -> int:
        """Return the start of the newest interval there is at a moment, 0 before the first.

        Args:
            series: which.
            now_ns: market time.
            seconds: of what length; any where it is 0.
        """
        there = (
            slot.start_ns
            for slot, versions in self._intervals.get(series, {}).items()
            if versions[0].at_ns <= now_ns and seconds in (0, slot.seconds)
        )
        return max(there, default=0)

    def there(
        self, series: Series, first_ns: int, last_ns: int, now_ns: int, *, seconds: int = 0
    ) -> list[Published]:
        """Return the newest version at a moment of each interval of [first, last)."""
        found = []
        for slot, versions in sorted(self._intervals.get(series, {}).items()):
            if not first_ns <= slot.start_ns < last_ns or seconds not in (0, slot.seconds):
                continue
            out = [version for version in versions if version.at_ns <= now_ns]
            if out:
                found.append(out[-1])
        return found

    def newest(
        self,
        series: Series,
        first_ns: int,
        last_ns: int,
        now_ns: int,
        *,
        wrong: bool = False,
        seconds: int = 0,
    ) -> list[Published]:
        """Return the newest version at a moment of each interval of [first, last), and note them.

        Args:
            series: which.
            first_ns: where the stretch begins.
            last_ns: where it ends.
            now_ns: market time; what is published later is not there yet.
            wrong: with prices that a later answer corrects.
            seconds: intervals of what length; any where it is 0.
        """
        found = self.there(series, first_ns, last_ns, now_ns, seconds=seconds)
        with self._lock:
            starts = {(one.message.interval_start_ns, one.at_ns) for one in found}
            self.served.setdefault(series, set()).update(starts)
            if wrong and series.what == "price":
                self._spoilt.update((series, one.message.interval_start_ns) for one in found)
        return [_spoilt(one) for one in found] if wrong else found

    def corrected(self, first_ns: int, last_ns: int, now_ns: int) -> list[tuple[Series, int]]:
        """Return the intervals of prices in [first, last) that were published otherwise before."""
        with self._lock:
            found = set(self._spoilt)
        for series, intervals in self._intervals.items():
            if series.what == "price":
                found.update(
                    (series, slot.start_ns)
                    for slot, versions in intervals.items()
                    if sum(version.at_ns <= now_ns for version in versions) > 1
                )
        return sorted(one for one in found if first_ns <= one[1] < last_ns)


def _read(day: Day, market: str) -> Iterator[Published]:
    for item in day.items():
        if not isinstance(item, Receipt) or item.source != market:
            continue
        try:
            parsed = MARKETS[market].parse(
                item.body, received_at_ns=item.received_at_ns, where=item.where
            )
        except (NoDataYet, ParseError):
            continue  # what the day itself could not read is published by nobody
        for message in parsed.messages:
            if isinstance(message, PricePublication | AreaVolume):
                yield Published(item.received_at_ns, message)


def _borrow(day: Day, borrowed: Borrowed) -> list[Published]:
    before = ((day.manifest.from_ns, message) for message in day.opening())
    found = [
        (at_ns, message)
        for at_ns, message in (*before, *_read(day, borrowed.own))
        if isinstance(message, PricePublication) and message.market == borrowed.own
    ]
    borrowed.check({name for _, message in found for name in message.locations})
    return [Published(at_ns, borrowed.price(message)) for at_ns, message in found]


def prices_of(
    published: list[Published], wanted: frozenset[str] | None = None
) -> list[PricePublication]:
    """Return the prices among what is published, of some locations or of all."""
    found = [one.message for one in published if isinstance(one.message, PricePublication)]
    return found if wanted is None else [_of_locations(one, wanted) for one in found]


def volumes_of(published: list[Published]) -> list[AreaVolume]:
    """Return the volumes among what is published."""
    return [one.message for one in published if isinstance(one.message, AreaVolume)]


def _spoilt(published: Published) -> Published:
    message = published.message
    if isinstance(message, PricePublication):
        moved = {"lmp": message.lmp + _WRONG_USD, "energy": message.energy + _WRONG_USD}
        return published._replace(message=structs.replace(message, **moved))
    return published


def _of_locations(publication: PricePublication, wanted: frozenset[str]) -> PricePublication:
    places = [at for at, name in enumerate(publication.locations) if name in wanted]
    columns = {
        name: column[places] if len(column) else column
        for name in ("lmp", "energy", "congestion", "loss", "ghg")
        for column in (getattr(publication, name),)
    }
    names = tuple(publication.locations[at] for at in places)
    return structs.replace(publication, locations=names, **columns)


def column_of(publication: PricePublication, name: str) -> list[float]:
    """Return a column of a publication; NaN everywhere where it has none."""
    column: FloatColumn = getattr(publication, name)
    return column.tolist() if len(column) else [math.nan] * len(publication.locations)


def cell(value: float) -> str:
    """Return a number as it is written in a cell, with all its digits; NaN is an empty one.

    >>> [cell(value) for value in (-0.5, 30.0, 1e-5, math.nan)]
    ['-0.5', '30', '0.00001', '']
    """
    return "" if math.isnan(value) else np.format_float_positional(value, trim="-")
