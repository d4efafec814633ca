"""A client of a deal-capture stream over a websocket: connected whenever it can be, never ahead.

It connects anew after a fault, ever later and with jitter, resumes after the last frame that is
in the log, and asks for the snapshot where frames are missing. No redirect is followed, no proxy
of the environment used, and the token goes nowhere but to the address of the options.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import msgspec
from pydantic import AfterValidator, Field, model_validator
from typing_extensions import override
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from connectors.log.recording import RecordedItem
from connectors.secret_file import is_private
from connectors.trades import ConnectedFeedOptions, Deal, Settled, secret_of
from connectors.trades.deal_stream import Gap, Got, Order, Refusal
from connectors.trades.standing import Standing
from state.errors import ParseError
from state.messages import FeedNotice, FeedOutcome

MOST_BYTES = 16_000_000
"""Of one frame; a larger snapshot goes into several."""

_OPEN_SECONDS = 5.0
_CLOSE_SECONDS = 1.0
_LOOK_SECONDS = 0.1
_DEALS_AT_A_TIME = 200
_SILENT_BEATS = 2.5
_MOST_SHOWN_BYTES = 1_000
_CLIENT_FAULTS = range(300, 500)
_NOT_ALLOWED = (401, 403)


def _usable(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"ws", "wss"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or "@" in parts.netloc:
        reason = "is no address of a stream; write wss://host/path, and the token into its file"
        raise ValueError(reason)
    return url


class WebSocketOptions(ConnectedFeedOptions):
    """A stream.

    Attributes:
        url: ``wss://host/path``; without TLS, ``ws://``, only of this machine.
        allow_plain: permits ``ws://`` to another machine: the token goes there unencrypted.
        token_file: holds the token that is sent as ``Authorization: Bearer``.
        token_variable: of the environment that holds it, where there is no file.
        heartbeat_seconds: how often the stream gives a sign of life; silent for two and a half
            times as long, the connection is given up.
    """

    kind: Literal["websocket"] = "websocket"
    url: Annotated[str, AfterValidator(_usable)]
    allow_plain: bool = False
    token_file: Path | None = None
    token_variable: str = ""
    heartbeat_seconds: Annotated[float, Field(ge=0.1, le=3600)] = 10.0

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        if not (self.allow_plain or is_private(self.url)):
            reason = "url must be wss://; allow_plain permits an address without TLS"
            raise ValueError(reason)
        return self

    @override
    def open(self, feed: str, recorded: Sequence[RecordedItem] = ()) -> WebSocketFeed:
        return WebSocketFeed(self, feed, recorded)


class _Broken(Exception):
    """Says why a connection is given up."""

    def __init__(self, outcome: FeedOutcome, detail: str, raw: bytes | None = None) -> None:
        super().__init__(detail)
        self.outcome, self.detail, self.raw = outcome, detail, raw


class WebSocketFeed:
    """Follows one stream.

    Args:
        options: where, and with which token.
        name: of the feed.
        recorded: what is in the log already.

    Raises:
        ConfigError: the token cannot be read.
    """

    def __init__(
        self, options: WebSocketOptions, name: str, recorded: Sequence[RecordedItem] = ()
    ) -> None:
        self.name = name
        self._options = options
        self._token = secret_of(name, options.token_file, options.token_variable)
        self._order = Order(name, recorded)
        self._standing = Standing(name)
        self._faults = 0

    def run(self, stop: threading.Event) -> Iterator[Sequence[Deal]]:
        """Yield deals until the event is set."""
        options = self._options
        while not stop.is_set():
            try:
                with self._connection() as connection:
                    yield from self._followed(connection, stop)
            except _Broken as broken:
                self._faults += 1
                self._standing.fails(broken.outcome, broken.detail)
                if broken.raw is not None:
                    yield [self._refused(broken.detail, broken.raw)]
                stop.wait(options.pause_seconds(self._faults))

    def settle(self, settled: Sequence[Settled]) -> None:
        """Count what became of deals; where to go on is in the recording."""
        self._standing.settle(settled)

    def notice(self, now_ns: int) -> FeedNotice | None:
        """Return what the log should know of the stream, if it does not know it yet."""
        return self._standing.notice(now_ns)

    def ask(self) -> tuple[FeedOutcome, str]:
        """Connect once, and wait for the first frame."""
        order = Order(self.name)
        try:
            with self._connection() as connection:
                connection.send(order.question(), text=True)
                until = time.monotonic() + self._patience_seconds
                raw = self._frame(connection, until, threading.Event()) or b""
                got = _read(order, raw)
        except _Broken as broken:
            return broken.outcome, broken.detail
        return FeedOutcome.DATA, f"it answers; its first frame holds {len(got.deals)} deals"

    @contextlib.contextmanager
    def _connection(self) -> Iterator[ClientConnection]:
        """Connect; what the outside does wrong then is a broken connection."""
        host = urlsplit(self._options.url).hostname
        try:
            with self._connect() as connection:
                yield connection
        except (OSError, WebSocketException) as error:
            detail = f"{host} broke the connection ({type(error).__name__})"
            raise _Broken(FeedOutcome.TRANSPORT, detail) from None

    def _connect(self) -> ClientConnection:
        parts = urlsplit(self._options.url)
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        address = (parts.hostname or "", parts.port or (443 if parts.scheme == "wss" else 80))
        try:
            return connect(
                self._options.url,
                # A socket of ours also keeps it from following redirects.
                sock=socket.create_connection(address, _OPEN_SECONDS),
                additional_headers=headers,
                open_timeout=_OPEN_SECONDS,
                close_timeout=_CLOSE_SECONDS,
                max_size=MOST_BYTES,
                compression=None,
                proxy=None,
            )
        except InvalidStatus as error:
            status = error.response.status_code
            outcome = FeedOutcome.ERROR if status in _CLIENT_FAULTS else FeedOutcome.TRANSPORT
            what = "the token is refused" if status in _NOT_ALLOWED else "there is no stream"
            detail = f"{parts.hostname} answered with status {status}: {what}"
            raise _Broken(outcome, detail) from None
        except ValueError:
            detail = f"{parts.hostname} redirects; name the stream's own address"
            raise _Broken(FeedOutcome.ERROR, detail) from None
        except (OSError, WebSocketException) as error:
            detail = f"{parts.hostname} gave no answer ({type(error).__name__})"
            raise _Broken(FeedOutcome.TRANSPORT, detail) from None

    def _followed(
        self, connection: ClientConnection, stop: threading.Event
    ) -> Iterator[Sequence[Deal]]:
        connection.send(self._order.question(), text=True)
        until = time.monotonic() + self._patience_seconds
        while (raw := self._frame(connection, until, stop)) is not None:
            try:
                got = _read(self._order, raw)
            except Gap:
                connection.send(self._order.question(), text=True)
                continue
            if not got.awaits:  # half a snapshot is no success: its other half may break it anew
                self._faults = 0
            self._standing.answers()
            if got.deals:
                self._standing.sent(got.sent_ns)
            for first in range(0, len(got.deals), _DEALS_AT_A_TIME):
                yield got.deals[first : first + _DEALS_AT_A_TIME]
            if got.deals or not got.awaits:  # heartbeats alone are no snapshot
                until = time.monotonic() + self._patience_seconds  # handing over took its time

    @property
    def _patience_seconds(self) -> float:
        return _SILENT_BEATS * self._options.heartbeat_seconds

    def _frame(
        self, connection: ClientConnection, until: float, stop: threading.Event
    ) -> bytes | None:
        """Return the next frame, None when it is to stop."""
        while not stop.is_set():
            if time.monotonic() > until:
                detail = f"nothing new for {self._patience_seconds:g} seconds"
                raise _Broken(FeedOutcome.TRANSPORT, detail)
            with contextlib.suppress(TimeoutError):
                return connection.recv(_LOOK_SECONDS, decode=False)
        return None

    def _refused(self, detail: str, raw: bytes) -> Deal:
        refusal = f"{detail}; ask for the stream's form"
        return Deal(self.name, b"", "a frame", raw=raw, refusal=refusal)


def _read(order: Order, raw: bytes) -> Got:
    """Read a frame.

    Raises:
        Gap: frames before it are missing.
    """
    try:
        got = order.take(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ParseError) as error:
        detail = f"a frame is none of a stream ({error})"
        raise _Broken(FeedOutcome.CORRUPT, detail, raw[:_MOST_SHOWN_BYTES]) from None
    if isinstance(got, Refusal):
        raise _Broken(FeedOutcome.ERROR, f"refused: {got.reason}")
    return got
