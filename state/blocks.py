"""A view as it is stored: a head, and its long lists and columns in blocks of their own.

Most of what moves one figure leaves most of a large view as it was. The writer of the store writes
only fields whose bytes differ (``connectors/sinks/store.py``), so a view of which each row is a
field costs the disk the rows that moved. Whoever reads puts head and blocks of one moment together
again, and has the whole view: there is nothing to miss and nothing to follow.

A view without long parts is one field, under its own name.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import numpy as np
from msgspec.structs import astuple

from state.errors import WireError
from state.screens.cases_seen import CaseRow
from state.screens.checks_seen import ANSWERS_SHOWN, CheckAnswer
from state.screens.limits_seen import LimitRow
from state.screens.view import View
from state.wire import decode_state, encode_state

MARK = "#"
"""Blocks are the fields that begin with it; no view does."""

_FLOATS = np.dtype("<f8")
_CUT = "#cut"
_BLOCK_BYTES = 512
_BLOCK_VALUES = 64
_FEW_ROWS = 8

_NAMES: dict[type, Callable[[Any], Any]] = {
    LimitRow: attrgetter("limit", "scope", "period"),
    CaseRow: attrgetter("case"),
}
"""What rows are called that change their places: by name they keep their blocks."""

_TURNS: dict[type, Callable[[Any], int]] = {
    CheckAnswer: lambda answer: (answer.number - 1) % ANSWERS_SHOWN,
}
"""Rows that stay as they are until another takes their turn: each is a block of its own."""


_ENCODED: dict[tuple[type, int], tuple[Any, bytes]] = {}
"""The row that had a turn last, and its bytes."""


class Cut(msgspec.Struct, frozen=True, array_like=True):
    """How one part of a view was cut.

    Attributes:
        blocks: how many there are; of rows, how many a column.
        shape: of a column or matrix, whose blocks are raw little-endian bytes; else empty.
        columns: of rows, which are stored by column, because few of theirs move; else empty.
        places: of the rows as they are stored, where they are not in the order of the list.
    """

    blocks: int
    shape: tuple[int, ...] = ()
    columns: tuple[str, ...] = ()
    places: tuple[int, ...] = ()


class StoredView(NamedTuple):
    """The fields of one view.

    Attributes:
        head: all that is short, and how the rest was cut.
        blocks: by part and number, ``rows.value#3``; those beyond what the head counts are of an
            earlier, longer value.
    """

    head: bytes
    blocks: Mapping[str, bytes]


def fields_of(name: str, view: View) -> dict[str, bytes]:
    """Return a view as fields of the store, its head under its own name.

    >>> from state.screens.pnl_seen import PnlCurveView
    >>> curve = PnlCurveView(books=["firm"], at_ns=[], total=np.ones((2, 200)), realised=np.ones(1))
    >>> sorted(fields_of("curve", curve))
    ['#curve#total#0', '#curve#total#1', 'curve']
    """
    head: dict[str, Any] = {}
    cuts: dict[str, Cut] = {}
    fields: dict[str, bytes] = {}
    for part in view.__struct_fields__:
        value = getattr(view, part)
        kind = type(value)
        if kind is np.ndarray and value.nbytes > _BLOCK_BYTES and value.dtype == _FLOATS:
            cuts[part], blocks = _cut_array(value)
            fields.update(zip(_names_of(name, part, len(blocks)), blocks, strict=True))
        elif kind is list and value and type(value[0]) in _TURNS:
            cuts[part], blocks = _cut_rows(value)
            fields.update(zip(_names_of(name, part, len(blocks)), blocks, strict=True))
        elif kind is list and len(value) > _FEW_ROWS and isinstance(value[0], msgspec.Struct):
            cuts[part], value = _columns_of(value)
            for column, values in value.items():
                blocks = _cut_list(values)
                names = _names_of(name, f"{part}.{column}", len(blocks))
                fields.update(zip(names, blocks, strict=True))
        elif kind is list and len(value) > _BLOCK_VALUES:
            blocks = _cut_list(value)
            cuts[part] = Cut(len(blocks))
            fields.update(zip(_names_of(name, part, len(blocks)), blocks, strict=True))
        else:
            head[part] = value
    if not cuts:
        return {name: encode_state(view)}
    fields[name] = encode_state({"type": view.__struct_config__.tag, **head, _CUT: cuts})
    return fields


def _cut_array(array: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[Cut, list[bytes]]:
    """Cut a column or matrix between rows, so that a row that moves is one block."""
    data = np.ascontiguousarray(array).tobytes()
    row = len(data) // len(array)
    size = max(1, _BLOCK_BYTES // row) * row
    blocks = [data[start : start + size] for start in range(0, len(data), size)]
    return Cut(len(blocks), shape=array.shape), blocks


def _cut_list(values: Sequence[Any]) -> list[bytes]:
    starts = range(0, len(values), _BLOCK_VALUES)
    return [encode_state(values[start : start + _BLOCK_VALUES]) for start in starts]


def _cut_rows(rows: list[Any]) -> tuple[Cut, list[bytes]]:
    """Cut whole rows, each by itself."""
    turn = _TURNS[type(rows[0])]
    rows, places = _in_order(rows, turn)
    return Cut(len(rows), places=places), [_encoded(row, turn(row)) for row in rows]


def _encoded(row: Any, turn: int) -> bytes:
    """Encode a row, once: it stays as it is."""
    last = _ENCODED.get((type(row), turn))
    if last is None or last[0] is not row:
        last = _ENCODED[type(row), turn] = row, encode_state([row])
    return last[1]


def _in_order(rows: list[Any], key: Callable[[Any], Any]) -> tuple[list[Any], tuple[int, ...]]:
    """Return rows in the order of a key, and the place of each of them there."""
    names = list(map(key, rows))
    order = sorted(range(len(rows)), key=names.__getitem__)
    places = tuple(sorted(range(len(rows)), key=order.__getitem__))
    return [rows[at] for at in order], places


def _columns_of(rows: list[Any]) -> tuple[Cut, dict[str, tuple[Any, ...]]]:
    kind = type(rows[0])
    places: tuple[int, ...] = ()
    if kind in _NAMES:
        rows, places = _in_order(rows, _NAMES[kind])
    columns = kind.__struct_fields__
    cut = Cut(-(-len(rows) // _BLOCK_VALUES), columns=columns, places=places)
    return cut, dict(zip(columns, zip(*map(astuple, rows), strict=True), strict=True))


@functools.lru_cache(maxsize=1024)
def _names_of(name: str, part: str, count: int) -> list[str]:
    return [f"{MARK}{name}{MARK}{part}{MARK}{number}" for number in range(count)]


def views_in(stored: Mapping[str, bytes]) -> dict[str, StoredView]:
    """Return the views that fields of the store make up, by name."""
    blocks: dict[str, dict[str, bytes]] = {}
    for name, data in stored.items():
        if name.startswith(MARK):
            view, part, number = name[len(MARK) :].rsplit(MARK, 2)
            blocks.setdefault(view, {})[f"{part}{MARK}{number}"] = data
    return {
        name: StoredView(data, blocks.get(name, {}))
        for name, data in sorted(stored.items())
        if not name.startswith(MARK)
    }


def may_have_blocks(head: bytes) -> bool:
    """Say whether a head may refer to blocks; without a doubt only when it does not."""
    return _CUT.encode() in head


def plain_view(stored: StoredView) -> Any:
    """Return the values of a view, whole.

    Raises:
        WireError: the head cannot be read, or a block it counts is missing or of another length.
    """
    values = decode_state(stored.head)
    if not isinstance(values, dict) or _CUT not in values:
        return values
    try:
        cuts = msgspec.convert(values.pop(_CUT), dict[str, Cut])
        values.update((part, _whole(part, cut, stored.blocks)) for part, cut in cuts.items())
    except KeyError as error:
        reason = f"stored view has no block {error}; start the monitor again, it writes all of them"
        raise WireError(reason) from error
    except (TypeError, ValueError, IndexError) as error:
        reason = f"blocks of a stored view do not fit: {error}; start the monitor again"
        raise WireError(reason) from error
    return values


def _whole(part: str, cut: Cut, stored: Mapping[str, bytes]) -> Any:
    if cut.columns:
        columns = [_values(f"{part}.{column}", cut.blocks, stored) for column in cut.columns]
        rows = [dict(zip(cut.columns, row, strict=True)) for row in zip(*columns, strict=True)]
        return [rows[place] for place in cut.places] if cut.places else rows
    if not cut.shape:
        values = _values(part, cut.blocks, stored)
        return [values[place] for place in cut.places] if cut.places else values
    return np.frombuffer(b"".join(_blocks(part, cut.blocks, stored)), _FLOATS).reshape(cut.shape)


def _values(part: str, count: int, stored: Mapping[str, bytes]) -> list[Any]:
    return [value for block in _blocks(part, count, stored) for value in decode_state(block)]


def _blocks(part: str, count: int, stored: Mapping[str, bytes]) -> list[bytes]:
    return [stored[f"{part}{MARK}{number}"] for number in range(count)]
