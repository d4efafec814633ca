"""The form of ISO-NE's web services: an item an interval and location, stamped with its offset."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from connectors.isos.isone_services import AREA
from connectors.simulated.published import Published, volumes_of
from state.messages import AreaVolume, PricePublication
from state.moments import from_ns

ZONE = ZoneInfo("America/New_York")
_FIRST_ID = 4000
_COMPONENTS = (
    ("LmpTotal", "lmp"),
    ("EnergyComponent", "energy"),
    ("CongestionComponent", "congestion"),
    ("LossComponent", "loss"),
)


def prices_json(item: str, publications: Sequence[PricePublication]) -> bytes:
    """Return the answer of a service of prices; without an item it holds an empty text.

    Args:
        item: what one is called, ``FiveMinLmp``.
        publications: the intervals.
    """
    items = [one for publication in publications for one in _items(publication)]
    return _answer(item, items)


def load_json(volumes: Sequence[AreaVolume]) -> bytes:
    """Return the answer of hourlysysload; without an hour it holds an empty text."""
    ref = {"@LocId": "32", "$": AREA}
    items = [{"BeginDate": at, "Location": ref, "Load": mw} for at, mw in _loads(volumes)]
    return _answer("HourlySystemLoad", items)


def forecast_json(published: Sequence[Published]) -> bytes:
    """Return the answer of hourlyloadforecast, with one issue an hour: the newest."""
    items = [
        {"BeginDate": at, "CreationDate": _stamp(one.at_ns), "LoadMw": mw, "NetLoadMw": mw}
        for one in published
        for at, mw in _loads(volumes_of([one]))
    ]
    return _answer("HourlyLoadForecast", items)


def _loads(volumes: Sequence[AreaVolume]) -> Iterator[tuple[str, float]]:
    for volume in volumes:
        values = dict(zip(volume.areas, volume.mw.tolist(), strict=True))
        if AREA in values:
            yield _stamp(volume.interval_start_ns), values[AREA]


def _answer(item: str, items: Sequence[dict[str, Any]]) -> bytes:
    body = {f"{item}s": {item: items} if items else ""}
    return json.dumps(body, separators=(",", ":")).encode()


def _stamp(at_ns: int) -> str:
    second = from_ns(at_ns).replace(microsecond=0)
    return second.astimezone(ZONE).isoformat(timespec="milliseconds")


def _items(publication: PricePublication) -> Iterator[dict[str, Any]]:
    begin = _stamp(publication.interval_start_ns)
    columns = {
        name: column.tolist()
        for name, field in _COMPONENTS
        if len(column := getattr(publication, field))
    }
    for place, location in enumerate(publication.locations):
        kind = "HUB" if location.endswith("HUB") else "NETWORK NODE"
        ref = {"@LocId": str(_FIRST_ID + place), "@LocType": kind, "$": location}
        values = {name: column[place] for name, column in columns.items()}
        known = {name: value for name, value in values.items() if not math.isnan(value)}
        yield {"BeginDate": begin, "Location": ref, **known}
