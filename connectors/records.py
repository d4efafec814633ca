"""The record form: a message as a JSON object, for days, trade feeds and people.

A record has the fields of its message by name, except that a time ``x_ns`` is written ``x`` as
an ISO-8601 time with its offset (several as a list), a column is a list with ``null`` for "not
published", and bytes are base64. ``kind`` names the kind; the time of receipt is no part of it; a
field at its default may be left out. Reading is strict: what is not exactly this never becomes a
message.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from codecs import BOM_UTF8
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn, get_args, get_origin

import msgspec
import numpy as np

from connectors.isos.parsed import Feed, Parsed, RejectedRow
from connectors.sense import refuse_nonsense
from state.errors import NoDataYet, ParseError
from state.messages import KINDS, AnyMessage, FloatColumn, ProductTrade, Trade
from state.moments import SECOND_NS, to_ns

MOST_BYTES = 1_000_000
"""A longer record is refused unread; a longer history goes into several records."""

MOST_WHOLE = 2**53
"""Beyond it other programs read a whole number as another one."""

_REMEDY = "correct the record and send it again"
_WHOLE = "the record"
_YEARS = range(1970, 2200)
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
_TRADES = ("trade", "product_trade")
_MOST_SHOWN = 60
_WORDS: dict[object, str] = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    bool | None: "true, false or null",
}


class _Field(NamedTuple):
    """A field of a kind: its names in record and message, how it is written and read."""

    name: str
    attribute: str
    type: Any
    required: bool
    default: Any
    write: Callable[[Any], Any]
    read: Callable[[str, Any, Any], Any]


def to_record(message: AnyMessage) -> dict[str, Any]:
    """Return a message as plain values, without its time of receipt.

    >>> from state.messages import Tick
    >>> to_record(Tick(at_ns=1_500_000_000))
    {'kind': 'tick', 'at': '1970-01-01T00:00:01.5Z'}
    """
    tag = str(type(message).__struct_config__.tag)
    record: dict[str, Any] = {"kind": tag}
    for field in _fields_of(tag).values():
        value = getattr(message, field.attribute)
        if field.required or not _equal(value, field.default):
            record[field.name] = field.write(value)
    return record


def to_json_line(message: AnyMessage) -> str:
    """Return the record of a message as one line of JSON, without a line end."""
    return json.dumps(to_record(message), ensure_ascii=False, allow_nan=False)


def from_record(record: object, *, received_at_ns: int) -> AnyMessage:
    """Return the message of a record.

    Raises:
        ParseError: a field is unknown, missing, of another type or senseless.
    """
    if not isinstance(record, dict):
        _refuse(_WHOLE, record, "an object with the fields of a message")
    tag = record.get("kind")
    if not isinstance(tag, str) or tag not in KINDS:
        # The text is part of the digest of timing: it must not grow with every new kind.
        _refuse("kind", tag, "one that docs/days.md lists")
    fields = _fields_of(tag)
    _check_names(record, fields)
    values = {
        field.attribute: field.read(field.name, record[field.name], field.type)
        for field in fields.values()
        if field.name in record
    }
    message: AnyMessage = KINDS[tag](received_at_ns=received_at_ns, **values)
    refuse_nonsense(message)
    return message


def parse_record(body: bytes, *, received_at_ns: int) -> AnyMessage:
    """Return the message of a record as it came.

    Raises:
        ParseError: it is too long, no JSON, or no record.
    """
    if len(body) > MOST_BYTES:
        what = f"the record has {len(body):,} bytes, more than {MOST_BYTES:,}"
        raise ParseError(what, remedy="split it into several records")
    return from_record(json_in(body), received_at_ns=received_at_ns)


def parse(body: bytes, *, received_at_ns: int, where: str) -> Parsed:
    """Parse a file of records, one a line, bare or as ``body`` of a line of a day's records.

    Raises:
        NoDataYet: it has no lines.
        ParseError: none of its lines is a record.
    """
    parsed = Parsed([], [])
    for number, line in enumerate(body.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            parsed.messages.append(_record_in_line(line, received_at_ns=received_at_ns))
        except ParseError as error:
            at = f"line {number} of {where}"
            place = ParseError(error.what, where=at, remedy=error.remedy, field=error.field)
            parsed.rejected.append(RejectedRow(str(place), line))
    _check_any(parsed, where=where)
    return parsed


def _record_in_line(line: bytes, *, received_at_ns: int) -> AnyMessage:
    if len(line) > MOST_BYTES:
        return parse_record(line, received_at_ns=received_at_ns)
    record = json_in(line)
    if isinstance(record, dict) and "body" in record and "kind" not in record:
        record = record["body"]
        if isinstance(record, str):
            record = json_in(record.encode(errors="replace"))
    return from_record(record, received_at_ns=received_at_ns)


def _check_any(parsed: Parsed, *, where: str) -> None:
    if parsed.messages:
        return
    if not parsed.rejected:
        what = "there are no records"
        raise NoDataYet(what, where=where, remedy="give a file with one JSON record a line")
    what = f"no line is a record; the first: {parsed.rejected[0].reason}"
    raise ParseError(what, remedy="give a file with one JSON record a line")


RECORDS = Feed(name="records", reports=("JSON lines of records",), parse=parse)
"""Records as a feed, beside the markets."""


def json_in(body: bytes) -> object:
    """Return the JSON of a record or a list of them, read strictly.

    Raises:
        ParseError: it is no JSON, a name is given twice, or a number is none.
    """
    if body.startswith(BOM_UTF8):
        what = "it begins with a byte order mark"
        raise ParseError(what, remedy="save it without one")
    try:
        return json.loads(body.decode(), object_pairs_hook=_distinct, parse_constant=_no_number)
    except _NoNumberError as error:
        json.loads(body.decode(), object_pairs_hook=_name_no_number)  # says of which field
        raise _no_json_number(str(error)) from error
    except RecursionError as error:
        what = f"the record is nested too deep: {_shown(body)}"
        raise ParseError(what, remedy=_REMEDY) from error
    except ValueError as error:  # also what is no UTF-8, and a number of thousands of digits
        what = f"the record is no JSON ({error}): {_shown(body)}"
        raise ParseError(what, remedy=_REMEDY) from error


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        sayable = twice.encode(errors="replace").decode()
        _refuse(sayable, [value for name, value in pairs if name == twice], "given once")
    return record


class _NoNumberError(Exception):
    """Says which of NaN and the infinities stands where JSON has a number."""


def _no_number(constant: str) -> NoReturn:
    raise _NoNumberError(constant)


def _name_no_number(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, value in pairs:
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, float) and not math.isfinite(each):
                raise _no_json_number(json.dumps(each), name)
    return dict(pairs)


def _no_json_number(constant: str, field: str = "") -> ParseError:
    what = f"{field}: {constant} is no JSON number" if field else f"{constant} is no JSON number"
    return ParseError(what, remedy="write null for a value that is not published", field=field)


def _check_names(record: dict[str, Any], fields: dict[str, _Field]) -> None:
    for name, value in record.items():
        if name != "kind" and name not in fields:
            expected = f"one of {', '.join(fields)}"
            _refuse(f"unknown field {name!r}", value, expected, field=name)
    missing = [name for name, field in fields.items() if field.required and name not in record]
    if missing:
        what = f"field {', '.join(missing)} of {record['kind']} is missing"
        raise ParseError(what, remedy=_REMEDY, field=missing[0])


@lru_cache
def _fields_of(tag: str) -> dict[str, _Field]:
    infos = msgspec.structs.fields(KINDS[tag])
    fields = (_field(info) for info in infos if info.name != "received_at_ns")
    return {field.name: field for field in fields}


def _field(info: msgspec.structs.FieldInfo) -> _Field:
    factory = info.default_factory
    default = info.default if factory is msgspec.NODEFAULT else factory()
    write, read = _form_of(info)
    name = info.name.removesuffix("_ns")
    return _Field(name, info.name, info.type, info.required, default, write, read)


def _form_of(
    info: msgspec.structs.FieldInfo,
) -> tuple[Callable[[Any], Any], Callable[[str, Any, Any], Any]]:
    """Return how a field is written and how it is read."""
    if info.type == tuple[int, ...] and info.name.endswith("_ns"):
        return _moment_texts, _moments_in
    if info.name.endswith("_ns"):
        return moment_text, moment_in
    if info.type == FloatColumn:
        return _list_of, _column_in
    if info.type == Trade | ProductTrade:
        return to_record, _trade_in
    if info.type is bytes:
        return (lambda value: base64.b64encode(value).decode()), _bytes_in
    return _plain, _value_in


def _trade_in(name: str, value: object, _: object) -> AnyMessage:
    if not isinstance(value, dict) or value.get("kind") not in _TRADES:
        _refuse(name, value, f"an object of kind {' or '.join(_TRADES)}")
    return from_record(value, received_at_ns=0)


def _plain(value: object) -> object:
    plain = msgspec.to_builtins(value)
    return list(plain) if isinstance(plain, tuple) else plain


def _equal(value: object, default: object) -> bool:
    if isinstance(value, np.ndarray):
        return value.size == 0 and isinstance(default, np.ndarray)
    return repr(value) == repr(default)  # which also tells -0.0 from 0.0


def moment_text(at_ns: int | None) -> str | None:
    """Return a moment as ISO-8601 text in UTC, None for none.

    >>> moment_text(1_500_000_000)
    '1970-01-01T00:00:01.5Z'
    """
    if at_ns is None:
        return None
    seconds, nanoseconds = divmod(at_ns, SECOND_NS)
    text = datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""
    return f"{text}{fraction}Z"


def moment_in(name: str, value: object, kind: object) -> int | None:
    """Return the moment that a field's text names.

    Raises:
        ParseError: it is no ISO-8601 time with its offset, or no time that exists.
    """
    if value is None and type(None) in get_args(kind):
        return None
    parts = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if not parts or not parts[3]:
        _refuse(name, value, "an ISO-8601 time with its offset, as 2026-08-14T16:30:00Z")
    try:
        moment = datetime.fromisoformat(parts[1] + parts[3])
    except ValueError as error:
        _refuse(name, value, f"a time that exists ({error})")
    if moment.year not in _YEARS:
        _refuse(name, value, f"a time from {_YEARS.start} to {_YEARS.stop}")
    return to_ns(moment) + int((parts[2] or "").ljust(9, "0"))


def _moment_texts(moments: tuple[int, ...]) -> list[str | None]:
    return [moment_text(at_ns) for at_ns in moments]


def _moments_in(name: str, value: object, _: object) -> tuple[int | None, ...]:
    if not isinstance(value, list):
        _refuse(name, value, "a list of ISO-8601 times")
    return tuple(moment_in(f"{name}[{at}]", each, int) for at, each in enumerate(value))


def _list_of(column: FloatColumn) -> list[float | None]:
    return [None if math.isnan(value) else value for value in column.tolist()]


def _column_in(name: str, value: object, _: object) -> FloatColumn:
    numbers: list[float | None] = _converted(name, value, list[float | None])
    for index, number in enumerate(numbers):
        if number is not None and not math.isfinite(number):
            _refuse(f"{name}[{index}]", number, "a finite number or null")
    column = np.array(numbers, dtype=np.float64)  # None becomes NaN
    column.flags.writeable = False
    return column


def _bytes_in(name: str, value: object, _: object) -> bytes:
    try:
        return base64.b64decode(_converted(name, value, str), validate=True)
    except (binascii.Error, ValueError) as error:
        _refuse(name, value, f"base64 ({error})")


def _value_in(name: str, value: object, kind: object) -> object:
    converted = _converted(name, value, kind)
    if isinstance(converted, float) and not math.isfinite(converted):
        _refuse(name, value, "a finite number")
    if isinstance(converted, int) and abs(converted) > MOST_WHOLE:
        _refuse(name, value, f"a whole number up to {MOST_WHOLE}")
    return converted


def _converted(name: str, value: object, kind: object) -> Any:
    try:
        return msgspec.convert(value, kind)
    except UnicodeEncodeError:  # half a character, which no text of the log can hold
        _refuse(name, value, _words_for(kind))
    except (msgspec.ValidationError, OverflowError) as error:
        _refuse_element(name, value, kind, str(error))


def _refuse_element(name: str, value: Any, kind: object, error: str) -> NoReturn:
    """Name the innermost value that msgspec could not convert, by the path in its error."""
    for index in map(int, re.findall(r"\[(\d+)\]", error)):
        value, kind, name = value[index], get_args(_given(kind))[0], f"{name}[{index}]"
    _refuse(name, value, _words_for(kind))


def _given(kind: object) -> object:
    """Return the type of a list that need not be given; any other type as it is."""
    lists = [each for each in get_args(kind) if get_origin(each) in (list, tuple)]
    return lists[0] if type(None) in get_args(kind) and lists else kind


def _words_for(kind: object) -> str:
    kind = _given(kind)
    if get_origin(kind) in (list, tuple):
        return f"a list of {_words_for(get_args(kind)[0])}"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return f"one of {', '.join(kind)}"
    return _WORDS.get(kind, "a number or null")


def _refuse(name: str, value: object, expected: str, *, field: str | None = None) -> NoReturn:
    what = f"{name} is {_shown(value)}, expected {expected}"
    if field is None:
        field = "" if name == _WHOLE else name.partition("[")[0]
    raise ParseError(what, remedy=_REMEDY, field=field)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
