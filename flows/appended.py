"""What others than ingest appended to the log of a live run: trades, actions, checks, policies.

They are not in the recording, so the log is held against it: what the recording does not give to
the log came from somebody else. Each becomes a record of the day, at the place it has in the log
and with its own time of receipt.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from connectors.log.days import Day
from connectors.log.recording import Recorded, at_ns_of, stamp
from connectors.log.redis import RedisLog
from connectors.records import parse_record, to_json_line
from flows.fold import appended_by
from state.errors import ConfigError, LogError, ParseError
from state.messages import AnyMessage, Message, Rejected, RunPhase, RunStatus
from state.wire import content_digest, decode, encode

LIVE = "live"
"""Under which a live run keeps the stamp of its last append in the log."""

_AT_ONCE = 1_000


class Other(NamedTuple):
    """What somebody else appended.

    Attributes:
        after_ns: stamp of what ingest had appended last before it.
        position: in the log.
    """

    after_ns: int
    position: int
    message: AnyMessage


def others(log: RedisLog, day: Day, found: Recorded) -> Iterator[Other]:
    """Yield what the log has and a recording of it has not, in the order of the log.

    What ingest appends while this is read ends it: that is no part of the recording yet.

    Args:
        log: of the run.
        day: the recording, as a day.
        found: up to where it goes.

    Raises:
        ConfigError: the log has not what was recorded: it is of another run.
        LogError: the log was trimmed.
    """
    _require_whole(log)
    entries = _entries(log, log.last_position())
    whole = log.offsets().get(LIVE) == found.until_ns
    own = _Own(appended_by(day))
    after_ns = own.begin(next(entries, None))
    for position, message in entries:
        if own.next_is(message):
            after_ns = message.received_at_ns
        elif whole or position <= found.position:
            yield Other(after_ns, position, message)
        else:
            break
    own.require_all()


class _Own:
    """What a recording gives to the log, less what the log refuses as a duplicate."""

    def __init__(self, messages: Iterator[Message]) -> None:
        self._messages = messages
        self._seen: dict[str, bytes] = {}
        self._next: Message | None = next(messages)

    def begin(self, first: tuple[int, AnyMessage] | None) -> int:
        """Take the word that the run began, which a replay says of itself; return its stamp."""
        message = None if first is None else first[1]
        if not isinstance(message, RunStatus) or message.phase is not RunPhase.STARTED:
            reason = "the log does not begin as that of a live run; name the run of the recording"
            raise ConfigError(reason)
        self._next = next(self._messages, None)
        return message.received_at_ns

    def next_is(self, message: AnyMessage) -> bool:
        """Say whether an entry of the log is the next of the recording, and go on if it is."""
        self._pass_repeated()
        is_own = self._next is not None and _is_same(message, self._next)
        if is_own:
            self._next = next(self._messages, None)
        self._seen[message.key] = content_digest(message)
        return is_own

    def require_all(self) -> None:
        """Refuse a log that lacks something of the recording.

        Raises:
            ConfigError: it does.
        """
        self._pass_repeated()
        if self._next is not None:
            reason = (
                f"the log has not what was recorded at {stamp(self._next.received_at_ns)} "
                f"({self._next.key}): it is the log of another run, or lost its tail"
            )
            raise ConfigError(reason)

    def _pass_repeated(self) -> None:
        while self._next is not None and self._seen.get(self._next.key) == content_digest(
            self._next
        ):
            self._next = next(self._messages, None)


def _is_same(message: Message, own: Message) -> bool:
    """Compare an entry with what was recorded; a dead letter has another name in a day."""
    if message.received_at_ns != own.received_at_ns or type(message) is not type(own):
        return False
    return isinstance(message, Rejected) or (
        message.key == own.key and content_digest(message) == content_digest(own)
    )


def _require_whole(log: RedisLog) -> None:
    first = log.first_position()
    if first > 1:
        reason = (
            f"the log begins at position {first}: it was trimmed, and a day is of a whole one; "
            "restore a backup from before, and archive a run before its log is trimmed"
        )
        raise LogError(reason)


def _entries(log: RedisLog, last: int) -> Iterator[tuple[int, AnyMessage]]:
    position = 0
    while position < last:
        for entry in log.read(position, min(_AT_ONCE, last - position)):
            position = entry.position
            yield position, decode(entry.body)


def write_among(records: Path, found: Iterable[Other]) -> None:
    """Write others' messages among the records of a day, each at its place in the log.

    Raises:
        ConfigError: one of them cannot be written as a record that reads back as it is.
    """
    part = records.with_suffix(".part")
    with records.open("rb") as lines, part.open("wb") as merged:
        line = next(lines, b"")
        for other in found:
            while line and at_ns_of(line) <= other.after_ns:
                merged.write(line)
                line = next(lines, b"")
            merged.write(_line_of(other))
        merged.write(line)
        merged.writelines(lines)
    part.replace(records)


def _line_of(other: Other) -> bytes:
    message, body = other.message, to_json_line(other.message)
    try:
        again = parse_record(body.encode(), received_at_ns=message.received_at_ns)
    except ParseError as error:
        reason = f"entry {other.position} of the log cannot be a record of a day: {error}"
        raise ConfigError(reason) from error
    if encode(again) != encode(message):
        reason = (
            f"entry {other.position} of the log ({message.key}) reads back otherwise from its "
            "record; report it"
        )
        raise ConfigError(reason)
    place = json.dumps({"received_at": stamp(other.after_ns), "source": "log"})
    own = f', "own_received_at_ns": {message.received_at_ns}, "body": {body}}}\n'
    return (place.removesuffix("}") + own).encode()
