"""What rounds measured, and the median of a figure over them.

A ratio is taken within a round, where both sides met the same machine, and then the median of the
rounds.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

import msgspec

from benchmarks.chain import ChainRun
from benchmarks.core import CoreRun
from benchmarks.flow import FlowRun
from benchmarks.peers.peer import PeerRun
from benchmarks.workload import Size


class Round(msgspec.Struct):
    """What one round measured, by workload or peer."""

    core: dict[str, CoreRun] = {}
    flow: dict[str, FlowRun] = {}
    chain: ChainRun | None = None
    peers: dict[str, PeerRun] = {}


class RoundsTaken(msgspec.Struct, frozen=True):
    """What was measured.

    Attributes:
        left_out: peers that cannot run here, and why.
    """

    size: Size
    rounds: list[Round]
    left_out: dict[str, str]

    def median(self, figure: Callable[[Round], float]) -> float:
        """Return the median of a figure over the rounds; NaN where no round has it."""
        found = [value for value in map(_lenient(figure), self.rounds) if not math.isnan(value)]
        return statistics.median(found) if found else math.nan

    def times_as_fast(self, peer: str) -> float:
        """Return how many times the events a second of a peer the core folds under W1."""
        return self.median(
            lambda one: one.core["W1"].events_a_second / one.peers[peer].events_a_second
        )


def _lenient(figure: Callable[[Round], float]) -> Callable[[Round], float]:
    """Read NaN where a round lacks what a figure is made of."""

    def read(one: Round) -> float:
        try:
            return figure(one)
        except (KeyError, AttributeError):
            return math.nan

    return read
