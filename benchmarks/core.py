"""The core alone under a workload: one message at a time through ``Company.apply``."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from benchmarks.figures import Machine, Spread, load, machine, spread
from benchmarks.figures_of import TOLERANCE, Difference, difference, product_figures
from benchmarks.marked_day import MarkedDay
from benchmarks.marked_day_recompute import recompute
from benchmarks.trading_day import TradingDay
from benchmarks.trading_day_ledger import Ledger
from benchmarks.trading_day_recompute import figures_from
from benchmarks.workload import Size, Workload, batches, new_company
from flows.memory import settle_memory, sweep
from flows.snapshots import Head, SnapshotWriter, mark_of
from state.company import Company
from state.errors import StateError
from state.messages import AnyMessage, PricePublication, Tick, Trade
from state.moments import SECOND_NS
from state.warm import load_loops

WORKLOADS: dict[str, Callable[[Size], Workload]] = {"W1": MarkedDay, "W2": TradingDay}
"""By name."""

PUBLICATION = {"W1": "price DA", "W2": "price RTD"}
"""The kind of the publication that comes between trades, by workload."""

IDLE_TICK = "tick, nothing due"
END_TICK = "tick, an interval ends"
NEWS_TICK = "tick, after news"

DAYS = ["position/w2/2026-09-08", "position/w2/2026-09-09"]
"""The position views of W2."""

_BATCH = 1_000
_GRID_NS = 300 * SECOND_NS
_NOT_EVENTS = {IDLE_TICK, END_TICK, NEWS_TICK}


class Cost(msgspec.Struct, frozen=True):
    """What one kind of message costs.

    Attributes:
        kind: a trade, a publication of a run, a tick by what it finds to do, …
        microseconds: of each.
        seconds: of all together.
    """

    kind: str
    microseconds: Spread
    seconds: float


class CoreRun(msgspec.Struct, frozen=True):
    """What was measured.

    Attributes:
        opening_seconds: to fold the opening, the held trades included.
        costs: by kind, dearest in sum first.
        events: messages of the measured part other than ticks.
        events_a_second: those by the time of all messages, ticks included.
        messages_a_second: all messages, ticks included.
        opened_mb, memory_mb: resident memory after the opening, and after the measured part.
        snapshot_milliseconds: for which the fold stands still while one is taken at the end.
        snapshot_mb: its size.
        difference: from a recompute from scratch.
    """

    workload: str
    size: Size
    opening_seconds: float
    costs: list[Cost]
    events: int
    events_a_second: float
    messages_a_second: float
    opened_mb: float
    memory_mb: float
    snapshot_milliseconds: float
    snapshot_mb: float
    difference: Difference
    machine: Machine

    def cost(self, kind: str) -> Cost:
        """Return the cost of a kind.

        Raises:
            KeyError: no message was of it.
        """
        found = {cost.kind: cost for cost in self.costs}
        return found[kind]


def measure(name: str, size: Size) -> CoreRun:
    """Fold a workload message by message and hold the result against a recompute.

    Raises:
        StateError: a message was refused, or the figures are not those of the recompute.
    """
    load_before, workload = load(), WORKLOADS[name](size)
    company = new_company(workload)
    load_loops()  # as a monitor does before its first message
    began = time.perf_counter()
    for message in workload.opening():
        company.apply(message, company.position + 1)
    opening_seconds, opened_mb = time.perf_counter() - began, memory_mb()
    settle_memory()  # as a monitor does at its first tick
    samples = time_messages(company, workload)
    folded_mb = memory_mb()
    snapshot_seconds, snapshot_mb = take_snapshot(company)
    costs = [Cost(kind, spread(each), sum(each) / 1e6) for kind, each in samples.items()]
    events = sum(cost.microseconds.count for cost in costs if cost.kind not in _NOT_EVENTS)
    messages, seconds = sum(map(len, samples.values())), sum(cost.seconds for cost in costs)
    return CoreRun(
        workload=name,
        size=size,
        opening_seconds=opening_seconds,
        costs=sorted(costs, key=lambda cost: -cost.seconds),
        events=events,
        events_a_second=events / seconds,
        messages_a_second=messages / seconds,
        opened_mb=opened_mb,
        memory_mb=folded_mb,
        snapshot_milliseconds=snapshot_seconds * 1e3,
        snapshot_mb=snapshot_mb,
        difference=require_equal(company, workload),
        machine=machine(load_before),
    )


def take_snapshot(company: Company) -> tuple[float, float]:
    """Take a snapshot as the monitor does; return the seconds it stops the fold, and its MB."""
    with tempfile.TemporaryDirectory() as folder:
        writer = SnapshotWriter(Path(folder), lambda _oldest: None)
        began = time.perf_counter()
        writer.take(Head(company.position, mark_of(b"")), company.snapshot_pieces)
        seconds = time.perf_counter() - began
        writer.close()
        [written] = Path(folder).iterdir()
        return seconds, written.stat().st_size / 1e6


def time_messages(company: Company, workload: Workload) -> dict[str, list[float]]:
    """Fold the measured part; return microseconds of each message, by kind.

    Raises:
        StateError: a message was refused.
    """
    samples: dict[str, list[float]] = {}
    clock, last_was_tick = time.perf_counter, False
    for batch in batches(workload.day(), _BATCH):
        for message in batch:
            position = company.position + 1
            began = clock()
            company.apply(message, position)
            if isinstance(message, Tick):
                sweep()  # as a monitor does
            taken = (clock() - began) * 1e6
            kind = kind_of(message, last_was_tick=last_was_tick)
            samples.setdefault(kind, []).append(taken)
            last_was_tick = isinstance(message, Tick)
    require_accepted(company)
    return samples


def kind_of(message: AnyMessage, *, last_was_tick: bool) -> str:
    """Name what is timed together.

    A tick has nothing due when the one before it did all there was: it directly follows another
    tick, and no settlement interval ends at it.
    """
    match message:
        case Tick():
            if not message.at_ns % _GRID_NS:
                return END_TICK
            return IDLE_TICK if last_was_tick else NEWS_TICK
        case PricePublication():
            return f"price {message.run}"
        case Trade():
            return "trade"
        case _:
            return str(message.__struct_config__.tag)


def require_accepted(company: Company) -> None:
    """Make sure that nothing was refused.

    Raises:
        StateError: something was; a refused message costs less than an applied one.
    """
    require_none_refused([reason for _, reason in company.refusals()])


def require_none_refused(reasons: Sequence[str]) -> None:
    """Make sure that there is no reason of a refusal.

    Raises:
        StateError: there is.
    """
    if reasons:
        told = f"{len(reasons)} messages were refused, the first: {reasons[0]}"
        raise StateError(told)


def require_equal(company: Company, workload: Workload) -> Difference:
    """Hold a company's figures against a recompute from scratch.

    Raises:
        StateError: they differ by more than the tolerance.
    """
    return require_near(workload.name, compare(company, workload))


def require_near(name: str, found: Difference) -> Difference:
    """Return a difference that is within the tolerance.

    Raises:
        StateError: it is not.
    """
    if not found.most <= TOLERANCE:
        reason = f"{name}: figures differ from a recompute from scratch: {found}"
        raise StateError(reason)
    return found


def compare(company: Company, workload: Workload) -> Difference:
    """Return how far a company's figures are from a recompute of the whole workload."""
    if isinstance(workload, MarkedDay):
        made = workload.size.publications * workload.size.trades_between
        expected = recompute(workload.marks, publications=workload.size.publications, trades=made)
        return difference(product_figures(company, days=["position/w1/2026-09-09"]), expected)
    ledger = Ledger()
    for message in itertools.chain(workload.opening(), workload.day()):
        ledger.take(message)
    expected = figures_from(ledger, confidence=workload.confidence)
    return difference(product_figures(company, days=DAYS), expected)


def memory_mb(process: int | None = None) -> float:
    """Return the resident memory of a process, MB; of this one when none is named."""
    pages = int(Path(f"/proc/{process or 'self'}/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6
