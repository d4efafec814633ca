"""What a replay day has published by a moment, whatever form it is asked for in."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from msgspec import structs

from connectors.isos import MARKETS
from connectors.log.days import Day, Receipt
from state.errors import ConfigError, NoDataYet, ParseError
from state.messages import AreaVolume, PricePublication

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WRONG_USD = 1.5
"""By which a price that is to be corrected is off, $/MWh; in energy, so that components add up."""


class Series(NamedTuple):
    """Intervals that are published one after the other.

    Attributes:
        what: ``price`` or the source of a volume, ``SLD_FCST``.
        run: of the market.
    """

    what: str
    run: str


class Published(NamedTuple):
    """An interval as it was published at some moment."""

    at_ns: int
    message: PricePublication | AreaVolume


class PublishedDay:
    """A day of one market.

    Args:
        day: what is published, when it was received in it.
        market: whose.

    Attributes:
        market: whose.
        locations, areas: that have prices, or volumes.
        served: the intervals that some answer held, as (start, published).

    Raises:
        ConfigError: the day has nothing of the market.
    """

    def __init__(self, day: Day, market: str) -> None:
        self.market = market
        self._intervals: dict[Series, dict[int, list[Published]]] = {}
        self.locations: set[str] = set()
        self.areas: set[str] = set()
        self.served: dict[Series, set[tuple[int, int]]] = {}
        self._lock = threading.Lock()
        self._spoilt: set[tuple[Series, int]] = set()
        for item in day.items():
            if isinstance(item, Receipt) and item.source == market:
                self._publish(item)
        if not self._intervals:
            reason = f"day {day.manifest.name} has nothing of {market}; choose a day of that market"
            raise ConfigError(reason)

    def _publish(self, receipt: Receipt) -> None:
        try:
            parsed = MARKETS[self.market].parse(
                receipt.body, received_at_ns=receipt.received_at_ns, where=receipt.where
            )
        except (NoDataYet, ParseError):
            return  # what the day itself could not read is published by nobody
        for message in parsed.messages:
            match message:
                case PricePublication():
                    series = Series("price", message.run)
                    self.locations.update(message.locations)
                case AreaVolume():
                    series = Series(message.source, message.run)
                    self.areas.update(message.areas)
                case _:
                    continue
            of_series = self._intervals.setdefault(series, {})
            published = Published(receipt.received_at_ns, message)
            of_series.setdefault(message.interval_start_ns, []).append(published)

    @property
    def series(self) -> frozenset[Series]:
        """All there are."""
        return frozenset(self._intervals)

    def prices(self) -> dict[Series, set[int]]:
        """Return the starts of all intervals of the prices."""
        return {
            series: set(found) for series, found in self._intervals.items() if series[0] == "price"
        }

    def newest(
        self, series: Series, first_ns: int, last_ns: int, now_ns: int, *, wrong: bool = False
    ) -> list[Published]:
        """Return the newest version at a moment of each interval of [first, last), and note them.

        Args:
            series: which.
            first_ns: where the stretch begins.
            last_ns: where it ends.
            now_ns: market time; what is published later is not there yet.
            wrong: with prices that a later answer corrects.
        """
        found = []
        for start_ns, versions in sorted(self._intervals.get(series, {}).items()):
            out = [version for version in versions if version.at_ns <= now_ns]
            if first_ns <= start_ns < last_ns and out:
                found.append(out[-1])
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
                    (series, start)
                    for start, versions in intervals.items()
                    if sum(version.at_ns <= now_ns for version in versions) > 1
                )
        return sorted(one for one in found if first_ns <= one[1] < last_ns)


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


def moment(at_ns: int) -> datetime:
    """Return a moment as a time in UTC."""
    return _EPOCH + timedelta(seconds=at_ns // 1_000_000_000)


def moment_ns(at: datetime) -> int:
    """Return a time as nanoseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000
