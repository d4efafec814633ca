"""A Redis stream of deals, read as one consumer of a group, acknowledged once the log has them.

An entry holds one field, ``record``: the record of a trade in JSON. What was read and not yet
acknowledged when the process died is read again; of that, what was recorded is in the log already
and only acknowledged.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from urllib.parse import parse_qs, urlsplit

import redis
from pydantic import AfterValidator, Field
from redis.backoff import NoBackoff
from redis.retry import Retry
from typing_extensions import override

from connectors.log.recording import RecordedItem
from connectors.trades import ConnectedFeedOptions, Deal, Settled, deal_fault, secret_of
from connectors.trades.standing import Standing
from state.messages import FeedNotice, FeedOutcome

FIELD = b"record"
"""What an entry's one field is called."""

_READ = 200
_BLOCK_MILLISECONDS = 100
_TIMEOUT_SECONDS = 5.0


def _usable(url: str) -> str:
    try:
        redis.ConnectionPool.from_url(url)
        password = urlsplit(url).password or "password" in parse_qs(urlsplit(url).query)
    except ValueError:
        reason = "is no address of a store; write redis://host:port/db, rediss:// or unix://"
        raise ValueError(reason) from None
    if password:
        reason = "holds a password; write it into password_file, where nothing prints it"
        raise ValueError(reason)
    return url


class RedisOptions(ConnectedFeedOptions):
    """A stream of a store, ours or another.

    Attributes:
        url: ``redis://host:port/db``, ``rediss://…`` or ``unix:///path``.
        password_file: holds the store's password.
        password_variable: of the environment that holds it, where there is no file.
        stream: the stream's key.
        group: of consumers; made at the stream's beginning where it is not there.
        consumer: our name in it; two that read at once need two.
    """

    kind: Literal["redis"] = "redis"
    url: Annotated[str, AfterValidator(_usable)]
    password_file: Path | None = None
    password_variable: str = ""
    stream: Annotated[str, Field(min_length=1)]
    group: Annotated[str, Field(min_length=1)] = "tieline"
    consumer: Annotated[str, Field(min_length=1)] = "tieline"

    @override
    def open(self, feed: str, recorded: Sequence[RecordedItem] = ()) -> RedisFeed:
        return RedisFeed(self, feed, recorded)


class RedisFeed:
    """Reads one stream.

    Args:
        options: which, and where.
        name: of the feed.
        recorded: what is in the log already.

    Raises:
        ConfigError: the password cannot be read.
    """

    def __init__(
        self, options: RedisOptions, name: str, recorded: Sequence[RecordedItem] = ()
    ) -> None:
        self.name = name
        self._options = options
        self._taken = {each.item for each in recorded}
        self._open: set[str] = set()
        self._done: deque[str] = deque()
        self._standing = Standing(name)
        password = secret_of(name, options.password_file, options.password_variable)
        self._client = redis.Redis.from_url(
            options.url,
            protocol=2,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
            **({"password": password} if password else {}),
        )

    def run(self, stop: threading.Event) -> Iterator[Sequence[Deal]]:
        """Yield deals until the event is set; first what was not acknowledged."""
        options, faults = self._options, 0
        after = "0"
        while not stop.is_set():
            try:
                self._join()
                while not stop.is_set():
                    after, deals = self._next(after)
                    faults = 0
                    self._standing.answers()
                    if deals:
                        yield deals
            except (redis.RedisError, OSError) as error:
                faults, after = faults + 1, "0" if after == ">" else after
                self._standing.fails(*_fault(error))
                stop.wait(options.pause_seconds(faults))

    def settle(self, settled: Sequence[Settled]) -> None:
        """Note entries whose deals are in the log on disk; the feed's thread acknowledges them."""
        self._standing.settle(settled)
        self._done.extend(each.deal.item for each in settled)

    def notice(self, now_ns: int) -> FeedNotice | None:
        """Return what the log should know of the stream, if it does not know it yet."""
        return self._standing.notice(now_ns)

    def ask(self) -> tuple[FeedOutcome, str]:
        """Look how long the stream is."""
        try:
            entries = self._client.xlen(self._options.stream)
        except (redis.RedisError, OSError) as error:
            return _fault(error)
        return FeedOutcome.DATA, f"stream {self._options.stream} holds {entries:,} entries"

    def _join(self) -> None:
        options = self._options
        try:
            self._client.xgroup_create(options.stream, options.group, id="0", mkstream=True)
        except redis.ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    def _next(self, after: str) -> tuple[str, list[Deal]]:
        """Return deals after an entry of the unacknowledged, or new ones, and where to go on."""
        options = self._options
        self._acknowledge()
        answer = self._client.xreadgroup(
            options.group,
            options.consumer,
            {options.stream: after},
            count=_READ,
            block=_BLOCK_MILLISECONDS,
        )
        entries = cast("list[Any]", answer)[0][1] if answer else []
        if after != ">" and not entries:
            return ">", []
        deals = [self._deal(name.decode(), fields or {}) for name, fields in entries]
        self._done.extend(deal.item for deal in deals if deal.item in self._taken)
        left = [
            deal for deal in deals if deal.item not in self._taken and deal.item not in self._open
        ]
        self._open |= {deal.item for deal in left}
        return ">" if after == ">" else entries[-1][0].decode(), left

    def _deal(self, name: str, fields: dict[bytes, bytes]) -> Deal:
        where = f"entry {name}"
        body = fields.get(FIELD, b"")
        if fields.keys() == {FIELD}:
            fault = deal_fault(body)
            raw = body
        else:
            named = ", ".join(sorted(field.decode(errors="replace") for field in fields)) or "none"
            fault = f"the entry's fields are {named}, expected {FIELD.decode()} alone"
            raw = repr(fields).encode()
        if fault:
            return Deal(self.name, b"", where, name, raw, f"{where}: {fault}")
        return Deal(self.name, body, where, name)

    def _acknowledge(self) -> None:
        names = list(self._done)
        if names:
            self._client.xack(self._options.stream, self._options.group, *names)
            self._open -= set(names)
            self._taken -= set(names)
            for _ in names:
                self._done.popleft()


def _fault(error: Exception) -> tuple[FeedOutcome, str]:
    if isinstance(error, redis.AuthenticationError):
        return FeedOutcome.ERROR, "the store refuses the password"
    if isinstance(error, redis.ResponseError):
        return FeedOutcome.ERROR, f"the store refuses: {error}"
    return FeedOutcome.TRANSPORT, f"the store gives no answer ({type(error).__name__})"
