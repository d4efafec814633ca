"""Freshness: how old the newest of each feed is, against how often it is expected.

A price feed's age is that of its newest interval (a frozen feed grows old although it still
sends); every other feed's is the time since its last message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from state.messages import FeedNotice, FeedOutcome
from state.moments import SECOND_NS
from state.policy.schema import Feed
from state.screens.feeds_seen import FeedRow

_MINUTE, _HOUR = 60.0, 3600.0
_DELAYS_KEPT = 48


class FeedRecord(msgspec.Struct):
    """What is known of one feed.

    Attributes:
        newest_ns: start of its newest interval, or its last receipt.
        received_ns: last receipt.
        outcome, detail: what came of asking last; empty for a feed that nobody asks.
        missing, missing_from_ns: intervals it lacks, and the start of the oldest.
        delays: seconds from an interval's start to its arrival, the last ones.
    """

    market: str
    newest_ns: int = 0
    received_ns: int = 0
    publications: int = 0
    revisions: int = 0
    rejected: int = 0
    last_rejection: str = ""
    outcome: str = ""
    detail: str = ""
    missing: int = 0
    missing_from_ns: int = 0
    delays: list[float] = msgspec.field(default_factory=list)


class Feeds:
    """Keeps the freshness of all feeds, each named ``market/RTD``, ``market/curve`` and so on.

    Attributes:
        since_ns: the first tick; what has not arrived yet is as old as that.
        dead_letters: how many payloads or messages were refused.
        watched: feeds on whose age figures stand; not saved.
        news: grows with every new feed, and whenever a watched one grows younger; not saved.
    """

    def __init__(self) -> None:
        self.since_ns = 0
        self.records: dict[str, FeedRecord] = {}
        self.dead_letters = 0
        self.watched: frozenset[str] = frozenset()
        self.news = 0
        self._refused: list[tuple[str, str]] = []

    def record(self, feed: str) -> FeedRecord:
        """Return a feed's record, a new one for a feed not seen before."""
        record = self.records.get(feed)
        if record is None:
            record = self.records[feed] = FeedRecord(market=feed.partition("/")[0])
            self.news += 1
        return record

    def arrived(self, feed: str, newest_ns: int, received_ns: int) -> None:
        """Note a message of a feed."""
        record = self.records.get(feed) or self.record(feed)
        if newest_ns > record.newest_ns:
            record.newest_ns = newest_ns
            self.news += feed in self.watched
        record.received_ns = max(record.received_ns, received_ns)
        record.publications += 1

    def arrived_together(self, feed: str, received_ns: Sequence[int]) -> None:
        """Note messages of a feed that is not watched, each as new as when it came."""
        record = self.record(feed)
        record.newest_ns = max(record.newest_ns, *received_ns)
        record.received_ns = max(record.received_ns, *received_ns)
        record.publications += len(received_ns)

    def note(self, notice: FeedNotice) -> None:
        """Note what became of a live feed's last answer."""
        record = self.record(notice.feed)
        if notice.outcome is FeedOutcome.DATA:
            record.delays = [*record.delays, notice.delay_seconds][-_DELAYS_KEPT:]
        record.outcome, record.detail = str(notice.outcome), notice.detail
        record.missing, record.missing_from_ns = notice.missing, notice.missing_from_ns
        if not record.publications and notice.newest_ns > record.newest_ns:
            self._grow_younger(record, notice)

    def _grow_younger(self, record: FeedRecord, notice: FeedNotice) -> None:
        """Note how new a feed is whose messages count under other names: files, load by area."""
        record.newest_ns = notice.newest_ns
        record.received_ns = max(record.received_ns, notice.received_at_ns)
        self.news += notice.feed in self.watched

    def refuse(self, feed: str, reason: str) -> None:
        """Note an entry of the log that was refused; :meth:`drain` returns it once."""
        self.reject(feed, reason)
        self._refused.append((feed, reason))

    def drain(self) -> list[tuple[str, str]]:
        """Return feed and reason of what was refused since the last call."""
        refused, self._refused = self._refused, []
        return refused

    def reject(self, feed: str, reason: str) -> None:
        """Note something that did not become a message, or was refused as one."""
        record = self.record(feed)
        record.rejected += 1
        record.last_rejection = reason
        self.dead_letters += 1

    def newest_ns(self, feed: str) -> int:
        """Return the start of a feed's newest interval, 0 before its first message."""
        record = self.records.get(feed)
        return record.newest_ns if record else 0

    def received_ns(self, feed: str) -> int:
        """Return when a feed's last message arrived, 0 before its first."""
        record = self.records.get(feed)
        return record.received_ns if record else 0

    def age_seconds(self, feed: str, tick_ns: int) -> float:
        """Return a feed's age; 0 for an interval still to come, NaN for a feed not known."""
        record = self.records.get(feed)
        if record is None:
            return float("nan")
        return max(0.0, (tick_ns - max(record.newest_ns, self.since_ns)) / SECOND_NS)

    def row(self, feed: str, expected: Feed | None, tick_ns: int) -> FeedRow:
        """Return what the screens show of a feed."""
        record = self.records[feed]
        age = self.age_seconds(feed, tick_ns)
        arrived = record.publications > 0 or record.newest_ns > 0
        return FeedRow(
            feed=feed,
            market=record.market,
            age_seconds=age if arrived else float("nan"),
            cadence_seconds=expected.cadence_seconds if expected else float("nan"),
            state=_state(age, expected, arrived=arrived),
            received_ns=record.received_ns,
            publications=record.publications,
            revisions=record.revisions,
            rejected=record.rejected,
            last_rejection=record.last_rejection,
            outcome=record.outcome,
            detail=record.detail,
            missing=record.missing,
            missing_from_ns=record.missing_from_ns,
            delays=list(record.delays),
        )

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        records = {feed: msgspec.to_builtins(record) for feed, record in self.records.items()}
        return {
            "records": records,
            "dead_letters": self.dead_letters,
            "since_ns": self.since_ns,
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self.records = {
            feed: msgspec.convert(record, FeedRecord) for feed, record in saved["records"].items()
        }
        self.dead_letters = saved["dead_letters"]
        self.since_ns = saved["since_ns"]


def _state(age: float, expected: Feed | None, *, arrived: bool) -> str:
    if expected is not None and age > expected.stale_after_seconds:
        return "stale"
    if not arrived:
        return "waiting"
    return "fresh" if expected is None or age <= expected.cadence_seconds else "late"


def age_text(seconds: float) -> str:
    """Write an age as people say it.

    >>> age_text(45), age_text(1320), age_text(10800)
    ('45 s', '22 min', '3.0 h')
    """
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE:.0f} min" if seconds < 2 * _HOUR else f"{seconds / _HOUR:.1f} h"
