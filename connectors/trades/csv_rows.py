"""Rows of a CSV file as records of trades, by the names in its header.

A column is called as the field of the record it holds (docs/trade-feeds.md); what is empty is
left out. A row with a term beyond those of a plain trade is a ``product_trade``.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from state.errors import ParseError
from state.messages import FloatColumn, ProductTrade, Trade

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_REMEDY = "correct the file and drop it again"
_MANY = ";"


def _columns_of(kind: type[Trade]) -> dict[str, Any]:
    fields = msgspec.structs.fields(kind)
    named = {field.name.removesuffix("_ns"): field for field in fields}
    return {
        name: str if field.name.endswith("_ns") else field.type
        for name, field in named.items()
        if field.name != "received_at_ns"
    }


COLUMNS: dict[str, Any] = {"kind": str, **_columns_of(ProductTrade)}
"""The names a header may hold, and what their cells are."""

NEEDED = tuple(
    field.name.removesuffix("_ns") for field in msgspec.structs.fields(Trade) if field.required
)
"""The names a header must hold."""

_PLAIN = frozenset(_columns_of(Trade)) | {"kind"}


class Row(NamedTuple):
    """A row of a file.

    Attributes:
        number: of the line it ends in; the header is line 1.
        raw: as it came.
        body: the record, empty where none can be made.
        refusal: why not.
    """

    number: int
    raw: bytes
    body: bytes
    refusal: str = ""


def rows_in(raw: bytes) -> Iterator[Row]:
    """Yield the rows of a file in order.

    Raises:
        ParseError: it is no CSV of trades as a whole; nothing of it can be taken.
    """
    lines: list[str] = []
    reader = csv.reader(_kept(io.StringIO(_text_of(raw), newline=""), lines), strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        what = f"the header is no CSV ({error})"
        raise ParseError(what, remedy=_REMEDY) from error
    _check_header(names)
    while True:
        lines.clear()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield _refused(lines, reader.line_num, f"the row is no CSV ({error})")
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield _row(lines, reader.line_num, names, cells)


def _kept(text: Iterable[str], lines: list[str]) -> Iterator[str]:
    """Yield lines, and keep those of the row that is being read."""
    for line in text:
        lines.append(line)
        yield line


def _text_of(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"the file is no UTF-8 (byte {error.start})"
        raise ParseError(what, remedy="write it as UTF-8 and drop it again") from error


def _check_header(names: list[str]) -> None:
    for name in names:
        if name not in COLUMNS:
            what = f"unknown column {name!r}, expected {', '.join(COLUMNS)}"
            raise ParseError(what, remedy=_REMEDY)
        if names.count(name) > 1:
            what = f"column {name!r} is there twice"
            raise ParseError(what, remedy=_REMEDY)
    missing = [name for name in NEEDED if name not in names]
    if missing:
        what = f"column {', '.join(missing)} is missing"
        raise ParseError(what, remedy=_REMEDY)


def _row(lines: list[str], number: int, names: list[str], cells: list[str]) -> Row:
    if not lines[-1].endswith(("\n", "\r")):
        return _refused(lines, number, "the file ends within this row, without a line end")
    if len(cells) != len(names):
        why = f"the row has {len(cells)} cells, the header {len(names)}"
        return _refused(lines, number, why)
    given = {name: cell.strip() for name, cell in zip(names, cells, strict=True) if cell.strip()}
    given.setdefault("kind", "trade" if given.keys() <= _PLAIN else "product_trade")
    try:
        record = {name: _value(name, text) for name, text in given.items()}
    except ParseError as error:
        return _refused(lines, number, error.what)
    body = json.dumps(record, ensure_ascii=False).encode()
    return Row(number, _raw(lines), body)


def _value(name: str, text: str) -> object:
    kind = COLUMNS[name]
    if kind in (int, float):
        return _number(name, text)
    if kind == FloatColumn:
        return [_number(name, part.strip()) for part in text.split(_MANY)]
    return text


def _number(name: str, text: str) -> int | float:
    if not _NUMBER.fullmatch(text):
        what = f"{name} is {text[:60]!r}, expected a number as -12.5, without a thousands separator"
        raise ParseError(what, remedy=_REMEDY)
    return int(text) if text.lstrip("+-").isdigit() and len(text) < len(str(2**63)) else float(text)


def _refused(lines: list[str], number: int, why: str) -> Row:
    return Row(number, _raw(lines), b"", f"{why}; {_REMEDY}")


def _raw(lines: list[str]) -> bytes:
    return "".join(lines).encode().rstrip(b"\r\n")
