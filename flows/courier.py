"""Carries notices to one sink: a deadline for each attempt, retries up to a budget, a record."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

import msgspec
import stamina
import structlog
from prometheus_client import Counter
from redis import RedisError

from connectors.sinks import Notice, Outcome, Sink, SinkOptions, Verdict
from flows.ledger import Delivery, Ledger

MOST_HANGING = 4
"""Attempts of one sink that may hang at once before new ones wait for them to end."""

DELIVERIES = Counter(
    "tieline_deliveries", "Attempts and conclusions of notify.", labelnames=("sink", "status")
)

log = structlog.get_logger()


class _TryAgain(Exception):
    """Tells stamina to wait and try again."""


class Deadline:
    """Runs calls in threads of their own, and stops waiting for one that hangs.

    >>> Deadline(0.01).run(lambda: time.sleep(1)).reason
    'no answer within 0.01 s'
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._free = threading.BoundedSemaphore(MOST_HANGING)

    def run(self, call: Callable[[], Outcome]) -> Outcome:
        """Return the call's outcome; one that hangs, or that raises, is to be tried again."""
        if not self._free.acquire(timeout=self._seconds):
            return Outcome(Verdict.RETRY, f"{MOST_HANGING} earlier attempts still hang")
        answer: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        work = threading.Thread(target=self._work, args=(call, answer), daemon=True)
        work.start()
        try:
            return answer.get(timeout=self._seconds)
        except queue.Empty:
            return Outcome(Verdict.RETRY, f"no answer within {self._seconds:g} s")

    def _work(self, call: Callable[[], Outcome], answer: queue.SimpleQueue[Outcome]) -> None:
        try:
            answer.put(call())
        except Exception as error:  # noqa: BLE001 - its text may hold an address: the kind must do
            answer.put(Outcome(Verdict.RETRY, f"the sink raised {type(error).__name__}"))
        finally:
            self._free.release()


class Courier:
    """Delivers to one sink.

    Args:
        allow_outside: whether a replay may reach a sink outside.
        stop: once set, what is under way is left for the next start.
    """

    def __init__(
        self,
        options: SinkOptions,
        sink: Sink,
        ledger: Ledger,
        *,
        allow_outside: bool,
        stop: threading.Event,
    ) -> None:
        self.options = options
        self._allow_outside = allow_outside
        self._sink = sink
        self._ledger = ledger
        self._stop = stop
        self._deadline = Deadline(options.timeout_seconds)

    def deliver(self, notice: Notice) -> Delivery | None:
        """Try until the sink has it, refuses it or the budget is used up.

        Returns:
            The conclusion, not yet recorded; None when the process stops first.
        """
        if notice.replay and self._sink.outside and not self._allow_outside:
            return self.conclude(notice, "withheld", "a replay reaches no outside sink")
        return self._carry(notice)

    def _carry(self, notice: Notice) -> Delivery | None:
        options, last = self.options, self.conclude(notice, "failed", "no attempt was made")
        try:
            for attempt in stamina.retry_context(
                on=_TryAgain,
                attempts=None,
                timeout=options.budget_seconds,
                wait_initial=options.first_pause_seconds,
                wait_max=options.longest_pause_seconds,
                wait_jitter=options.first_pause_seconds,
            ):
                with attempt:
                    if self._stop.is_set():
                        return None
                    last = self._attempt(notice, attempt.num)
                    self._insist_concluded(last)
        except _TryAgain:
            reason = f"given up after {options.budget_seconds:g} s: {last.reason}"
            return msgspec.structs.replace(last, status="failed", reason=reason)
        return last

    def _insist_concluded(self, delivery: Delivery) -> None:
        if delivery.status == Verdict.RETRY:
            self.note(delivery)
            raise _TryAgain

    def conclude(self, notice: Notice, status: str, reason: str) -> Delivery:
        """Make the conclusion of a notice that was not sent."""
        return Delivery(
            case=notice.case,
            sequence=notice.sequence,
            sink=self.options.name,
            attempt=0,
            status=status,
            reason=reason,
            at_ns=time.time_ns(),
            milliseconds=0.0,
        )

    def _attempt(self, notice: Notice, number: int) -> Delivery:
        at_ns, began = time.time_ns(), time.perf_counter()
        outcome = self._deadline.run(lambda: self._sink.send(notice))
        return msgspec.structs.replace(
            self.conclude(notice, outcome.verdict, outcome.reason),
            attempt=number,
            at_ns=at_ns,
            milliseconds=round((time.perf_counter() - began) * 1e3, 3),
        )

    def note(self, delivery: Delivery) -> None:
        """Record an attempt if the store takes it; the alert matters more than its record."""
        count(delivery)
        try:
            self._ledger.note(delivery)
        except RedisError as error:
            log.warning("delivery.not_recorded", sink=delivery.sink, error=type(error).__name__)


def count(delivery: Delivery) -> None:
    """Count a delivery, and log one that did not succeed."""
    DELIVERIES.labels(delivery.sink, delivery.status).inc()
    if delivery.status in {"retry", "refused", "failed", "unreadable"}:
        log.warning(
            "delivery.unsuccessful",
            status=str(delivery.status),
            sink=delivery.sink,
            key=f"{delivery.case}/{delivery.sequence}",
            attempt=delivery.attempt,
            reason=delivery.reason,
        )
