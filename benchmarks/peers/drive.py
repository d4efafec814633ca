"""Gives a peer its share of W1, times every event, and holds the end against a recompute."""

from __future__ import annotations

import statistics
import time

import numpy as np

from benchmarks.core import memory_mb
from benchmarks.figures import load, machine, spread
from benchmarks.figures_of import TOLERANCE
from benchmarks.marked_day import Marks, draw
from benchmarks.marked_day_recompute import recompute
from benchmarks.peers.dense import Dense
from benchmarks.peers.peer import CONFIDENCE, Peer, PeerFigures, PeerRun, PeerTrade
from benchmarks.peers.registry import PEERS
from benchmarks.workload import Size
from state.arrays import Floats
from state.errors import StateError

STREAM_TOLERANCE = 1e-6
"""An engine that works on its own keeps tenths of a MW and cents, or sums in any order."""


def measure(name: str, size: Size) -> PeerRun:
    """Measure one peer in this process.

    Raises:
        StateError: it cannot run here, or its figures are wrong.
    """
    kind, load_before, marks = PEERS[name], load(), draw(size)
    reason = kind.missing()
    if reason:
        raise StateError(reason)
    peer = kind.make()
    began = time.perf_counter()
    peer.load(marks)
    load_seconds = time.perf_counter() - began
    share = _Share(
        min(kind.publications, size.publications),
        min(kind.trades_between, size.trades_between),
        kind.seconds,
    )
    drive = Drive(peer, marks)
    drive.run(share)
    publication, trade = drive.publication_seconds, drive.trade_seconds
    whole = size.publications * statistics.fmean(publication)
    whole += size.publications * size.trades_between * statistics.fmean(trade)
    return PeerRun(
        peer=name,
        version=kind.version(),
        publication=spread([seconds * 1e6 for seconds in publication]),
        trade=spread([seconds * 1e6 for seconds in trade]),
        events_a_second=size.events / whole,
        load_seconds=load_seconds,
        memory_mb=memory_mb(),
        off_by=require_right(name, peer, drive.expected()),
        machine=machine(load_before),
    )


def require_right(name: str, peer: Peer, expected: PeerFigures) -> float:
    """Return the largest relative difference of a peer's figures from the expected ones.

    Raises:
        StateError: it is beyond the tolerance; then no time of it means anything.
    """
    pairs = zip(peer.figures(), expected, strict=True)
    off_by = float(np.max([_relative(measured, wanted) for measured, wanted in pairs]))
    if not off_by <= (STREAM_TOLERANCE if peer.streams else TOLERANCE):
        reason = f"{name}: figures are off by {off_by:.1e} relative to a recompute from scratch"
        raise StateError(reason)
    return off_by


def _relative(measured: Floats, expected: Floats) -> float:
    scale = max(1.0, float(np.max(np.abs(expected))))
    return float(np.max(np.abs(np.asarray(measured) - expected))) / scale


class _Share:
    """How much of the workload a peer is given.

    Args:
        publications: at most.
        trades_between: two of them, at most.
        seconds: after which no event begins.
    """

    def __init__(self, publications: int, trades_between: int, seconds: float) -> None:
        self.publications = publications
        self.trades_between = trades_between
        self._until = time.monotonic() + seconds

    @property
    def is_left(self) -> bool:
        """Whether there is time for another event."""
        return time.monotonic() < self._until


class Drive:
    """Sends events one by one, the next after the last one's figures are current.

    Args:
        peer: loaded.
        marks: the workload.

    Attributes:
        publication_seconds, trade_seconds: of each event.
    """

    def __init__(self, peer: Peer, marks: Marks) -> None:
        self._peer = peer
        self._marks = marks
        self._trades = _trades(marks)
        self._awaited = Dense(marks) if peer.streams else None
        self.publication_seconds: list[float] = []
        self.trade_seconds: list[float] = []

    def run(self, share: _Share) -> None:
        """Send what the share allows, at least one publication and one trade."""
        for number in range(share.publications):
            self._publish(number)
            for _ in range(share.trades_between):
                self._trade()
                if not share.is_left:
                    return

    def expected(self) -> PeerFigures:
        """Return what the figures must be after the events sent."""
        figures = recompute(
            self._marks,
            publications=len(self.publication_seconds),
            trades=len(self.trade_seconds),
            confidence=CONFIDENCE,
        )
        return PeerFigures(figures.open_mw[0], figures.value_usd, figures.var_usd[0])

    def _publish(self, number: int) -> None:
        hour, price = int(self._marks.hour[number]), self._marks.price[number]
        if self._awaited is not None:
            self._awaited.publish(hour, price)
        began = time.perf_counter()
        self._peer.publish(hour, price)
        self._settle()
        self.publication_seconds.append(time.perf_counter() - began)

    def _trade(self) -> None:
        trade = self._trades[len(self.trade_seconds)]
        if self._awaited is not None:
            self._awaited.trade(trade)
        began = time.perf_counter()
        self._peer.trade(trade)
        self._settle()
        self.trade_seconds.append(time.perf_counter() - began)

    def _settle(self) -> None:
        if self._awaited is not None:
            self._peer.settle(self._awaited.figures())


def _trades(marks: Marks) -> list[PeerTrade]:
    own, made = marks.trades, slice(marks.size.trades, None)
    last = own.first_hour + own.hours
    columns = (own.book, own.node, own.first_hour, last, own.quantity_mw, own.price)
    rows = zip(*(column[made].tolist() for column in columns), strict=True)
    return [PeerTrade(*row) for row in rows]
