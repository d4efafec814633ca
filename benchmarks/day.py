"""The core alone: a day's messages in a plain loop like ``flows/fold.py``; no process, no disk."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import msgspec
from rich.console import Console

from benchmarks.figures import Bar, Machine, Spread, load, machine, rate, spread
from benchmarks.report import machine_line, table
from connectors.log.days import Day
from flows.fold import messages_of
from state.company import Company
from state.store import encode_frame
from state.wire import decode, encode


class KindOfMessage(msgspec.Struct, frozen=True):
    """What one kind of message costs, in microseconds.

    Attributes:
        kind: tag of the message.
        fold: decode and apply.
        frame: build the views it changed and encode them, as the monitor does when a message
            comes alone.
    """

    kind: str
    fold: Spread
    frame: Spread


class DayRun(msgspec.Struct, frozen=True):
    """What was measured.

    Attributes:
        messages: of the day, its opening included.
        seconds: of each run of the plain loop.
        kinds: from a run in which every message makes a frame, most expensive in sum first; the
            opening, before the first tick, is left out.
        snapshot_milliseconds: what the whole state costs, hourly over the day.
        snapshot_bytes: its size at the end of the day.
    """

    day: str
    messages: int
    seconds: list[float]
    kinds: list[KindOfMessage]
    snapshot_milliseconds: Spread
    snapshot_bytes: int
    machine: Machine

    @property
    def messages_a_second(self) -> float:
        """Return the rate of the median run."""
        return rate(self.messages, self.seconds)

    def bars(self) -> list[Bar]:
        """Return none: the product promises nothing of it."""
        return []

    def show(self, console: Console) -> None:
        """Print what was measured, and the machine it was measured on."""
        title = f"Core: {self.day}, µs by kind of message"
        head = ("kind", "count", "fold p50", "fold p99", "views p50", "views p99")
        rows = [
            (
                each.kind,
                f"{each.fold.count:,}",
                *(f"{part:,.0f}" for part in (each.fold.p50, each.fold.p99)),
                *(f"{part:,.0f}" for part in (each.frame.p50, each.frame.p99)),
            )
            for each in self.kinds
        ]
        console.print(table(title, head, rows))
        snapshot = self.snapshot_milliseconds
        console.print(
            f"plain loop: {self.messages:,} messages in {statistics.median(self.seconds):.2f}"
            f" s, {self.messages_a_second:,.0f} a second\n"
            f"snapshot: {snapshot.p50:.1f} ms, at most {snapshot.max:.1f} ms, "
            f"{self.snapshot_bytes / 1e6:.1f} MB"
        )
        console.print(machine_line(self.machine), style="dim")


def measure(folder: Path, *, runs: int) -> DayRun:
    """Fold a day several times, then once message by message."""
    day = Day.open(folder)
    load_before = load()
    bodies = [(str(message.__struct_config__.tag), encode(message)) for message in messages_of(day)]
    seconds = [_fold(day.manifest.company, bodies) for _ in range(runs)]
    clock = _Stopwatch(day.manifest.company, snapshot_every=max(1, len(bodies) // 24))
    for kind, body in bodies:
        clock.take(kind, body)
    return DayRun(
        day=day.manifest.name,
        messages=len(bodies),
        seconds=seconds,
        kinds=clock.kinds(),
        snapshot_milliseconds=spread(clock.snapshots),
        snapshot_bytes=len(clock.company.snapshot()),
        machine=machine(load_before),
    )


def _fold(name: str, bodies: list[tuple[str, bytes]]) -> float:
    company = Company(name)
    began = time.perf_counter()
    for position, (_, body) in enumerate(bodies, start=1):
        company.apply(decode(body), position)
    return time.perf_counter() - began


class _Stopwatch:
    """Folds message by message and times the parts of each."""

    def __init__(self, name: str, *, snapshot_every: int) -> None:
        self.company = Company(name)
        self.snapshots: list[float] = []
        self._snapshot_every = snapshot_every
        self._folds: dict[str, list[float]] = {}
        self._frames: dict[str, list[float]] = {}

    def take(self, kind: str, body: bytes) -> None:
        position, open_yet = self.company.position + 1, self.company.tick_ns > 0
        began = time.perf_counter()
        transitions = self.company.apply(decode(body), position)
        folded = time.perf_counter()
        changes = [(position, number, change) for number, change in enumerate(transitions)]
        encode_frame(position, self.company.changed_views(), changes)
        framed = time.perf_counter()
        if open_yet:
            self._folds.setdefault(kind, []).append((folded - began) * 1e6)
            self._frames.setdefault(kind, []).append((framed - folded) * 1e6)
        if position % self._snapshot_every == 0:
            self._take_snapshot()

    def _take_snapshot(self) -> None:
        began = time.perf_counter()
        self.company.snapshot()
        self.snapshots.append((time.perf_counter() - began) * 1e3)

    def kinds(self) -> list[KindOfMessage]:
        dearest = sorted(self._folds, key=lambda kind: -sum(self._folds[kind] + self._frames[kind]))
        return [
            KindOfMessage(kind, spread(self._folds[kind]), spread(self._frames[kind]))
            for kind in dearest
        ]
