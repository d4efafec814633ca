"""The rows of a CSV report and what may stand in their cells."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache

from connectors.isos.parsed import RejectedRow
from state.errors import NoDataYet, ParseError

MOST_USD_PER_MWH = 1_000_000.0
"""The most the core's totals hold exactly; what is absurd below it enters, and alarms by policy."""
MOST_MW = 10_000_000.0
"""Ten times the load of the whole country."""

_COMPARE = "the row is left out; compare it with the report at its source"
_MOST_NAME = 100
_YEARS = range(1990, 2200)
_SECOND_NS = 1_000_000_000

Row = list[str]
RowReader = Callable[[Row], None]
"""Takes the values of a row or refuses it with a ParseError."""


class Table:
    """The header and the rows of a CSV report.

    Args:
        text: the report.
        where: what to call it in errors.
    """

    def __init__(self, text: str, *, where: str) -> None:
        self.where = where
        *self._lines, self._unended = text.replace("\r\n", "\n").split("\n")
        rows = _split(self._lines or [self._unended])
        self.header = tuple(name.strip() for name in rows[0]) or ("",)
        self.rows = rows[1:]

    def position(self, column: str) -> int:
        """Return where a column stands in each row."""
        return self.header.index(column)

    def read(self, read_row: RowReader) -> list[RejectedRow]:
        """Give each row to a reader and return those it refused with a ParseError.

        A last row without a line end is refused unread: the body may have been cut inside its
        last number.

        Raises:
            NoDataYet: there is no row at all.
        """
        if not any(self.rows) and not self._unended:
            what = "the report has no rows"
            raise NoDataYet(what, where=self.where, remedy="ask again later")
        width = len(self.header)
        rejected = []
        for number, row in enumerate(self.rows, start=2):
            try:
                if len(row) == width:
                    read_row(row)
                elif row:
                    what = f"the row has {len(row)} cells, the header {width}"
                    raise ParseError(what, remedy=_COMPARE)  # noqa: TRY301 - one place rejects
            except ParseError as error:
                rejected.append(self._rejected(error, number, self._lines[number - 1]))
        return rejected + self._unended_row()

    def _unended_row(self) -> list[RejectedRow]:
        if not self._unended:
            return []
        error = ParseError(
            f"the last row ends without a line end after {self._unended[-20:]!r}",
            remedy="the body may be cut short; ask for the report again",
        )
        return [self._rejected(error, len(self._lines) + 1, self._unended)]

    def _rejected(self, error: ParseError, number: int, line: str) -> RejectedRow:
        place = f"row {number} of {self.where}"
        return RejectedRow(
            reason=str(ParseError(error.what, where=place, remedy=error.remedy)),
            raw=line.encode(),
        )


def _split(lines: list[str]) -> list[Row]:
    """Split lines into cells; a stray quote spoils its own line only."""
    with suppress(csv.Error):
        rows = list(csv.reader(lines, strict=True))
        if len(rows) == len(lines):
            return rows
    return [_split_alone(line) for line in lines]


def _split_alone(line: str) -> Row:
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return [line]


def number_in(text: str, column: str, most: float) -> float:
    """Return the number in a cell, NaN when it is empty.

    >>> number_in("-12.5", "MW", 100.0)
    -12.5

    Raises:
        ParseError: it is no number, or none between -most and most.
    """
    if not text:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.inf
    # Python also reads "1_0" and digits of other scripts; NaN fails the comparison.
    if not -most <= value <= most or "_" in text or not text.isascii():
        what = f"{column} is {text[:40]!r}, no number from {-most:,.0f} to {most:,.0f}"
        raise ParseError(what, remedy=_COMPARE)
    return value


@lru_cache(maxsize=50_000)
def name_in(text: str, column: str) -> str:
    """Return the name in a cell.

    Raises:
        ParseError: it is empty, long, or has blanks around it or characters that cannot print.
    """
    if text and len(text) <= _MOST_NAME and text.isprintable() and text == text.strip():
        return text
    what = f"{column} is {text[:40]!r}, no name of 1 to {_MOST_NAME} printable characters"
    raise ParseError(what, remedy=_COMPARE)


@lru_cache(maxsize=10_000)
def utc_ns_in(text: str, column: str) -> int:
    """Return the moment in a cell of an ISO-8601 time with its offset, in ns since 1970.

    >>> utc_ns_in("2019-11-03T09:00:00-00:00", "INTERVALSTARTTIME_GMT") // 10**9
    1572771600

    Raises:
        ParseError: it is no time, has no offset, or lies outside any market's life.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.year not in _YEARS:
        what = f"{column} is {text[:40]!r}, no ISO-8601 time with an offset"
        raise ParseError(what, remedy=_COMPARE)
    return ns_of(moment)


def ns_of(moment: datetime) -> int:
    """Return an aware moment as nanoseconds since 1970."""
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * _SECOND_NS + delta.microseconds * 1000


def check_interval(start_ns: int, end_ns: int, seconds: int) -> None:
    """Refuse an interval that is not one of the report's.

    Raises:
        ParseError: it has another length, or starts off the grid of that length.
    """
    if end_ns - start_ns != seconds * _SECOND_NS:
        length = (end_ns - start_ns) / _SECOND_NS
        what = f"the interval has {length:g} s, the report's have {seconds}"
        raise ParseError(what, remedy=_COMPARE)
    if start_ns % (seconds * _SECOND_NS):
        start = datetime.fromtimestamp(start_ns // _SECOND_NS, tz=UTC).isoformat()
        what = f"the interval starts at {start}, which is on no multiple of {seconds} s"
        raise ParseError(what, remedy=_COMPARE)
