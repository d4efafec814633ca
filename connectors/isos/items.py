"""The items of a JSON or XML answer, read as the rows of a table are.

An item is flattened to names and texts: ``{"Location": {"@LocId": "4000", "$": ".H.HUB"}}`` and
``<Location LocId="4000">.H.HUB</Location>`` both have ``Location.@LocId`` and ``Location.$``.
Items are decoded one at a time, so that a large answer needs no more memory than a small one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NoReturn
from xml.parsers import expat

import msgspec

from connectors.isos.parsed import RejectedRow
from connectors.isos.tables import MOST_ROWS, Column, Rejections, TakeCells, located
from state.errors import NoDataYet, ParseError

MOST_BYTES = 24_000_000
"""A PJM answer of 50,000 rows, the most it gives at once, has about 18 MB."""

_MOST_SMALL = 1_000_000
_USUAL_ITEM, _LONGEST_ITEM = 2_000, 100_000
_CHUNK = 100_000
_DEEPEST = 12
_MOST_FIELDS = 200
_AGAIN = "the answer may be cut or damaged; ask for it again"
_BLANKS = " \t\r\n"

Item = dict[str, str]


class Items:
    """The items of one answer.

    Args:
        items: each flattened, or the error that stands in its place; read once.
        where: what to call the answer in errors.
    """

    def __init__(self, items: Iterator[Item | ParseError], *, where: str) -> None:
        self.where = where
        self._items = items

    def read_columns(self, columns: Sequence[Column], take: TakeCells) -> list[RejectedRow]:
        """Give the wanted fields of each item to a reader; a missing one is an empty text.

        Raises:
            NoDataYet: there is no item.
            ParseError: a required field is in no item, or there are more than an answer has.
        """
        rejected = Rejections(self.where, "item")
        missing = {column for column in columns if column.required}
        number = 0
        for number, item in enumerate(_located(self._items, self.where), start=1):
            if number > MOST_ROWS:
                what = f"the answer has more than {MOST_ROWS:,} items"
                raise ParseError(what, where=self.where, remedy="ask for a shorter time")
            try:
                if isinstance(item, ParseError):
                    raise item
                missing -= {column for column in missing if _name_in(item, column)}
                take(*(item.get(_name_in(item, column), "") for column in columns))
            except ParseError as error:
                rejected.add(error, number, repr(item)[:10_000].encode())
        if not number:
            what = "the answer has no items"
            raise NoDataYet(what, where=self.where, remedy="ask again later")
        if missing:
            raise min(missing).missing(self.where)
        return rejected.rows


def _located(items: Iterator[Item | ParseError], where: str) -> Iterator[Item | ParseError]:
    with located(where):
        yield from items


def _name_in(item: Item, column: Column) -> str:
    return next((name for name in column.names if name in item), "")


# JSON ---------------------------------------------------------------------------------------


def json_object(text: str, *names: str, where: str) -> dict[str, msgspec.Raw]:
    """Return the named members of the object that an answer is, each still undecoded.

    Args:
        text: the answer.
        names: of the members wanted; the others are skipped and need no memory. Without any, all
            members of a small object.
        where: what to call it in errors.

    Raises:
        ParseError: it is no whole JSON object, or larger than an answer is.
    """
    most = MOST_BYTES if names else _MOST_SMALL
    if len(text) > most:
        what = f"the answer has {len(text):,} characters, more than {most:,}"
        raise ParseError(what, where=where, remedy="ask for fewer rows at once")
    try:
        if not names:
            return msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        found = msgspec.json.decode(text, type=_envelope(names))
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        what = f"the answer is no JSON object ({str(error)[:200]})"
        raise ParseError(what, where=where, remedy=_AGAIN) from error
    members = {name: getattr(found, f"member_{at}") for at, name in enumerate(names)}
    return {name: raw for name, raw in members.items() if raw is not msgspec.UNSET}


@lru_cache(maxsize=100)
def _envelope(names: tuple[str, ...]) -> type[msgspec.Struct]:
    """Return a type with the members, so that the decoder passes over all others."""
    fields = [
        (f"member_{at}", msgspec.Raw | msgspec.UnsetType, msgspec.UNSET) for at in range(len(names))
    ]
    rename = {f"member_{at}": name for at, name in enumerate(names)}
    return msgspec.defstruct("Envelope", fields, rename=rename)


def member_of(members: dict[str, msgspec.Raw], *path: str, where: str) -> str:
    """Return the JSON text of a member of a member, empty where it is absent or null.

    Raises:
        ParseError: something on the path is no object.
    """
    for name, wanted in pairwise(path):
        text = _text_of(members, name)
        if not text:
            return ""
        members = json_object(text, wanted, where=f"{name} of {where}")
    return _text_of(members, path[-1])


def _text_of(members: dict[str, msgspec.Raw], name: str) -> str:
    """Return a member's JSON text; some servers write an empty object as an empty text."""
    text = bytes(members[name]).decode().strip(_BLANKS) if name in members else ""
    return "" if text in {"null", '""', "{}"} else text


def json_items(text: str, *, where: str, header: Sequence[str] = ()) -> Items:
    """Return the items of a JSON list; one lone object, as some servers write it, is one item.

    Args:
        text: the list, whole.
        where: what to call the answer.
        header: names of the values, where the items are lists and not objects.
    """
    return Items(_json_items(text, tuple(header)), where=where)


def json_names(text: str, *, where: str) -> tuple[tuple[str, ...], int]:
    """Return the members that any item of a JSON list has, and how many items there are.

    Raises:
        NoDataYet: there is no item.
        ParseError: the list cannot be read.
    """
    names: dict[str, None] = {}
    count = 0
    for item in _located(_json_items(text, ()), where):
        count += 1
        if count > MOST_ROWS or len(names) > _MOST_FIELDS:
            what = f"the answer has more than {MOST_ROWS:,} items or {_MOST_FIELDS} members each"
            raise ParseError(what, where=where, remedy="ask for a shorter time")
        names.update(dict.fromkeys(item) if isinstance(item, dict) else {})
    if not count:
        what = "the answer has no items"
        raise NoDataYet(what, where=where, remedy="ask again later")
    return tuple(names), count


def _json_items(text: str, header: tuple[str, ...]) -> Iterator[Item | ParseError]:
    decoder = json.JSONDecoder(
        object_pairs_hook=_distinct, parse_float=str, parse_int=str, parse_constant=_refuse_constant
    )
    at, listed = (1, True) if text.startswith("[") else (0, False)
    while at < len(text):
        while at < len(text) and text[at] in _BLANKS + ",":
            at += 1
        if at >= len(text) or (listed and text[at] == "]"):
            return
        try:
            value, size = _decoded(decoder, text, at)
        except (ValueError, RecursionError) as error:
            what = f"an item cannot be read ({error})"
            raise ParseError(what, remedy=_AGAIN) from error
        at += size
        yield _flat(value, header)


def _decoded(decoder: json.JSONDecoder, text: str, at: int) -> tuple[object, int]:
    """Decode one item and return its length; no item is longer than a window on the text."""
    for window in (_USUAL_ITEM, _LONGEST_ITEM):
        try:
            return decoder.raw_decode(text[at : at + window])
        except ValueError:
            if window == _LONGEST_ITEM or at + window >= len(text):
                raise
    raise AssertionError


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        what = "an item names a member twice"
        raise ParseError(what, remedy=_AGAIN)
    return members


def _refuse_constant(name: str) -> NoReturn:
    what = f"an item has the number {name}"
    raise ParseError(what, remedy=_AGAIN)


def _flat(value: object, header: tuple[str, ...]) -> Item | ParseError:
    if header and isinstance(value, list):
        if len(value) != len(header):
            what = f"the item has {len(value)} values, the header {len(header)}"
            return ParseError(what, remedy=_AGAIN)
        value = dict(zip(header, value, strict=True))
    if not isinstance(value, dict):
        return ParseError(f"the item is {str(value)[:40]!r}, no object", remedy=_AGAIN)
    item: Item = {}
    _flatten(value, "", item)
    return item


def _flatten(members: dict[str, Any], prefix: str, item: Item) -> None:
    for name, value in members.items():
        if isinstance(value, dict) and prefix.count(".") < _DEEPEST:
            _flatten(value, f"{prefix}{name}.", item)
        elif value is not None and len(item) < _MOST_FIELDS:
            item[prefix + name] = value if isinstance(value, str) else json.dumps(value)


# XML ----------------------------------------------------------------------------------------


def xml_items(text: str, tag: str, *, where: str) -> Items:
    """Return the elements of a name in an XML answer.

    Raises:
        ParseError: when read, if the XML is not whole, has a DTD or is nested too deep.
    """
    return Items(_xml_items(text, tag, where), where=where)


class _ItemBuilder:
    """Collects the elements of one name while the answer is read."""

    def __init__(self, tag: str) -> None:
        self.items: list[Item] = []
        self._tag = tag
        self._path: list[str] = []
        self._item: Item | None = None
        self._texts: list[list[str]] = []
        self._size = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if self._item is None:
            self._item = {} if name == self._tag else None
            self._size = 0
            return
        if len(self._path) >= _DEEPEST:
            what = "the XML is nested too deep"
            raise ParseError(what, remedy=_AGAIN)
        self._path.append(name)
        self._texts.append([])
        for key, value in attributes.items():
            self._put(".".join([*self._path, f"@{key}"]), value)

    def data(self, text: str) -> None:
        if self._texts:
            self._size += len(text)
            if self._size > _LONGEST_ITEM:
                what = f"an element has more than {_LONGEST_ITEM:,} characters"
                raise ParseError(what, remedy=_AGAIN)
            self._texts[-1].append(text)

    def end(self, name: str) -> None:
        if self._item is None:
            return
        if not self._path:
            if name.rpartition(":")[2] == self._tag:
                self.items.append(self._item)
                self._item = None
            return
        place, text = ".".join(self._path), "".join(self._texts.pop()).strip()
        has_attributes = any(key.startswith(f"{place}.@") for key in self._item)
        if text:
            self._put(f"{place}.$" if has_attributes else place, text)
        self._path.pop()

    def _put(self, name: str, text: str) -> None:
        if self._item is None or len(self._item) >= _MOST_FIELDS:
            return
        if name in self._item:
            what = f"an element has {name} twice"
            raise ParseError(what, remedy=_AGAIN)
        self._item[name] = text


def _xml_items(text: str, tag: str, where: str) -> Iterator[Item]:
    builder = _ItemBuilder(tag)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse_dtd
    for start in range(0, len(text), _CHUNK):
        _feed(parser, text[start : start + _CHUNK], last=start + _CHUNK >= len(text), where=where)
        yield from builder.items
        builder.items.clear()


def _feed(parser: expat.XMLParserType, text: str, *, last: bool, where: str) -> None:
    try:
        parser.Parse(text.encode(), last)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        what = f"the answer is XML that cannot be read ({error})"
        raise ParseError(what, where=where, remedy=_AGAIN) from error


def _refuse_dtd(*_: object) -> NoReturn:
    what = "the answer is XML with a DTD, which cannot be read safely"
    raise ParseError(what, remedy="no report has one; look at what answers in its place")
