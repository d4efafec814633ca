"""What the gateway says: its messages, and the JSON Schema of everything that passes through it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from connectors.gateway.filtered import RefusedTrade, Shown
from connectors.gateway.records_in import MOST_TRADES, check_shape, trade_shape
from connectors.gateway.shapes import shape_of
from state.errors import ParseError
from state.messages import ProductTrade, Trade
from state.screens.checks_seen import CheckAnswer
from state.screens.views import Transition

LONGEST_REASON = 500
"""Characters of a reason: it quotes what was sent, and that may be long."""

SHOWN = get_args(Shown)
"""The views that `/updates` sends."""

if TYPE_CHECKING:
    AnyShown = dict[str, Any]
    ShownAlert = dict[str, Any]
    ShownAnswer = dict[str, Any]
else:
    from functools import reduce
    from operator import or_

    AnyShown = reduce(or_, map(shape_of, SHOWN))
    ShownAlert = shape_of(Transition)
    ShownAnswer = shape_of(CheckAnswer)


class TradeFate(StrEnum):
    """What became of one trade of a frame."""

    APPENDED = "appended"
    REPEATED = "repeated"
    """The very same version was in the log before."""
    REFUSED = "refused"


class TradeOutcome(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What became of one trade.

    Attributes:
        trade: ``source/trade/version``, empty where the record does not say it.
        position: of the version in the log, on disk; null where it was refused, or where an
            older release appended it.
        reason: why it was refused, and what to do.
        field: of the record, that is wrong; empty where it is no field.
    """

    trade: str
    outcome: TradeFate
    position: int | None
    reason: str = ""
    field: str = ""


class Acknowledgement(msgspec.Struct, kw_only=True, tag_field="kind", tag="acknowledgement"):
    """The answer to a frame of trades, after the log has on disk what is acknowledged.

    Attributes:
        frame: which frame of the connection it answers, from 1.
        results: one a record, in the order of the frame.
    """

    frame: int
    results: list[TradeOutcome]


class Answer(msgspec.Struct, kw_only=True, tag_field="kind", tag="answer"):
    """The answer to a check.

    Attributes:
        frame: which frame of the connection it answers, from 1.
        largest: the largest size that passes, in the answer's ``unit``.
    """

    frame: int
    answer: ShownAnswer
    largest: float


class Refusal(msgspec.Struct, kw_only=True, tag_field="kind", tag="refusal"):
    """Nothing of a frame was taken.

    Attributes:
        frame: which frame of the connection, from 1.
        reason: what is wrong, where, and what to do.
        field: of the record, that is wrong; empty where it is no field.
    """

    frame: int
    reason: str
    field: str = ""


class Snapshot(msgspec.Struct, kw_only=True, tag_field="kind", tag="snapshot"):
    """The first message of `/updates`.

    Attributes:
        position: log position of what it shows.
        after: the position that was resumed from; null without one. Views that changed neither
            at it nor since are left out, and ``alerts`` and ``refused`` are all since then.
        books: of the filter; empty for the whole company.
        views: by name, each complete in itself.
    """

    run: str
    position: int
    after: int | None
    books: list[str]
    views: dict[str, AnyShown]
    alerts: list[ShownAlert]
    refused: list[RefusedTrade]


class Change(msgspec.Struct, kw_only=True, tag_field="kind", tag="change"):
    """Every later message of `/updates`.

    Attributes:
        after: position of the message before.
        position: log position of what it shows; to be resumed from.
        views: those that changed, each complete in itself.
        alerts: every change of a case since the message before, in order.
        refused: every trade since then that the core refused, in order.
    """

    after: int
    position: int
    views: dict[str, AnyShown]
    alerts: list[ShownAlert]
    refused: list[RefusedTrade]


class Standstill(msgspec.Struct, kw_only=True, tag_field="kind", tag="standstill"):
    """The run's clock stands still though the run goes on, or goes on again.

    Attributes:
        stands: whether it does; while it does nothing shown can be called current.
        seconds: for how long it has, on the wall.
    """

    position: int
    stands: bool
    seconds: float


encode = msgspec.json.Encoder().encode


def said(text: str) -> str:
    r"""Return what quotes a client in a form that can be sent: cut, and whole characters alone.

    >>> said("half a character: \ud800"), len(said("x" * 1000))
    ('half a character: ?', 500)
    """
    return text[:LONGEST_REASON].encode(errors="replace").decode()


def refusal_of(frame: int, error: Exception) -> Refusal:
    """Return what is answered to a frame that an error was made of."""
    field = error.field if isinstance(error, ParseError) else ""
    return Refusal(frame=frame, reason=said(str(error)), field=said(field))


_PASSING: dict[str, dict[str, Any]] = {
    "/trades": {
        "in": [trade_shape(Trade), trade_shape(ProductTrade)],
        "out": [Acknowledgement, Refusal],
    },
    "/check": {
        "in": [check_shape(), trade_shape(Trade), trade_shape(ProductTrade)],
        "out": [Answer, Refusal],
    },
    "/updates": {"in": [], "out": [Snapshot, Change, Standstill]},
}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of every message, by endpoint and direction."""
    kinds = [kind for each in _PASSING.values() for ways in each.values() for kind in ways]
    refs, components = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    named = dict(zip(kinds, refs, strict=True))
    endpoints = {
        path: {way: [named[kind] for kind in of_way] for way, of_way in ways.items()}
        for path, ways in _PASSING.items()
    }
    endpoints["/trades"]["in"] = [_one_or_many(endpoints["/trades"]["in"])]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Messages of the gateway",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in sorted(components)],
        "endpoints": endpoints,
        "$defs": dict(sorted(components.items())),
    }


def _one_or_many(records: list[dict[str, Any]]) -> dict[str, Any]:
    many = {"type": "array", "minItems": 1, "maxItems": MOST_TRADES, "items": {"anyOf": records}}
    return {"anyOf": [*records, many]}
