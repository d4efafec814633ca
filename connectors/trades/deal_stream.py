"""The wire form of a deal-capture stream over a websocket (docs/trade-feeds.md), and its order.

Frames are JSON, decoded strictly. Every frame of deals has the next number; whoever misses one
asks for the snapshot, which holds the last version of every deal that the stream still knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple, cast

import msgspec
from msgspec import Meta

from connectors.log.recording import RecordedItem
from connectors.records import moment_in
from connectors.trades import Deal, deal_fault

Sequenced = Annotated[int, Meta(ge=0, le=2**53)]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]

_ITEM = re.compile(r"to (\d+)")


class Subscribe(msgspec.Struct, tag="subscribe", tag_field="kind", kw_only=True):
    """What the client asks for: every frame after a number, or the snapshot.

    Attributes:
        after: the number of the last frame that is in the log; null asks for the snapshot.
    """

    after: Sequenced | None = None


class Deals(
    msgspec.Struct, tag="deals", tag_field="kind", kw_only=True, forbid_unknown_fields=True
):
    """Deals that were made, amended or cancelled.

    Attributes:
        sequence: one more than that of the frame before; of a snapshot, the last it includes.
        sent_at: when the stream sent it, ISO-8601 with its offset.
        snapshot: whether it holds what the stream knows, not what changed.
        more: whether the snapshot goes on in the next frame, with the same number.
        deals: records of trades; the version is the deal's revision.
    """

    sequence: Sequenced
    sent_at: Time
    snapshot: bool = False
    more: bool = False
    deals: list[msgspec.Raw]


class Heartbeat(
    msgspec.Struct, tag="heartbeat", tag_field="kind", kw_only=True, forbid_unknown_fields=True
):
    """A sign of life: nothing came since.

    Attributes:
        sequence: of the last frame of deals.
        sent_at: when the stream sent it.
    """

    sequence: Sequenced
    sent_at: Time


class Refusal(
    msgspec.Struct, tag="refusal", tag_field="kind", kw_only=True, forbid_unknown_fields=True
):
    """Why the stream sends nothing.

    Attributes:
        reason: in words.
    """

    reason: str


Frame = Deals | Heartbeat | Refusal
"""What a stream sends."""

_frame = msgspec.json.Decoder(Frame)


class Gap(Exception):
    """Says that frames are missing."""


class Got(NamedTuple):
    """What a frame brought.

    Attributes:
        sent_ns: when the stream sent it.
        deals: to be put into the log.
        awaits: whether the snapshot is still to come, or to be ended.
    """

    sent_ns: int
    deals: list[Deal]
    awaits: bool


class Order:
    """Follows the numbers of a stream.

    Args:
        feed: the feed's name.
        recorded: what is in the log already; the last whole frame of it is gone on from.

    Attributes:
        after: number of the last frame; None until there was one, or after a gap.
    """

    def __init__(self, feed: str, recorded: Sequence[RecordedItem] = ()) -> None:
        self._feed = feed
        self.after: int | None = None
        for each in reversed(recorded):
            found = _ITEM.fullmatch(each.item)
            if found:
                self.after = int(found[1])
                break

    def question(self) -> bytes:
        """Return the frame that asks for what is to come."""
        return msgspec.json.encode(Subscribe(after=self.after))

    def take(self, raw: bytes) -> Got | Refusal:
        """Read a frame; nothing of one that cannot be read counts.

        Raises:
            Gap: frames before it are missing.
            msgspec.DecodeError: it is none.
            ParseError: its time is none.
        """
        frame = _frame.decode(raw)
        if isinstance(frame, Refusal):
            return frame
        sent_ns = cast("int", moment_in("sent_at", frame.sent_at, int))
        deals = self._deals(frame) if isinstance(frame, Deals) else self._beat(frame)
        return Got(sent_ns, deals, self.after is None)

    def _beat(self, frame: Heartbeat) -> list[Deal]:
        if self.after is not None and frame.sequence != self.after:
            raise Gap(self._missed(frame.sequence))
        return []

    def _deals(self, frame: Deals) -> list[Deal]:
        if not frame.snapshot:
            if self.after is None or frame.sequence <= self.after:
                return []  # the snapshot to come holds it, or it was taken before
            if frame.sequence > self.after + 1:
                raise Gap(self._missed(frame.sequence))
        self.after = None if frame.more else frame.sequence
        return [self._deal(frame, number, bytes(raw)) for number, raw in enumerate(frame.deals, 1)]

    def _deal(self, frame: Deals, number: int, raw: bytes) -> Deal:
        where = f"frame {frame.sequence} deal {number}"
        is_last = number == len(frame.deals) and not frame.more
        item = f"to {frame.sequence}" if is_last else ""
        fault = deal_fault(raw)
        if fault:
            return Deal(self._feed, b"", where, item, raw, f"{where}: {fault}")
        return Deal(self._feed, raw, where, item)

    def _missed(self, sequence: int) -> str:
        missed = f"frame {sequence} came after {self.after}"
        self.after = None
        return missed


def stream_schema() -> dict[str, Any]:
    """Return the JSON Schema of every frame."""
    kinds = (Subscribe, Deals, Heartbeat, Refusal)
    schemas, definitions = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A deal-capture stream",
        "oneOf": list(schemas),
        "$defs": definitions,
    }
