"""Outside bytes into the log: day player → parse → append.

The offset of the source moves in the same append as its messages, so that a restart neither
repeats nor skips.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import bytewax.operators as op
import redis
import structlog
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from msgspec import structs
from typing_extensions import override

from connectors.isos import MARKETS
from connectors.log.days import Day, Item, play
from connectors.log.redis import DeadLetter, RedisLog
from connectors.source import FeedSource
from flows.entries import LARGEST_APPEND, count, messages_of
from flows.running import run_flow, stopped_by_signals
from state.errors import ConfigError
from state.messages import Message, RunPhase, RunStatus, StressScenarios

_FASTEST_BATCH = 200

log = structlog.get_logger()


class Numbered(NamedTuple):
    """An item of a source and the offset of the one after it."""

    next_offset: int
    item: Item | RunStatus


class Parcel(NamedTuple):
    """What one item became, to be appended in one piece."""

    next_offset: int
    entries: Sequence[Message | DeadLetter]


@dataclass(frozen=True)
class Played:
    """What is played into which run, and how.

    Attributes:
        run: the run whose log is written.
        speed: market seconds per wall second; 0 is as fast as possible.
        start_at: market-local ``HH:MM`` of a saved opening; empty for the day's beginning.
        until_ended: return at the day's end instead of waiting for a signal.
        scenarios: stress scenarios put in force where the day brings none of its own.
    """

    run: str
    day: Day
    speed: float
    start_at: str = ""
    until_ended: bool = False
    scenarios: StressScenarios | None = None

    @property
    def source(self) -> str:
        """Name under which the day's offset is kept."""
        return f"day/{self.day.manifest.name}"


def run(client: redis.Redis, played: Played, *, stop: threading.Event | None = None) -> None:
    """Play a day into the log of a run until its end, then wait for a signal.

    A restart goes on at the offset stored in the log.

    Args:
        client: of the store.
        played: what is played.
        stop: ends the run when set; SIGINT and SIGTERM set it too.

    Raises:
        ConfigError: the day cannot be played into this run.
        LogError: the store is unsafe to write a log to.
    """
    run_log = RedisLog(client, played.run)
    run_log.require_safe_store()
    stop = stop or threading.Event()
    with stopped_by_signals(stop):
        offset = begin(run_log, played)
        run_log.record_start("ingest", offset=offset)
        log.info("ingest.started", run=played.run, day=played.day.manifest.name, offset=offset)
        run_flow(build(run_log, played, offset, stop))
        if not played.until_ended:
            stop.wait()


def build(run_log: RedisLog, played: Played, offset: int, stop: threading.Event) -> Dataflow:
    """Wire the flow: one feed, one translation, one sink."""

    def feed(stop: threading.Event) -> Iterator[Sequence[Numbered]]:
        size = 1 if played.speed else _FASTEST_BATCH
        return _batches(_rest_of_day(played, offset, stop), size)

    flow = Dataflow("ingest")
    items = op.input("feeds", flow, FeedSource({played.source: feed}, stop))
    parcels = op.map("parse", items, translate)
    op.output("log", parcels, LogSink(run_log, played.source))
    return flow


def begin(run_log: RedisLog, played: Played) -> int:
    """Append the opening, unless the log has it already.

    Returns:
        The offset of the first item to play.

    Raises:
        ConfigError: the log holds another day, or the opening is wrong.
    """
    _require_markets(played.day)
    offsets = run_log.offsets()
    if played.source in offsets:
        return offsets[played.source]
    others = sorted(source for source in offsets if source.startswith("day/"))
    if others:
        reason = f"the log of run {played.run!r} holds {others[0]}; choose another run for this day"
        raise ConfigError(reason)
    entries, offset = _saved_start(played) if played.start_at else first_start(played)
    run_log.append([*entries, *_scenarios(played)], source=played.source, offset=offset)
    return offset


def translate(numbered: Numbered) -> Parcel:
    """Turn one item into what goes into the log; never raises for what the item holds."""
    offset, item = numbered
    if isinstance(item, Message):
        return Parcel(offset, (item,))
    return Parcel(offset, messages_of(item, f"{item.source}/{offset - 1}"))


class LogSink(DynamicSink[Parcel]):
    """Appends parcels in order, up to 500 messages a call, none of them torn apart."""

    def __init__(self, run_log: RedisLog, source: str) -> None:
        self._log = run_log
        self._source = source

    @override
    def build(
        self, step_id: str, worker_index: int, worker_count: int
    ) -> StatelessSinkPartition[Parcel]:
        return _LogSinkPartition(self._log, self._source)


class _LogSinkPartition(StatelessSinkPartition[Parcel]):
    def __init__(self, run_log: RedisLog, source: str) -> None:
        self._log = run_log
        self._source = source

    @override
    def write_batch(self, items: list[Parcel]) -> None:
        for group in _groups(items):
            entries = [entry for parcel in group for entry in parcel.entries]
            offset = group[-1].next_offset
            positions = self._log.append(entries, source=self._source, offset=offset)
            count(entries, positions)


def first_start(played: Played) -> tuple[list[Message], int]:
    """Return what comes before the first item of a day, and that item's offset."""
    started = _status(played, RunPhase.STARTED, played.day.manifest.from_ns)
    return [started, *played.day.opening()], 0


def _saved_start(played: Played) -> tuple[list[Message], int]:
    """Restore first: the run's status must not be lost under the saved state."""
    opening = played.day.saved_opening(played.start_at)
    started = _status(played, RunPhase.STARTED, opening.at_ns)
    return [opening, started], played.day.offset_after(opening.at_ns)


def _scenarios(played: Played) -> list[Message]:
    """Return the stress scenarios of the product, unless the day has its own."""
    own = any(isinstance(message, StressScenarios) for message in played.day.opening())
    if own or played.scenarios is None:
        return []
    return [structs.replace(played.scenarios, received_at_ns=played.day.manifest.from_ns)]


def _rest_of_day(played: Played, offset: int, stop: threading.Event) -> Iterator[Numbered]:
    day = played.day
    for next_offset, item in play(day, start_offset=offset, speed=played.speed, stop=stop):
        yield Numbered(next_offset, item)
    if not stop.is_set():
        yield Numbered(len(day) + 1, _status(played, RunPhase.ENDED, day.manifest.to_ns))


def _status(played: Played, phase: RunPhase, at_ns: int) -> RunStatus:
    return RunStatus(
        run=played.run,
        phase=phase,
        at_ns=at_ns,
        received_at_ns=at_ns,
        day=played.day.manifest.name,
        speed=played.speed,
    )


def _groups(parcels: Sequence[Parcel]) -> Iterator[list[Parcel]]:
    """Split a batch so that no append grows past its limit, except for one large parcel."""
    group: list[Parcel] = []
    size = 0
    for parcel in parcels:
        if group and size + len(parcel.entries) > LARGEST_APPEND:
            yield group
            group, size = [], 0
        group.append(parcel)
        size += len(parcel.entries)
    if group:
        yield group


def _batches(items: Iterator[Numbered], size: int) -> Iterator[list[Numbered]]:
    while batch := list(itertools.islice(items, size)):
        yield batch


def _require_markets(day: Day) -> None:
    for market in day.manifest.markets:
        if market not in MARKETS:
            reason = (
                f"day {day.manifest.name} names market {market!r}, which has no parser; "
                f"known: {', '.join(MARKETS)}"
            )
            raise ConfigError(reason)
