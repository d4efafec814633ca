"""ISO-NE: the answers of its web services, JSON or XML of the same members.

``BeginDate`` carries its offset, so that the repeated hour needs no care. A list of one may be
served as an object, and an empty one as an empty text. A forecast has several creations an hour;
they come in their order, and the last stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from connectors.isos.columns import (
    AreaPublication,
    PriceIssue,
    PriceSeries,
    Publications,
    area_volumes,
    price_publications,
    put_mw,
    put_prices,
)
from connectors.isos.items import Items, json_items, json_object, member_of, xml_items
from connectors.isos.parsed import Feed, Parsed, unsupported
from connectors.isos.tables import Column, TakeCells, check_interval, name_in, required, utc_ns_in
from state.errors import NoDataYet, ParseError
from state.messages import Run, Series
from state.moments import SECOND_NS

_SLOT_SECONDS, _HOUR_SECONDS = 300, 3600
_SLOT_NS = _SLOT_SECONDS * SECOND_NS
_BEGIN = required("BeginDate")
_LOCATION = required("Location.$", "Location")
_FIELDS = {
    "LmpTotal": "lmp",
    "EnergyComponent": "energy",
    "CongestionComponent": "congestion",
    "LossComponent": "loss",
}
_FUELS = {"Wind": Series.WIND, "Solar": Series.SOLAR}
AREA = "NEPOOL AREA"
_DAY_AHEAD = re.compile(r"hourlylmp/da\b|hourlylmp_da|da[-_]hourlylmp|\bda\b", re.IGNORECASE)
_REAL_TIME = re.compile(r"hourlylmp/rt\b|hourlylmp_rt|rt[-_]hourlylmp|\brt\b", re.IGNORECASE)


class _Service(NamedTuple):
    """A service: the names of its list and of one item."""

    listed: str
    item: str


_SERVICES = (
    _Service("FiveMinLmps", "FiveMinLmp"),
    _Service("HourlyLmps", "HourlyLmp"),
    _Service("HourlySystemLoads", "HourlySystemLoad"),
    _Service("HourlyLoadForecasts", "HourlyLoadForecast"),
    _Service("GenFuelMixes", "GenFuelMix"),
)


def parse_json(text: str, feed: Feed, *, received_at_ns: int, where: str) -> Parsed:
    """Parse a JSON answer.

    Raises:
        NoDataYet: there is no item.
        ParseError: the answer is damaged, or of another service.
    """
    members = json_object(text, *(service.listed for service in _SERVICES), where=where)
    for service in _SERVICES:
        if service.listed in members:
            items = member_of(members, service.listed, service.item, where=where)
            if not items:
                what = "the answer has no items"
                raise NoDataYet(what, where=where, remedy="ask again later")
            opened = json_items(items, where=where)
            return _read(service, opened, received_at_ns=received_at_ns, where=where)
    raise unsupported(feed, f"JSON that begins {text[:60]!r}", where=where)


def parse_xml(text: str, *, received_at_ns: int, where: str) -> Parsed | None:
    """Parse an XML answer; None where it is of none of the services.

    Raises:
        NoDataYet: there is no item.
        ParseError: the answer is damaged.
    """
    root = re.search(r"<(?!\?|!)(?:\w+:)?(\w+)", text[:2000])
    service = next((one for one in _SERVICES if root and one.listed == root[1]), None)
    if service is None:
        return None
    items = xml_items(text, service.item, where=where)
    return _read(service, items, received_at_ns=received_at_ns, where=where)


def _read(service: _Service, items: Items, *, received_at_ns: int, where: str) -> Parsed:
    if service.item in _PRICED:
        return _read_prices(service, items, received_at_ns=received_at_ns, where=where)
    publications = Publications[AreaPublication]()
    columns, taker = _VOLUMES[service.item]
    rejected = items.read_columns(columns, taker(publications))
    return area_volumes(
        publications, rejected, market="isone", source=service.item, received_at_ns=received_at_ns
    )


def _read_prices(service: _Service, items: Items, *, received_at_ns: int, where: str) -> Parsed:
    publications = Publications[PriceIssue]()
    seconds = _PRICED[service.item]
    last_ns = 0

    def take(begin: str, location: str, *cells: str) -> None:
        nonlocal last_ns
        start_ns = utc_ns_in(begin, "BeginDate")
        check_interval(start_ns, start_ns + seconds * SECOND_NS, seconds)
        prices = dict(zip(_FIELDS.values(), cells, strict=True))
        put_prices(publications, PriceIssue(start_ns), name_in(location, "Location"), prices)
        last_ns = max(last_ns, start_ns)

    rejected = items.read_columns((_BEGIN, _LOCATION, *map(required, _FIELDS)), take)
    run = Run.RTD if seconds == _SLOT_SECONDS else _hourly_run(where, last_ns >= received_at_ns)
    series = PriceSeries("isone", run, seconds, service.item)
    return price_publications(publications, series, rejected, received_at_ns=received_at_ns)


def _hourly_run(where: str, ahead: bool) -> Run:  # noqa: FBT001 - whether the last hour is to come
    """Tell the market by the address, or by an hour that had not begun when the answer came."""
    real_time, day_ahead = bool(_REAL_TIME.search(where)), bool(_DAY_AHEAD.search(where))
    if real_time != day_ahead:
        return Run.RTD if real_time else Run.DA
    if ahead:
        return Run.DA
    what = "nothing says whether these are day-ahead or real-time prices"
    remedy = "keep the address, as in hourlylmp/da/final/day/20260317.json"
    raise ParseError(what, where=where, remedy=remedy)


def _load_taker(publications: Publications[AreaPublication]) -> TakeCells:
    def take(begin: str, area: str, mw: str) -> None:
        of = AreaPublication(_hour_in(begin), Series.LOAD, "ACTUAL", 3600)
        put_mw(publications, of, name_in(area, "Location"), mw, "Load")

    return take


def _forecast_taker(publications: Publications[AreaPublication]) -> TakeCells:
    def take(begin: str, made: str, mw: str) -> None:
        made_ns = utc_ns_in(made, "CreationDate")
        of = AreaPublication(_hour_in(begin), Series.LOAD, "FORECAST", 3600, made_ns, made_ns)
        put_mw(publications, of, AREA, mw, "LoadMw")

    return take


def _fuel_taker(publications: Publications[AreaPublication]) -> TakeCells:
    def take(begin: str, fuel: str, mw: str) -> None:
        at_ns = utc_ns_in(begin, "BeginDate")
        series = _FUELS.get(name_in(fuel, "FuelCategory"))
        if series is not None:
            start_ns = at_ns // _SLOT_NS * _SLOT_NS
            of = AreaPublication(start_ns, series, "ACTUAL", _SLOT_SECONDS, at_ns)
            put_mw(publications, of, AREA, mw, "GenMw")

    return take


def _hour_in(begin: str) -> int:
    start_ns = utc_ns_in(begin, "BeginDate")
    check_interval(start_ns, start_ns + _HOUR_SECONDS * SECOND_NS, _HOUR_SECONDS)
    return start_ns


_PRICED = {"FiveMinLmp": _SLOT_SECONDS, "HourlyLmp": _HOUR_SECONDS}
_VOLUMES: dict[str, tuple[tuple[Column, ...], Callable[..., TakeCells]]] = {
    "HourlySystemLoad": ((_BEGIN, _LOCATION, required("Load")), _load_taker),
    "HourlyLoadForecast": ((_BEGIN, required("CreationDate"), required("LoadMw")), _forecast_taker),
    "GenFuelMix": ((_BEGIN, required("FuelCategory"), required("GenMw")), _fuel_taker),
}
