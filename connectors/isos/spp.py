"""SPP: real-time and day-ahead LMP by settlement location; volumes are in ``spp_volumes``.

The header came in two generations; both carry the interval's end in GMT, which alone is used. A
settlement location is unique, a pnode is not. Nothing in a body names its market, but its
intervals tell: a real-time body has one, or several 5 minutes apart, a day-ahead body the hours
of a day.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache

from connectors.isos.bodies import text_of
from connectors.isos.columns import (
    PriceIssue,
    PriceSeries,
    Publications,
    issue_at,
    price_publications,
)
from connectors.isos.parsed import Feed, Parsed, header_of, unsupported
from connectors.isos.spp_volumes import read_volumes, volume_report_of
from connectors.isos.tables import Row, RowReader, Table, check_interval, name_in, number_in
from connectors.sense import MOST_USD_PER_MWH
from state.errors import NoDataYet, ParseError
from state.messages import Run
from state.moments import HOUR_NS, SECOND_NS, to_ns

REAL_TIME = PriceSeries("spp", Run.RTD, 300, "RTBM-LMP-SL")
DAY_AHEAD = PriceSeries("spp", Run.DA, 3600, "DA-LMP-SL")

_LOCATION, _END = "SETTLEMENT_LOCATION", "GMTINTERVALEND"
_FIELDS = {"LMP": "lmp", "MEC": "energy", "MCC": "congestion", "MLC": "loss"}
# Real-time prices come minutes before their interval, day-ahead prices half a day.
_AHEAD_HOURS = range(2, 72)
_TIME = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d\d)(?::(\d\d))?", re.ASCII)


def parse(body: bytes, *, received_at_ns: int, where: str) -> Parsed:
    """Parse a body of either report, of either generation.

    Raises:
        NoDataYet: the report has no rows, or no byte: so a missing interval is served.
        ParseError: the body is damaged, another report, or at odds with its name or time.
    """
    if not body:
        what = "the body is empty (0 bytes): there is no such interval, or not yet"
        raise NoDataYet(what, where=where, remedy="ask again later")
    table = Table(text_of(body, where=where), where=where)
    table.header = tuple(name.upper().replace(" ", "_") for name in table.header)
    if not {_LOCATION, _END, *_FIELDS} <= set(table.header):
        volumes = volume_report_of(table.header)
        if volumes is None:
            raise unsupported(FEED, header_of(table.header), where=where)
        return read_volumes(volumes, table, gmt_ns_in, received_at_ns=received_at_ns)
    report = _report_of(table, received_at_ns)
    publications = Publications[PriceIssue]()
    rejected = table.read(_row_reader(table, report, publications))
    return price_publications(publications, report, rejected, received_at_ns=received_at_ns)


def _row_reader(
    table: Table, report: PriceSeries, publications: Publications[PriceIssue]
) -> RowReader:
    end, location = table.position(_END), table.position(_LOCATION)
    values = [(table.position(name), name, field) for name, field in _FIELDS.items()]
    length_ns = report.interval_seconds * SECOND_NS

    def read_row(row: Row) -> None:
        """Take all four prices of a location or, when one of them is bad, none."""
        end_ns = _end_in(row[end])
        start_ns = end_ns - length_ns
        check_interval(start_ns, end_ns, report.interval_seconds)
        name = name_in(row[location], _LOCATION)
        prices = [
            (field, number_in(row[at], column, MOST_USD_PER_MWH)) for at, column, field in values
        ]
        issue = issue_at(start_ns)
        for field, price in prices:
            publications.put(issue, field, name, price)

    return read_row


def _report_of(table: Table, received_at_ns: int) -> PriceSeries:
    """Tell the market by most of the rows, so that a few damaged times change nothing."""
    rows_by_end = _rows_by_end(table)
    half = rows_by_end.total() / 2
    off_hour = sum(rows for end_ns, rows in rows_by_end.items() if end_ns % HOUR_NS)
    one_interval = max(rows_by_end.values(), default=0) > half
    report = REAL_TIME if off_hour >= half > 0 or one_interval else DAY_AHEAD
    first_ns = min(rows_by_end, default=0)
    if _is_misnamed(report, table.where) or _is_cut_day(report, first_ns - received_at_ns):
        what = f"the intervals are those of {report.source}, but not its name or time of receipt"
        raise ParseError(what, where=table.where, remedy="the body may be cut; ask for it again")
    return report


def _rows_by_end(table: Table) -> Counter[int]:
    position = table.position(_END)
    texts = Counter(row[position] for row in table.rows() if len(row) > position)
    rows_by_end: Counter[int] = Counter()
    for text, rows in texts.items():
        with suppress(ParseError):  # such rows are refused one by one later
            rows_by_end[_end_in(text)] += rows
    return rows_by_end


def _is_misnamed(report: PriceSeries, where: str) -> bool:
    other = DAY_AHEAD if report is REAL_TIME else REAL_TIME
    return other.source in where and report.source not in where


def _is_cut_day(report: PriceSeries, ahead_ns: int) -> bool:
    """Say whether one lone hour is a day-ahead body that broke off in its first hour."""
    return report is REAL_TIME and ahead_ns // HOUR_NS in _AHEAD_HOURS


def _end_in(text: str) -> int:
    return gmt_ns_in(text, _END)


@lru_cache(maxsize=10_000)
def gmt_ns_in(text: str, column: str) -> int:
    """Return the moment in a cell of GMT (``03/31/2025 13:40:00``, ``6/4/2026 6:00``).

    Raises:
        ParseError: it is no such time.
    """
    parts = _TIME.fullmatch(text)
    with suppress(ValueError):
        if parts:
            month, day, year, hour, minute, second = (int(part or 0) for part in parts.groups())
            return to_ns(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    what = f"{column} is {text[:40]!r}, no time as in 03/31/2025 13:40:00"
    raise ParseError(what, remedy="the row is left out; ask for the report again")


FEED = Feed(
    name="spp",
    reports=(
        "RTBM-LMP-SL (real-time)",
        "DA-LMP-SL (day-ahead)",
        "stlf-vs-actual",
        "mtlf-vs-actual",
        "GenMix",
    ),
    parse=parse,
    time_zone="America/Chicago",
)
"""SPP's place in the registry."""
