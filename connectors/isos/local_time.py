"""Local stamps of reports to UTC: the hour that is repeated and the hour that is skipped."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from connectors.isos.tables import COMPARE
from state.errors import ParseError
from state.moments import HOUR_NS, to_ns

_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})|(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?: ([AP]M))?", re.ASCII)
_HOUR = re.compile(r"(\d{1,2})(:00)?", re.ASCII)
_YEARS = range(1990, 2200)
_NOON = 12
_HOURS = 24


@lru_cache(maxsize=10_000)
def date_in(text: str, column: str) -> date:
    """Return the date in a cell: ``03/31/2025``, ``3/31/2025`` or ``2025-03-31``.

    Raises:
        ParseError: it is none of these, or no date.
    """
    parts = _DATE.fullmatch(text)
    if parts:
        month, day, year, *iso = parts.groups()
        numbers = [int(part) for part in (iso if year is None else (year, month, day))]
        try:
            if numbers[0] in _YEARS:
                return date(*numbers)
        except ValueError:
            pass
    what = f"{column} is {text[:40]!r}, no date as in 03/31/2025"
    raise ParseError(what, remedy=COMPARE)


@lru_cache(maxsize=10_000)
def wall_in(text: str, column: str) -> datetime:
    """Return the wall time in a cell: a date, then ``13:40``, ``13:40:00`` or ``1:40:00 PM``.

    Raises:
        ParseError: it is no such time.
    """
    day_text, _, time_text = text.replace("T", " ", 1).partition(" ")
    parts = _TIME.fullmatch(time_text)
    if parts:
        hour, minute, second, half = parts.groups()
        hours = int(hour) if half is None else int(hour) % _NOON + (_NOON if half == "PM" else 0)
        midnight = datetime.combine(date_in(day_text, column), datetime.min.time())
        if hours < _HOURS and int(minute) < 60 and int(second or 0) < 60:  # noqa: PLR2004 - a clock
            return midnight + timedelta(hours=hours, minutes=int(minute), seconds=int(second or 0))
    what = f"{column} is {text[:40]!r}, no time as in 03/31/2025 13:40:00"
    raise ParseError(what, remedy=COMPARE)


@lru_cache(maxsize=10_000)
def hour_ending_in(text: str, column: str) -> int:
    """Return the hour ending, 1 to 24, in a cell: ``1``, ``01``, ``1:00``, ``24:00``.

    Raises:
        ParseError: it is none.
    """
    parts = _HOUR.fullmatch(text)
    if parts and 1 <= int(parts[1]) <= _HOURS:
        return int(parts[1])
    what = f"{column} is {text[:40]!r}, no hour ending from 1 to {_HOURS}"
    raise ParseError(what, remedy=COMPARE)


def utc_ns_of(wall: datetime, zone: str, *, repeated: bool = False) -> int:
    """Return a local wall time as ns since 1970.

    >>> fall_back = datetime(2025, 11, 2, 1)
    >>> (utc_ns_of(fall_back, "America/New_York", repeated=True)
    ...  - utc_ns_of(fall_back, "America/New_York")) // HOUR_NS
    1

    Args:
        wall: the local time, without a zone.
        zone: IANA name.
        repeated: it is the second of two equal times.

    Raises:
        ParseError: the clock skips that time, or it is not repeated although it should be.
    """
    first, second = _both(wall, zone)
    if first is None or second is None:
        what = f"{wall:%Y-%m-%d %H:%M} is skipped by the clock on that day"
        raise ParseError(what, remedy=COMPARE)
    if repeated and first == second:
        what = f"{wall:%Y-%m-%d %H:%M} is flagged as repeated, and the clock does not repeat it"
        raise ParseError(what, remedy=COMPARE)
    return second if repeated else first


def is_repeated(wall: datetime, zone: str) -> bool:
    """Say whether the clock shows a time twice on that day."""
    first, second = _both(wall, zone)
    return first is not None and first != second


def is_skipped(wall: datetime, zone: str) -> bool:
    """Say whether the clock never shows a time on that day."""
    return _both(wall, zone) == (None, None)


@lru_cache(maxsize=10_000)
def _both(wall: datetime, zone: str) -> tuple[int | None, int | None]:
    """Return the moment of a wall time before and after the clock is set; None where skipped."""
    moments = []
    for fold in (0, 1):
        moment = wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)
        shown = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
        moments.append(to_ns(moment) if shown == wall else None)
    return moments[0], moments[1]


def hour_start_ns(day: date, hour_ending: int, zone: str, *, repeated: bool = False) -> int:
    """Return the start of an hour told by its end, 1 to 24.

    On the day of 23 hours some reports leave out hour ending 2 and others 3: what is called
    either is the one hour that ends when the clock jumps to 3.

    >>> spring = date(2025, 3, 9)
    >>> starts = [hour_start_ns(spring, hour, "America/New_York") for hour in (1, 2, 3, 4)]
    >>> [(start - starts[0]) // HOUR_NS for start in starts]
    [0, 1, 1, 2]

    Raises:
        ParseError: the clock does not repeat the hour, although it should.
    """
    wall = datetime.combine(day, datetime.min.time()) + timedelta(hours=hour_ending - 1)
    skipped = timedelta(hours=is_skipped(wall, zone))
    return utc_ns_of(wall - skipped, zone, repeated=repeated)


class RepeatedHour:
    """Tells two equal hours apart by the order of a name's rows, or by the receipt.

    Args:
        walls: the wall times of the whole body.
        zone: IANA name.
        received_at_ns: when it came; it decides where the body knows nothing but that hour.
    """

    def __init__(self, walls: Collection[datetime], zone: str, received_at_ns: int) -> None:
        self._zone = zone
        self._seen: dict[tuple[str, datetime], int] = {}
        only = bool(walls) and all(is_repeated(wall, zone) for wall in walls)
        first_ns = utc_ns_of(max(walls), zone) if only else received_at_ns
        self._before = int(only and received_at_ns >= first_ns + HOUR_NS // 2)

    def utc_ns(self, wall: datetime, name: str) -> int:
        """Return the moment of the next row of a name with a wall time.

        Raises:
            ParseError: the time is skipped that day, or there were two such rows already.
        """
        if not is_repeated(wall, self._zone):
            return utc_ns_of(wall, self._zone)
        seen = self._seen.get((name, wall), self._before)
        self._seen[name, wall] = seen + 1
        if seen > 1:
            what = f"{wall:%Y-%m-%d %H:%M} of {name!r} stands here for the third time"
            raise ParseError(what, remedy=COMPARE)
        return utc_ns_of(wall, self._zone, repeated=seen == 1)
