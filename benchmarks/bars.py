"""What the product promises of rounds at the full size, beside what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterator

from benchmarks.chain import RATE
from benchmarks.core import IDLE_TICK, PUBLICATION
from benchmarks.figures import Bar
from benchmarks.flow import BATCH, ONE
from benchmarks.peers.registry import PEERS
from benchmarks.readings import core_cost, core_rate, flow_rate, sustained, trade_to_store
from benchmarks.rounds_taken import RoundsTaken

TIMES_AS_FAST = {"Polars": 1_000.0, "Pathway": 200.0, "Deephaven": 500.0}
"""How many times the events a second of a peer the core must fold."""

C_LOOP_LEAD = 3.5
"""How many times the core's events a second the bare loop in C may fold."""


def round_bars(measured: RoundsTaken) -> list[Bar]:
    """Return the bars of the parts that were measured."""
    found = [
        *_core_bars(measured),
        *_peer_bars(measured),
        *_flow_bars(measured),
        *_chain_bars(measured),
    ]
    return [bar for bar in found if not math.isnan(bar.measured)]


def _core_bars(measured: RoundsTaken) -> Iterator[Bar]:
    for workload, rate, edges in (
        ("W1", 50_000.0, ((18.0, 50.0), (300.0, 700.0))),
        ("W2", 25_000.0, ((40.0, 120.0), (1_000.0, math.inf))),
    ):
        kinds = ("trade", PUBLICATION[workload])
        name = f"{workload}, core"
        yield Bar(f"{name}", measured.median(core_rate(workload)), rate, "events/s", at_least=True)
        for of, (median_edge, late_edge) in zip(kinds, edges, strict=True):
            median, late = (
                measured.median(core_cost(workload, of, share)) for share in ("p50", "p99")
            )
            yield Bar(f"{name}, {of} p50", median, median_edge, "µs")
            if late_edge < math.inf:
                yield Bar(f"{name}, {of} p99", late, late_edge, "µs")
    idle = measured.median(core_cost("W2", IDLE_TICK, "p50"))
    yield Bar(f"W2, core, {IDLE_TICK}", idle, 3.0, "µs")


def _peer_bars(measured: RoundsTaken) -> Iterator[Bar]:
    lead = 1.0 / measured.times_as_fast("C loop")
    yield Bar("W1, the C loop against the core", lead, C_LOOP_LEAD, "times")
    for peer, times in TIMES_AS_FAST.items():
        if peer in PEERS:
            found = measured.times_as_fast(peer)
            yield Bar(f"W1, core against {peer}", found, times, "times", at_least=True)


def _flow_bars(measured: RoundsTaken) -> Iterator[Bar]:
    for at_once, rate, how in ((ONE, 20_000.0, "one by one"), (BATCH, 80_000.0, "a backlog")):
        found = measured.median(flow_rate(f"W1/{at_once}"))
        yield Bar(f"W1, the monitor flow, {how}", found, rate, "events/s", at_least=True)


def _chain_bars(measured: RoundsTaken) -> Iterator[Bar]:
    found = measured.median(sustained)
    yield Bar("W2, whole chain, sustained", found, 10_000.0, "events/s", at_least=True)
    late = measured.median(trade_to_store("p99"))
    if all(one.chain is None or one.chain.rate == RATE for one in measured.rounds):
        yield Bar(f"W2, trade to store at {RATE:,.0f}/s, p99", late, 25.0, "ms")
