"""The rows of a report and what may stand in their cells."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from connectors.isos.parsed import RejectedRow
from state.errors import NoDataYet, ParseError
from state.moments import SECOND_NS, to_ns

MOST_ROWS = 300_000
"""An hour of every CAISO node has a quarter of it; what has more does not fit in memory."""
MOST_REJECTED = 5_000
"""A report with more bad rows than that is another report, or damaged all through."""

COMPARE = "the row is left out; compare it with the report at its source"
_MOST_NAME = 100
_MOST_HEADER = 100_000
_MOST_LINE = 1_000_000
_YEARS = range(1990, 2200)

Row = list[str]
RowReader = Callable[[Row], None]
"""Takes the values of a row or refuses it with a ParseError."""
TakeCells = Callable[..., None]
"""Takes the cells of the wanted columns, each a text, or refuses them with a ParseError."""


class Column(NamedTuple):
    """A column that a report is read by.

    Attributes:
        names: its name in each generation of the report.
        required: whether a report without it is another report.
    """

    names: tuple[str, ...]
    required: bool = True

    def missing(self, where: str) -> ParseError:
        """Return the error that a body without the column stands for."""
        what = f"column {' or '.join(self.names)} is missing"
        remedy = "the report may have changed; look at its header and ask for it again"
        return ParseError(what, where=where, remedy=remedy)


def required(*names: str) -> Column:
    """Return a column every such report has, under one of its names."""
    return Column(names)


def optional(*names: str) -> Column:
    """Return a column that may be absent: its cells then read as empty."""
    return Column(names, required=False)


class Table:
    """The header and the rows of a CSV report; rows are split when they are read.

    Args:
        text: the report.
        where: what to call it in errors.
        skip: how many lines stand before the header.

    Attributes:
        leave: says of a row that it is none of the data: a comment, a total.
    """

    def __init__(self, text: str, *, where: str, skip: int = 0) -> None:
        self.where = where
        self._text = text
        self._skip = skip
        self.leave: Callable[[Row], bool] = lambda _: False
        head, self._has_whole_header, self._start = "", False, 0
        for _ in range(skip + 1):
            head, self._has_whole_header, self._start = self._line_at(self._start, _MOST_HEADER)
        self.header = tuple(name.strip() for name in split_line(head)) or ("",)

    def position(self, column: str) -> int:
        """Return where a column stands in each row."""
        return self.header.index(column)

    def rows(self) -> Iterator[Row]:
        """Return the rows that end in a line end, split into cells."""
        for line, ended in self._lines():
            if ended:
                yield split_line(line)

    def read_columns(self, columns: Sequence[Column], take: TakeCells) -> list[RejectedRow]:
        """Give the cells of the wanted columns of each row to a reader.

        Raises:
            NoDataYet: there is no row at all.
            ParseError: a column is missing, or there are more rows than a report has.
        """
        places = [self._place_of(column) for column in columns]

        def read_row(row: Row) -> None:
            take(*("" if place is None else row[place] for place in places))

        return self.read(read_row)

    def _place_of(self, column: Column) -> int | None:
        name = next((name for name in column.names if name in self.header), None)
        if name is None and column.required:
            raise column.missing(self.where)
        return None if name is None else self.position(name)

    def read(self, read_row: RowReader) -> list[RejectedRow]:
        """Give each row to a reader and return those it refused with a ParseError.

        A last row without a line end is refused unread: the body may have been cut inside its
        last number.

        Raises:
            NoDataYet: there is no row at all.
            ParseError: there are more rows, or more bad ones, than a report has, or the body was
                cut inside its header.
        """
        if not self._has_whole_header:
            what = "the header ends without a line end: truncated"
            raise ParseError(what, where=self.where, remedy="ask for the report again")
        rejected = Rejections(self.where, "row")
        number = self._skip + 1
        found = False
        for line, ended in self._lines():
            number += 1
            if number > MOST_ROWS:
                unit = "rows"
                raise _too_many(unit, MOST_ROWS, where=self.where)
            try:
                found |= self._read_line(line, read_row, ended=ended)
            except ParseError as error:
                found = True
                rejected.add(error, number, line.encode())
        if not found:
            what = "the report has no rows"
            raise NoDataYet(what, where=self.where, remedy="ask again later")
        return rejected.rows

    def _read_line(self, line: str, read_row: RowReader, *, ended: bool) -> bool:
        """Read a line and say whether it was a row of data."""
        if not ended:
            raise _unended(line)
        row = split_line(line)
        if not row or self.leave(row):
            return False
        if len(row) != len(self.header):
            raise _uneven(row, len(self.header))
        read_row(row)
        return True

    def _lines(self) -> Iterator[tuple[str, bool]]:
        start, size = self._start, len(self._text)
        while start < size:
            line, ended, start = self._line_at(start)
            yield line, ended

    def _line_at(self, start: int, most: int = _MOST_LINE) -> tuple[str, bool, int]:
        """Return a line, whether it has a line end, and where the next begins."""
        end = self._text.find("\n", start)
        size = len(self._text) if end < 0 else end
        if size - start > most:
            what = f"a line has {size - start:,} characters, more than {most:,}"
            remedy = "this is no such report; look at what the source sent"
            raise ParseError(what, where=self.where, remedy=remedy)
        if end < 0:
            return self._text[start:], False, size
        return self._text[start:end].removesuffix("\r"), True, end + 1


@contextmanager
def located(where: str) -> Iterator[None]:
    """Say of an error in the block, unless it knows better, in which body it was."""
    try:
        yield
    except ParseError as error:
        if error.where:
            raise
        raise type(error)(error.what, where=where, remedy=error.remedy) from error


class Rejections:
    """The rows of one body that were refused.

    Args:
        where: what to call the body.
        unit: what to call one of them: a row of a table, an item of a list.
    """

    def __init__(self, where: str, unit: str) -> None:
        self.rows: list[RejectedRow] = []
        self._where = where
        self._unit = unit

    def add(self, error: ParseError, number: int, raw: bytes) -> None:
        """Keep a row with its place.

        Raises:
            ParseError: so many were refused that this is no such report.
        """
        if len(self.rows) >= MOST_REJECTED:
            unit = f"bad {self._unit}s"
            raise _too_many(unit, MOST_REJECTED, where=self._where) from error
        place = f"{self._unit} {number} of {self._where}"
        reason = str(ParseError(error.what, where=place, remedy=error.remedy))
        self.rows.append(RejectedRow(reason=reason, raw=raw))


def split_line(line: str) -> Row:
    """Split a line into cells; a stray quote leaves it whole.

    >>> split_line('"N.Y.C.",61761,-5.00')
    ['N.Y.C.', '61761', '-5.00']
    """
    if '"' not in line and "\r" not in line:
        return line.split(",") if line else []
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return [line]


def _uneven(row: Row, width: int) -> ParseError:
    return ParseError(f"the row has {len(row)} cells, the header {width}", remedy=COMPARE)


def _unended(line: str) -> ParseError:
    return ParseError(
        f"the last row ends without a line end after {line[-20:]!r}: truncated",
        remedy="the body may be cut short; ask for the report again",
    )


def _too_many(unit: str, most: int, *, where: str) -> ParseError:
    return ParseError(
        f"the report has more than {most:,} {unit}",
        where=where,
        remedy="ask for fewer locations or a shorter time, or look at what the source sent",
    )


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
        raise ParseError(what, remedy=COMPARE)
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
    raise ParseError(what, remedy=COMPARE)


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
        raise ParseError(what, remedy=COMPARE)
    return to_ns(moment)


def choice_in(text: str, column: str, choices: tuple[str, ...]) -> str:
    """Return one of a few words.

    Raises:
        ParseError: it is none of them.
    """
    if text in choices:
        return text
    what = f"{column} is {text[:40]!r}, expected {' or '.join(choices)}"
    raise ParseError(what, remedy="the row is left out; compare it with the report")


def check_interval(start_ns: int, end_ns: int, seconds: int) -> None:
    """Refuse an interval that is not one of the report's.

    Raises:
        ParseError: it has another length, or starts off the grid of that length.
    """
    if end_ns - start_ns != seconds * SECOND_NS:
        length = (end_ns - start_ns) / SECOND_NS
        what = f"the interval has {length:g} s, the report's have {seconds}"
        raise ParseError(what, remedy=COMPARE)
    if start_ns % (seconds * SECOND_NS):
        start = datetime.fromtimestamp(start_ns // SECOND_NS, tz=UTC).isoformat()
        what = f"the interval starts at {start}, which is on no multiple of {seconds} s"
        raise ParseError(what, remedy=COMPARE)
