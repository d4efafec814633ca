"""What a peer must do, and what is measured of it."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import msgspec
import numpy as np

from benchmarks.figures import Machine, Spread
from benchmarks.marked_day import Marks
from benchmarks.marked_day_recompute import tail_count
from state.arrays import Floats

CONFIDENCE = 0.99


class PeerTrade(NamedTuple):
    """One trade of the measured part; it delivers from hour ``first`` up to hour ``last``."""

    book: int
    node: int
    first: int
    last: int
    quantity_mw: float
    price: float


class PeerFigures(NamedTuple):
    """What a peer must keep current after every event.

    Attributes:
        open_mw: by book and hour.
        value_usd: by book.
        var_usd: at 99 %, by book and, last, of the firm.
    """

    open_mw: Floats
    value_usd: Floats
    var_usd: Floats


class Peer(Protocol):
    """An engine under W1.

    After :meth:`publish` and :meth:`trade` every figure and every comparison with its limit must
    be current; an engine that works on its own says so by ``streams`` and is waited for in
    :meth:`settle`.
    """

    @property
    def streams(self) -> bool:
        """Whether results come later than the call; then each is waited for (closed loop)."""

    def load(self, marks: Marks) -> None:
        """Take in what is held and the first prices."""

    def publish(self, hour: int, price: Floats) -> None:
        """Take in one price a node of one hour."""

    def trade(self, trade: PeerTrade) -> None:
        """Take in a trade."""

    def settle(self, expected: PeerFigures) -> None:
        """Wait until the figures are the expected ones; nothing to do for most."""

    def figures(self) -> PeerFigures:
        """Return the figures as they stand."""


class PeerRun(msgspec.Struct, frozen=True):
    """What was measured of a peer.

    Attributes:
        version: of the library or the compiler behind it.
        publication, trade: microseconds until every figure is current.
        events_a_second: of the whole workload, from the means of what was run of it.
        load_seconds: to take in what is held.
        memory_mb: resident at the end, the workload's columns included.
        off_by: largest relative difference from a recompute from scratch.
    """

    peer: str
    version: str
    publication: Spread
    trade: Spread
    events_a_second: float
    load_seconds: float
    memory_mb: float
    off_by: float
    machine: Machine


class Synchronous:
    """A peer whose figures are current when a call returns."""

    streams = False

    def settle(self, expected: PeerFigures) -> None:
        """Do nothing: the call has returned."""


class Recomputing(Synchronous):
    """A peer that computes everything again after every event."""

    _price: Floats
    _open: Floats
    _value: Floats
    _var: Floats

    def publish(self, hour: int, price: Floats) -> None:
        """Sum the prices anew, then compute everything."""
        self._price[:, hour] = price
        self._sum_prices()
        self._compute()

    def figures(self) -> PeerFigures:
        """Return the figures."""
        return PeerFigures(self._open, self._value, self._var)

    def _sum_prices(self) -> None:
        raise NotImplementedError

    def _compute(self) -> None:
        raise NotImplementedError


class Limits:
    """The comparison that follows every change of a figure.

    Attributes:
        var_over, loss_over: by book, which limit is exceeded.
    """

    def __init__(self, marks: Marks) -> None:
        self._var_limit_usd = marks.var_limit_usd
        self._stop_loss_usd = -marks.stop_loss_usd
        self.var_over = np.zeros(marks.size.books, dtype=np.bool_)
        self.loss_over = np.zeros(marks.size.books, dtype=np.bool_)

    def compare(self, value_usd: Floats, var_usd: Floats) -> None:
        """Hold value and VaR by book against their limits."""
        np.greater(var_usd[:-1], self._var_limit_usd, out=self.var_over)
        np.less(value_usd, self._stop_loss_usd, out=self.loss_over)


def var_of(exposure: Floats, shock: Floats) -> Floats:
    """Return VaR at 99 % by book and of the firm, from MWh by book and factor."""
    pnl = exposure @ shock.T
    return quantile(np.vstack((pnl, pnl.sum(axis=0))))


def quantile(pnl: Floats) -> Floats:
    """Return minus the k-th smallest of each row, k = ceil(1 % of the scenarios)."""
    place = tail_count(pnl.shape[-1], CONFIDENCE) - 1
    return np.asarray(-np.partition(pnl, place, axis=-1)[..., place])
