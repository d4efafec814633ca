"""CAISO: Today's Outlook, demand and its forecasts, solar and wind; quick, and not for settlement.

Stamps are local and end their five minutes: the hourly forecast steps behind the hour. The old
download has a row a series and its date in the corner; the new ones a row a stamp and no date: it
is in the address, or that of the receipt, or the day before while the new day's file has not
begun. The last row, 00:00, belongs to the next day. In spring the skipped hour is there and empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.isos.columns import (
    AreaPublication,
    Publications,
    VolumeCell,
    area_volumes,
    put_row,
)
from connectors.isos.local_time import RepeatedHour, date_in, is_skipped
from connectors.isos.parsed import Parsed
from connectors.isos.tables import COMPARE, Row, Table, required
from state.errors import ParseError
from state.messages import Series
from state.moments import SECOND_NS

_ZONE = "America/Los_Angeles"
_SLOT = 300
_SLOT_NS = _SLOT * SECOND_NS
AREA = "CA ISO-TAC"
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5][05])", re.ASCII)
_DATED = re.compile(r"(?<![0-9A-Za-z])(20\d\d)(\d\d)(\d\d)(?![0-9A-Za-z])", re.ASCII)
"""A date that stands alone: the digest in a body's name may have digits like one."""
_EARLY = timedelta(minutes=10)
_SERIES = {
    "Current demand": (Series.LOAD, "ACTUAL"),
    "Demand (5 min. avg.)": (Series.LOAD, "ACTUAL"),
    "Day ahead forecast": (Series.LOAD, "DAM"),
    "Day-ahead forecast": (Series.LOAD, "DAM"),
    "Hour ahead forecast": (Series.LOAD, "HASP"),
    "Hour-ahead forecast": (Series.LOAD, "HASP"),
    "Solar": (Series.SOLAR, "ACTUAL"),
    "Wind": (Series.WIND, "ACTUAL"),
}
_SOURCE = "Today's Outlook"

Read = Callable[[Table, int], Parsed]
"""Reads a table received at a time in ns."""


def outlook_of(table: Table) -> Read | None:
    """Return what reads a download of Today's Outlook, None where it is none."""
    if table.header[0].startswith("Demand ") and _CLOCK.fullmatch(table.header[-1]):
        return _read_across
    if table.header[0] == "Time" and set(_SERIES) & set(table.header):
        return _read_down
    return None


def _read_across(table: Table, received_at_ns: int) -> Parsed:
    """Read the old download: a row a series, a column a stamp."""
    day = date_in(table.header[0].removeprefix("Demand ").strip(), "the date in the corner")
    stamps = table.header[1:]
    ends = _ends_of(list(stamps), day, received_at_ns)
    publications = Publications[AreaPublication]()

    def read_row(row: Row) -> None:
        if row[0] not in _SERIES:
            what = f"the row is {row[0][:40]!r}, expected {' or '.join(_SERIES)}"
            raise ParseError(what, remedy=COMPARE)
        cells = zip(stamps, ends, row[1:], strict=True)
        put_row(publications, (each for cell in cells for each in _cell(row[0], *cell)))

    rejected = table.read(read_row)
    return area_volumes(
        publications, rejected, market="caiso", source=_SOURCE, received_at_ns=received_at_ns
    )


def _read_down(table: Table, received_at_ns: int) -> Parsed:
    """Read a download of today: a row a stamp, a column a series."""
    names = [name for name in table.header if name in _SERIES]
    places = [table.position(name) for name in names]
    rows = [row for row in table.rows() if len(row) == len(table.header)]
    actual = [place for name, place in zip(names, places, strict=True) if _is_actual(name)]
    filled = [row[0] for row in rows if any(row[place] for place in actual)]
    day = _day_of(table.where, filled, received_at_ns)
    ends = iter(_ends_of([row[0] for row in rows], day, received_at_ns))
    publications = Publications[AreaPublication]()

    def take(stamp: str, *cells: str) -> None:
        end_ns = next(ends)
        named = zip(names, cells, strict=True)
        put_row(
            publications, (each for name, mw in named for each in _cell(name, stamp, end_ns, mw))
        )

    columns = [required("Time"), *(required(name) for name in names)]
    rejected = table.read_columns(columns, take)
    return area_volumes(
        publications, rejected, market="caiso", source=_SOURCE, received_at_ns=received_at_ns
    )


def _is_actual(name: str) -> bool:
    """Say whether a column is of what was: a forecast is there before its stamp."""
    return _SERIES[name][1] == "ACTUAL"


def _cell(name: str, stamp: str, end_ns: int, mw: str) -> Iterator[VolumeCell]:
    """Return a cell where its stamp is a time; in the skipped hour it must be empty."""
    if end_ns:
        series, run = _SERIES[name]
        of = AreaPublication(end_ns - _SLOT_NS, series, run, _SLOT)
        yield VolumeCell(of, AREA, mw, name)
    elif mw:
        what = f"Time is {stamp[:40]!r}, which is no stamp of that day"
        raise ParseError(what, remedy=COMPARE)


def _day_of(where: str, filled: list[str], received_at_ns: int) -> date:
    """Return the day in the address, or the one that the last filled stamp can be of."""
    named = _DATED.search(where)
    if named:
        return date_in(f"{named[1]}-{named[2]}-{named[3]}", "the date in the address")
    received = datetime.fromtimestamp(received_at_ns / 1e9, tz=UTC).astimezone(ZoneInfo(_ZONE))
    is_ahead = bool(filled) and _last_of(filled, received) > received.astimezone(UTC) + _EARLY
    is_of_yesterday = is_ahead and received.hour < 12  # noqa: PLR2004
    return received.date() - timedelta(days=is_of_yesterday)


def _last_of(filled: list[str], received: datetime) -> datetime:
    """Return the earliest moment that the last filled stamp can be, were it of that day."""
    parts = _CLOCK.fullmatch(filled[-1])
    if parts is None:  # refused when it is read
        return received.astimezone(UTC)
    hours, minutes = int(parts[1]), int(parts[2])
    days = timedelta(days=len(filled) > 1 and filled[-1] == "00:00")
    last = received.replace(hour=hours, minute=minutes, second=0, microsecond=0, fold=0) + days
    return last.astimezone(UTC)


def _ends_of(stamps: list[str], day: date, received_at_ns: int) -> list[int]:
    """Return the moment of each stamp, 0 for one that is none; a last 00:00 is the next day's."""
    walls: list[datetime | None] = []
    for number, stamp in enumerate(stamps):
        parts = _CLOCK.fullmatch(stamp)
        of = day + timedelta(days=number > 0 and number == len(stamps) - 1 and stamp == "00:00")
        clock = timedelta(hours=int(parts[1]), minutes=int(parts[2])) if parts else None
        midnight = datetime.combine(of, datetime.min.time())
        wall = None if clock is None else midnight + clock
        walls.append(None if wall is None or is_skipped(wall, _ZONE) else wall)
    clocks = RepeatedHour([wall for wall in walls if wall], _ZONE, received_at_ns)
    return [0 if wall is None else clocks.utc_ns(wall, "") for wall in walls]
