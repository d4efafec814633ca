"""How the cost of an event grows with nodes, trades, books and scenarios, one at a time."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from benchmarks import child
from benchmarks.core_workload import CoreRun
from benchmarks.peers.peer import PeerRun
from benchmarks.peers.registry import PEERS
from benchmarks.rounds import Say
from benchmarks.workload import Size

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


def measure(base: Size, steps: dict[str, tuple[int, ...]], *, say: Say) -> Growth:
    """Measure the core and the quick peers at every point.

    Args:
        base: size of what does not vary.
        steps: values by dimension.
        say: told what runs next.

    Raises:
        StateError: a measurement failed.
    """
    short = msgspec.structs.replace(base, publications=min(base.publications, PUBLICATIONS))
    return Growth(base=short, points=list(_points(short, steps, say)))


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
        core={name: child.measure("core", name, size, CoreRun) for name in ("W1", "W2")},
        peers={name: child.measure("peer", name, size, PeerRun) for name in peers},
    )
