"""The log on Redis or Valkey: dense positions, no duplicates, offsets in the same append.

Entry ``N-0`` of the stream is the Nth fact of the run. One script appends a whole batch: it
refuses what equals the last accepted content of its key, moves the source's offset, and stores
dead letters, all or nothing. A batch whose offset is already stored was appended before (only its
answer was lost) and has no effect, so that a client may repeat any call.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any, NamedTuple, cast

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from connectors.log.scripts import APPEND, APPEND_ONCE, TRIM
from state.errors import LogError, UsageError
from state.keys import RunKeys
from state.messages import Message, Rejected
from state.wire import content_digest, encode

TIMEOUT_SECONDS = 5.0
"""How long one command may take before it is tried again."""

_RETRIES = 60
_FIRST_PAUSE_SECONDS = 0.01
_LONGEST_PAUSE_SECONDS = 0.5


_LIFE = secrets.token_hex(8)
"""What this process is told by among all starts; in containers all have the same process id."""

_NEWEST_STARTS = 100


class _Patience(Retry):
    """Waits for a store that is away or starting, but not for one that refuses the password."""

    def call_with_retry(
        self,
        do: Callable[[], Any],
        fail: Callable[[Exception], Any] | Callable[[Exception, int], Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,  # noqa: FBT001, FBT002 - redis-py's signature
    ) -> Any:
        return super().call_with_retry(do, fail, is_retryable or _may_pass, with_failure_count)


def _may_pass(error: Exception) -> bool:
    return not isinstance(error, redis.AuthenticationError)


class DeadLetter(NamedTuple):
    """A payload that could not become messages, with its bytes as they came.

    Its ``rejected`` message goes into the log, the bytes into the dead-letter stream; a letter of
    a name already there has no effect.
    """

    rejected: Rejected
    raw: bytes


class Fate(IntEnum):
    """What became of a message whose key takes one content for ever."""

    APPENDED = 0
    REPEATED = 1
    """Its very content was there before."""
    CONFLICT = 2
    """Its key was there before with other content; it was not appended."""


_FATES = tuple(Fate)


class Placed(NamedTuple):
    """Where a message of one content lies.

    Attributes:
        position: of the content under its key; 0 where an older release appended it.
    """

    fate: Fate
    position: int


class LogEntry(NamedTuple):
    """One entry of the log, not yet decoded."""

    position: int
    body: bytes


def connect(
    url: str,
    *,
    password: str = "",
    timeout_seconds: float = TIMEOUT_SECONDS,
    retry: Retry | None = None,
) -> redis.Redis:
    """Return a client that outlives a restart of its store (about half a minute of retries).

    Args:
        url: ``unix:///path``, ``redis://:password@host:port/db`` or ``rediss://…``.
        password: of the store, when it is not part of the URL.
        timeout_seconds: how long one command may take before it is tried again.
        retry: another patience than that.

    Raises:
        UsageError: the URL is of no known form.
    """
    backoff = ExponentialBackoff(cap=_LONGEST_PAUSE_SECONDS, base=_FIRST_PAUSE_SECONDS)
    secret = {"password": password} if password else {}
    try:
        return redis.Redis.from_url(
            url,
            protocol=2,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            retry=retry or _Patience(backoff, _RETRIES),
            **secret,
        )
    except ValueError as error:
        reason = f"the store's URL cannot be used: {error}; correct the setting store_url"
        raise UsageError(reason) from error


class RedisLog:
    """The log of one run.

    Args:
        client: as :func:`connect` makes it; answers in bytes.
        run: the run's name.
    """

    def __init__(self, client: redis.Redis, run: str) -> None:
        self._client = client
        self._keys = RunKeys(run)
        self._append = client.register_script(APPEND)
        self._append_once = client.register_script(APPEND_ONCE)
        self._trim = client.register_script(TRIM)

    def require_safe_store(self) -> None:
        """Refuse a store that may throw entries away when memory runs short.

        Raises:
            LogError: its eviction policy is not ``noeviction``, or it refuses the password.
        """
        try:
            memory = self._client.info("memory")
        except redis.AuthenticationError as error:
            reason = f"the store refuses the password ({error}); correct TIELINE_STORE_URL"
            raise LogError(reason) from error
        policy = memory.get("maxmemory_policy", "noeviction")
        if policy != "noeviction":
            reason = (
                f"the store evicts under memory pressure (maxmemory-policy {policy}) and would "
                "lose the log; start it with maxmemory-policy noeviction"
            )
            raise LogError(reason)

    def append(
        self,
        entries: Sequence[Message | DeadLetter],
        *,
        source: str | None = None,
        offset: int | None = None,
    ) -> list[int | None]:
        """Append a batch in one step.

        Args:
            entries: messages and dead letters, in order.
            source: a source that can seek; its stored offset becomes ``offset``.
            offset: of the next item of the source, not below 0; grows with every batch.

        Returns:
            The position of each entry, None for a duplicate. All are None where the source had
            reached ``offset`` before: that batch is in the log already.
        """
        arguments: list[Any] = [source or "", 0 if offset is None else offset, len(entries)]
        for entry in entries:
            arguments += _identity(entry)
        for number, entry in enumerate(entries, start=1):
            if isinstance(entry, DeadLetter):
                arguments += (number, *_letter(entry))
        keys = (self._keys.log, self._keys.seen, self._keys.offsets, self._keys.dead)
        positions = cast("list[int]", self._append(keys=keys, args=arguments))
        return [position or None for position in positions] or [None] * len(entries)

    def append_once(self, messages: Sequence[Message]) -> list[Placed]:
        """Append messages whose keys never take a second content, in one step.

        Versions of trades are such: a repeat has no effect, and so may this call be repeated.

        Args:
            messages: in order.

        Returns:
            One a message: where it lies, or where the other content of its key does.
        """
        arguments: list[Any] = []
        for message in messages:
            arguments += _identity(message)
        keys = (self._keys.log, self._keys.seen)
        answer = cast("list[int]", self._append_once(keys=keys, args=arguments))
        pairs = zip(answer[::2], answer[1::2], strict=True)
        return [Placed(_FATES[fate], position) for fate, position in pairs]

    def offsets(self) -> dict[str, int]:
        """Return the offset of the next item of every source that can seek."""
        stored = cast("dict[bytes, bytes]", self._client.hgetall(self._keys.offsets))
        return {source.decode(): int(offset) for source, offset in stored.items()}

    def read(
        self, after: int, count: int = 1000, *, block_seconds: float | None = None
    ) -> list[LogEntry]:
        """Return up to ``count`` entries that follow a position, in order.

        Args:
            after: the position read last, 0 to begin.
            count: at most so many entries.
            block_seconds: how long to wait for the first one; not at all by default.

        Raises:
            LogError: entries after the position have been trimmed away.
        """
        block = None if block_seconds is None else max(1, round(block_seconds * 1000))
        start = {self._keys.log: f"{after}-0"}
        answer = cast("list[Any]", self._client.xread(cast("Any", start), count, block))
        if not answer:
            return []
        entries = [LogEntry(_number(name), fields[b"m"]) for name, fields in answer[0][1]]
        if entries[0].position != after + 1:
            raise LogError(_lost_head(after, entries[0].position))
        return entries

    def first_position(self) -> int:
        """Return the position of the oldest entry, 0 when there is none."""
        oldest = cast("list[Any]", self._client.xrange(self._keys.log, count=1))
        return _number(oldest[0][0]) if oldest else 0

    def last_position(self) -> int:
        """Return the position of the newest entry, 0 when there is none."""
        newest = cast("list[Any]", self._client.xrevrange(self._keys.log, count=1))
        return _number(newest[0][0]) if newest else 0

    def entry(self, position: int) -> LogEntry | None:
        """Return the entry at a position, None where there is none (any more)."""
        name = f"{position}-0"
        found = cast("list[Any]", self._client.xrange(self._keys.log, name, name))
        return LogEntry(position, found[0][1][b"m"]) if found else None

    def require_head(self, position: int) -> None:
        """Check that the entries after a position have not been trimmed.

        Raises:
            LogError: the log lost its head.
        """
        first = self.first_position()
        if first > position + 1:
            raise LogError(_lost_head(position, first))

    def require_tail(self, position: int) -> None:
        """Check that the log still holds everything up to a position that was read before.

        Raises:
            LogError: the log lost its tail.
        """
        last = self.last_position()
        if last < position:
            reason = (
                f"the log of run {self._keys.run!r} ends at position {last}, but {position} was "
                "read before: the store lost its tail; restore it from a backup, or start a new run"
            )
            raise LogError(reason)

    def pass_reader(self, reader: str, position: int) -> None:
        """Record that a reader will never again ask for entries up to a position."""
        self._client.hset(self._keys.readers, reader, str(position))

    def readers(self) -> dict[str, int]:
        """Return the position each known reader has passed."""
        passed = cast("dict[bytes, bytes]", self._client.hgetall(self._keys.readers))
        return {name.decode(): int(position) for name, position in passed.items()}

    def trim(self, keep_from: int) -> int:
        """Remove entries below a position, but none that a known reader has not passed.

        The entry a reader stands on is kept, so that the log always shows where it ended.

        Returns:
            How many entries were removed.

        Raises:
            LogError: no reader is known, so that nobody could say what is still needed; or the log
                ends before what is to be kept.
        """
        last = self.last_position()
        if keep_from > last + 1:
            reason = f"the log ends at {last}, before position {keep_from}: nothing was removed"
            raise LogError(reason)
        try:
            return cast(
                "int", self._trim(keys=(self._keys.log, self._keys.readers), args=(keep_from,))
            )
        except redis.ResponseError as error:
            if "NOREADER" not in str(error):
                raise
            reason = (
                f"no reader of run {self._keys.run!r} has passed a position; let the monitor take "
                "a snapshot before trimming"
            )
            raise LogError(reason) from error

    def record_start(self, process: str, **resumed: int) -> None:
        """Record the start of a process and the ``position`` or ``offset`` it resumed from."""
        fields = {"process": process, "pid": os.getpid(), "life": _LIFE, **resumed}
        self._client.xadd(self._keys.starts, cast("Any", fields))

    def has_started(self, process: str) -> bool:
        """Say whether this very process has recorded a start under that name."""
        newest = cast("list[Any]", self._client.xrevrange(self._keys.starts, count=_NEWEST_STARTS))
        mine = (process.encode(), _LIFE.encode())
        return any((fields[b"process"], fields.get(b"life")) == mine for _, fields in newest)

    def starts(self) -> list[dict[str, str]]:
        """Return all recorded starts, oldest first."""
        entries = cast("list[Any]", self._client.xrange(self._keys.starts))
        return [
            {name.decode(): value.decode() for name, value in fields.items()}
            for _, fields in entries
        ]


def _identity(entry: Message | DeadLetter) -> tuple[str, bytes, bytes]:
    """Return key, digest and body; a dead letter is known by its name alone."""
    if isinstance(entry, DeadLetter):
        name = entry.rejected.letter.encode()
        digest = hashlib.blake2b(name, digest_size=16).digest()
        return entry.rejected.key, digest, encode(entry.rejected)
    return entry.key, content_digest(entry), encode(entry)


def _letter(letter: DeadLetter) -> tuple[str, str, str, int, bytes]:
    rejected = letter.rejected
    return rejected.letter, rejected.feed, rejected.reason, rejected.received_at_ns, letter.raw


def _number(name: bytes) -> int:
    return int(name.partition(b"-")[0])


def _lost_head(position: int, first: int) -> str:
    return (
        f"the log begins at position {first}, but {position + 1} has not been read: it was trimmed "
        "too far; restore it from a backup, or start from a snapshot at or after "
        f"position {first - 1}"
    )
