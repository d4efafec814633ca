"""The wall-clock watchdog: it says when the monitor's clock stands still, and when it goes again.

Nothing inside the core reads a clock, so somebody outside must notice that ticks have stopped.
A run that was paused or has ended says so itself, and is left in peace.
"""

from __future__ import annotations

import queue
import threading

from connectors.sinks import Notice
from connectors.sinks.wording import utc
from flows.courier import Courier
from state.messages import FIRM
from state.screens.clock_seen import ClockView

MOST_WAITING = 64
"""Notices of the watchdog that may wait for one sink."""

_AT_REST = frozenset({"paused", "ended"})


class ClockWatch:
    """Compares the monitor's clock with the wall's.

    Args:
        run: the run's name.
        stale_after_seconds: how long a tick may be the last one.
        first_after_seconds: how long to wait for the first.
        now_s: a steady clock's seconds at the start.
        wall_ns: the wall clock at the start.
    """

    def __init__(
        self,
        run: str,
        *,
        stale_after_seconds: float,
        first_after_seconds: float,
        now_s: float,
        wall_ns: int,
    ) -> None:
        self._run = run
        self._stale_after = stale_after_seconds
        self._patience = first_after_seconds
        self._moved_s = now_s
        self._moved_ns = wall_ns
        self._tick_ns = 0
        self._at_rest = False
        self._dead_at_tick_ns: int | None = None

    def look(
        self, clock: ClockView | None, *, reachable: bool, now_s: float, wall_ns: int
    ) -> Notice | None:
        """Look once; return what must be announced, once an episode.

        Args:
            clock: the monitor's, None when there is none or the store is away.
            reachable: whether the store answered.
            now_s: the steady clock now.
            wall_ns: the wall clock now.
        """
        if clock is not None:
            self._at_rest = clock.phase in _AT_REST
        if self._at_rest or self._moved(clock):
            self._moved_s, self._moved_ns = now_s, wall_ns
            return self._revived(wall_ns)
        if self._dead_at_tick_ns is None and now_s - self._moved_s > self._patience:
            return self._died(wall_ns, reachable=reachable)
        return None

    def _moved(self, clock: ClockView | None) -> bool:
        if clock is None or clock.tick_ns == self._tick_ns:
            return False
        self._tick_ns = clock.tick_ns
        self._patience = self._stale_after
        return True

    def _died(self, wall_ns: int, *, reachable: bool) -> Notice:
        self._dead_at_tick_ns = self._tick_ns
        headline = f"monitor clock is dead since {utc(self._moved_ns)}; no figure is current"
        return self._notice(1, "clock_dead", headline, wall_ns, self._why(reachable=reachable))

    def _revived(self, wall_ns: int) -> Notice | None:
        if self._dead_at_tick_ns is None:
            return None
        notice = self._notice(2, "clock_alive", "monitor clock is alive again", wall_ns, "")
        self._dead_at_tick_ns = None
        return notice

    def _why(self, *, reachable: bool) -> str:
        if not reachable:
            return "the store cannot be reached; see `tieline doctor`"
        if self._tick_ns == 0:
            return "the monitor has not written a tick; see the log of ingest and monitor"
        return f"the last tick is {utc(self._tick_ns)}; see the log of ingest and monitor"

    def _notice(
        self, sequence: int, change: str, headline: str, wall_ns: int, cause: str
    ) -> Notice:
        """Name the episode after the tick it began at, the same after a restart of notify."""
        return Notice(
            case=f"clock/{self._run}/{self._dead_at_tick_ns}",
            sequence=sequence,
            change=change,
            headline=headline,
            severity="breach",
            at_ns=wall_ns,
            since_ns=self._moved_ns,
            scope=FIRM,
            cause=cause,
            run=self._run,
        )


class Hotline(threading.Thread):
    """Carries the watchdog's notices to one sink, past every alert that waits for it."""

    def __init__(self, courier: Courier, *, stop: threading.Event) -> None:
        super().__init__(name=f"hotline-{courier.options.name}", daemon=True)
        self._courier = courier
        self._stop_asked = stop
        self._waiting: queue.Queue[Notice] = queue.Queue(MOST_WAITING)

    def announce(self, notice: Notice) -> None:
        """Hand over a notice; never waits."""
        try:
            self._waiting.put_nowait(notice)
        except queue.Full:
            full = f"{MOST_WAITING} notices of the watchdog already wait"
            self._courier.note(self._courier.conclude(notice, "failed", full))

    def run(self) -> None:
        """Deliver what is handed over."""
        while not self._stop_asked.is_set():
            try:
                notice = self._waiting.get(timeout=0.25)
            except queue.Empty:
                continue
            conclusion = self._courier.deliver(notice)
            if conclusion is not None:
                self._courier.note(conclusion)
