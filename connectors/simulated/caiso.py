"""A simulated CAISO: answers OASIS requests with what a replay day had published by then."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from msgspec import structs

from connectors.isos import MARKETS
from connectors.log.days import Day, Receipt
from connectors.simulated.oasis_form import PriceForm, load_csv, no_data, zipped
from state.errors import ConfigError, NoDataYet, ParseError
from state.messages import AreaVolume, PricePublication

PATH = "/oasisapi/SingleZip"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PRICES = {
    ("PRC_LMP", "DAM"): PriceForm("PRC_LMP", "DAM", "MW", 12),
    ("PRC_RTPD_LMP", "RTPD"): PriceForm("PRC_RTPD_LMP", "RTPD", "PRC", 3),
    ("PRC_INTVL_LMP", "RTM"): PriceForm("PRC_INTVL_LMP", "RTM", "VALUE", 3),
}
RUNS = {"DA": ("PRC_LMP", "DAM"), "FMM": ("PRC_RTPD_LMP", "RTPD"), "RTD": ("PRC_INTVL_LMP", "RTM")}
_LOAD = "SLD_FCST"
_WRONG_USD = 1.5
"""By which a price that is to be corrected is off, $/MWh; in energy, so that components add up."""


class Published(NamedTuple):
    """An interval as it was published at some moment."""

    at_ns: int
    message: PricePublication | AreaVolume


class SimulatedCaiso:
    """Publishes a day.

    Args:
        day: what is published, when it was received in it.

    Attributes:
        locations, areas: that have prices, or load.
        served: the intervals that some answer held, by query and run, as (start, published).

    Raises:
        ConfigError: the day has nothing of CAISO.
    """

    def __init__(self, day: Day) -> None:
        self._intervals: dict[tuple[str, str], dict[int, list[Published]]] = {}
        self.locations: set[str] = set()
        self.areas: set[str] = set()
        self.served: dict[tuple[str, str], set[tuple[int, int]]] = {}
        self._lock = threading.Lock()
        for item in day.items():
            if isinstance(item, Receipt) and item.source == "caiso":
                self._publish(item)
        if not self._intervals:
            reason = f"day {day.manifest.name} has nothing of caiso; choose a day of that market"
            raise ConfigError(reason)

    def _publish(self, receipt: Receipt) -> None:
        try:
            parsed = MARKETS["caiso"].parse(
                receipt.body, received_at_ns=receipt.received_at_ns, where=receipt.where
            )
        except (NoDataYet, ParseError):
            return  # what the day itself could not read is published by nobody
        for message in parsed.messages:
            if isinstance(message, PricePublication):
                key = RUNS[message.run]
                self.locations.update(message.locations)
            elif isinstance(message, AreaVolume) and message.source.endswith(_LOAD):
                key = (_LOAD, message.run)
                self.areas.update(message.areas)
            else:
                continue
            of_report = self._intervals.setdefault(key, {})
            published = Published(receipt.received_at_ns, message)
            of_report.setdefault(message.interval_start_ns, []).append(published)

    def published(self) -> dict[tuple[str, str], set[int]]:
        """Return the starts of all intervals of the prices, by query and run."""
        return {key: set(found) for key, found in self._intervals.items() if key in _PRICES}

    def answer(self, query: Mapping[str, str], now_ns: int, wrong: bool) -> bytes | None:  # noqa: FBT001 - as the server calls it
        """Return the body for a request, None for one that OASIS does not know.

        Args:
            query: the parameters of the request.
            now_ns: market time; what is published later is not there yet.
            wrong: publish prices that a later answer corrects.
        """
        key = (query.get("queryname", ""), query.get("market_run_id", ""))
        try:
            first_ns, last_ns = _moment_ns(query["startdatetime"]), _moment_ns(query["enddatetime"])
        except (KeyError, ValueError):
            return None
        if key not in _PRICES and key[0] != _LOAD:
            return None
        found = self._newest(key, first_ns, last_ns, now_ns)
        if not found:
            return no_data(now_ns)
        with self._lock:
            starts = {(one.message.interval_start_ns, one.at_ns) for one in found}
            self.served.setdefault(key, set()).update(starts)
        found = [_spoilt(one) for one in found] if wrong else found
        return zipped(key[0], _csv(key, found, query.get("node", "")), now_ns)

    def _newest(
        self, key: tuple[str, str], first_ns: int, last_ns: int, now_ns: int
    ) -> list[Published]:
        """Return the version of each interval that was the newest at a moment."""
        found = []
        for start_ns, versions in sorted(self._intervals.get(key, {}).items()):
            out = [version for version in versions if version.at_ns <= now_ns]
            if first_ns <= start_ns < last_ns and out:
                found.append(out[-1])
        return found


def _csv(key: tuple[str, str], found: list[Published], nodes: str) -> str:
    form = _PRICES.get(key)
    if form is None:
        return load_csv([one.message for one in found if isinstance(one.message, AreaVolume)])
    wanted = frozenset(nodes.split(",")) if nodes else None
    return form.csv(
        [
            _of_nodes(one.message, wanted)
            for one in found
            if isinstance(one.message, PricePublication)
        ]
    )


def _spoilt(published: Published) -> Published:
    message = published.message
    if isinstance(message, PricePublication):
        moved = {"lmp": message.lmp + _WRONG_USD, "energy": message.energy + _WRONG_USD}
        return published._replace(message=structs.replace(message, **moved))
    return published


def _of_nodes(publication: PricePublication, wanted: frozenset[str] | None) -> PricePublication:
    if wanted is None:
        return publication
    places = [at for at, name in enumerate(publication.locations) if name in wanted]
    columns = {
        name: column[places] if len(column) else column
        for name in ("lmp", "energy", "congestion", "loss", "ghg")
        for column in (getattr(publication, name),)
    }
    names = tuple(publication.locations[at] for at in places)
    return structs.replace(publication, locations=names, **columns)


def _moment_ns(text: str) -> int:
    moment = datetime.strptime(text, "%Y%m%dT%H:%M%z")
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000
