"""How the cost of an event grows with nodes, trades, books and scenarios, one at a time."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from rich.console import Console

from benchmarks import child
from benchmarks.core import PUBLICATION, WORKLOADS, CoreRun
from benchmarks.figures import Bar
from benchmarks.peers.peer import PeerRun
from benchmarks.peers.registry import PEERS
from benchmarks.report import machine_line, many, short, table
from benchmarks.rounds import Say
from benchmarks.workload import FULL, Size

PUBLICATIONS = 24
"""Of each point: enough for a median, with twelve times less to wait for than a whole day."""

STEPS: dict[str, tuple[int, ...]] = {
    "nodes": (500, 2_000, 20_000),
    "trades": (10_000, 100_000, 1_000_000),
    "books": (10, 50, 200),
    "scenarios": (500, 2_000, 5_000),
}
"""Each dimension's values; the others stay at the base size."""

QUICK_STEPS: dict[str, tuple[int, ...]] = {"trades": (100, 200)}
"""For tests."""

ALONGSIDE = ("C loop", "NumPy", "Polars")
"""Peers that are quick enough to be measured at every point."""

_MOST_GROWTH = 1.3
_HEAD = ("ev/s", "trade", "price", "MB")


class Point(msgspec.Struct, frozen=True):
    """One size.

    Attributes:
        dimension, value: what differs from the base size.
        core: by workload.
        peers: under W1.
    """

    dimension: str
    value: int
    core: dict[str, CoreRun]
    peers: dict[str, PeerRun]


class Growth(msgspec.Struct, frozen=True):
    """All points, by dimension in ascending order."""

    base: Size
    points: list[Point]

    def point(self, dimension: str, value: int) -> Point:
        """Return a point.

        Raises:
            KeyError: it was not measured.
        """
        found = {(point.dimension, point.value): point for point in self.points}
        return found[dimension, value]

    def bars(self) -> list[Bar]:
        """Return what the product promises of the points that were measured, at the full size."""
        if self.base != shortened(FULL):
            return []
        found: list[Bar] = []
        try:
            most, few = (self.point("trades", held) for held in (1_000_000, 100_000))
            for workload in WORKLOADS:
                costs = [one.core[workload].cost("trade").microseconds.p50 for one in (most, few)]
                name = f"{workload}, trade p50 with 1,000,000 held against 100,000"
                found.append(Bar(name, costs[0] / costs[1], _MOST_GROWTH, "times"))
            wide = self.point("nodes", 20_000)
        except KeyError:
            return found
        for workload, kind in PUBLICATION.items():
            median = wide.core[workload].cost(kind).microseconds.p50 / 1e3
            found.append(Bar(f"{workload}, {kind} of 20,000 nodes, p50", median, 5.0, "ms"))
        held = most.core["W2"]
        found.append(Bar("W2, memory with 1,000,000 trades", held.memory_mb, 1_000.0, "MB"))
        gap = held.snapshot_milliseconds
        found.append(Bar("W2, snapshot gap with 1,000,000 trades", gap, 50.0, "ms"))
        return found

    def show(self, console: Console) -> None:
        """Print a row a point, and the machine it was measured on."""
        peers = list(self.points[0].peers)
        head = ("size", *(f"{name} {what}" for name in WORKLOADS for what in _HEAD), *peers)
        rows = []
        for point in self.points:
            cells = [f"{point.value:,} {point.dimension}"]
            for workload, core in point.core.items():
                cells += [
                    many(core.events_a_second),
                    short(core.cost("trade").microseconds.p50),
                    short(core.cost(PUBLICATION[workload]).microseconds.p50),
                    many(core.memory_mb),
                ]
            cells += [many(point.peers[name].events_a_second) for name in peers]
            rows.append(tuple(cells))
        console.print(table("Growth: events/s, p50 in µs; peers in events/s under W1", head, rows))
        console.print(machine_line(self.points[-1].core["W2"].machine), style="dim")


def measure(base: Size, steps: dict[str, tuple[int, ...]], *, say: Say) -> Growth:
    """Measure the core and the quick peers at every point.

    Args:
        base: size of what does not vary.
        steps: values by dimension.
        say: told what runs next.

    Raises:
        StateError: a measurement failed.
    """
    short_day = shortened(base)
    return Growth(base=short_day, points=list(_points(short_day, steps, say)))


def shortened(size: Size) -> Size:
    """Return a size with as many publications as a point needs."""
    return msgspec.structs.replace(size, publications=min(size.publications, PUBLICATIONS))


def _points(base: Size, steps: dict[str, tuple[int, ...]], say: Say) -> Iterator[Point]:
    known: dict[Size, Point] = {}
    for dimension, values in steps.items():
        for value in values:
            size = msgspec.structs.replace(base, **{dimension: value})
            if size not in known:
                say(f"growth: {value:,} {dimension}")
                known[size] = _point(dimension, value, size)
            yield msgspec.structs.replace(known[size], dimension=dimension, value=value)


def _point(dimension: str, value: int, size: Size) -> Point:
    peers = [name for name in ALONGSIDE if not PEERS[name].missing()]
    return Point(
        dimension=dimension,
        value=value,
        core={name: child.measure("core", name, size, CoreRun) for name in WORKLOADS},
        peers={name: child.measure("peer", name, size, PeerRun) for name in peers},
    )
