"""The read model: views, alert stream and dead letters of a run, as the screens read them.

The monitor writes absolute values with their log position, one script call a batch; a write that
is older than what is stored has no effect, nor has a transition that is stored, so that a restart
may repeat anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec
import numpy as np

from state.arrays import Matrix
from state.blocks import StoredView, fields_of, may_have_blocks, plain_view, views_in
from state.errors import WireError
from state.explain.views import ShownView
from state.keys import RUN_SHOWN, RunKeys
from state.screens.view import View
from state.screens.views import Transition
from state.wire import decode_state, encode_state

if TYPE_CHECKING:
    from redis import Redis

_POSITION, _WRITES = "position", "writes"
_MOST_REFUSALS = 100
"""Of one entry, that anybody reads."""

_WRITE = """
local view = KEYS[1]
local position, views, changes = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if tonumber(redis.call('HGET', view, 'position') or '0') > tonumber(position) then return 0 end
for at = 4, 2 + 2 * views, 1000 do
  redis.call('HSET', view, unpack(ARGV, at, math.min(at + 999, 3 + 2 * views)))
end
local function newest(stream)
  local entry = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  if not entry then return -1, -1 end
  local ms, n = string.match(entry[1], '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(n)
end
local function is_news(caused, n, last, last_n)
  return caused > last or (caused == last and n > last_n)
end
local at = 4 + 2 * views
local last, last_n = newest(KEYS[2])
for _ = 1, changes do
  if is_news(tonumber(ARGV[at]), tonumber(ARGV[at + 1]), last, last_n) then
    redis.call('XADD', KEYS[2], ARGV[at] .. '-' .. ARGV[at + 1], 't', ARGV[at + 2])
  end
  at = at + 3
end
last, last_n = newest(KEYS[3])
while at <= #ARGV do
  if is_news(tonumber(ARGV[at]), tonumber(ARGV[at + 1]), last, last_n) then
    local id = ARGV[at] .. '-' .. ARGV[at + 1]
    redis.call('XADD', KEYS[3], id, 'letter', 'log/' .. id, 'feed', ARGV[at + 2],
               'reason', ARGV[at + 3], 'received_at_ns', ARGV[at + 4], 'raw', ARGV[at + 5])
  end
  at = at + 6
end
redis.call('HSET', view, 'position', position)
redis.call('HINCRBY', view, 'writes', 1)
return 1
"""


class Refusal(NamedTuple):
    """An entry of the log that the core refused, as a dead letter.

    Attributes:
        position: of the entry.
        number: from 0, where one entry is refused for several reasons.
        raw: the entry as it lies in the log.
    """

    position: int
    number: int
    feed: str
    reason: str
    received_at_ns: int
    raw: bytes


class Frame(NamedTuple):
    """What one batch of the log changed, ready to be written.

    Attributes:
        position: log position of the batch's last entry.
        views: by field of the store: a view's name, or a block of it (``state/blocks.py``).
        transitions: id in the alert stream (position, number) and the encoded transition.
        refusals: entries of the log that the core refused.
    """

    position: int
    views: dict[str, bytes]
    transitions: list[tuple[int, int, bytes]]
    refusals: Sequence[Refusal] = ()


class StoredTransition(NamedTuple):
    """A transition and its id in the alert stream."""

    id: str
    transition: Transition


class StoredLetter(NamedTuple):
    """A payload that could not become messages."""

    letter: str
    feed: str
    reason: str
    received_at_ns: int
    raw: bytes


class StoreWriter:
    """Writes the read model of one run.

    Args:
        client: answers in bytes.
        run: the run's name.
    """

    def __init__(self, client: Redis, run: str) -> None:
        self._client = client
        self._keys = RunKeys(run)
        self._write = client.register_script(_WRITE)

    def write(self, frame: Frame) -> bool:
        """Write a frame, unless one after its position has been written.

        Returns:
            Whether it was written.
        """
        arguments: list[Any] = [frame.position, len(frame.views), len(frame.transitions)]
        for name, view in frame.views.items():
            arguments += (name, view)
        for addition in (*frame.transitions, *frame.refusals):
            arguments += addition
        keys = (self._keys.view, self._keys.alerts, self._keys.refused)
        return bool(self._write(keys=keys, args=arguments))

    def show(self) -> None:
        """Make this the run the screens show."""
        self._client.set(RUN_SHOWN, self._keys.run)

    def beat(self, process: str, at_ns: int) -> None:
        """Record a sign of life of a process."""
        self._client.hset(self._keys.heartbeat, process, str(at_ns))


class StoreReader:
    """Reads the read model of one run.

    Args:
        client: answers in bytes.
        run: the run's name.
    """

    def __init__(self, client: Redis, run: str) -> None:
        self._client = client
        self._keys = RunKeys(run)

    def position(self) -> int:
        """Return the log position of the newest write, 0 before the first."""
        return int(cast("bytes | None", self._client.hget(self._keys.view, _POSITION)) or 0)

    def edition(self) -> tuple[int, int]:
        """Return the position and how many writes there were: more views may follow at one."""
        found = cast("list[bytes | None]", self._client.hmget(self._keys.view, _POSITION, _WRITES))
        return int(found[0] or 0), int(found[1] or 0)

    def read_views(self, names: Iterable[str] | None = None) -> dict[str, ShownView]:
        """Return views by name: those asked for as far as they exist, or all.

        Raises:
            WireError: a stored view is not of a form this release can read.
        """
        stored = self.stored()[1] if names is None else self._some(list(names))
        return {name: read_view(view) for name, view in stored.items()}

    def stored(self) -> tuple[int, dict[str, StoredView]]:
        """Return the position of the newest write and every view as it is stored, of one moment."""
        stored = cast("dict[bytes, bytes]", self._client.hgetall(self._keys.view))
        named = {name.decode(): data for name, data in stored.items()}
        named.pop(_WRITES, None)
        return int(named.pop(_POSITION, 0)), views_in(named)

    def refusals_of(self, position: int) -> list[StoredLetter]:
        """Return why the core refused the entry of the log at a position; none where it did not."""
        first, last = f"{position}-0", f"{position}-{_MOST_REFUSALS}"
        entries = cast("list[Any]", self._client.xrange(self._keys.refused, first, last))
        return [_letter(fields) for _, fields in entries]

    def refusals(self, after: str = "0-0", count: int = 1000) -> list[tuple[str, StoredLetter]]:
        """Return up to ``count`` refused entries of the log that follow an id, each with its id."""
        entries = cast(
            "list[Any]", self._client.xrange(self._keys.refused, f"({after}", "+", count)
        )
        return [(name.decode(), _letter(fields)) for name, fields in entries]

    def transitions(self, after: str = "0-0", count: int = 1000) -> list[StoredTransition]:
        """Return up to ``count`` transitions that follow an id of the alert stream."""
        entries = cast("list[Any]", self._client.xrange(self._keys.alerts, f"({after}", "+", count))
        return [
            StoredTransition(name.decode(), _transition(fields[b"t"])) for name, fields in entries
        ]

    def dead_letters(self, count: int = 100) -> list[StoredLetter]:
        """Return the newest dead letters, newest first: payloads and refused entries."""
        streams = (self._keys.dead, self._keys.refused)
        letters = [
            _letter(fields)
            for stream in streams
            for _, fields in cast("list[Any]", self._client.xrevrange(stream, "+", "-", count))
        ]
        letters.sort(key=lambda letter: letter.received_at_ns, reverse=True)
        return letters[:count]

    def heartbeats(self) -> dict[str, int]:
        """Return each process's last sign of life in wall-clock nanoseconds."""
        beats = cast("dict[bytes, bytes]", self._client.hgetall(self._keys.heartbeat))
        return {process.decode(): int(at_ns) for process, at_ns in beats.items()}

    def _some(self, names: list[str]) -> dict[str, StoredView]:
        """Return some views; most of those asked for one by one are short, and one field each."""
        if not names:
            return {}
        heads = cast("list[bytes | None]", self._client.hmget(self._keys.view, names))
        found = {name: head for name, head in zip(names, heads, strict=True) if head is not None}
        if not any(map(may_have_blocks, found.values())):
            return {name: StoredView(head, {}) for name, head in found.items()}
        _, stored = self.stored()  # head and blocks have to be of one moment
        return {name: stored[name] for name in found}


def run_shown(client: Redis) -> str | None:
    """Return the name of the run the screens show, None before any."""
    run = cast("bytes | None", client.get(RUN_SHOWN))
    return None if run is None else run.decode()


def runs_in(client: Redis) -> list[str]:
    """Return the names of the runs whose log the store holds."""
    before, _, after = RunKeys("*").log.partition("*")
    keys = cast("Iterator[bytes]", client.scan_iter(match=RunKeys("*").log, count=1000))
    return sorted(key.decode().removeprefix(before).removesuffix(after) for key in keys)


def encode_frame(
    position: int,
    views: Mapping[str, View],
    transitions: Iterable[tuple[int, int, Transition]],
    refusals: Iterable[Refusal] = (),
) -> Frame:
    """Encode what a batch changed."""
    fields: dict[str, bytes] = {}
    for name, view in views.items():
        fields.update(fields_of(name, view))
    return Frame(
        position,
        fields,
        [(caused, number, encode_state(change)) for caused, number, change in transitions],
        tuple(refusals),
    )


def read_view(stored: StoredView) -> ShownView:
    """Decode one view strictly: an unknown kind, or a field of another type, is refused.

    Raises:
        WireError: the bytes are no view of a form this release can read.
    """
    return cast("ShownView", _struct(plain_view(stored), ShownView))


def _transition(data: bytes) -> Transition:
    return cast("Transition", _struct(decode_state(data), Transition))


def _struct(values: object, kind: object) -> object:
    try:
        return msgspec.convert(values, cast("type", kind), dec_hook=_array)
    except msgspec.ValidationError as error:
        reason = f"stored value is none this release can read: {error}"
        raise WireError(reason) from error


def _array(kind: type, value: object) -> Matrix:
    if not isinstance(value, np.ndarray) or value.dtype != np.float64:
        reason = f"{kind} must be an array of float64, was {type(value).__name__}"
        raise TypeError(reason)
    value.flags.writeable = False
    return value


def _letter(fields: Mapping[bytes, bytes]) -> StoredLetter:
    return StoredLetter(
        fields[b"letter"].decode(),
        fields[b"feed"].decode(),
        fields[b"reason"].decode(),
        int(fields[b"received_at_ns"]),
        fields[b"raw"],
    )
