"""Trades appended to the log, each timed until its effect can be read in the store."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
import redis

from connectors.log.redis import RedisLog
from state.blocks import StoredView
from state.errors import StateError
from state.messages import Trade
from state.store import StoreReader

MOST_SECONDS = 5.0
"""Without an effect for so long, something is broken and the benchmark fails."""

_LOOK_SECONDS = 0.0001


class Sample(NamedTuple):
    """One trade, times in milliseconds.

    Attributes:
        position: of the trade in the log.
        total: from just before its append to its effect in the store.
        append: until the log had acknowledged it.
    """

    position: int
    total: float
    append: float


class Appender:
    """Sends trades, one after the other, on a connection of its own.

    Args:
        client: of the store.
        run: whose log is written.
        moved: the views of which each trade must change one.
        clock: market time in nanoseconds, the receipt time of a trade.

    Attributes:
        samples: of every trade sent.
        looks: milliseconds between two looks at the store while a trade was under way.
    """

    def __init__(
        self, client: redis.Redis, run: str, *, moved: list[str], clock: Callable[[], int]
    ) -> None:
        self._client = client
        self._log = RedisLog(client, run)
        self._reader = StoreReader(client, run)
        self._moved = moved
        self._clock = clock
        self._free_at = 0.0
        self.samples: list[Sample] = []
        self.looks: list[float] = []

    def send(self, trade: Trade, due: float) -> None:
        """Append a trade at a moment of the steady clock and wait for its effect.

        A trade that had to wait for the one before it is timed from when it was due, so that one
        slow answer cannot hide the others it would have delayed.

        Raises:
            StateError: it had no effect.
        """
        time.sleep(max(0.0, due - time.monotonic()))
        before = self._views()
        trade = msgspec.structs.replace(trade, received_at_ns=self._clock())
        began = due if self._free_at > due else time.monotonic()
        position = self._log.append([trade])[0]
        appended = time.monotonic()
        if position is None:
            reason = f"trade {trade.trade} was refused as a duplicate"
            raise StateError(reason)
        self._watch(position, appended)
        shown = time.monotonic()
        total, append = (shown - began) * 1e3, (appended - began) * 1e3
        self.samples.append(Sample(position, total, append))
        if self._views() == before:
            reason = f"trade {trade.trade} changed neither {' nor '.join(self._moved)}"
            raise StateError(reason)
        self._free_at = time.monotonic()  # a trade due while it was checked waited for that

    def _watch(self, position: int, appended: float) -> None:
        looked = appended
        while self._reader.position() < position:
            now = time.monotonic()
            self.looks.append((now - looked) * 1e3)
            looked = now
            if now - appended > MOST_SECONDS:
                reason = f"log position {position} had no effect for {MOST_SECONDS:g} s"
                raise StateError(reason)
            time.sleep(_LOOK_SECONDS)

    def _views(self) -> list[StoredView | None]:
        _, stored = self._reader.stored()
        return [stored.get(name) for name in self._moved]


class SnapshotWatch:
    """Notes when the monitor wrote which snapshot; it keeps only the newest few itself.

    Attributes:
        seen: log position of each new snapshot, and when it was first seen.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._old = self._positions()
        self.seen: dict[int, float] = {}

    def look(self) -> None:
        """Look once."""
        for position in self._positions() - self._old:
            self.seen.setdefault(position, time.monotonic())

    def gaps_seconds(self) -> list[float]:
        """Return the times between one snapshot and the next."""
        times = sorted(self.seen.values())
        return [later - earlier for earlier, later in itertools.pairwise(times)]

    def _positions(self) -> set[int]:
        return {int(path.stem) for path in self._directory.glob("[0-9]*.state")}
