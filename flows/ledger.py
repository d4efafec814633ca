"""What notify keeps in the store: where each sink stands, and what was sent.

Every command has a timeout and none is repeated here: whoever asks knows better whether to wait
for the store or to go on without it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from state.keys import RunKeys
from state.screens.clock_seen import ClockView
from state.store import StoreReader

TIMEOUT_SECONDS = 1.0
BLOCK_MILLISECONDS = 250
BATCH = 200
DELIVERIES_KEPT = 200_000

_BEFORE_ALL = "0-0"


class Entry(NamedTuple):
    """An entry of the alert stream, not yet decoded."""

    id: str
    data: bytes


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the delivery log.

    Attributes:
        status: ``delivered``, ``retry`` (it will be tried again), ``refused`` (the other side
            will not have it), ``failed`` (given up), ``withheld`` (a replay) or ``unreadable``.
        attempt: how many-th attempt, 0 when none was made.
        at_ns: wall clock at the attempt's start; ``milliseconds``: how long it took.
    """

    case: str
    sequence: int
    sink: str
    attempt: int
    status: str
    reason: str
    at_ns: int
    milliseconds: float


class Ledger:
    """Reads the alert stream and the clock of one run; records deliveries.

    Args:
        url: the store's.
        password: the store's, when it is no part of the URL.
    """

    def __init__(self, url: str, *, run: str, password: str = "") -> None:
        secret = {"password": password} if password else {}
        self._client = redis.Redis.from_url(
            url,
            protocol=2,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
            **secret,
        )
        self._keys = RunKeys(run)
        self._reader = StoreReader(self._client, run)
        self._opened = threading.Event()

    def open(self, sinks: Sequence[str]) -> None:
        """Give each sink a place in the alert stream, and record the start; once.

        In a run without an outbox every sink begins with the first alert. A sink added later
        begins with the next one: nobody wants last week's alerts on a new phone.
        """
        if self._opened.is_set():
            return
        known = cast("dict[bytes, bytes]", self._client.hgetall(self._keys.outbox))
        begin = self._newest_alert() if known else _BEFORE_ALL
        with self._client.pipeline(transaction=True) as together:
            for sink in sinks:
                together.hsetnx(self._keys.outbox, sink, begin)
            places = [known.get(sink.encode(), begin.encode()).decode() for sink in sinks]
            least = min(places, key=_place, default=begin)
            start = {"process": "notify", "pid": os.getpid(), "position": least}
            together.xadd(self._keys.starts, cast("Any", start))
            together.execute()
        self._opened.set()

    @property
    def opened(self) -> bool:
        """Whether the store has been reached and every sink has its place."""
        return self._opened.is_set()

    def waiting(self, sink: str) -> list[Entry]:
        """Return alerts the sink has not dealt with, at most 200; wait a quarter second for one."""
        place = cast("bytes | None", self._client.hget(self._keys.outbox, sink))
        after = _BEFORE_ALL if place is None else place.decode()
        streams = cast("Any", {self._keys.alerts: after})
        found = cast("Any", self._client.xread(streams, count=BATCH, block=BLOCK_MILLISECONDS))
        entries = found[0][1] if found else []
        return [Entry(name.decode(), fields.get(b"t", b"")) for name, fields in entries]

    def pass_over(self, sink: str, entry_id: str) -> None:
        """Record that the sink has no business with an alert."""
        self._client.hset(self._keys.outbox, sink, entry_id)

    def settle(self, delivery: Delivery, entry_id: str) -> None:
        """Record how a delivery ended and move the sink past its alert, both or neither."""
        with self._client.pipeline(transaction=True) as together:
            self._add(together, delivery)
            together.hset(self._keys.outbox, delivery.sink, entry_id)
            together.execute()

    def note(self, delivery: Delivery) -> None:
        """Record an attempt that moves nobody."""
        self._add(self._client, delivery)

    def clock(self) -> ClockView | None:
        """Return where the monitor stands, None before its first tick."""
        view = self._reader.read_views(["clock"]).get("clock")
        return view if isinstance(view, ClockView) else None

    def beat(self, at_ns: int) -> None:
        """Record a sign of life."""
        self._client.hset(self._keys.heartbeat, "notify", str(at_ns))

    def _newest_alert(self) -> str:
        newest = cast("Any", self._client.xrevrange(self._keys.alerts, count=1))
        return newest[0][0].decode() if newest else _BEFORE_ALL

    def _add(self, client: redis.Redis, delivery: Delivery) -> None:
        fields = cast("Any", msgspec.structs.asdict(delivery))
        client.xadd(self._keys.deliveries, fields, maxlen=DELIVERIES_KEPT, approximate=True)


def _place(entry_id: str) -> tuple[int, int]:
    position, _, number = entry_id.partition("-")
    return int(position), int(number)
