"""ISO-NE: prices as CSV with C, H, D and T rows; the web services are in ``isone_services``.

A report is comment rows, two header rows (names and types), rows of data and a row with their
count, without which the report was cut. Hours are named by their end in local Eastern time: ``02X``
is the second of two, and in spring one is left out. The title says which market it is, and of which
day where stamps have none.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from connectors.isos.bodies import opened
from connectors.isos.columns import (
    PriceIssue,
    PriceSeries,
    Publications,
    price_publications,
    put_prices,
)
from connectors.isos.faults import markup_fault
from connectors.isos.isone_services import parse_json, parse_xml
from connectors.isos.local_time import RepeatedHour, date_in, hour_ending_in, hour_start_ns, wall_in
from connectors.isos.parsed import Feed, Parsed, RejectedRow, header_of, unsupported
from connectors.isos.tables import (
    Column,
    Row,
    Table,
    check_interval,
    located,
    name_in,
    required,
    split_line,
)
from state.errors import ParseError
from state.messages import Run
from state.moments import SECOND_NS

ZONE = "America/New_York"
_MOST_PREAMBLE = 30
_KINDS = ("C", "H", "D", "T")
_FIVE_MINUTES_NS = 300 * SECOND_NS
_DAY = re.compile(r"Report for: (\d\d/\d\d/\d{4})", re.ASCII)
_TIME_ALONE = re.compile(r"\d{1,2}:\d\d(?::\d\d)?", re.ASCII)
_NAME = required("Location Name")
_PRICES = (
    required("Locational Marginal Price", "LMP"),
    required("Energy Component"),
    required("Congestion Component"),
    required("Marginal Loss Component", "Loss Component"),
)
_FIELDS = ("lmp", "energy", "congestion", "loss")
_DATE, _HOUR = required("Date", "Local Date"), required("Hour Ending", "Local Time")
_STAMP = required("Local Time")
DAY_AHEAD = PriceSeries("isone", Run.DA, 3600, "day-ahead hourly LMP")
HOURLY = PriceSeries("isone", Run.RTD, 3600, "real-time hourly LMP")
FIVE_MINUTE = PriceSeries("isone", Run.RTD, 300, "real-time five-minute LMP")
_MARKETS = {
    DAY_AHEAD: re.compile(r"day[- ]?ahead|dalmp|da-lmp", re.IGNORECASE),
    HOURLY: re.compile(r"real[- ]?time|lmp_rt|rt-lmp|market=rt", re.IGNORECASE),
}


class _Report(NamedTuple):
    """A report split into what stands around its rows.

    Attributes:
        title: its comment rows.
        table: its header and rows.
    """

    title: str
    table: Table


def parse(body: bytes, *, received_at_ns: int, where: str) -> Parsed:
    """Parse a CSV report or an answer of the web services.

    Raises:
        NoDataYet: there is no row.
        ParseError: the body is damaged, or another report.
    """
    text = opened(body, where=where)
    first = text.lstrip()[:1]
    with located(where):
        if first == "{":
            return parse_json(text, FEED, received_at_ns=received_at_ns, where=where)
        if first == "<":
            parsed = parse_xml(text, received_at_ns=received_at_ns, where=where)
            if parsed is None:
                raise markup_fault(text, where=where)
            return parsed
        return _parse_report(text, received_at_ns=received_at_ns, where=where)


def _parse_report(text: str, *, received_at_ns: int, where: str) -> Parsed:
    report = _split(text, where)
    header = set(report.table.header)
    if not all(header & set(column.names) for column in (_NAME, *_PRICES)):
        raise unsupported(FEED, header_of(report.table.header), where=where)
    totals = _Totals()
    report.table.leave = totals.leaves
    publications = Publications[PriceIssue]()
    if {"Hour Ending", "Local Date"} & header:
        series = _hourly_series_of(f"{report.title} {where}", where)
        rejected = _read_hours(report.table, publications)
    else:
        series = FIVE_MINUTE
        rejected = _read_stamps(report, publications, received_at_ns)
    rejected = totals.check(rejected, where)
    return price_publications(publications, series, rejected, received_at_ns=received_at_ns)


def _split(text: str, where: str) -> _Report:
    """Find the header below the comments; what has neither is another report."""
    title: list[str] = []
    at = 0
    for skip in range(_MOST_PREAMBLE):
        end = text.find("\n", at)
        if end < 0:
            break
        row = split_line(text[at:end].removesuffix("\r"))
        if row[:1] == ["H"]:
            return _Report(" ".join(title), Table(text, where=where, skip=skip))
        if row[:1] != ["C"]:
            break
        title.append(" ".join(row[1:])[:200])
        at = end + 1
    raise unsupported(
        FEED, header_of(tuple(split_line(text.partition("\n")[0][:500]))), where=where
    )


class _Totals:
    """Leaves out what is no row of data, and compares the count at the end with the rows."""

    def __init__(self) -> None:
        self._rows = 0
        self._count: str | None = None

    def leaves(self, row: Row) -> bool:
        """Say whether a row is none of the data."""
        if row[0] == "D":
            self._rows += 1
        elif row[0] == "T":
            self._count = row[1].strip() if len(row) > 1 else ""
        return row[0] in _KINDS and row[0] != "D"

    def check(self, rejected: list[RejectedRow], where: str) -> list[RejectedRow]:
        """Return the rejected rows, with the total's among them where it does not fit."""
        if self._count == str(self._rows):
            return rejected
        if self._count is None:
            if any("without a line end" in row.reason for row in rejected):
                return rejected
            what = f"the row with the total is missing after {self._rows} rows: truncated"
        else:
            what = f"the total says {self._count[:20]!r} rows, and there are {self._rows}"
        error = ParseError(what, where=where, remedy="the rows count; ask for the report again")
        return [*rejected, RejectedRow(str(error), b"")]


def _hourly_series_of(words: str, where: str) -> PriceSeries:
    found = [series for series, pattern in _MARKETS.items() if pattern.search(words)]
    if len(found) != 1:
        what = "neither title nor name says whether these are day-ahead or real-time prices"
        raise ParseError(what, where=where, remedy="keep the comment rows of the report")
    return found[0]


def _read_hours(table: Table, publications: Publications[PriceIssue]) -> list[RejectedRow]:
    def take(day: str, hour: str, name: str, *cells: str) -> None:
        of_day = date_in(day, "Date")
        ending = hour_ending_in(hour.removesuffix("X"), "Hour Ending")
        start_ns = hour_start_ns(of_day, ending, ZONE, repeated=hour.endswith("X"))
        prices = dict(zip(_FIELDS, cells, strict=True))
        put_prices(publications, PriceIssue(start_ns), name_in(name, "Location Name"), prices)

    return table.read_columns((_DATE, _HOUR, _NAME, *_PRICES), take)


def _read_stamps(
    report: _Report, publications: Publications[PriceIssue], received_at_ns: int
) -> list[RejectedRow]:
    table, day = report.table, _DAY.search(report.title)
    of_day = f"{day[1]} " if day else ""
    clock = RepeatedHour(_walls_of(table, _STAMP, of_day), ZONE, received_at_ns)

    def take(stamp: str, name: str, *cells: str) -> None:
        location = name_in(name, "Location Name")
        start_ns = clock.utc_ns(_wall_in(stamp, of_day), location)
        check_interval(start_ns, start_ns + _FIVE_MINUTES_NS, 300)
        prices = dict(zip(_FIELDS, cells, strict=True))
        put_prices(publications, PriceIssue(start_ns), location, prices)

    return table.read_columns((_STAMP, _NAME, *_PRICES), take)


def _wall_in(stamp: str, of_day: str) -> datetime:
    """Return a stamp as a wall time; one without a day is of the day of its report."""
    return wall_in(of_day + stamp if _TIME_ALONE.fullmatch(stamp) else stamp, "Local Time")


def _walls_of(table: Table, stamp: Column, of_day: str) -> set[datetime]:
    if stamp.names[0] not in table.header:
        raise stamp.missing(table.where)
    place = table.position(stamp.names[0])
    walls = set()
    for row in table.rows():
        if len(row) == len(table.header) and row[0] == "D":
            try:
                walls.add(_wall_in(row[place], of_day))
            except ParseError:  # refused when the row is read
                continue
    return walls


FEED = Feed(
    name="isone",
    reports=(
        "day-ahead hourly LMP (CSV)",
        "real-time hourly LMP (CSV)",
        "five-minute LMP (CSV)",
        "web services: fiveminutelmp, hourlylmp, hourlysysload, hourlyloadforecast, genfuelmix",
    ),
    parse=parse,
    time_zone=ZONE,
)
"""ISO-NE's place in the registry."""
