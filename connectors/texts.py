"""What a name and a text of a message must be, whatever its kind."""

from __future__ import annotations

from functools import lru_cache
from typing import NoReturn

import msgspec

from state import messages
from state.errors import ParseError
from state.messages import AnyMessage

_MOST_NAME = 200
_FREE_TEXT = frozenset({"reason", "comment", "text", "resolution", "detail"})
_NUMBERS = (int, float, bool, messages.FloatColumn)
_WITH_TEXT = (messages.Policy, messages.StressScenarios)


def refuse(name: str, value: object, expected: str) -> NoReturn:
    """Refuse a field by its name and value.

    Raises:
        ParseError: always.
    """
    what = f"{name} is {str(value)[:60]!r}, expected {expected}"
    remedy = "correct the record and send it again"
    raise ParseError(what, remedy=remedy, field=name.partition("[")[0])


def refuse_texts(message: AnyMessage) -> None:
    """Let a message pass whose names and texts can be stored and shown.

    Raises:
        ParseError: one cannot.
    """
    free = _FREE_TEXT | {"source"} if isinstance(message, _WITH_TEXT) else _FREE_TEXT
    for name, required in _fields_of(type(message)):
        value = getattr(message, name)
        if isinstance(value, str):
            if value.isalnum() and len(value) <= _MOST_NAME:  # most are
                continue
            check = _check_text if name in free else _check_name
            check(name, value, may_be_empty=not required)
        elif isinstance(value, tuple):
            for text in value:
                if isinstance(text, str):
                    _check_name(name, text, may_be_empty=name == "hubs")


@lru_cache
def _fields_of(kind: type[msgspec.Struct]) -> tuple[tuple[str, bool], ...]:
    fields = msgspec.structs.fields(kind)
    return tuple((field.name, field.required) for field in fields if field.type not in _NUMBERS)


def _check_name(name: str, text: str, *, may_be_empty: bool) -> None:
    if not text.isprintable() or text != text.strip() or len(text) > _MOST_NAME:
        refuse(name, text, f"up to {_MOST_NAME} printable characters, no blanks around them")
    if not text and not may_be_empty:
        refuse(name, text, "a name that is not blank")


def _check_text(name: str, text: str, *, may_be_empty: bool) -> None:
    _check_encodes(name, text)
    if not text.strip() and not may_be_empty:
        refuse(name, text, "text that is not blank")


def _check_encodes(name: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        refuse(name, ascii(text), "text without half characters")
