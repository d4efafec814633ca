"""Rounds as tables on a terminal; every figure is the median of the rounds."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from benchmarks.core import PUBLICATION, WORKLOADS
from benchmarks.peers.registry import PEERS
from benchmarks.readings import (
    Figure,
    core_cost,
    core_rate,
    core_seconds,
    core_snapshot,
    flow_rate,
    flow_time,
    share_of,
    sustained,
    trade_to_store,
)
from benchmarks.report import machine_line, many, short, table
from benchmarks.rounds_taken import RoundsTaken


def show_rounds(measured: RoundsTaken, console: Console) -> None:
    """Print a table an engine under W1, one of W2 by kind of message, one of the chain."""
    if any(one.core or one.peers for one in measured.rounds):
        console.print(_engines(measured))
    if any(one.core for one in measured.rounds):
        console.print(_kinds(measured))
    if any(one.flow for one in measured.rounds):
        console.print(_flows(measured))
    if any(one.chain for one in measured.rounds):
        console.print(_chain(measured))
    for peer, reason in measured.left_out.items():
        console.print(f"left out: {peer}: {reason}", style="yellow", markup=False)
    for machine in _machines(measured):
        console.print(machine, style="dim")


def _engines(measured: RoundsTaken) -> Table:
    head = (
        "engine", "events/s", "publication p50", "p99", "trade p50", "p99", "MB", "core ÷",
    )  # fmt: skip
    rows = []
    if any("W1" in one.core for one in measured.rounds):
        rows.append(_core_row(measured))
    rows.extend(_peer_row(measured, name) for name in PEERS if _has_peer(measured, name))
    size = measured.size
    title = (
        f"W1, µs: {size.books} books, {size.nodes:,} nodes, {size.trades:,} trades, "
        f"{size.scenarios:,} scenarios; {len(measured.rounds)} rounds"
    )
    return table(title, head, rows)


def _core_row(measured: RoundsTaken) -> tuple[str, ...]:
    kinds, shares = (PUBLICATION["W1"], "trade"), ("p50", "p99")
    costs = (core_cost("W1", kind, share) for kind in kinds for share in shares)
    return (
        "Tieline, core",
        many(measured.median(core_rate("W1"))),
        *(short(measured.median(cost)) for cost in costs),
        many(measured.median(lambda one: one.core["W1"].memory_mb)),
        "",
    )


def _peer_row(measured: RoundsTaken, name: str) -> tuple[str, ...]:
    def cost(of: str, share: str) -> Figure:
        return lambda one: share_of(getattr(one.peers[name], of), share)

    times = measured.times_as_fast(name)
    return (
        name,
        many(measured.median(lambda one: one.peers[name].events_a_second)),
        *(short(measured.median(cost("publication", share))) for share in ("p50", "p99")),
        *(short(measured.median(cost("trade", share))) for share in ("p50", "p99")),
        many(measured.median(lambda one: one.peers[name].memory_mb)),
        "" if math.isnan(times) else f"{times:,.3g}",
    )


def _kinds(measured: RoundsTaken) -> Table:
    head = ("message", "count", "p50", "p90", "p99", "s in all")
    rows = []
    for workload in WORKLOADS:
        core = measured.rounds[0].core.get(workload)
        if core is None:
            continue
        rate = measured.median(core_rate(workload))
        rows.append((f"{workload}: {many(rate)} events/s, {core.memory_mb:,.0f} MB", *[""] * 5))
        gap = measured.median(core_snapshot(workload))
        rows.append((f"  snapshot: {short(gap)} ms, {core.snapshot_mb:,.1f} MB", *[""] * 5))
        for kind in core.costs:
            count = f"{kind.microseconds.count:,}"
            rows.append((f"  {kind.kind}", count, *_kind_row(measured, workload, kind.kind)))
    return table("The core alone, one message at a time, µs", head, rows)


def _kind_row(measured: RoundsTaken, workload: str, kind: str) -> Iterator[str]:
    for share in ("p50", "p90", "p99"):
        yield short(measured.median(core_cost(workload, kind, share)))
    yield f"{measured.median(core_seconds(workload, kind)):.3f}"


def _flows(measured: RoundsTaken) -> Table:
    head = ("workload", "entries at once", "events/s", "ms in to out, p50", "p99")
    rows = []
    for name in measured.rounds[0].flow:
        workload, _, at_once = name.partition("/")
        rate = measured.median(flow_rate(name))
        late = [measured.median(flow_time(name, share)) for share in ("p50", "p99")]
        rows.append((workload, at_once, many(rate), *(f"{each:.3g}" for each in late)))
    return table("The monitor flow: entries from memory in, effects out, no store", head, rows)


def _chain(measured: RoundsTaken) -> Table:
    runs = [one.chain for one in measured.rounds if one.chain is not None]
    first = runs[0]
    head = (
        "sustained events/s",
        f"trade to store at {first.rate:,g}/s, ms p50",
        "p90",
        "p99",
        "MB",
    )
    times = (measured.median(trade_to_store(share)) for share in ("p50", "p90", "p99"))
    row = (
        many(measured.median(sustained)),
        *(f"{each:.2f}" for each in times),
        f"{first.monitor_mb:,.0f}",
    )
    return table("The whole chain under W2: log → flow → store, on disk", head, [row])


def _has_peer(measured: RoundsTaken, name: str) -> bool:
    return any(name in one.peers for one in measured.rounds)


def _machines(measured: RoundsTaken) -> Iterator[str]:
    for number, one in enumerate(measured.rounds, start=1):
        machines = [run.machine for run in one.core.values()]
        machines += [run.machine for run in one.flow.values()]
        machines += [one.chain.machine] if one.chain else []
        machines += [run.machine for run in one.peers.values()]
        if machines:
            told = machine_line(machines[0])
            yield f"round {number}: {told}; {machines[-1].load_after:.2f} at its end"
