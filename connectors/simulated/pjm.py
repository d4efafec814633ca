"""A simulated PJM: answers Data Miner 2 requests with what a replay day had published by then."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from typing_extensions import override

from connectors.isos.pjm import ZONE
from connectors.polling.schedule import Daily
from connectors.simulated.market import SimulatedMarket
from connectors.simulated.published import Published, PublishedDay, Series, prices_of, volumes_of
from state.messages import AreaVolume, PricePublication
from state.moments import SECOND_NS, from_ns, to_ns

PATH = "/api/v1/"

_ZONE = ZoneInfo(ZONE)
_FIVE_MINUTES_NS = 300 * SECOND_NS
_HUBS = {"EASTERN HUB": 51217, "WEST INT HUB": 51287, "WESTERN HUB": 51288}
_FIRST_NODE = 900_000_001
_MOST_ROWS = 50_000
_VERIFIED = Daily(_ZONE, at=time(12), patience=timedelta(), days_before=-1, step_seconds=300)

Item = dict[str, object]


class _Feed(NamedTuple):
    """A feed of Data Miner.

    Attributes:
        series: it may come from; the first that the day has.
        begin: the column of the intervals' begin, without ``_utc``.
        suffix: of the price columns; empty for load.
        is_verified: whether rows have an energy component and a version.
        from_next_day: whether a day is there only at noon of the day after.
    """

    series: tuple[Series, ...]
    begin: str = "datetime_beginning"
    suffix: str = ""
    is_verified: bool = True
    from_next_day: bool = False


_REAL_TIME = (Series("price", "RTD"),)
_FEEDS = {
    "rt_unverified_fivemin_lmps": _Feed(_REAL_TIME, suffix="rt", is_verified=False),
    "rt_fivemin_hrl_lmps": _Feed(_REAL_TIME, suffix="rt", from_next_day=True),
    "da_hrl_lmps": _Feed((Series("price", "DA"),), suffix="da"),
    "inst_load": _Feed((Series("load", "ACTUAL"),)),
    "load_frcstd_7_day": _Feed(
        (Series("load", "7DA"), Series("load", "DAM")), "forecast_datetime_beginning"
    ),
}


class SimulatedPjm(SimulatedMarket):
    """Publishes a day.

    Args:
        published: what it has by when.
    """

    def __init__(self, published: PublishedDay) -> None:
        super().__init__(published)
        others = sorted(published.locations - set(_HUBS))
        self._nodes = {name: _FIRST_NODE + at for at, name in enumerate(others)}
        self._nodes |= {name: _HUBS[name] for name in published.locations & set(_HUBS)}

    @override
    def answer(
        self, path: str, query: Mapping[str, str], now_ns: int, *, wrong: bool
    ) -> bytes | None:
        """Return the body for a request, None for one that Data Miner does not know."""
        feed = _FEEDS.get(path.removeprefix(PATH)) if path.startswith(PATH) else None
        if feed is None:
            return None
        try:
            first_ns, last_ns = _stretch(query[f"{feed.begin}_utc"])
            page = int(query.get("startRow", "1")), int(query.get("rowCount", str(_MOST_ROWS)))
        except (KeyError, ValueError):
            return None
        found = self.published.newest(
            self._series(feed), first_ns, last_ns + 1, now_ns, wrong=wrong
        )
        if feed.from_next_day:
            found = [one for one in found if _is_verified_by(one, now_ns)]
        return _answer([*self._rows(feed, found, query)], *page)

    @override
    def section(self, base_url: str) -> dict[str, Any]:
        """Return the section of the file of feeds with which this market is followed."""
        locations, areas = sorted(self.published.locations), sorted(self.published.areas)
        return {
            "base_url": base_url,
            "locations": locations,
            "pnode_ids": [self._nodes[name] for name in locations],
            "areas": areas,
            "forecast_areas": areas,
            "verified": False,
        }

    def _series(self, feed: _Feed) -> Series:
        known = self.published.series
        return next((one for one in feed.series if one in known), feed.series[0])

    def _rows(
        self, feed: _Feed, found: list[Published], query: Mapping[str, str]
    ) -> Iterator[Item]:
        if not feed.suffix:
            for one in found:
                for volume in volumes_of([one]):
                    is_forecast = "forecast" in feed.begin
                    yield from _forecast(volume, one.at_ns) if is_forecast else _readings(volume)
            return
        asked = {int(node) for node in query.get("pnode_id", "").split(";") if node.isdigit()}
        for publication in prices_of(found):
            for row in self._priced(feed, publication):
                if not asked or row["pnode_id"] in asked:
                    yield row

    def _priced(self, feed: _Feed, publication: PricePublication) -> Iterator[Item]:
        columns = [
            np.nan_to_num(column).tolist() if len(column) else [0.0] * len(publication.locations)
            for column in (publication.congestion, publication.loss)
        ]
        rows = zip(publication.locations, publication.lmp.tolist(), *columns, strict=True)
        for name, lmp, congestion, loss in rows:
            row: Item = {
                **_times("datetime_beginning", publication.interval_start_ns),
                "pnode_id": self._nodes[name],
                "pnode_name": name,
                "voltage": None,
                "equipment": None,
                "type": "HUB" if "HUB" in name else "GEN",
                "zone": None,
            }
            if feed.is_verified:  # what is neither congestion nor loss, greenhouse gas included
                energy = lmp - congestion - loss
                row[f"system_energy_price_{feed.suffix}"] = round(energy, 6)
            row[f"total_lmp_{feed.suffix}"] = lmp
            row[f"congestion_price_{feed.suffix}"] = congestion
            row[f"marginal_loss_price_{feed.suffix}"] = loss
            yield row | ({"row_is_current": True, "version_nbr": 1} if feed.is_verified else {})


def _readings(volume: AreaVolume) -> Iterator[Item]:
    """Yield a reading of the load every five minutes; those of an hourly load are alike."""
    length_ns = volume.interval_seconds * SECOND_NS
    for offset_ns in range(0, length_ns, _FIVE_MINUTES_NS):
        for area, mw in _mw_of(volume):
            at = _times("datetime_beginning", volume.interval_start_ns + offset_ns)
            yield {**at, "area": area, "instantaneous_load": mw}


def _forecast(volume: AreaVolume, made_ns: int) -> Iterator[Item]:
    start_ns, length_ns = volume.interval_start_ns, volume.interval_seconds * SECOND_NS
    for area, mw in _mw_of(volume):
        yield {
            **_times("evaluated_at_datetime", made_ns),
            **_times("forecast_datetime_beginning", start_ns),
            **_times("forecast_datetime_ending", start_ns + length_ns),
            "forecast_area": area,
            "forecast_load_mw": mw,
        }


def _mw_of(volume: AreaVolume) -> Iterator[tuple[str, float]]:
    for area, mw in zip(volume.areas, volume.mw.tolist(), strict=True):
        if not math.isnan(mw):  # nothing is published of the area
            yield area, mw


def _answer(rows: Sequence[Item], start: int, count: int) -> bytes:
    """Return a page of rows as Data Miner writes it."""
    count = max(1, min(count, _MOST_ROWS))
    items = rows[start - 1 : start - 1 + count]
    content = {
        "links": [],
        "items": items,
        "searchSpecification": {"rowCount": count, "startRow": start},
        "totalRows": len(rows),
    }
    return json.dumps(content).encode()


def _is_verified_by(published: Published, now_ns: int) -> bool:
    return _VERIFIED.late_ns(published.message.interval_start_ns) <= now_ns


def _times(column: str, at_ns: int) -> Item:
    utc = from_ns(at_ns)
    local = utc.astimezone(_ZONE)
    return {
        f"{column}_utc": f"{utc:%Y-%m-%dT%H:%M:%S}",
        f"{column}_ept": f"{local:%Y-%m-%dT%H:%M:%S}",
    }


def _stretch(text: str) -> tuple[int, int]:
    """Return first and last moment of ``06/10/2026 14:40to06/10/2026 15:15``."""
    first, last = (
        to_ns(datetime.strptime(part.strip(), "%m/%d/%Y %H:%M").replace(tzinfo=UTC))
        for part in text.split("to")
    )
    return first, last
