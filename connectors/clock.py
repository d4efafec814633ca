"""The clock of a live market: the wall's, or one that runs faster beside a simulated market."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

from state.moments import SECOND_NS


class MarketClock(NamedTuple):
    """Market time as a line through one moment of the wall clock.

    Attributes:
        market_ns: market time, UTC nanoseconds, when the wall clock shows ``wall_ns``.
        wall_ns: that moment of the wall clock.
        speed: market seconds per wall second.
    """

    market_ns: int = 0
    wall_ns: int = 0
    speed: float = 1.0

    def now_ns(self) -> int:
        """Return market time.

        >>> abs(WALL.now_ns() - time.time_ns()) < 1_000_000_000
        True
        """
        return self.at(time.time_ns())

    def at(self, wall_ns: int) -> int:
        """Return market time at a moment of the wall clock.

        >>> MarketClock(market_ns=1_000, wall_ns=500, speed=60.0).at(501)
        1060
        """
        return self.market_ns + int((wall_ns - self.wall_ns) * self.speed)

    def wait_until(self, market_ns: int, stop: threading.Event) -> bool:
        """Wait for a moment of market time; return whether to stop instead."""
        seconds = (market_ns - self.now_ns()) / SECOND_NS / self.speed
        return stop.wait(max(0.0, seconds))


WALL = MarketClock()
"""Real time."""
