"""What structs of the product look like in JSON outside: the shape, and a value in it.

A time ``x_ns`` is written ``x`` as an ISO-8601 time, null where it is 0 or not known; an array is
a list. A number that is not known is null; a utilisation that is over every limit is ``"over"``.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

import msgspec
import numpy as np

from connectors.records import moment_text
from state.messages import FloatColumn

Time = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
"""An ISO-8601 time with its offset."""

OVER = "over"
"""How a utilisation beyond every measure is written."""

_ARRAY = list[float | list[float | None] | None]
"""A column, or a table by rows: the type of an array does not say which."""


@lru_cache
def shape_of(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """Return the struct that JSON of a kind decodes to, for schemas and for clients.

    >>> from state.screens.checks_seen import CheckAnswer
    >>> shape = shape_of(CheckAnswer)
    >>> [field.name for field in msgspec.structs.fields(shape)][:3]
    ['check', 'trade', 'at']
    """
    config = kind.__struct_config__
    fields: list[Any] = []
    for field in msgspec.structs.fields(kind):
        name, shape = field.name, _shape(field.type)
        if name.endswith("_ns"):
            name, shape = name.removesuffix("_ns"), _times(field.type)
        elif name == "utilisation":
            shape = float | Literal["over"] | None
        fields.append((name, shape))
    return msgspec.defstruct(
        kind.__name__,
        fields,
        tag=config.tag,
        tag_field="kind" if config.tag else None,
        kw_only=True,
        forbid_unknown_fields=True,
        namespace={"__doc__": _first_line(kind)},
    )


@lru_cache
def shaper_of(kind: type[msgspec.Struct]) -> Callable[[Any], dict[str, Any]]:
    """Return what makes of a value of a kind the plain values of its shape."""
    config = kind.__struct_config__
    head = {"kind": config.tag} if config.tag else {}
    steps = [_step(field.name) for field in msgspec.structs.fields(kind)]

    def shaped(value: Any) -> dict[str, Any]:
        made = dict(head)
        for name, attribute, shape in steps:
            made[name] = shape(getattr(value, attribute))
        return made

    return shaped


def shaped(value: msgspec.Struct) -> dict[str, Any]:
    """Return a struct as the plain values of its shape.

    >>> from state.screens.clock_seen import ClockView
    >>> shaped(ClockView(company="c", position=3, tick_ns=0))["tick"] is None
    True
    """
    return shaper_of(type(value))(value)


def _step(attribute: str) -> tuple[str, str, Callable[[Any], Any]]:
    if attribute.endswith("_ns"):
        return attribute.removesuffix("_ns"), attribute, _moments
    return attribute, attribute, _over if attribute == "utilisation" else _plain


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, msgspec.Struct):
        return shaped(value)
    if isinstance(value, np.ndarray):
        return _known(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _known(array: Any) -> Any:
    if np.isfinite(array).all():
        return array.tolist()
    listed = array.astype(object)
    listed[~np.isfinite(array)] = None
    return listed.tolist()


def _over(value: float) -> float | str | None:
    return OVER if value == math.inf else _plain(value)


def _moments(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_moments(each) for each in value]
    return moment_text(value) if value else None


def _shape(kind: Any) -> Any:
    """Return the type in JSON of a field's type."""
    if kind == FloatColumn:
        return _ARRAY
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return shape_of(kind)
    if kind is float:
        return float | None
    inner = tuple(_shape(each) for each in get_args(kind))
    origin = get_origin(kind)
    if origin in {list, tuple} and inner:
        return cast("Any", origin)[inner]
    if origin in {Union, types.UnionType}:
        return Union[inner]  # noqa: UP007 - made at run time
    return kind


def _times(kind: Any) -> Any:
    if get_origin(kind) in {list, tuple}:
        return list[Time | None]
    return Time | None


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0] if kind.__doc__ else ""
