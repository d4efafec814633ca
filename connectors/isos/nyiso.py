"""NYISO: zonal and generator LBMP, load and its forecast, wind, as CSV from either host.

Stamps are local Eastern time, without a zone in prices: real-time stamps are the interval's end,
all others its beginning. In the repeated hour only the order tells: EDT rows come first. The sign
of congestion is turned, so that LMP = energy + congestion + loss, as at every other market; energy
itself is not published. A real-time body of the day holds extra runs off the 5-minute grid, which
stand until the regular price of their 5 minutes, and at its end rows 15 minutes apart that are only
a look ahead and are left out.
"""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from connectors.isos.bodies import text_of
from connectors.isos.columns import (
    PriceIssue,
    PriceSeries,
    Publications,
    price_publications,
    put_prices,
)
from connectors.isos.local_time import RepeatedHour, wall_in
from connectors.isos.nyiso_volumes import volume_report_of
from connectors.isos.parsed import Feed, Parsed, header_of, unsupported
from connectors.isos.tables import Table, check_interval, name_in, number_in, required
from connectors.sense import MOST_USD_PER_MWH
from state.errors import ParseError
from state.messages import Run
from state.moments import SECOND_NS

ZONE = "America/New_York"
_FIVE_MINUTES_NS = 300 * SECOND_NS
_QUARTER_NS = 900 * SECOND_NS

REAL_TIME = PriceSeries("nyiso", Run.RTD, 300, "RTD LBMP")
LOOK_AHEAD = PriceSeries("nyiso", Run.FMM, 900, "RTC LBMP")
DAY_AHEAD = PriceSeries("nyiso", Run.DA, 3600, "DAM LBMP")
HOURLY = PriceSeries("nyiso", Run.RTD, 3600, "hourly RTD LBMP")
_NAMES = {
    "damlbmp": DAY_AHEAD,
    "dam_lbmp": DAY_AHEAD,
    "rtlbmp": HOURLY,
    "rt_tw_lbmp": HOURLY,
    "hamlbmp": LOOK_AHEAD,
    "realtime": REAL_TIME,
    "rt_lbmp": REAL_TIME,
}
_STAMP = required("Time Stamp")
_COLUMNS = (
    _STAMP,
    required("Name"),
    required("LBMP ($/MWHr)"),
    required("Marginal Cost Losses ($/MWHr)"),
    required("Marginal Cost Congestion ($/MWHr)", "Marginal Cost Congestion ($/MWH"),
)


class _Stamps(NamedTuple):
    """The times of a body, in the order of its rows, each once.

    Attributes:
        walls: as written.
        moments: as ns since 1970.
        with_seconds: whether seconds are written, as only real-time reports do.
    """

    walls: list[datetime]
    moments: list[int]
    with_seconds: bool


def parse(body: bytes, *, received_at_ns: int, where: str) -> Parsed:
    """Parse a report of prices, load or fuels.

    Raises:
        NoDataYet: the report has no rows.
        ParseError: the body is damaged, another report, or one that only its name could tell.
    """
    text = text_of(body, where=where)
    blank = len(text) - len(text.lstrip("\r\n"))
    table = Table(text[blank:], where=where)
    header = set(table.header)
    if all(header & set(column.names) for column in _COLUMNS):
        return _parse_prices(table, received_at_ns)
    volumes = volume_report_of(table.header)
    if volumes is None:
        raise unsupported(FEED, header_of(table.header), where=where)
    walls = _walls_of(table) if volumes.in_local_time else {}
    clock = RepeatedHour(walls, ZONE, received_at_ns)
    return volumes.read(table, clock.utc_ns, received_at_ns)


def _parse_prices(table: Table, received_at_ns: int) -> Parsed:
    walls = _walls_of(table)
    stamps = _stamps_of(table, walls, received_at_ns)
    series = _series_of(table, stamps, received_at_ns)
    advisory = _advisory(stamps.moments) if series is REAL_TIME else frozenset()
    clock = RepeatedHour(walls, ZONE, received_at_ns)
    publications = Publications[PriceIssue]()
    left_out = 0

    def take(stamp: str, name: str, lmp: str, loss: str, congestion: str) -> None:
        nonlocal left_out
        location = name_in(name, "Name")
        at_ns = clock.utc_ns(wall_in(stamp, "Time Stamp"), location)
        if at_ns in advisory:
            left_out += 1
            return
        prices = {"lmp": lmp, "loss": loss, "congestion": _turned(congestion)}
        put_prices(publications, _issue_of(at_ns, series), location, prices)

    rejected = table.read_columns(_COLUMNS, take)
    parsed = price_publications(publications, series, rejected, received_at_ns=received_at_ns)
    note = f"{left_out} rows at the end look ahead 15 minutes a step and are left out"
    return parsed._replace(notes=(note,)) if left_out else parsed


def _turned(text: str) -> str:
    """Turn the sign of a price; zero has none."""
    value = number_in(text, _COLUMNS[-1].names[0], MOST_USD_PER_MWH)
    return "" if math.isnan(value) else repr(0.0 - value)


def _issue_of(at_ns: int, series: PriceSeries) -> PriceIssue:
    """Return the interval of a stamp; an extra run counts for the 5 minutes it ends in."""
    length_ns = series.interval_seconds * SECOND_NS
    if series in (DAY_AHEAD, HOURLY):
        check_interval(at_ns, at_ns + length_ns, series.interval_seconds)
        return PriceIssue(at_ns)
    if series is LOOK_AHEAD:
        check_interval(at_ns - length_ns, at_ns, series.interval_seconds)
        return PriceIssue(at_ns - length_ns)
    return PriceIssue((at_ns - 1) // length_ns * length_ns, at_ns)


def _walls_of(table: Table) -> dict[datetime, bool]:
    """Return the wall times of all rows that have a good one, and whether with seconds."""
    place = table.position("Time Stamp")
    texts = dict.fromkeys(row[place] for row in table.rows() if len(row) == len(table.header))
    walls: dict[datetime, bool] = {}
    for text in texts:
        with suppress(ParseError):  # such rows are refused one by one later
            walls[wall_in(text, "Time Stamp")] = text.count(":") > 1
    return walls


def _stamps_of(table: Table, walls: dict[datetime, bool], received_at_ns: int) -> _Stamps:
    clock = RepeatedHour(walls, ZONE, received_at_ns)
    stamp, name = table.position("Time Stamp"), table.position("Name")
    moments: dict[int, None] = {}
    for row in table.rows():
        if len(row) == len(table.header):
            with suppress(ParseError):
                moments[clock.utc_ns(wall_in(row[stamp], "Time Stamp"), row[name])] = None
    return _Stamps(list(walls), list(moments), sum(walls.values()) * 2 > len(walls))


def _series_of(table: Table, stamps: _Stamps, received_at_ns: int) -> PriceSeries:
    """Tell the market by how its stamps are written and spaced, and hourly ones by the name."""
    lowered = table.where.lower()
    named = next((series for word, series in _NAMES.items() if word in lowered), None)
    if stamps.with_seconds:
        quarters = not any(moment % _QUARTER_NS for moment in stamps.moments)
        if named is REAL_TIME or (named is None and not quarters):
            return REAL_TIME
        if quarters and (named is LOOK_AHEAD or (named is None and len(stamps.moments) > 1)):
            return LOOK_AHEAD
    elif named in (DAY_AHEAD, HOURLY):
        return named
    elif named is None and max(stamps.moments, default=received_at_ns) >= received_at_ns:
        return DAY_AHEAD  # only day-ahead prices come before their hour
    what = "the stamps do not tell which market's prices these are"
    if named:
        what = f"the stamps are not those of {named.source}, which the name promises"
    remedy = "keep the name the report is published under, as in 20251102damlbmp_zone.csv"
    raise ParseError(what, where=table.where, remedy=remedy)


def _advisory(moments: list[int]) -> frozenset[int]:
    """Return the stamps at the end that are 15 minutes apart, behind some that are closer.

    The first of them follows the last regular run by less; it is told by what comes after it.
    """
    last = len(moments) - 1
    while last > 0 and moments[last] - moments[last - 1] == _QUARTER_NS:
        last -= 1
    ahead = moments[last + 1 :]
    if ahead and last > 0 and moments[last] - moments[last - 1] > _FIVE_MINUTES_NS:
        ahead.insert(0, moments[last])
    regular = moments[: len(moments) - len(ahead)]
    if any(moment % _QUARTER_NS for moment in ahead):
        return frozenset()
    closer = any(0 < later - earlier < _QUARTER_NS for earlier, later in pairwise(regular))
    return frozenset(ahead) if closer else frozenset()


FEED = Feed(
    name="nyiso",
    reports=(
        "realtime zone and gen (RTD)",
        "damlbmp zone and gen",
        "rtlbmp zone and gen (hourly)",
        "hamlbmp zone and gen (RTC)",
        "pal (actual load)",
        "isolf (load forecast)",
        "rtfuelmix",
    ),
    parse=parse,
    time_zone=ZONE,
)
"""NYISO's place in the registry."""
