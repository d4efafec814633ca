"""Trades as they come from outside: a kind of feed is one file here and one line of FEEDS.

A feed yields :class:`Deal` objects from a thread of its own; whoever writes the log gives each its
stamp, records it, appends it, and tells the feed what became of it once the log has it on disk.
What was recorded is what a feed resumes from, so that a crash neither loses nor doubles a deal.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple, Protocol, Self

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from connectors.backoff import pause_seconds
from connectors.log.recording import RecordedItem
from connectors.options import read_kind
from connectors.secret_file import read_secret
from state.errors import ConfigError
from state.messages import FeedNotice, FeedOutcome

FEEDS: dict[str, str] = {
    "fix": "connectors.trades.fix:FixOptions",
    "folder": "connectors.trades.drop_folder:FolderOptions",
    "redis": "connectors.trades.redis:RedisOptions",
    "websocket": "connectors.trades.websocket:WebSocketOptions",
}
"""The options of each kind of trade feed, imported when one is configured."""

DEAL_KINDS = ("trade", "product_trade")
"""What a stream of deals may hold; anything else in the log is not its business."""


class Deal(NamedTuple):
    """What a trade feed brings: a record, or what should have been one.

    Attributes:
        feed: the feed's name; under it the deal is recorded.
        body: the record in JSON; what is none becomes a dead letter.
        where: what to call it in errors.
        item: what its feed knows it by when it was taken before; empty for what it need not.
        raw: as it came, where that is not the body.
        refusal: why no record could be made of ``raw``; then there is no body.
    """

    feed: str
    body: bytes
    where: str
    item: str = ""
    raw: bytes = b""
    refusal: str = ""


class Fate(StrEnum):
    """What became of a deal in the log."""

    TAKEN = "taken"
    REPEATED = "repeated"
    REFUSED = "refused"


class Settled(NamedTuple):
    """A deal the log is done with.

    Attributes:
        reason: why it was refused; its bytes are a dead letter.
    """

    deal: Deal
    fate: Fate
    reason: str = ""


class TradeFeed(Protocol):
    """One source of deals."""

    name: str

    def run(self, stop: threading.Event) -> Iterator[Sequence[Deal]]:
        """Yield deals in their order until the event is set; may block, must not give up."""

    def settle(self, settled: Sequence[Settled]) -> None:
        """Learn, on the thread that writes the log, what is in it on disk."""

    def notice(self, now_ns: int) -> FeedNotice | None:
        """Return what the log should know of the feed, if it does not know it yet."""

    def ask(self) -> tuple[FeedOutcome, str]:
        """Look once whether the source answers; nothing is taken from it."""


class TradeFeedOptions(BaseModel):
    """What every trade feed is told.

    Attributes:
        kind: one of :data:`FEEDS`.
        name: of the feed; the log calls it ``trades/NAME``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: str
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]

    def open(self, feed: str, recorded: Sequence[RecordedItem] = ()) -> TradeFeed:
        """Make the feed; it connects to nothing yet.

        Args:
            feed: what the log calls it.
            recorded: what was recorded of it before, in order; the log has all of that.

        Raises:
            ConfigError: an option cannot work, whatever the outside does.
        """
        raise NotImplementedError

    def beside(self, folder: Path) -> Self:
        """Return the options with relative paths taken from a folder."""
        paths = {name: folder / value for name, value in self if isinstance(value, Path)}
        return self.model_copy(update=paths)


class ConnectedFeedOptions(TradeFeedOptions):
    """What a feed is told that connects to somebody, and connects anew.

    Attributes:
        first_pause_seconds: before connecting anew; it doubles, with jitter.
        longest_pause_seconds: what the pause grows to.
    """

    first_pause_seconds: Annotated[float, Field(gt=0, le=3600)] = 0.5
    longest_pause_seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0

    def pause_seconds(self, faults: int) -> float:
        """Return how long to wait after so many faults in a row."""
        return pause_seconds(
            faults, first=self.first_pause_seconds, longest=self.longest_pause_seconds
        )


def read_options(settings: Mapping[str, object]) -> TradeFeedOptions:
    """Read one feed's settings; a feed without a name is called after its kind.

    Raises:
        ConfigError: the kind is unknown or an option is wrong; no value is shown, because it may
            be a secret.

    >>> read_options({"kind": "folder", "folder": "in"}).name
    'folder'
    """
    return read_kind(FEEDS, settings, TradeFeedOptions, called="trades", see="docs/trade-feeds.md")


class _Kind(msgspec.Struct):
    kind: str


_kind = msgspec.json.Decoder(_Kind)


def deal_fault(body: bytes) -> str:
    """Say why a record of a stream is no trade, empty when it may be one.

    >>> deal_fault(b'{"kind": "tick"}')
    "kind is 'tick', expected trade or product_trade; send other records by a folder"
    """
    try:
        kind = _kind.decode(body).kind
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return f"the deal is no record ({error}); send the record of a trade"
    if kind not in DEAL_KINDS:
        expected = " or ".join(DEAL_KINDS)
        return f"kind is {kind!r}, expected {expected}; send other records by a folder"
    return ""


def secret_of(feed: str, file: Path | None, variable: str) -> str:
    """Return a secret from its file, else from the environment, else nothing.

    Raises:
        ConfigError: it is named and cannot be read, or is empty.
    """
    if file is not None:
        return read_secret(file, setting=f"{feed}: the secret's file").strip()
    text = os.environ.get(variable, "") if variable else ""
    if variable and not text:
        reason = f"{feed}: {variable} holds no secret; write it there"
        raise ConfigError(reason)
    return text
