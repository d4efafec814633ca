"""Reads a validator's files: a history of factor levels, and exposures to those factors.

``history``: a header of ``date`` and one name a factor, then one line a date, ascending, ISO
dates. An empty cell is "not known". ``exposures``: a header ``factor,amount`` and one line a
factor. Everything else is refused with file, line, column, value and remedy: a number read wrong
is worse than none.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from state.errors import ParseError

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_FEWEST_DATES = 3
_EXPOSURE_HEADER = ["factor", "amount"]
_WRITE_A_NUMBER = "write a plain number such as 1234.5, without separators, signs of money or units"


@dataclass(frozen=True)
class FactorTable:
    """A history of factor levels as it stands in a file.

    Attributes:
        path: of the file.
        dates: ISO, ascending.
        lines: the line of each date.
        factors: in the order of their columns.
        levels: shape (factors, dates), NaN where a cell is empty.
    """

    path: Path
    dates: tuple[str, ...]
    lines: tuple[int, ...]
    factors: tuple[str, ...]
    levels: NDArray[np.float64]

    def place(self, factor: int, at: int) -> str:
        """Name a cell: file, line and column."""
        return _cell(self.path, self.lines[at], factor + 2, self.factors[factor])

    def gaps(self, factor: str, first: int) -> list[str]:
        """Name a factor's empty cells from the date of a number on."""
        row = self.factors.index(factor)
        empty = np.flatnonzero(np.isnan(self.levels[row, first:])) + first
        return [self.place(row, at) for at in empty.tolist()]


def read_history(path: Path) -> FactorTable:
    """Read a history of factor levels.

    Raises:
        ParseError: it is none.
        OSError: it cannot be read.
    """
    rows = _rows(path)
    header = _history_header(path, rows)
    dates: list[str] = []
    lines: list[int] = []
    levels: list[list[float]] = []
    for line, cells in rows:
        _same_width(path, line, cells, header)
        dates.append(_next_date(path, line, cells[0], dates))
        lines.append(line)
        levels.append(
            [
                _level(cell, _cell(path, line, column, header[column - 1]))
                for column, cell in enumerate(cells[1:], start=2)
            ]
        )
    if len(dates) < _FEWEST_DATES:
        what = f"{len(dates)} dates make no history"
        remedy = f"give at least {_FEWEST_DATES}, and some hundreds for a tail"
        raise ParseError(what, where=str(path), remedy=remedy)
    columns = np.array(levels, dtype=np.float64).T
    return FactorTable(path, tuple(dates), tuple(lines), tuple(header[1:]), columns)


def read_exposures(path: Path, history: FactorTable) -> dict[str, float]:
    """Read exposures to the factors of a history.

    Raises:
        ParseError: the file is no table of exposures, or names a factor the history has not.
        OSError: it cannot be read.
    """
    rows = _rows(path)
    line, header = next(rows, (1, []))
    if [name.strip().lower() for name in header] != _EXPOSURE_HEADER:
        what = f"the header is {','.join(header)!r}"
        raise ParseError(what, where=f"{path} line {line}", remedy="write factor,amount")
    exposures: dict[str, float] = {}
    for line, cells in rows:
        _same_width(path, line, cells, header)
        name = cells[0].strip()
        _known_factor(name, history, exposures, _cell(path, line, 1, "factor"))
        exposures[name] = _amount(cells[1], _cell(path, line, 2, "amount"))
    if not exposures:
        raise ParseError(what="no exposure", where=str(path), remedy="write one line a factor")
    return exposures


def require_positive(history: FactorTable, factors: Iterable[str]) -> None:
    """Refuse levels that have no relative change.

    Raises:
        ParseError: a level of one of the factors is zero or negative.
    """
    for factor in factors:
        row = history.factors.index(factor)
        below = np.flatnonzero(history.levels[row] <= 0.0).tolist()
        if below:
            what = f"{factor} is {history.levels[row, below[0]]:g} and has no relative change"
            remedy = "use --changes absolute, with exposures in MWh"
            raise ParseError(what, where=history.place(row, below[0]), remedy=remedy)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            for cells in reader:
                if cells:
                    yield reader.line_num, cells
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is no UTF-8"
        raise ParseError(what, where=str(path), remedy="save it as UTF-8 text") from error
    except csv.Error as error:
        raise ParseError(str(error), where=str(path), remedy="save it as plain CSV") from error


def _history_header(path: Path, rows: Iterator[tuple[int, list[str]]]) -> list[str]:
    line, cells = next(rows, (1, []))
    header = [cell.strip() for cell in cells]
    where = f"{path} line {line}"
    if len(header) < 2:  # noqa: PLR2004 - the date and a factor
        what = f"the header is {','.join(cells)!r}"
        remedy = "write date and one name a factor, separated by commas"
        raise ParseError(what, where=where, remedy=remedy)
    if _DATE.fullmatch(header[0]):
        remedy = "put a line with date and the factors' names above it"
        raise ParseError(
            what=f"{header[0]} stands where the header should", where=where, remedy=remedy
        )
    for column, name in enumerate(header[1:], start=2):
        _fresh_name(name, header[1 : column - 1], f"{where} column {column}")
    return header


def _fresh_name(name: str, before: list[str], where: str) -> None:
    if not name:
        raise ParseError(what="a factor has no name", where=where, remedy="name it in the header")
    if name in before:
        raise ParseError(
            what=f"factor {name!r} stands twice", where=where, remedy="rename one of them"
        )


def _same_width(path: Path, line: int, cells: list[str], header: list[str]) -> None:
    if len(cells) != len(header):
        what = f"{len(cells)} cells where the header has {len(header)}"
        remedy = "write every cell; an empty one is between two commas"
        raise ParseError(what, where=f"{path} line {line}", remedy=remedy)


def _next_date(path: Path, line: int, text: str, before: list[str]) -> str:
    where, day = _cell(path, line, 1, "date"), text.strip()
    if not _is_date(day):
        raise ParseError(what=f"{text!r} is no date", where=where, remedy="write it as 2026-07-14")
    if before and day <= before[-1]:
        what = f"date {day} {'repeats' if day == before[-1] else 'stands after'} {before[-1]}"
        remedy = "sort the lines by date, each date once"
        raise ParseError(what, where=where, remedy=remedy)
    return day


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _level(text: str, where: str) -> float:
    return _number(text, where) if text.strip() else math.nan


def _amount(text: str, where: str) -> float:
    if not text.strip():
        raise ParseError(what="the amount is missing", where=where, remedy=_WRITE_A_NUMBER)
    return _number(text, where)


def _number(text: str, where: str) -> float:
    value = float(text) if _NUMBER.fullmatch(text.strip()) else math.nan
    if not math.isfinite(value):
        raise ParseError(what=f"{text!r} is no number", where=where, remedy=_WRITE_A_NUMBER)
    return value


def _known_factor(name: str, history: FactorTable, before: dict[str, float], where: str) -> None:
    if name in before:
        remedy = "write it once, with the sum of its amounts"
        raise ParseError(what=f"factor {name!r} stands twice", where=where, remedy=remedy)
    if name not in history.factors:
        near = get_close_matches(name, history.factors, 3) or list(history.factors[:8])
        remedy = f"use a column of {history.path}: {', '.join(near)}"
        raise ParseError(what=f"factor {name!r} is unknown", where=where, remedy=remedy)


def _cell(path: Path, line: int, column: int, name: str) -> str:
    return f"{path} line {line} column {column} ({name})"
