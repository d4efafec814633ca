"""What clients send: trades, one record or a list of them, decoded strictly and fast; checks.

A frame of trades is read by compiled decoders where nothing about it is odd; one they do not take
is read as any other record is, and that verdict and its words count. So what the fast way accepts
is always what :mod:`connectors.records` would have made of it, at a fifth of the time.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple, cast

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType

from connectors.gateway.shapes import Time
from connectors.records import MOST_WHOLE, from_record, json_in, moment_in, parse_record
from connectors.sense import refuse_nonsense
from state.errors import ParseError
from state.messages import KINDS, FloatColumn, ProductTrade, Trade, TradeCheck

MOST_TRADES = 500
"""In one frame: the gateway reads nothing else while it decodes them."""

_KINDS = (Trade, ProductTrade)
_TRADE_KINDS = tuple(kind.__struct_config__.tag for kind in _KINDS)
_CHECK_KIND = TradeCheck.__struct_config__.tag
_LONGEST_NAME = 60
_NAMES = ("source", "trade", "version")
_LOT = 1.0
"""MW, as trades are dealt in, where a bare trade is asked about."""
_ZULU = 20
"""Characters of a time in whole seconds, as 2026-08-14T16:30:00Z."""


class Read(NamedTuple):
    """What one record of a frame became.

    Attributes:
        name: ``source/trade/version`` as far as the record says it.
        reason: why it is no trade; empty when it is one.
        field: that is wrong; empty where it is no field.
    """

    name: str
    trade: Trade | None
    reason: str = ""
    field: str = ""


def read_frame(raw: bytes, *, received_at_ns: int) -> list[Read]:
    """Return what the records of a frame became, in order.

    Args:
        raw: a JSON object, or a list of them.
        received_at_ns: when it came.

    Raises:
        ParseError: the frame is no JSON, holds nothing, or too much.
    """
    written = _written_in(raw)
    if written is not None:
        _require_size(len(written))
        reads = [_read_fast(each, received_at_ns) for each in written]
        if all(reads) and _given_once(raw, written):
            return cast("list[Read]", reads)
    pieces = _pieces_of(raw)
    _require_size(len(pieces))
    return [_read_piece(piece, received_at_ns) for piece in pieces]


def read_check(raw: bytes, *, name: str, received_at_ns: int) -> TradeCheck:
    """Return the question of a frame: a check, or a trade that is asked about in lots of one MW.

    Args:
        raw: a JSON object.
        name: of the check where a bare trade is sent.
        received_at_ns: when it came.

    Raises:
        ParseError: it is neither.
    """
    message = parse_record(raw, received_at_ns=received_at_ns)
    if isinstance(message, Trade):
        return TradeCheck(check=name, candidate=message, lot=_LOT, received_at_ns=received_at_ns)
    if not isinstance(message, TradeCheck):
        what = f"kind is {message.__struct_config__.tag!r}, expected a trade_check or a trade"
        raise ParseError(what, remedy="send the record of a trade", field="kind")
    return message


@lru_cache
def trade_shape(kind: type[Trade]) -> type[msgspec.Struct]:
    """Return the struct that the record of a trade decodes to; what is left out is UNSET."""
    return _shape_of(kind, {})


@lru_cache
def check_shape() -> type[msgspec.Struct]:
    """Return the struct that the record of a check decodes to."""
    trade = trade_shape(Trade) | trade_shape(ProductTrade)
    return _shape_of(TradeCheck, {"candidate": trade})


def _shape_of(kind: type[msgspec.Struct], inner: dict[str, Any]) -> type[msgspec.Struct]:
    fields: list[Any] = []
    for field in msgspec.structs.fields(kind):
        if field.name == "received_at_ns":
            continue
        shape: Any = inner.get(field.name, field.type)
        if field.name.endswith("_ns"):
            shape = Time
        elif shape == FloatColumn:
            shape = list[float | None]
        name = field.name.removesuffix("_ns")
        if field.required:
            fields.append((name, shape))
        else:
            fields.append((name, shape | UnsetType, UNSET))
    return msgspec.defstruct(
        f"{kind.__name__}Record",
        fields,
        tag=kind.__struct_config__.tag,
        tag_field="kind",
        kw_only=True,
        frozen=True,
        forbid_unknown_fields=True,
    )


_Plain, _Product = (trade_shape(kind) for kind in _KINDS)
_Record = _Plain | _Product
_DECODERS = (
    msgspec.json.Decoder(list[_Record]),  # type: ignore[valid-type] # made at run time
    msgspec.json.Decoder(_Record),
)


def _written_in(raw: bytes) -> list[msgspec.Struct] | None:
    """Return the records of a frame in which nothing is odd, None for any other."""
    if b"\\" in raw:  # an escaped character would hide from the count of names
        return None
    is_list = raw.lstrip()[:1] == b"["
    try:
        found = _DECODERS[0 if is_list else 1].decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return cast("list[msgspec.Struct]", found if is_list else [found])


def _given_once(raw: bytes, written: list[msgspec.Struct]) -> bool:
    """Say whether no name is given twice: a decoder keeps the last without a word.

    Each name is followed by a colon, and all other colons of a frame are inside texts.
    """
    expected = sum(_colons(record) for record in written)
    return raw.count(b":") == expected


def _colons(record: msgspec.Struct) -> int:
    values = _values_of(type(record))(record)
    given = [value for value in values if value is not UNSET]
    texts = "".join([value for value in given if isinstance(value, str)])
    return 1 + len(given) + texts.count(":")


@lru_cache
def _values_of(shape: type[msgspec.Struct]) -> Callable[[Any], tuple[Any, ...]]:
    return attrgetter(*shape.__struct_fields__)


def _read_fast(record: msgspec.Struct, received_at_ns: int) -> Read | None:
    """Return what a decoded record is, None when it is to be read slowly."""
    kind = Trade if type(record) is _Plain else ProductTrade
    values: dict[str, Any] = {"received_at_ns": received_at_ns}
    try:
        for name, attribute, read in _steps_of(kind):
            value = getattr(record, name)
            if value is not UNSET:
                values[attribute] = value if read is None else read(name, value)
        trade = kind(**values)
        if not -MOST_WHOLE <= trade.version <= MOST_WHOLE:
            return None
        refuse_nonsense(trade)
    except ParseError:
        return None
    return Read(f"{trade.source}/{trade.trade}/{trade.version}", trade)


@lru_cache
def _steps_of(kind: type[Trade]) -> list[tuple[str, str, Callable[[str, Any], Any] | None]]:
    steps: list[tuple[str, str, Callable[[str, Any], Any] | None]] = []
    for field in msgspec.structs.fields(kind):
        if field.name != "received_at_ns":
            is_time, is_column = field.name.endswith("_ns"), field.type == FloatColumn
            read = _moment if is_time else _column if is_column else None
            steps.append((field.name.removesuffix("_ns"), field.name, read))
    return steps


def _moment(name: str, text: str) -> int:
    """Read a time; hours of delivery are the same in most trades."""
    if len(text) == _ZULU:
        return _known_moment(text)
    return cast("int", moment_in(name, text, int))


@lru_cache(maxsize=4096)
def _known_moment(text: str) -> int:
    return cast("int", moment_in("time", text, int))


def _column(name: str, numbers: list[float | None]) -> FloatColumn:
    del name
    column = np.array(numbers, dtype=np.float64)
    column.flags.writeable = False
    return column


def _pieces_of(raw: bytes) -> list[bytes]:
    """Return the text of each record of a frame, so that one that is odd refuses itself alone."""
    if raw.lstrip()[:1] != b"[":
        return [raw]
    try:
        return [bytes(piece) for piece in msgspec.json.decode(raw, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        plain = json_in(raw)  # says what is wrong
        return [json.dumps(record).encode() for record in cast("list[object]", plain)]


def _read_piece(piece: bytes, received_at_ns: int) -> Read:
    try:
        record = json_in(piece)
    except ParseError as error:
        if not error.field:
            raise  # no JSON at all
        return Read(_sayable_name(piece), None, str(error), error.field)
    return _read_slowly(record, received_at_ns)


def _sayable_name(piece: bytes) -> str:
    """Return the name of a record that gives one twice, if it can be said."""
    try:
        return name_of(msgspec.json.decode(piece))
    except msgspec.DecodeError:
        return ""


def _read_slowly(record: object, received_at_ns: int) -> Read:
    name = name_of(record)
    reason = _other_kind(record)
    if reason:
        return Read(name, None, reason, "kind")
    try:
        message = from_record(record, received_at_ns=received_at_ns)
    except ParseError as error:
        return Read(name, None, str(error), error.field)
    return Read(name, cast("Trade", message))


def _other_kind(record: object) -> str:
    """Say of a record that is none of a trade, before anything else in it, where it belongs."""
    kind = record.get("kind") if isinstance(record, dict) else _TRADE_KINDS[0]
    if kind in _TRADE_KINDS:
        return ""
    remedy = "send other records elsewhere (docs/live.md, the inbox)"
    if kind == _CHECK_KIND:
        remedy = "ask at /check"
    elif not isinstance(kind, str) or kind not in KINDS:
        remedy = "write which of the two it is"
    expected = " or ".join(map(repr, _TRADE_KINDS))
    return f"kind is {kind!r:.60}, expected {expected}; {remedy}"


def name_of(record: object) -> str:
    """Return ``source/trade/version`` of a record, as far as it says them.

    >>> name_of({"source": "etrm", "trade": "T1", "version": 2})
    'etrm/T1/2'
    >>> name_of({"trade": "T1", "version": 2}), name_of(7)
    ('', '')
    """
    if not isinstance(record, dict) or not all(name in record for name in _NAMES):
        return ""
    return "/".join(str(record[name])[:_LONGEST_NAME] for name in _NAMES)


def _require_size(records: int) -> None:
    if not 0 < records <= MOST_TRADES:
        what = f"the frame holds {records:,} trades, expected 1 to {MOST_TRADES}"
        raise ParseError(what, remedy="send fewer a frame, and as many frames as you like")
