"""The monitor: log → one step a company → read model.

The log is read in order by one feed, folded by one stateful step keyed by company, and what each
batch changed is written to the read model in one call. Start is recovery: the newest whole
snapshot, then the log from there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bytewax.operators as op
import redis
import structlog
from bytewax.dataflow import Dataflow

from connectors.log.redis import LogEntry, RedisLog
from connectors.sinks.store import StoreSink
from connectors.source import FeedSource
from flows.memory import loading, settle_memory
from flows.running import run_flow, stopped_by_signals
from flows.snapshots import (
    Head,
    Snapshot,
    SnapshotWriter,
    mark_of,
    whole_snapshots,
)
from flows.state_kind import Fold, FoldKind
from flows.steps import BACKLOG, Numbered, fold_step
from state.errors import WireError
from state.messages import RunPhase, RunStatus
from state.store import StoreReader, StoreWriter
from state.wire import decode

READER = "monitor"
"""Name under which the monitor says what it will never read again."""

_READ_WAIT_SECONDS = 0.2
_LARGEST_STATUS_BYTES = 1000

log = structlog.get_logger()


@dataclass(frozen=True)
class Monitored:
    """What is folded, and how.

    Attributes:
        run: name of the run whose log is read.
        company: the key of the one step.
        fold: the class of the state, ``state.company.Company``.
        snapshots: folder of this run's snapshots.
        every_ticks: ticks between two of them.
        pause_seconds: and at least so much time, for a fast replay.
        until_ended: stop once the run's end has been applied and written.
    """

    run: str
    company: str
    fold: FoldKind
    snapshots: Path
    every_ticks: int = 600
    pause_seconds: float = 1.0
    until_ended: bool = False


def run(
    client: redis.Redis,
    monitored: Monitored,
    *,
    workers: int = 1,
    stop: threading.Event | None = None,
) -> None:
    """Keep the read model of a run current until a signal comes, or the run has ended.

    Args:
        client: of the store.
        monitored: what is folded.
        workers: Bytewax workers; one is as fast as many for one company.
        stop: ends the run when set; SIGINT and SIGTERM set it too.

    Raises:
        LogError: the log has lost entries that are needed, or the store is unsafe.
    """
    stop = stop or threading.Event()
    writer = open_snapshots(client, monitored)
    with stopped_by_signals(stop):
        run_flow(build(client, monitored, writer, stop), workers=workers)
        writer.close()


def build(
    client: redis.Redis, monitored: Monitored, writer: SnapshotWriter, stop: threading.Event
) -> Dataflow:
    """Find where to start and wire the flow: one feed, one step, one sink."""
    run_log = RedisLog(client, monitored.run)
    run_log.require_safe_store()
    start = find_start(run_log, StoreReader(client, monitored.run), monitored.snapshots)
    position = 0 if start is None else start.position
    run_log.record_start("monitor", position=position)
    log.info("monitor.started", run=monitored.run, position=position)

    def feed(stop: threading.Event) -> Iterator[list[tuple[str, Numbered]]]:
        for entries in _entries(run_log, position, stop, until_ended=monitored.until_ended):
            yield [(monitored.company, (number, body)) for number, body in entries]

    def restore() -> Fold:
        if start is None:
            return monitored.fold(monitored.company)
        state = monitored.fold.restore(start.state)
        settle_memory()
        return state

    def keep(state: Fold, tick: bytes) -> None:
        if writer.due:
            settle_memory()
            writer.take(Head(state.position, mark_of(tick)), state.snapshot_pieces)

    flow = Dataflow("monitor")
    source = FeedSource({"log": feed}, stop)
    entries = op.input("log", flow, source)
    frames = fold_step(
        "company", entries, restore=restore, keep=keep, every_ticks=monitored.every_ticks
    )
    sink = StoreSink(lambda: StoreWriter(client, monitored.run), lambda: source.has_failed)
    op.output("store", frames, sink)
    return flow


def flow(*, until_ended: bool = False) -> Dataflow:
    """Make the flow from the settings of the environment, for ``python -m bytewax.run``."""
    with loading():
        from flows.settings import load_settings  # noqa: PLC0415 - as above
        from flows.store_reach import open_store  # noqa: PLC0415 - as above
        from state.company import Company  # noqa: PLC0415 - as above
        from state.warm import load_loops  # noqa: PLC0415 - as above

        load_loops()
    settings = load_settings()
    client = open_store(settings)
    monitored = Monitored(
        run=settings.run,
        company=settings.company,
        fold=Company,
        snapshots=settings.run_dir / "snapshots",
        every_ticks=settings.snapshot_every_ticks,
        until_ended=until_ended,
    )
    return build(client, monitored, open_snapshots(client, monitored), threading.Event())


def find_start(run_log: RedisLog, views: StoreReader, snapshots: Path) -> Snapshot | None:
    """Return the newest whole snapshot of this log that the read model has caught up with.

    Raises:
        LogError: the log lost its tail, or its head and no snapshot reaches over the gap.
    """
    written, last = views.position(), run_log.last_position()
    run_log.require_tail(written)
    for snapshot in whole_snapshots(snapshots):
        if snapshot.position > last:
            log.warning("snapshot.of_a_longer_log", position=snapshot.position, log_ends=last)
        if snapshot.position <= written and _belongs(snapshot, run_log):
            run_log.require_head(snapshot.position)
            return snapshot
    run_log.require_head(0)
    return None


def _belongs(snapshot: Snapshot, run_log: RedisLog) -> bool:
    if snapshot.is_of(run_log):
        return True
    log.warning("snapshot.of_another_log", position=snapshot.position)
    return False


def open_snapshots(client: redis.Redis, monitored: Monitored) -> SnapshotWriter:
    """Return the writer of a run's snapshots; it tells the log what need not be kept."""
    run_log = RedisLog(client, monitored.run)
    return SnapshotWriter(
        monitored.snapshots,
        lambda oldest: run_log.pass_reader(READER, oldest),
        pause_seconds=monitored.pause_seconds,
    )


def _entries(
    run_log: RedisLog, position: int, stop: threading.Event, *, until_ended: bool
) -> Iterator[list[LogEntry]]:
    while not stop.is_set():
        entries = run_log.read(position, BACKLOG, block_seconds=_READ_WAIT_SECONDS)
        if not entries:
            continue
        yield entries
        position = entries[-1].position
        if until_ended and any(_is_end(entry.body) for entry in entries):
            return


def _is_end(body: bytes) -> bool:
    """Whether an entry says that the run ended; few are small enough to be decoded for it."""
    if len(body) > _LARGEST_STATUS_BYTES or b"run_status" not in body:
        return False
    try:
        message = decode(body)
    except WireError:
        return False
    return isinstance(message, RunStatus) and message.phase is RunPhase.ENDED
