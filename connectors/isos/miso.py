"""MISO: prices, load and fuels of the public API as JSON, and the market reports as CSV.

All stamps are Eastern standard time, on every day of the year: a day has 24 hours always. Stamps of
five-minute prices are the interval's end. Energy is not published; it is LMP less congestion and
loss.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone

import msgspec

from connectors.isos.bodies import text_of
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
from connectors.isos.items import json_items, json_object, member_of
from connectors.isos.local_time import date_in, hour_ending_in, wall_in
from connectors.isos.parsed import Feed, Parsed, RejectedRow, header_of, unsupported
from connectors.isos.tables import (
    Row,
    Table,
    check_interval,
    choice_in,
    located,
    name_in,
    number_in,
    required,
)
from connectors.sense import MOST_USD_PER_MWH
from state.errors import NoDataYet, ParseError
from state.messages import Run, Series
from state.moments import HOUR_NS, SECOND_NS, to_ns

_EST = timezone(timedelta(hours=-5))
_SLOT_NS = 300 * SECOND_NS
AREA = "MISO"
_FIELDS = {"LMP": "lmp", "MCC": "congestion", "MLC": "loss"}
_TITLES = {
    "day ahead market expost": PriceSeries("miso", Run.DA, 3600, "da_expost_lmp"),
    "day ahead market exante": PriceSeries("miso", Run.DA, 3600, "da_exante_lmp"),
    "real time market lmps": PriceSeries("miso", Run.RTD, 3600, "rt_lmp"),
    "realtime market lmps": PriceSeries("miso", Run.RTD, 3600, "rt_lmp"),
}
_FIVE_MINUTE = PriceSeries("miso", Run.RTD, 300, "five-minute ex-post LMP")
_HUBS = PriceSeries("miso", Run.RTD, 300, "consolidated LMP table")
_REFERENCE = re.compile(r"(\d{1,2})-([A-Z][a-z]{2})-(\d{4}) - Interval (\d\d:\d\d) EST", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
_FUELS = {"Wind": Series.WIND, "Solar": Series.SOLAR}
_MEMBERS = ("headers", "data", "LMPData", "LoadInfo", "Fuel")
_LISTED_BUT_NO_PRICE = {
    "Constraint": "binding constraints, which have no location's price",
    "ACE": "the area control error, which nothing here uses",
    "instance": "the area control error, which nothing here uses",
}


def parse(body: bytes, *, received_at_ns: int, where: str) -> Parsed:
    """Parse an answer of the public API or a market report.

    Raises:
        NoDataYet: there is no row, or MISO has no such report yet.
        ParseError: the body is damaged, or another report.
    """
    text = text_of(body, where=where)
    read = _parse_json if text.lstrip()[:1] == "{" else _parse_report
    with located(where):
        return read(text, received_at_ns=received_at_ns, where=where)


# Market reports -----------------------------------------------------------------------------


def _parse_report(text: str, *, received_at_ns: int, where: str) -> Parsed:
    title, series, day, skip = _preamble_of(text)
    if series is None or day is None:
        raise unsupported(FEED, f"a report titled {title!r}", where=where)
    table = Table(text, where=where, skip=skip)
    if not {"Node", "Value"} <= set(table.header):
        raise unsupported(FEED, header_of(table.header), where=where)
    publications = Publications[PriceIssue]()
    node, value = table.position("Node"), table.position("Value")
    hours = [(at, _hour_of(name, day)) for at, name in enumerate(table.header) if name[:3] == "HE "]

    def read_row(row: Row) -> None:
        """Take the hours of a node and component or, when one of them is bad, none."""
        field = _FIELDS[choice_in(row[value], "Value", tuple(_FIELDS))]
        location = name_in(row[node], "Node")
        prices = [
            (start_ns, number_in(row[at], table.header[at], MOST_USD_PER_MWH))
            for at, start_ns in hours
        ]
        for start_ns, price in prices:
            publications.put(PriceIssue(start_ns), field, location, price)

    rejected = table.read(read_row)
    return price_publications(publications, series, rejected, received_at_ns=received_at_ns)


def _preamble_of(text: str) -> tuple[str, PriceSeries | None, date | None, int]:
    """Return the title, what it says of the prices, the day, and the lines before the header."""
    lines = [line.strip(', "\r') for line in text[:2000].split("\n")[:8]]
    title = lines[0][:80]
    series = next((found for words, found in _TITLES.items() if words in title.lower()), None)
    try:
        day = date_in(lines[1], "the day in line 2") if len(lines) > 1 else None
    except ParseError:
        day = None
    skip = next((number for number, line in enumerate(lines) if line[:5] == "Node,"), 0)
    return title, series, day, skip


def _hour_of(column: str, day: date) -> int:
    midnight = datetime.combine(day, datetime.min.time(), tzinfo=_EST)
    return to_ns(midnight) + (hour_ending_in(column[3:], column) - 1) * HOUR_NS


# The public API -----------------------------------------------------------------------------


def _parse_json(text: str, *, received_at_ns: int, where: str) -> Parsed:
    members = json_object(text, *_MEMBERS, *_LISTED_BUT_NO_PRICE, where=where)
    if {"headers", "data"} <= set(members):
        return _five_minute(members, received_at_ns=received_at_ns, where=where)
    if "LMPData" in members:
        return _hubs(members, received_at_ns=received_at_ns, where=where)
    if "LoadInfo" in members:
        return _load(members, received_at_ns=received_at_ns, where=where)
    if "Fuel" in members:
        return _fuels(members, received_at_ns=received_at_ns, where=where)
    for name, reason in _LISTED_BUT_NO_PRICE.items():
        if name in members:
            what = f"the answer holds {reason}"
            raise ParseError(what, where=where, remedy=f"give one of {', '.join(FEED.reports)}")
    raise unsupported(FEED, f"JSON that begins {text[:60]!r}", where=where)


def _five_minute(members: dict[str, msgspec.Raw], *, received_at_ns: int, where: str) -> Parsed:
    header = _header_of(members, where)
    columns = [required("INTERVAL"), required("CPNODE"), *map(required, _FIELDS)]
    publications = Publications[PriceIssue]()

    def take(interval: str, node: str, *prices: str) -> None:
        end_ns = _est_ns(wall_in(interval, "INTERVAL"))
        check_interval(end_ns - _SLOT_NS, end_ns, 300)
        fields = dict(zip(_FIELDS.values(), prices, strict=True))
        put_prices(publications, PriceIssue(end_ns - _SLOT_NS), name_in(node, "CPNODE"), fields)

    items = json_items(member_of(members, "data", where=where), where=where, header=header)
    rejected = items.read_columns(columns, take)
    return price_publications(publications, _FIVE_MINUTE, rejected, received_at_ns=received_at_ns)


def _header_of(members: dict[str, msgspec.Raw], where: str) -> Sequence[str]:
    try:
        return msgspec.json.decode(bytes(members["headers"])[:10_000], type=list[str])
    except msgspec.DecodeError as error:
        what = f"headers are no list of names ({error})"
        raise ParseError(what, where=where, remedy="ask for the answer again") from error


def _hubs(members: dict[str, msgspec.Raw], *, received_at_ns: int, where: str) -> Parsed:
    """Read the five-minute prices of the hubs; the hourly ones come by their own reports."""
    day = _reference_day(member_of(members, "LMPData", "RefId", where=where), where)
    end = member_of(members, "LMPData", "FiveMinLMP", "HourAndMin", where=where).strip('"')
    end_ns = _time_of_day_ns(day, end, "HourAndMin")
    if end_ns == _time_of_day_ns(day, "00:00", "midnight"):
        end_ns += 24 * HOUR_NS
    check_interval(end_ns - _SLOT_NS, end_ns, 300)
    publications = Publications[PriceIssue]()

    def take(name: str, *prices: str) -> None:
        fields = dict(zip(_FIELDS.values(), prices, strict=True))
        put_prices(publications, PriceIssue(end_ns - _SLOT_NS), name_in(name, "name"), fields)

    text = member_of(members, "LMPData", "FiveMinLMP", "PricingNode", where=where)
    columns = [required("name"), *map(required, _FIELDS)]
    rejected = json_items(text, where=where).read_columns(columns, take)
    parsed = price_publications(publications, _HUBS, rejected, received_at_ns=received_at_ns)
    return parsed._replace(notes=("hourly prices in the same table are left out",))


def _load(members: dict[str, msgspec.Raw], *, received_at_ns: int, where: str) -> Parsed:
    day = _reference_day(member_of(members, "LoadInfo", "RefId", where=where), where)
    publications = Publications[AreaPublication]()

    def take_actual(time: str, mw: str) -> None:
        start_ns = _time_of_day_ns(day, time, "Time")
        check_interval(start_ns, start_ns + _SLOT_NS, 300)
        of = AreaPublication(start_ns, Series.LOAD, "ACTUAL", 300)
        put_mw(publications, of, AREA, _plain(mw), "Value")

    def take_forecast(hour: str, mw: str) -> None:
        ending = hour_ending_in(hour, "HourEnding")
        start_ns = _time_of_day_ns(day, f"{ending - 1:02}:00", "HourEnding")
        of = AreaPublication(start_ns, Series.LOAD, "MTLF", 3600)
        put_mw(publications, of, AREA, _plain(mw), "LoadForecast")

    hour = required("Forecast.HourEnding", "Forecast.HourEndEST")
    rejected: list[RejectedRow] = []
    empty: list[NoDataYet] = []
    for name, columns, take in (
        ("FiveMinTotalLoad", (required("Load.Time"), required("Load.Value")), take_actual),
        ("MediumTermLoadForecast", (hour, required("Forecast.LoadForecast")), take_forecast),
    ):
        text = member_of(members, "LoadInfo", name, where=where)
        try:
            items = json_items(text or "[]", where=f"{name} of {where}")
            rejected += items.read_columns(columns, take)
        except NoDataYet as error:  # early in its day it has the one and not the other
            empty.append(error)
    if len(empty) > 1:
        raise empty[0]
    return area_volumes(
        publications,
        rejected,
        market="miso",
        source="RealTimeTotalLoad",
        received_at_ns=received_at_ns,
    )


def _plain(mw: str) -> str:
    """Return MW without the commas that part its thousands.

    >>> _plain("85,419"), _plain("85,41")
    ('85419', '85,41')
    """
    return mw.replace(",", "") if _THOUSANDS.fullmatch(mw) else mw


def _fuels(members: dict[str, msgspec.Raw], *, received_at_ns: int, where: str) -> Parsed:
    publications = Publications[AreaPublication]()

    def take(interval: str, category: str, mw: str) -> None:
        start_ns = _est_ns(wall_in(interval, "INTERVALEST"))
        check_interval(start_ns, start_ns + _SLOT_NS, 300)
        series = _FUELS.get(name_in(category, "CATEGORY"))
        if series is not None:
            put_mw(publications, AreaPublication(start_ns, series, "ACTUAL", 300), AREA, mw, "ACT")

    text = member_of(members, "Fuel", "Type", where=where)
    columns = [required("INTERVALEST"), required("CATEGORY"), required("ACT")]
    rejected = json_items(text, where=where).read_columns(columns, take)
    return area_volumes(
        publications, rejected, market="miso", source="FuelMix", received_at_ns=received_at_ns
    )


def _est_ns(wall: datetime) -> int:
    return to_ns(wall.replace(tzinfo=_EST))


def _reference_day(text: str, where: str) -> date:
    """Return the day in a RefId, ``25-Jun-2026 - Interval 02:25 EST``."""
    parts = _REFERENCE.fullmatch(text.strip('"'))
    if parts and parts[2] in _MONTHS:
        month = _MONTHS.index(parts[2]) + 1
        return date_in(f"{month}/{parts[1]}/{parts[3]}", "RefId")
    what = f"RefId is {text[:60]}, no day as in 25-Jun-2026 - Interval 02:25 EST"
    raise ParseError(what, where=where, remedy="ask for the answer again")


def _time_of_day_ns(day: date, text: str, column: str) -> int:
    parts = _TIME_OF_DAY.fullmatch(text)
    if parts is None:
        what = f"{column} is {text[:40]!r}, no time of day as in 02:25"
        raise ParseError(what, remedy="the item is left out; ask for the answer again")
    midnight = datetime.combine(day, datetime.min.time())
    return _est_ns(midnight + timedelta(hours=int(parts[1]), minutes=int(parts[2])))


FEED = Feed(
    name="miso",
    reports=(
        "GetRealTimeFiveMinExPost",
        "GetLmpConsolidatedTable",
        "RealTimeTotalLoad",
        "FuelMix",
        "da_exante_lmp",
        "da_expost_lmp",
        "rt_lmp_prelim",
        "rt_lmp_final",
    ),
    parse=parse,
    time_zone="Etc/GMT+5",
)
"""MISO's place in the registry."""
