"""Contracts as columns: what a million of them take is some 110 bytes each.

A contract is a row of numbers; what many share (book, counterparty, location, and everything of
its form) is kept once and told by number. A shape, or terms of a product's own, are kept beside
the row as the whole message.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from state.arrays import Numbers
from state.contracts.deal_columns import DealColumns
from state.errors import WireError
from state.messages import Block, SettlesAt, Trade, TradeAction
from state.wire import decode, encode

_NAMED = ("form", "book", "counterparty", "location", "comment")
_ROW = np.dtype(
    [
        *((name, "<i8") for name in ("version", "start_ns", "end_ns", "executed_ns")),
        ("received_ns", "<i8"),
        ("mw", "<f8"),
        ("price", "<f8"),
        *((name, "<i4") for name in _NAMED),
        ("length", "<u4"),
        ("at", "<i8"),
    ]
)
"""A row as an array shows it; ``at`` and ``length`` say where its own name stands in the text."""

_ROW_BYTES = _ROW.itemsize
_PACKED = struct.Struct("<5q2d5iIq")
"""The same as it is written, in a tenth of the time of an assignment to the array."""

_TOLD = {
    "version": "version",
    "start_ns": "delivery_start_ns",
    "end_ns": "delivery_end_ns",
    "executed_ns": "executed_at_ns",
    "received_ns": "received_at_ns",
    "mw": "quantity_mw",
    "price": "price_usd_per_mwh",
}
"""The numbers of a row, and the fields of a contract they tell."""

_FIRST_CAPACITY = 1024
_AT_A_TIME = 10_000
MOST_VERSION = 2**63 - 1
"""A version beyond it is kept with its whole message."""


class Form(NamedTuple):
    """What many contracts have in common.

    Attributes:
        terms: it has a shape or terms of its own, and is kept as the message it came in.
    """

    source: str
    action: TradeAction
    product: str
    market: str
    settles_at: SettlesAt
    block: Block
    trader: str
    resource: str
    terms: bool


class Names(dict[Any, int]):
    """Numbers names 0, 1, 2, … in order of appearance.

    Attributes:
        told: the names, by number.

    >>> names = Names()
    >>> names["b"], names["a"], names["b"], names.told
    (0, 1, 0, ['b', 'a'])
    """

    def __init__(self, told: Iterable[Any] = ()) -> None:
        self.told: list[Any] = []
        for name in told:
            self[name]

    def __missing__(self, name: Any) -> int:
        number = self[name] = len(self.told)
        self.told.append(name)
        return number


class TradeColumns:
    """Keeps contracts by number, in order of arrival.

    Attributes:
        books, counterparties, locations, comments: the names that rows tell by number.
        replaced: how many versions came in the place of another; not saved.
    """

    def __init__(self) -> None:
        self._count = 0
        self._room(np.empty(_FIRST_CAPACITY, dtype=_ROW))
        self._text = bytearray()
        self._keys = Names()
        self._forms: list[Form] = []
        self.books, self.counterparties = Names(), Names()
        self.locations, self.comments = Names(), Names()
        self._whole: dict[int, bytes] = {}
        self.replaced = 0

    def __len__(self) -> int:
        return self._count

    def _room(self, table: NDArray[Any]) -> None:
        self._table = table
        self._bytes = table.view(np.uint8).data

    def _grow(self, capacity: int) -> None:
        """Make room for so many rows; they are copied as bytes, not field by field."""
        held, room = self._bytes[: self._count * _ROW_BYTES], np.empty(capacity, dtype=_ROW)
        self._room(room)
        self._bytes[: len(held)] = held

    # Columns -------------------------------------------------------------------------------------

    @property
    def rows(self) -> NDArray[Any]:
        """The rows, one a contract, with the fields of ``_ROW``."""
        return self._table[: self._count]

    @property
    def with_terms(self) -> Numbers:
        """The numbers of those with a shape or terms of their own."""
        return np.fromiter(self._whole, dtype=np.int64, count=len(self._whole))

    @property
    def forms(self) -> list[Form]:
        """The forms, by number."""
        for key in self._keys.told[len(self._forms) :]:
            source, action, product, market, settles_at, block, *rest = key
            made = (TradeAction(action), product, market, SettlesAt(settles_at), Block(block))
            self._forms.append(Form(source, *made, *rest))
        return self._forms

    def of_form(self, value: Callable[[Form], Any]) -> NDArray[Any]:
        """Return a value of each contract that follows from its form."""
        by_form = np.array([value(form) for form in self.forms])
        return np.asarray(by_form[self.rows["form"]])

    def forms_of(self, deals: DealColumns) -> list[int]:
        """Return the number of each contract's form; −1 where none had its form."""
        return [self._keys.get(key, -1) for key in deals.keys]

    def form_of(self, trade: Trade) -> int:
        """Return the number of a contract's form; −1 if it has terms, or none had its form."""
        if type(trade) is not Trade or len(trade.profile_mw):
            return -1
        return self._keys.get(_key_of(trade, whole=False), -1)

    # Contracts -----------------------------------------------------------------------------------

    def append(self, trade: Trade, form: int = -1) -> None:
        """Take in a contract under the next number; its form, where :meth:`form_of` told it."""
        number, text = self._count, self._text
        if number == len(self._table):
            self._grow(2 * number)
        self._count, at, own = number + 1, len(text), trade.trade.encode()
        text += own
        self._put(number, trade, form, (len(own), at))

    def extend(self, deals: DealColumns, forms: Sequence[int]) -> None:
        """Take in contracts whose forms are known and have no terms, under the next numbers."""
        first, count = self._count, self._count + len(forms)
        capacity = len(self._table)
        while capacity < count:
            capacity *= 2
        if capacity > len(self._table):
            self._grow(capacity)
        rows, told = self._table[first:count], deals.told
        for column, field in _TOLD.items():
            rows[column] = told[field]
        names = self.books, self.counterparties, self.locations, self.comments
        for column, known in zip(_NAMED[1:], names, strict=True):
            rows[column] = list(map(known.__getitem__, told[column]))
        own = list(map(str.encode, told["trade"]))
        lengths = np.fromiter(map(len, own), dtype=np.int64, count=len(own))
        rows["form"], rows["length"] = forms, lengths
        rows["at"] = len(self._text) + np.cumsum(lengths) - lengths
        self._text += b"".join(own)
        self._count = count

    def replace(self, number: int, trade: Trade) -> None:
        """Put a version of a contract in the place of the one before it."""
        self.replaced += 1
        self._whole.pop(number, None)
        own, at = trade.trade.encode(), int(self._table["at"][number])
        if self._own_name(number) != trade.trade:
            at = len(self._text)
            self._text += own
        self._put(number, trade, -1, (len(own), at))

    def _put(self, number: int, trade: Trade, form: int, text: tuple[int, int]) -> None:
        version = trade.version
        if form < 0 or not -MOST_VERSION <= version <= MOST_VERSION:
            form, version = self._form_anew(number, trade)
        _PACKED.pack_into(
            self._bytes,
            number * _ROW_BYTES,
            version,
            trade.delivery_start_ns,
            trade.delivery_end_ns,
            trade.executed_at_ns,
            trade.received_at_ns,
            trade.quantity_mw,
            trade.price_usd_per_mwh,
            form,
            self.books[trade.book],
            self.counterparties[trade.counterparty],
            self.locations[trade.location],
            self.comments[trade.comment],
            *text,
        )

    def _form_anew(self, number: int, trade: Trade) -> tuple[int, int]:
        """Return form and version of a contract, which is kept whole if a row cannot tell it."""
        version = trade.version
        whole = type(trade) is not Trade or len(trade.profile_mw) > 0
        if whole or not -MOST_VERSION <= version <= MOST_VERSION:
            self._whole[number] = encode(trade)
            whole, version = True, max(-MOST_VERSION, min(version, MOST_VERSION))
        return self._keys[_key_of(trade, whole=whole)], version

    def _own_name(self, number: int) -> str:
        row = self._table[number]
        at = int(row["at"])
        return self._text[at : at + int(row["length"])].decode()

    def identity(self, number: int) -> str:
        """Return the identity of a contract."""
        return f"{self.form(number).source}/{self._own_name(number)}"

    def identities(self) -> Iterator[str]:
        """Go through the identities of all contracts."""
        forms, text = self.forms, self._text
        for begin in range(0, self._count, _AT_A_TIME):
            rows = self.rows[begin : begin + _AT_A_TIME]
            places = (rows[name].tolist() for name in ("form", "at", "length"))
            for form, at, length in zip(*places, strict=True):
                yield f"{forms[form].source}/{text[at : at + length].decode()}"

    def form(self, number: int) -> Form:
        """Return the form of a contract."""
        return self.forms[int(self._table["form"][number])]

    def version(self, number: int) -> int:
        """Return the version of a contract."""
        version = int(self._table["version"][number])
        return version if abs(version) < MOST_VERSION else self.trade(number).version

    def trade(self, number: int) -> Trade:
        """Return a contract as the message it came in."""
        return next(self.trades(np.array([number])))

    def trades(self, numbers: Numbers) -> Iterator[Trade]:
        """Go through some contracts as messages, in the order of the numbers."""
        for begin in range(0, len(numbers), _AT_A_TIME):
            part = numbers[begin : begin + _AT_A_TIME]
            rows = zip(part.tolist(), self._table[part].tolist(), strict=True)
            for number, row in rows:
                whole = self._whole.get(number) if self._whole else None
                yield self._made(row) if whole is None else _trade(whole)

    def _made(self, row: tuple[Any, ...]) -> Trade:
        version, start_ns, end_ns, executed_ns, received_ns, mw, price, form_at, *at = row
        book, counterparty, location, comment, length, begin = at
        form = self.forms[form_at]
        return Trade(
            source=form.source,
            trade=self._text[begin : begin + length].decode(),
            version=version,
            action=form.action,
            product=form.product,
            market=form.market,
            book=self.books.told[book],
            counterparty=self.counterparties.told[counterparty],
            location=self.locations.told[location],
            delivery_start_ns=start_ns,
            delivery_end_ns=end_ns,
            quantity_mw=mw,
            price_usd_per_mwh=price,
            settles_at=form.settles_at,
            block=form.block,
            trader=form.trader,
            executed_at_ns=executed_ns,
            resource=form.resource,
            comment=self.comments.told[comment],
            received_at_ns=received_ns,
        )

    # Saving --------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs: copies, so that none moves with the state."""
        return {
            "rows": self.rows.view(np.uint8).copy(),
            "text": bytes(self._text),
            "forms": [list(key) for key in self._keys.told],
            "names": [list(names.told) for names in self._names],
            "whole": [list(item) for item in self._whole.items()],
        }

    @property
    def _names(self) -> tuple[Names, ...]:
        return self.books, self.counterparties, self.locations, self.comments

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot.

        Raises:
            WireError: a row tells of what is not there, or a message is no contract.
        """
        table = saved["rows"].view(_ROW)
        self._count = len(table)
        self._room(np.concatenate((table, np.empty(_FIRST_CAPACITY, dtype=_ROW))))
        self._text = bytearray(saved["text"])
        self._keys = Names(tuple(key) for key in saved["forms"])
        self.books, self.counterparties, self.locations, self.comments = map(Names, saved["names"])
        self._whole = dict(saved["whole"])
        if not self._is_whole():
            reason = "saved contracts are not all there"
            raise WireError(reason)
        for data in self._whole.values():
            _trade(data)

    def _is_whole(self) -> bool:
        """Say whether everything is there that rows tell by number or place."""
        rows, told = self.rows, (self.forms, *(names.told for names in self._names))
        bounds = [(rows[name], len(known)) for name, known in zip(_NAMED, told, strict=True)]
        bounds += [(rows["at"], len(self._text) + 1)]
        bounds += [(rows["at"] + rows["length"], len(self._text) + 1)]
        if any(((column < 0) | (column >= end)).any() for column, end in bounds):
            return False
        numbers = np.flatnonzero(self.of_form(lambda form: form.terms)) if len(rows) else rows
        return sorted(self._whole) == numbers.tolist()


def _key_of(trade: Trade, *, whole: bool) -> tuple[Any, ...]:
    return (
        trade.source,
        trade.action._value_,
        trade.product,
        trade.market,
        trade.settles_at._value_,
        trade.block._value_,
        trade.trader,
        trade.resource,
        whole,
    )


def _trade(data: bytes) -> Trade:
    message = decode(data)
    if not isinstance(message, Trade):
        reason = f"saved state holds a {type(message).__name__} where a contract belongs"
        raise WireError(reason)
    return message
