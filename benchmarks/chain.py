"""The whole chain under W2: log → flow → store, the product's own processes, on disk.

An embedded store with every append on disk before its answer, and the real monitor. The opening
goes through the log too. Then, one after the other:

- *open loop*: the day's messages become due at a set rate, whatever the answers take; what is due
  is appended in one call, and the store's position is looked at in between. A message is timed
  from when it was due to the first look at which its effect is in the store.
- *sustained*: the rest of the day is appended as fast as the log takes it, while the monitor
  follows; timed from the first append until the last effect is in the store.

A tick comes with every price publication, not every second: at these rates there would be one in
thousands of messages.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import redis

from benchmarks.core import DAYS, memory_mb, require_near
from benchmarks.figures import Machine, Spread, load, machine, spread
from benchmarks.figures_of import TOLERANCE, Difference, difference, figures_in
from benchmarks.house import running, scratch
from benchmarks.trading_day import TradingDay
from benchmarks.trading_day_ledger import Ledger
from benchmarks.trading_day_recompute import figures_from
from benchmarks.workload import Size
from connectors.log.redis import RedisLog
from flows.settings import Settings
from flows.store_reach import open_store
from flows.supervise import Supervisor
from state.errors import StateError
from state.messages import AnyMessage, Tick, Trade
from state.store import StoreReader

RATE = 2_000.0
"""Messages a second of the open loop."""

OPEN_SECONDS = 10.0
"""How long the open loop lasts at most; at most half of the day's messages."""

_TICKS = 2
_SNAPSHOT_TICKS = 100
_AT_ONCE = 200
OPENING_AT_ONCE = 1_000
PROCESSES = ("store", "monitor")
_LOOK_SECONDS = 0.0005
_CLOSE_LOOK_SECONDS = 0.0001
_TABLES_SECONDS = 5.0
_STUCK_SECONDS = 600.0


class ChainRun(msgspec.Struct, frozen=True):
    """What was measured.

    Attributes:
        rate: messages a second that were due in the open loop.
        trade_milliseconds: of the trades among them, from due to the effect in the store.
        look_milliseconds: between two looks at the store, by which a time may be too long.
        sustained_events: messages other than ticks of the sustained part.
        sustained_a_second: those a second.
        opening_seconds: until the opening's effect was in the store.
        monitor_mb: resident memory of the monitor at the end.
    """

    size: Size
    rate: float
    trade_milliseconds: Spread
    look_milliseconds: Spread
    sustained_events: int
    sustained_a_second: float
    opening_seconds: float
    monitor_mb: float
    difference: Difference
    machine: Machine


def settings_of(data_dir: Path) -> Settings:
    """Return the settings of a house that is measured."""
    return Settings(
        data_dir=data_dir,
        run="benchmark",
        company="benchmark",
        metrics_port=0,
        snapshot_every_ticks=_SNAPSHOT_TICKS,
    )


def measure(name: str, size: Size) -> ChainRun:
    """Run W2 through the chain in a house of its own.

    Args:
        name: of the workload, ``W2``, and the rate of the open loop: ``W2/2000``.
        size: of the workload.

    Raises:
        StateError: a process died or stood still, a message was refused, or the stored figures
            are not those of a recompute.
    """
    load_before = load()
    rate = float(name.partition("/")[2] or RATE)
    workload = TradingDay(msgspec.structs.replace(size, ticks_between=_TICKS))
    with scratch() as data_dir:
        settings = settings_of(data_dir)
        with running(settings, processes=PROCESSES) as supervisor, open_store(settings) as client:
            chain = Chain(client, settings.run, supervisor)
            opening_seconds = chain.append_all(workload.opening(), OPENING_AT_ONCE)
            day = list(workload.day())
            first = min(len(day) // 2, int(rate * OPEN_SECONDS))
            trades = chain.append_at(day[:first], rate)
            seconds = chain.append_all(day[first:], _AT_ONCE)
            rest = sum(not isinstance(message, Tick) for message in day[first:])
            return ChainRun(
                size=size,
                rate=rate,
                trade_milliseconds=spread(trades),
                look_milliseconds=spread(chain.looks),
                sustained_events=rest,
                sustained_a_second=rest / seconds,
                opening_seconds=opening_seconds,
                monitor_mb=_monitor_mb(data_dir),
                difference=chain.require_right(itertools.chain(workload.opening(), day)),
                machine=machine(load_before),
            )


class Chain:
    """Appends to the log and looks at the store.

    Attributes:
        looks: milliseconds between two looks of the open loop.
    """

    def __init__(self, client: redis.Redis, run: str, supervisor: Supervisor) -> None:
        self._log = RedisLog(client, run)
        self._reader = StoreReader(client, run)
        self._supervisor = supervisor
        self.looks: list[float] = []

    def append_all(
        self, messages: Iterator[AnyMessage] | Sequence[AnyMessage], at_once: int
    ) -> float:
        """Append as fast as the log takes it; return the seconds until all is in the store."""
        rest, last = iter(messages), 0
        began = time.monotonic()
        while batch := list(itertools.islice(rest, at_once)):
            last = self._append(batch)[-1]
        self._await(last)
        return time.monotonic() - began

    def answer_seconds(self, message: AnyMessage) -> float:
        """Append a message alone; return the seconds until its effect is in the store."""
        began = time.monotonic()
        self._await(self._append([message])[0], look_seconds=_CLOSE_LOOK_SECONDS)
        return time.monotonic() - began

    def append_at(self, messages: Sequence[AnyMessage], rate: float) -> list[float]:
        """Append messages when they are due; return the milliseconds of each trade."""
        waiting: list[tuple[int, float]] = []
        found: list[float] = []
        began = looked = time.monotonic()
        sent = 0
        while sent < len(messages) or waiting:
            due = min(len(messages), int((time.monotonic() - began) * rate) + 1)
            if due > sent:
                batch = messages[sent:due]
                positions = zip(self._append(batch), range(sent, due), batch, strict=True)
                waiting.extend(
                    (position, began + number / rate)
                    for position, number, message in positions
                    if isinstance(message, Trade)
                )
                sent = due
            else:
                time.sleep(_LOOK_SECONDS)
            stored, now = self._reader.position(), time.monotonic()
            self.looks.append((now - looked) * 1e3)
            looked = now
            found.extend((now - since) * 1e3 for at, since in waiting if at <= stored)
            waiting = [(at, since) for at, since in waiting if at > stored]
            self._require_progress(now - began - len(messages) / rate)
        return found

    def _append(self, batch: Sequence[AnyMessage]) -> list[int]:
        positions = self._log.append(batch)
        if None in positions:
            reason = f"{batch[positions.index(None)].key} was refused as a duplicate"
            raise StateError(reason)
        return [position for position in positions if position is not None]

    def _await(self, position: int, *, look_seconds: float = _LOOK_SECONDS) -> None:
        began = time.monotonic()
        while self._reader.position() < position:
            self._require_progress(time.monotonic() - began)
            time.sleep(look_seconds)

    def _require_progress(self, seconds: float) -> None:
        self._supervisor.tend()
        died = any(self._supervisor.restarts.values())
        if self._supervisor.stopping or died or seconds > _STUCK_SECONDS:
            reason = "interrupted, or the monitor died or stood still; nothing was measured"
            raise StateError(reason)

    def require_accepted(self) -> None:
        """Make sure that nothing was refused.

        Raises:
            StateError: something was.
        """
        letters = self._reader.dead_letters(1)
        if letters:
            reason = f"a message was refused: {letters[0].reason}"
            raise StateError(reason)

    def require_right(self, messages: Iterator[AnyMessage]) -> Difference:
        """Hold the stored figures against a recompute.

        Raises:
            StateError: they differ, or a message was refused.
        """
        ledger = Ledger()
        for message in messages:
            ledger.take(message)
        self.require_accepted()
        expected = figures_from(ledger, confidence=TradingDay.confidence)
        until = time.monotonic() + _TABLES_SECONDS
        while True:  # tables follow the figures, at most a moment after the last message
            found = difference(figures_in(self._reader.read_views(), days=DAYS), expected)
            if found.most <= TOLERANCE or time.monotonic() > until:
                return require_near("chain", found)
            time.sleep(_LOOK_SECONDS)


def _monitor_mb(data_dir: Path) -> float:
    """Return the resident memory of the monitor."""
    pids = msgspec.json.decode((data_dir / "processes.json").read_bytes(), type=dict[str, int])
    return memory_mb(pids["monitor"])
