"""One reader a server: polls the store and hands the newest frame to every screen.

The reader has a thread of its own. A screen is told only of the latest frame; one it missed is
gone, which is right, because every view is complete in itself.
"""

from __future__ import annotations

import datetime as dt
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import redis
import structlog

from dashboards.frame import Frame
from dashboards.metrics import measure
from state.errors import TielineError
from state.explain.views import ShownView
from state.screens.clock_seen import ClockView
from state.screens.views import Transition
from state.store import StoredLetter

log = structlog.get_logger()

POLL_SECONDS = 0.2
GAP_SECONDS = 0.4
"""No two frames go out closer than this, however fast the run is."""
REPEAT_SECONDS = 1.0
"""A frame goes out at least this often, so that ages move."""


@dataclass(frozen=True)
class Reading:
    """One look into the store."""

    run: str
    position: int
    views: Mapping[str, ShownView]
    faults: Mapping[str, str] = field(default_factory=dict)
    transitions: tuple[Transition, ...] = ()
    last_letter: StoredLetter | None = None


class Source(Protocol):
    """Where readings come from."""

    def read(self) -> Reading:
        """Look into the store; raises when it cannot be reached."""


class TickWatch:
    """Tells by the wall clock how long the run's clock has stood still.

    >>> watch = TickWatch()
    >>> watch.seconds_still(7, now=100.0), watch.seconds_still(7, now=103.5)
    (0.0, 3.5)
    """

    def __init__(self) -> None:
        self._tick: object = None
        self._moved_at = 0.0

    def seconds_still(self, tick: object, *, now: float) -> float:
        """Return the seconds since ``tick`` was last another one."""
        if tick != self._tick:
            self._tick, self._moved_at = tick, now
        return now - self._moved_at


class Hub:
    """Reads the store and publishes frames.

    Args:
        source: where readings come from.
        stale_after_seconds: how long the clock may stand still before nothing looks current.
        now: the wall clock, UTC.
    """

    def __init__(
        self,
        source: Source,
        *,
        stale_after_seconds: float,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._source = source
        self._now = now
        self._watch = TickWatch()
        self._screens: set[Callable[[Frame], None]] = set()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._published_at = -math.inf
        self.frame = self._published = Frame(stale_after_seconds=stale_after_seconds)

    @property
    def screens(self) -> int:
        """How many screens are open."""
        return len(self._screens)

    def join(self, screen: Callable[[Frame], None]) -> None:
        """Add a screen; it is called from the reader's thread and must not block."""
        self._screens.add(screen)

    def leave(self, screen: Callable[[Frame], None]) -> None:
        """Remove a screen; one that is not there is no error."""
        self._screens.discard(screen)

    def start(self) -> None:
        """Begin to read in a thread."""
        self._thread = threading.Thread(target=self._run, name="hub", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop reading; returns when the thread is over."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            self.poll()

    def poll(self) -> None:
        """Look once, and publish when something changed or ages have to move."""
        self.frame = self._look(self.frame)
        measure(self.frame, self.screens)
        since = time.monotonic() - self._published_at
        if since >= (GAP_SECONDS if self._is_news() else REPEAT_SECONDS):
            self._publish()

    def _is_news(self) -> bool:
        shown, frame = self._published, self.frame
        return shown.views is not frame.views or shown.standing is not frame.standing

    def _look(self, before: Frame) -> Frame:
        try:
            reading = self._source.read()
        except (redis.RedisError, OSError, TielineError) as error:
            return self._out_of_reach(before, error)
        clock = reading.views.get("clock")
        tick = (reading.run, clock.tick_ns if isinstance(clock, ClockView) else 0)
        return replace(
            before,
            run=reading.run,
            position=reading.position,
            views=reading.views,
            faults=reading.faults,
            transitions=reading.transitions,
            last_letter=reading.last_letter,
            tick_age_seconds=self._watch.seconds_still(tick, now=time.monotonic()),
            unreachable_since=None,
            read_at=self._now(),
        )

    def _out_of_reach(self, before: Frame, error: Exception) -> Frame:
        if before.unreachable_since is None:
            log.warning("store.unreachable", reason=type(error).__name__)
        clock = before.clock
        tick = (before.run, clock.tick_ns if clock else 0)
        return replace(
            before,
            tick_age_seconds=self._watch.seconds_still(tick, now=time.monotonic()),
            unreachable_since=before.unreachable_since or self._now(),
        )

    def _publish(self) -> None:
        self._published, self._published_at = self.frame, time.monotonic()
        for screen in tuple(self._screens):
            try:
                screen(self.frame)
            except Exception:  # its session may have gone a moment ago
                log.exception("screen.failed")
                self.leave(screen)
