"""Rounds as tables on a terminal; every figure is the median of the rounds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from benchmarks.core import PUBLICATION, WORKLOADS
from benchmarks.figures import Spread
from benchmarks.peers.registry import PEERS
from benchmarks.report import machine_line, many, short, table

if TYPE_CHECKING:
    from benchmarks.rounds import Round, Rounds


def show_rounds(measured: Rounds, console: Console) -> None:
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


def _engines(measured: Rounds) -> Table:
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


def _core_row(measured: Rounds) -> tuple[str, ...]:
    def cost(kind: str, share: str) -> Callable[[Round], float]:
        return lambda one: _share(one.core["W1"].cost(kind).microseconds, share)

    return (
        "Tieline, core",
        many(measured.median(lambda one: one.core["W1"].events_a_second)),
        *(short(measured.median(cost(PUBLICATION["W1"], share))) for share in ("p50", "p99")),
        *(short(measured.median(cost("trade", share))) for share in ("p50", "p99")),
        many(measured.median(lambda one: one.core["W1"].memory_mb)),
        "",
    )


def _peer_row(measured: Rounds, name: str) -> tuple[str, ...]:
    def cost(of: str, share: str) -> Callable[[Round], float]:
        return lambda one: _share(getattr(one.peers[name], of), share)

    times = measured.times_as_fast(name)
    return (
        name,
        many(measured.median(lambda one: one.peers[name].events_a_second)),
        *(short(measured.median(cost("publication", share))) for share in ("p50", "p99")),
        *(short(measured.median(cost("trade", share))) for share in ("p50", "p99")),
        many(measured.median(lambda one: one.peers[name].memory_mb)),
        "" if math.isnan(times) else f"{times:,.3g}",
    )


def _kinds(measured: Rounds) -> Table:
    head = ("message", "count", "p50", "p90", "p99", "s in all")
    rows = []
    for workload in WORKLOADS:
        core = measured.rounds[0].core.get(workload)
        if core is None:
            continue
        rate = measured.median(lambda one, of=workload: one.core[of].events_a_second)  # type: ignore[misc]
        rows.append((f"{workload}: {many(rate)} events/s, {core.memory_mb:,.0f} MB", *[""] * 5))
        gap = measured.median(lambda one, of=workload: one.core[of].snapshot_milliseconds)  # type: ignore[misc]
        rows.append((f"  snapshot: {short(gap)} ms, {core.snapshot_mb:,.1f} MB", *[""] * 5))
        for kind in core.costs:
            count = f"{kind.microseconds.count:,}"
            rows.append((f"  {kind.kind}", count, *_kind_row(measured, workload, kind.kind)))
    return table("The core alone, one message at a time, µs", head, rows)


def _kind_row(measured: Rounds, workload: str, kind: str) -> Iterator[str]:
    for share in ("p50", "p90", "p99"):
        yield short(
            measured.median(
                lambda one, of=share: _share(one.core[workload].cost(kind).microseconds, of)  # type: ignore[misc]
            )
        )
    yield f"{measured.median(lambda one: one.core[workload].cost(kind).seconds):.3f}"


def _flows(measured: Rounds) -> Table:
    head = ("workload", "entries at once", "events/s", "ms in to out, p50", "p99")
    rows = []
    for name in measured.rounds[0].flow:
        workload, _, at_once = name.partition("/")
        rate = measured.median(lambda one, of=name: one.flow[of].events_a_second)  # type: ignore[misc]
        late = [
            measured.median(lambda one, of=name, at=share: _share(one.flow[of].milliseconds, at))  # type: ignore[misc]
            for share in ("p50", "p99")
        ]
        rows.append((workload, at_once, many(rate), *(f"{each:.3g}" for each in late)))
    return table("The monitor flow: entries from memory in, effects out, no store", head, rows)


def _chain(measured: Rounds) -> Table:
    runs = [one.chain for one in measured.rounds if one.chain is not None]
    first = runs[0]
    head = (
        "sustained events/s",
        f"trade to store at {first.rate:,g}/s, ms p50",
        "p90",
        "p99",
        "MB",
    )

    def trade(share: str) -> float:
        return measured.median(
            lambda one: _share(one.chain.trade_milliseconds, share) if one.chain else math.nan
        )

    rate = measured.median(lambda one: one.chain.sustained_a_second if one.chain else math.nan)
    row = (
        many(rate),
        *(f"{trade(share):.2f}" for share in ("p50", "p90", "p99")),
        f"{first.monitor_mb:,.0f}",
    )
    return table("The whole chain under W2: log → flow → store, on disk", head, [row])


def _has_peer(measured: Rounds, name: str) -> bool:
    return any(name in one.peers for one in measured.rounds)


def _machines(measured: Rounds) -> Iterator[str]:
    for number, one in enumerate(measured.rounds, start=1):
        machines = [run.machine for run in one.core.values()]
        machines += [run.machine for run in one.flow.values()]
        machines += [one.chain.machine] if one.chain else []
        machines += [run.machine for run in one.peers.values()]
        if machines:
            told = machine_line(machines[0])
            yield f"round {number}: {told}; {machines[-1].load_after:.2f} at its end"


def _share(measured: Spread, share: str) -> float:
    return float(getattr(measured, share))
