"""Rounds of the workloads: in each, the core, the flow, the chain and every peer in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from rich.console import Console

from benchmarks import child
from benchmarks.bars import round_bars
from benchmarks.chain import ChainRun
from benchmarks.core import WORKLOADS, CoreRun
from benchmarks.figures import Bar
from benchmarks.flow import BATCH, ONE, FlowRun
from benchmarks.peers.peer import PeerRun
from benchmarks.peers.registry import PEERS
from benchmarks.report_rounds import show_rounds
from benchmarks.rounds_taken import Round, RoundsTaken
from benchmarks.workload import FULL, Size

Say = Callable[[str], None]


class Part(StrEnum):
    """What a round can hold."""

    CORE = "core"
    FLOW = "flow"
    CHAIN = "chain"
    PEERS = "peers"


class Rounds(RoundsTaken, frozen=True):
    """What was measured, held to what the product promises, and shown."""

    def bars(self) -> list[Bar]:
        """Return what the product promises of the parts that were measured, at the full size."""
        return round_bars(self) if self.size == FULL else []

    def show(self, console: Console) -> None:
        """Print a table for each part that was measured."""
        show_rounds(self, console)
        if not self.bars():
            console.print("no bars: they are stated for the full size", style="dim")


def measure(parts: Sequence[Part], size: Size, *, runs: int, rate: float, say: Say) -> Rounds:
    """Run so many rounds of some parts.

    Args:
        parts: of each round.
        size: of the workloads.
        runs: rounds.
        rate: messages a second of the chain's open loop.
        say: told what runs next.

    Raises:
        StateError: a measurement failed; the others then mean little.
    """
    left_out = {name: kind.missing() for name, kind in PEERS.items() if kind.missing()}
    peers = [name for name in PEERS if name not in left_out]
    return Rounds(
        size=size,
        rounds=[
            _round(parts, peers, size, rate, _numbered(say, number, runs))
            for number in range(1, runs + 1)
        ],
        left_out=left_out if Part.PEERS in parts else {},
    )


def _round(parts: Sequence[Part], peers: Sequence[str], size: Size, rate: float, say: Say) -> Round:
    done = Round()
    for name in WORKLOADS if Part.CORE in parts else ():
        say(f"core {name}")
        done.core[name] = child.measure("core", name, size, CoreRun)
    for name in _flows() if Part.FLOW in parts else ():
        say(f"flow {name}")
        done.flow[name] = child.measure("flow", name, size, FlowRun)
    if Part.CHAIN in parts:
        say("chain W2")
        done.chain = child.measure("chain", f"W2/{rate:g}", size, ChainRun)
    for name in peers if Part.PEERS in parts else ():
        say(f"peer {name}")
        done.peers[name] = child.measure("peer", name, size, PeerRun)
    return done


def _flows() -> Iterator[str]:
    for workload in WORKLOADS:
        yield f"{workload}/{ONE}"
        yield f"{workload}/{BATCH}"


def _numbered(say: Say, number: int, runs: int) -> Say:
    return lambda what: say(f"{number} of {runs}: {what}")
