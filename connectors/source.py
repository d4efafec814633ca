"""The one Bytewax source: a feed in a thread of its own, a bounded inbox, a heartbeat.

A source that sleeps or blocks holds up every other source of its flow, so waiting happens in the
thread and the flow only empties the inbox. A feed yields batches, and seeks by itself: what it
resumes from is in the log (offsets) or in a snapshot (positions), never with Bytewax.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from typing_extensions import override

Item = TypeVar("Item")
Feed = Callable[[threading.Event], Iterator[Sequence[Item]]]
"""Yields batches until it has no more or the event is set; may block as long as it likes."""

_INBOX_BATCHES = 8
LARGEST_TURN = 500
"""So many items a feed hands over in one turn where nobody wants fewer."""
GRACE_SECONDS = 3.0
"""So long a feed may take to end when it is asked to; a request may hang for longer."""
_FULL_WAIT_SECONDS = 0.1
_LOOK_AGAIN = timedelta(microseconds=250)
"""Bytewax itself would look into an empty inbox after a millisecond; a trade waits half of it."""


class FeedSource(FixedPartitionedSource[Item, None], Generic[Item]):
    """Feeds by name, each on exactly one worker.

    Args:
        feeds: opened on the worker that owns them, nowhere else.
        stop: asks the feeds to end; what they have yielded is still delivered, and one that hangs
            is given up.
        turn: how many items a feed hands over before the others have their turn. What comes of
            one that floods delays the others by so much.
        rest: how long a feed that had more than a turn waits before the next one, so that the
            others find the flow free most of the time.
    """

    def __init__(
        self,
        feeds: Mapping[str, Feed[Item]],
        stop: threading.Event,
        *,
        turn: int = LARGEST_TURN,
        rest: timedelta = timedelta(0),
    ) -> None:
        self._feeds = feeds
        self._stop = stop
        self._turn = turn
        self._rest = rest
        self._failures: list[BaseException] = []

    @property
    def has_failed(self) -> bool:
        """Whether a feed has ended the flow by an error."""
        return bool(self._failures)

    @override
    def list_parts(self) -> list[str]:
        return sorted(self._feeds)

    @override
    def build_part(
        self, step_id: str, for_part: str, resume_state: None
    ) -> StatefulSourcePartition[Item, None]:
        feed = self._feeds[for_part]
        return _FeedPartition(
            for_part, feed, self._stop, self._turn, self._rest, self._failures.append
        )


class _FeedPartition(StatefulSourcePartition[Item, None]):
    def __init__(
        self,
        name: str,
        feed: Feed[Item],
        stop: threading.Event,
        turn: int,
        rest: timedelta,
        note_failure: Callable[[BaseException], None],
    ) -> None:
        self._note_failure = note_failure
        self._turn = turn
        self._rest = rest
        self._left: Sequence[Item] = ()
        self._inbox: queue.Queue[Sequence[Item]] = queue.Queue(_INBOX_BATCHES)
        self._end: BaseException | None = None
        self._stop = stop
        self._wait: timedelta | None = _LOOK_AGAIN
        self._closed = False
        self._asked = 0.0
        threading.Thread(target=self._pump, args=(feed,), name=name, daemon=True).start()

    @override
    def next_batch(self) -> list[Item]:
        end = self._end  # read first: whatever came before the end is in the inbox by now
        batch = list(self._left)
        while len(batch) < self._turn and not self._inbox.empty():
            batch.extend(self._inbox.get_nowait())
        batch, self._left = batch[: self._turn], batch[self._turn :]
        if not batch and (end is not None or self._is_given_up()):
            if end is not None and not isinstance(end, StopIteration):
                self._note_failure(end)
            raise end or StopIteration
        more = self._left or not self._inbox.empty()
        self._wait = _LOOK_AGAIN if not batch else self._rest if more else None
        return batch

    def _is_given_up(self) -> bool:
        """Say whether the feed hangs though asked to end: its thread dies with the process."""
        if not self._stop.is_set():
            return False
        self._asked = self._asked or time.monotonic()
        return time.monotonic() - self._asked > GRACE_SECONDS

    @override
    def next_awake(self) -> datetime | None:
        return datetime.now(UTC) + self._wait if self._wait else None

    @override
    def snapshot(self) -> None:
        return None

    @override
    def close(self) -> None:
        self._closed = True  # not the shared stop: at a day's end the process goes on

    def _pump(self, feed: Feed[Item]) -> None:
        try:
            for batch in feed(self._stop):
                if self._closed:
                    return
                self._put(batch)
            self._end = StopIteration()
        except BaseException as error:  # noqa: BLE001 - raised again on the worker's thread
            self._end = error

    def _put(self, batch: Sequence[Item]) -> None:
        while not (self._closed or self._stop.is_set()):
            try:
                self._inbox.put(batch, timeout=_FULL_WAIT_SECONDS)
            except queue.Full:
                continue
            return
