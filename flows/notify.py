"""Notify: from the alert stream to people, in a process that cannot hold up the flow.

::

    alert stream ─► outbox of each sink ──► courier ─► console, webhook, apprise
    clock view ──► watch ─► hotline of each sink ─┘└─► delivery log

What it promises is in ``docs/notification.md``: at least once, in order, nothing left out.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import stamina
import structlog
from redis import RedisError

from connectors.sinks import Notice, SinkOptions
from flows.clock_watch import ClockWatch, Hotline
from flows.courier import Courier
from flows.ledger import Ledger
from flows.memory import settle_memory
from flows.outbox import Outbox, notice_of
from state.errors import StateError, WireError
from state.screens.clock_seen import ClockView
from state.screens.views import Transition

LOOK_SECONDS = 1.0
STOP_SECONDS = 0.4
"""What is under way has this long to be recorded; a good endpoint answers in less."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Orders:
    """What notify is told to do.

    Attributes:
        run: the run whose alerts are announced.
        sinks: as :func:`connectors.sinks.read_options` reads them.
        replay: the run replays a day. One that says so in its clock is a replay in any case.
        allow_outside: lets a replay reach sinks outside; without it they are only recorded.
        stale_after_seconds: age on the wall of the last tick at which the clock is called dead.
        first_after_seconds: how long to wait for the first tick.
        dashboard_url: where the links of notices lead; empty leaves them out.
    """

    run: str
    sinks: Sequence[SinkOptions]
    replay: bool = False
    allow_outside: bool = False
    stale_after_seconds: float = 5.0
    first_after_seconds: float = 60.0
    dashboard_url: str = ""


def run(
    orders: Orders,
    *,
    store_url: str,
    store_password: str = "",
    stop: threading.Event | None = None,
) -> int:
    """Announce a run's alerts until SIGINT, SIGTERM or ``stop``.

    Args:
        orders: what to do.
        store_url: of the store that holds the run; it need not answer yet.
        store_password: the store's, when it is no part of the URL.
        stop: set it to end from another thread.

    Returns:
        The exit code, 0.

    Raises:
        ConfigError: a sink cannot work as configured; nothing has been sent.
        StateError: a thread ended by itself; start again, nothing is lost.
    """
    stop = stop or threading.Event()
    stop_on_signals(stop)
    stamina.instrumentation.set_on_retry_hooks(())  # the delivery log says it better
    desk = _Desk(orders, Ledger(store_url, run=orders.run, password=store_password))
    couriers = [
        Courier(sink, sink.open(), desk.ledger, allow_outside=orders.allow_outside, stop=stop)
        for sink in orders.sinks
    ]
    outboxes = [Outbox(courier, desk.ledger, desk.say, stop=stop) for courier in couriers]
    hotlines = [Hotline(courier, stop=stop) for courier in couriers]
    threads = [*outboxes, *hotlines]
    settle_memory()
    for thread in threads:
        thread.start()
    log.info("notify.started", run=orders.run, sinks=[sink.name for sink in orders.sinks])
    while not stop.is_set():
        desk.look(hotlines)
        _insist_alive(threads, stop)
        stop.wait(LOOK_SECONDS)
    _let_end(threads)
    return 0


def stop_on_signals(stop: threading.Event) -> None:
    """Turn SIGINT and SIGTERM into a request to stop; in the main thread only."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())


class _Desk:
    """Knows the run that is served: its clock, and whether it is a replay."""

    def __init__(self, orders: Orders, ledger: Ledger) -> None:
        self.ledger = ledger
        self._orders = orders
        self._replay = orders.replay
        self._watch = ClockWatch(
            orders.run,
            stale_after_seconds=orders.stale_after_seconds,
            first_after_seconds=orders.first_after_seconds,
            now_s=time.monotonic(),
            wall_ns=time.time_ns(),
        )

    def say(self, transition: Transition) -> Notice:
        """Say a transition, after one more look whether it happened or is replayed."""
        self._clock()
        return notice_of(
            transition,
            run=self._orders.run,
            replay=self._replay,
            dashboard_url=self._orders.dashboard_url,
        )

    def look(self, hotlines: Sequence[Hotline]) -> None:
        """Give a sign of life, look at the clock, and announce what the watch found."""
        clock, reachable = None, True
        try:
            self.ledger.open([sink.name for sink in self._orders.sinks])
            self.ledger.beat(time.time_ns())
            clock = self._clock()
        except RedisError:
            reachable = False
        notice = self._watch.look(
            clock, reachable=reachable, now_s=time.monotonic(), wall_ns=time.time_ns()
        )
        if notice is not None:
            log.warning(notice.change, headline=notice.headline, cause=notice.cause)
            for hotline in hotlines:
                hotline.announce(msgspec.structs.replace(notice, replay=self._replay))

    def _clock(self) -> ClockView | None:
        """Read the clock; a day in it makes the run a replay, whatever we were told."""
        try:
            clock = self.ledger.clock()
        except WireError as error:
            log.warning("clock.unreadable", error=str(error))
            return None
        if clock is not None and clock.day:
            self._replay = True
        return clock


def _insist_alive(threads: Sequence[threading.Thread], stop: threading.Event) -> None:
    for thread in threads:
        if not thread.is_alive() and not stop.is_set():
            reason = f"thread {thread.name} ended by itself; start notify again, nothing is lost"
            raise StateError(reason)


def _let_end(threads: Sequence[threading.Thread]) -> None:
    """Let what is under way be recorded; what hangs is sent again at the next start."""
    deadline = time.monotonic() + STOP_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
