"""The monitor's flow under a workload: encoded log messages from memory in, effects out; no store.

It is the real step (``flows/steps.py``) in a real Bytewax flow. ``one`` hands over one entry of
the log at a time, as they come to a monitor that keeps up; ``batch`` hands over as many as the
monitor reads at once from a backlog. The source and the sink are the benchmark's: entries lie in
memory, and of what comes out only its position and size are kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple

import bytewax.operators as op
import msgspec
from bytewax.dataflow import Dataflow
from bytewax.inputs import DynamicSource, StatelessSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from typing_extensions import override

from benchmarks.core_workload import (
    WORKLOADS,
    memory_mb,
    require_equal,
    require_none_refused,
)
from benchmarks.figures import Machine, Spread, load, machine, spread
from benchmarks.figures_of import Difference
from benchmarks.workload import Size, Workload, open_company
from flows.memory import settle_memory
from flows.running import run_flow
from flows.steps import BACKLOG, Numbered, fold_step
from state.company import Company
from state.errors import StateError
from state.messages import Tick
from state.store import Frame
from state.warm import load_loops
from state.wire import encode

ONE, BATCH = 1, BACKLOG
"""Entries handed over at once: one, or as many as the monitor reads."""

_NEVER_TICKS = 1 << 40
_COMPANY = "benchmark"


class FlowRun(msgspec.Struct, frozen=True):
    """What was measured.

    Attributes:
        entries_at_once: handed over by the source.
        events: messages other than ticks.
        events_a_second: those by the time from the first entry in to the last effect out.
        milliseconds: from an entry's hand-over to the frame with its effect, by hand-over.
        frame_bytes: of views and transitions, all frames together.
    """

    workload: str
    size: Size
    entries_at_once: int
    events: int
    events_a_second: float
    milliseconds: Spread
    frame_bytes: int
    memory_mb: float
    difference: Difference
    machine: Machine


def measure(name: str, size: Size) -> FlowRun:
    """Run a workload's measured part through the flow.

    Args:
        name: of the workload and how many entries at once: ``W1/1``, ``W2/500``.
        size: of the workload.

    Raises:
        StateError: a message was refused, or the figures are not those of a recompute.
    """
    load_before = load()
    workload_name, _, at_once = name.partition("/")
    workload = WORKLOADS[workload_name](size)
    load_loops()  # as a monitor does before its first message
    company = open_company(workload)
    company.changed_views()  # the opening is shown, as by a monitor that keeps up
    entries = encoded(workload, company.position)
    settle_memory()  # as a monitor does that begins with a snapshot
    clock = Handovers()
    began = time.perf_counter()
    run_flow(flow_of(company, entries, int(at_once or ONE), clock))
    seconds = clock.last_out - began
    if company.position != entries.numbered[-1][0]:
        reason = f"the flow ended at {company.position}, the log at {entries.numbered[-1][0]}"
        raise StateError(reason)
    require_none_refused(clock.refusals)
    return FlowRun(
        workload=workload_name,
        size=size,
        entries_at_once=int(at_once or ONE),
        events=entries.events,
        events_a_second=entries.events / seconds,
        milliseconds=spread(clock.milliseconds),
        frame_bytes=clock.frame_bytes,
        memory_mb=memory_mb(),
        difference=require_equal(company, workload),
        machine=machine(load_before),
    )


class Entries(NamedTuple):
    """The measured part as entries of the log, and how many of them are no ticks."""

    numbered: list[Numbered]
    events: int


def encoded(workload: Workload, position: int) -> Entries:
    """Encode the measured part as the log would hold it after a position."""
    numbered: list[Numbered] = []
    events = 0
    for number, message in enumerate(workload.day(), start=position + 1):
        numbered.append((number, encode(message)))
        events += not isinstance(message, Tick)
    return Entries(numbered, events)


class Handovers:
    """When entries were handed over, and when their frame came out.

    Attributes:
        milliseconds: of each hand-over.
        frame_bytes: of all that came out.
        refusals: of the core.
        last_out: moment of the last frame, on the performance clock.
    """

    def __init__(self) -> None:
        self._since: dict[int, float] = {}
        self.milliseconds: list[float] = []
        self.frame_bytes = 0
        self.refusals: list[str] = []
        self.last_out = 0.0

    def hand_over(self, position: int) -> None:
        """Note that a batch that ends at a position goes in."""
        self._since[position] = time.perf_counter()

    def take(self, frame: Frame) -> None:
        """Note that a frame has come out: the effect of every hand-over up to its position."""
        self.last_out = time.perf_counter()
        shown = [position for position in self._since if position <= frame.position]
        for position in shown:
            self.milliseconds.append((self.last_out - self._since.pop(position)) * 1e3)
        self.frame_bytes += sum(map(len, frame.views.values()))
        self.frame_bytes += sum(len(data) for _, _, data in frame.transitions)
        self.refusals.extend(refusal.reason for refusal in frame.refusals)


def flow_of(company: Company, entries: Entries, at_once: int, clock: Handovers) -> Dataflow:
    """Wire entries in memory, the monitor's step, and a sink that keeps the time."""
    flow = Dataflow("benchmark")
    source = op.input("log", flow, _Memory(entries.numbered, at_once, clock))
    frames = fold_step(
        "company",
        source,
        restore=lambda: company,
        keep=lambda _state, _tick: None,
        every_ticks=_NEVER_TICKS,
    )
    op.output("effects", frames, _Watch(clock))
    return flow


class _Memory(DynamicSource[tuple[str, Numbered]]):
    def __init__(self, numbered: list[Numbered], at_once: int, clock: Handovers) -> None:
        self._parts = (numbered, at_once, clock)

    @override
    def build(self, step_id: str, worker_index: int, worker_count: int) -> _MemoryPartition:
        return _MemoryPartition(*self._parts)


class _MemoryPartition(StatelessSourcePartition[tuple[str, Numbered]]):
    def __init__(self, numbered: list[Numbered], at_once: int, clock: Handovers) -> None:
        starts = range(0, len(numbered), at_once)
        self._batches: Iterator[list[Numbered]] = (
            numbered[start : start + at_once] for start in starts
        )
        self._clock = clock

    @override
    def next_batch(self) -> list[tuple[str, Numbered]]:
        batch = next(self._batches)
        self._clock.hand_over(batch[-1][0])
        return [(_COMPANY, entry) for entry in batch]


class _Watch(DynamicSink[tuple[str, Frame]]):
    def __init__(self, clock: Handovers) -> None:
        self._clock = clock

    @override
    def build(self, step_id: str, worker_index: int, worker_count: int) -> _WatchPartition:
        return _WatchPartition(self._clock)


class _WatchPartition(StatelessSinkPartition[tuple[str, Frame]]):
    def __init__(self, clock: Handovers) -> None:
        self._clock = clock

    @override
    def write_batch(self, items: list[tuple[str, Frame]]) -> None:
        for _, frame in items:
            self._clock.take(frame)
