"""One thread a sink: the alert stream is its queue, and its place in it is kept in the store.

The place moves only once an alert is delivered or given up, together with the record of it.
Killed between sending and recording, notify sends that alert again with the same key: at least
once, never a gap. A sink that hangs holds up nobody but itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import quote

import msgspec
import structlog
from prometheus_client import Gauge
from redis import RedisError

from connectors.sinks import Notice, SinkOptions
from flows.courier import Courier, count
from flows.ledger import Delivery, Entry, Ledger
from state.errors import WireError
from state.screens.views import Transition
from state.wire import decode_state

STORE_PAUSE_SECONDS = 0.25

LAG = Gauge(
    "tieline_outbox_lag",
    "Alerts read and not yet dealt with, at most 200 are read at once.",
    labelnames=("sink",),
)

_RANKS = {"warn": 0, "unknown": 1, "breach": 2}

log = structlog.get_logger()


class Outbox(threading.Thread):
    """Takes one sink through the alert stream.

    Args:
        say: turns a transition into what is said of it.
    """

    def __init__(
        self,
        courier: Courier,
        ledger: Ledger,
        say: Callable[[Transition], Notice],
        *,
        stop: threading.Event,
    ) -> None:
        super().__init__(name=f"outbox-{courier.options.name}", daemon=True)
        self._courier = courier
        self._ledger = ledger
        self._say = say
        self._stop_asked = stop
        self._lag = LAG.labels(courier.options.name)

    def run(self) -> None:
        """Deal with alerts until asked to stop; wait for a store that is away."""
        away = False
        while not self._stop_asked.is_set():
            if not self._ledger.opened:
                self._stop_asked.wait(STORE_PAUSE_SECONDS)
                continue
            try:
                self._work()
                away = False
            except RedisError as error:
                if not away:
                    log.warning("outbox.store_away", sink=self._sink, error=type(error).__name__)
                away = True
                self._stop_asked.wait(STORE_PAUSE_SECONDS)

    @property
    def _sink(self) -> str:
        return self._courier.options.name

    def _work(self) -> None:
        entries = self._ledger.waiting(self._sink)
        for dealt_with, entry in enumerate(entries):
            self._lag.set(len(entries) - dealt_with)
            self._deal_with(entry)
            if self._stop_asked.is_set():
                return
        self._lag.set(0)

    def _deal_with(self, entry: Entry) -> None:
        try:
            transition = read_transition(entry.data)
        except WireError as error:
            self._settle(self._unreadable(entry, error), entry.id)
            return
        if not wanted(transition, self._courier.options):
            self._ledger.pass_over(self._sink, entry.id)
            return
        conclusion = self._courier.deliver(self._say(transition))
        if conclusion is not None:
            self._settle(conclusion, entry.id)

    def _unreadable(self, entry: Entry, error: WireError) -> Delivery:
        unknown = Notice(
            case="", sequence=0, change="", headline="", severity="", at_ns=0, since_ns=0
        )
        return self._courier.conclude(unknown, "unreadable", f"alert {entry.id}: {error}")

    def _settle(self, delivery: Delivery, entry_id: str) -> None:
        """Record for sure: what was sent and not recorded would be sent again."""
        count(delivery)
        while True:
            try:
                self._ledger.settle(delivery, entry_id)
            except RedisError:
                if self._stop_asked.wait(STORE_PAUSE_SECONDS):
                    return
            else:
                return


def read_transition(data: bytes) -> Transition:
    """Decode an entry of the alert stream.

    Raises:
        WireError: the bytes are no transition this release can read.
    """
    try:
        return msgspec.convert(decode_state(data), Transition)
    except msgspec.ValidationError as error:
        reason = f"entry is no transition: {error}"
        raise WireError(reason) from error


def wanted(transition: Transition, options: SinkOptions) -> bool:
    """Say whether a sink announces a transition."""
    bad = _RANKS.get(transition.row.severity, _RANKS["breach"])
    return transition.change in options.changes and bad >= _RANKS[options.minimum_severity]


def notice_of(transition: Transition, *, run: str, replay: bool, dashboard_url: str) -> Notice:
    """Say a transition to the outside."""
    row = transition.row
    link = f"{dashboard_url.rstrip('/')}/risk?case={quote(row.case, safe='')}"
    return Notice(
        case=transition.case,
        sequence=transition.sequence,
        change=transition.change,
        headline=row.headline,
        severity=row.severity,
        at_ns=transition.at_ns,
        since_ns=row.opened_ns,
        clause=row.clause,
        scope=row.scope,
        period=row.period,
        value=row.value_text,
        limit=row.limit_text,
        passive=row.passive,
        cause=row.cause,
        link=link if dashboard_url else "",
        run=run,
        replay=replay,
    )
