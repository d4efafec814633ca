"""Stamps of a live run: the moment of receipt of everything, and the ticks between them."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.clock import MarketClock
from state.messages import Tick
from state.moments import SECOND_NS

_LEAST_NS = 1_000
"""The files of a day tell microseconds."""


class Stamps:
    """Gives moments that only grow, and ticks at every second between them.

    Args:
        clock: of the market.
        last_ns: the last stamp given, 0 before the first.

    Attributes:
        last_ns: the last moment given, as a stamp or as a tick.
    """

    def __init__(self, clock: MarketClock, *, last_ns: int) -> None:
        self._clock = clock
        self.last_ns = last_ns

    def begin(self) -> int:
        """Give the first stamp."""
        self.last_ns = self._now_ns()
        return self.last_ns

    def ticks(self) -> Iterator[Tick]:
        """Yield the ticks of all seconds since the last moment given.

        After a pause of the process that is one for each second of it: a day that is played
        back has them too.
        """
        now_ns = self._now_ns()
        for second in range(self.last_ns // SECOND_NS + 1, now_ns // SECOND_NS + 1):
            self.last_ns = second * SECOND_NS
            yield Tick(at_ns=self.last_ns, received_at_ns=self.last_ns)

    def next(self) -> tuple[list[Tick], int]:
        """Give the next stamp: now, or the least after the last one; and the ticks before it."""
        ticks = list(self.ticks())
        second_ends = (self.last_ns // SECOND_NS + 1) * SECOND_NS
        stamp = max(self.last_ns + _LEAST_NS, min(self._now_ns(), second_ends - _LEAST_NS))
        if stamp == second_ends:  # its second is full: the next one begins with its tick
            ticks.append(Tick(at_ns=stamp, received_at_ns=stamp))
            stamp += _LEAST_NS
        self.last_ns = stamp
        return ticks, stamp

    def _now_ns(self) -> int:
        return self._clock.now_ns() // _LEAST_NS * _LEAST_NS
