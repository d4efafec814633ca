"""The one adapter between Bytewax and a state class."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import bytewax.operators as op
import structlog
from bytewax.operators import KeyedStream, StatefulBatchLogic
from typing_extensions import override

from flows.memory import sweep
from flows.state_kind import Fold
from state.errors import StateError, WireError
from state.messages import AnyMessage, RunStatus, Tick, Trade, TradeCheck
from state.screens.views import Transition
from state.store import Frame, Refusal, encode_frame
from state.wire import decode

Numbered = tuple[int, bytes]
"""Log position and encoded message."""

FRAME_SHARE = 0.1
"""Most of the time that goes into frames while messages come one after the other."""

TABLES_SECONDS = 0.1
"""In which each table of the figures is made once while messages follow; a screen looks in 0.2."""

_TABLES = 8
"""About so many move with every trade; one after the other they hold up least."""

LULL_SHARE = 0.25
"""Time without work since the last frame (share of what it took) after which one is due."""

WRITE_SECONDS = 0.001
"""No pause counts as one sooner after a frame: that is written, and both would go out then."""

SHORTEST_LULL_SECONDS = 0.0002
"""A shorter pause between two batches is not one: the flow itself takes it."""

SELDOM_SHARE = 0.01
"""Most of the time that goes into views made once an interval, when intervals fly by."""

SELDOM_DELAY_SECONDS = 0.00025
"""By so much, in the mean, such views may delay what comes: a dear one is made the more seldom.

One of d seconds every p seconds delays what comes at any moment by d² / 2p in the mean.
"""

REST_SECONDS = 0.02
"""Without an entry for so long, it is time for all tables that are left: 10 ms in a large house."""

SELDOM_PATIENCE_SECONDS = 20.0
"""So long a view made once an interval, once it is due, waits for a rest as long as it takes."""

LONGEST_SELDOM_SECONDS = 600.0
"""No such view is older for want of time, however long one took: a machine may have stood still."""

UNKNOWN_SECONDS = 0.1
"""What such a view is taken to cost that was not made alone yet: the dearest of a large house."""

LONGEST_WAIT_SECONDS = 0.25
"""No message waits longer than this for its frame, however long frames take."""

HURRY_SECONDS = 0.005
"""What came while a batch took longer waited for it, and does not wait for a table besides."""

BACKLOG = 500
"""Entries the monitor reads at once; a batch of so many is behind, and waits the longest."""

_MOST_TOGETHER = 200
"""So many deals are handed to the state at once."""

_FEWEST_TOGETHER = 5
"""Fewer go one by one: to take some together costs what four of them cost alone."""

_LONGEST_ALONE = 500
"""So many deals go one by one at most, before it is tried again whether they go together."""

log = structlog.get_logger()


KeepSnapshot = Callable[[Fold, bytes], None]
"""Takes the state after a tick, and that tick's encoded message."""


def fold_step(
    step_id: str,
    entries: KeyedStream[Numbered],
    *,
    restore: Callable[[], Fold],
    keep: KeepSnapshot,
    every_ticks: int,
    frame_share: float = FRAME_SHARE,
    tables_seconds: float = TABLES_SECONDS,
) -> KeyedStream[Frame]:
    """Fold the log into a state; frames out.

    A batch that comes alone gives a frame at once. What comes while frames would take more than
    their share of the time (:data:`FRAME_SHARE`) is folded without delay and shown together a
    little later, so that views cost a lone trade nothing and a flood not much. While the fold
    keeps up, frames take what time it leaves (:data:`LULL_SHARE`). Each has the figures; the tables
    of them follow once nothing else does (:data:`REST_SECONDS`), or one by one with later figures
    (:data:`TABLES_SECONDS`).

    Args:
        step_id: name of the step, kept for ever.
        entries: keyed by company; entries the state has already seen have no effect.
        restore: makes the state to begin with, on the worker that owns the key.
        keep: takes a snapshot.
        every_ticks: ticks between two snapshots.
        frame_share: most of the time that goes into frames; 1.0 makes one of every batch.
        tables_seconds: least time between two frames with tables.
    """
    pace = _Pace(every_ticks, 1.0 / frame_share - 1.0, tables_seconds)
    return op.stateful_batch(step_id, entries, lambda _saved: _FoldLogic(restore(), keep, pace))


class _Pace(NamedTuple):
    """How often: ticks between snapshots, waits by the time frames take, seconds between tables."""

    every_ticks: int
    waits: float
    tables_seconds: float


class _FoldLogic(StatefulBatchLogic[Numbered, Frame, None]):
    def __init__(self, state: Fold, keep: KeepSnapshot, pace: _Pace) -> None:
        self._state = state
        self._keep = keep
        self._pace = pace
        self._ticks = 0
        self._shown = state.position
        self._due = self._framed = 0.0
        self._lull = 0.0
        self._rested: float | None = None
        self._tables_due = self._seldom_due = 0.0
        self._tables_wait = False
        self._seldom_next = ""
        self._took: dict[str, float] = {}
        self._complete = True
        self._patience = 0.0
        self._entered = 0.0
        self._alone = self._vain = 0
        self._transitions: list[tuple[int, int, Transition]] = []
        self._refusals: list[Refusal] = []

    @override
    def on_batch(self, values: list[Numbered]) -> tuple[Iterable[Frame], bool]:
        seen, began = self._state.position, time.monotonic()
        self._lull -= self._paused(began)
        self._enter([(position, body) for position, body in values if position > seen])
        sweep()  # tick or no tick: what a long opening brings would all be looked at by the first
        if len(values) >= BACKLOG:
            self._due = max(self._due, self._framed + LONGEST_WAIT_SECONDS)
            self._lull = LONGEST_WAIT_SECONDS
        self._entered = self._rested = time.monotonic()
        if self._entered - began > HURRY_SECONDS:
            self._patience = max(self._patience, self._pace.tables_seconds)
        return self._frames_due(), self.RETAIN

    @override
    def on_notify(self) -> tuple[Iterable[Frame], bool]:
        return self._frames_due(), self.RETAIN

    @override
    def on_eof(self) -> tuple[Iterable[Frame], bool]:
        self._complete = True
        return self._frames(), self.RETAIN

    @override
    def notify_at(self) -> datetime | None:
        now, written = time.monotonic(), self._framed + WRITE_SECONDS
        if self._shown != self._state.position:
            rested = now if self._rested is None else self._rested
            lull = max(rested + max(self._lull, SHORTEST_LULL_SECONDS), written)
            at = min(lull, self._due)
        elif self._tables_wait:
            at = max(self._tables_due, self._entered + REST_SECONDS, written)
        elif self._seldom_next:
            at = max(self._seldom_due, self._entered + self._seldom_rest, written)
        else:
            return None
        return datetime.now(UTC) + timedelta(seconds=max(0.0, at - now))

    @override
    def snapshot(self) -> None:
        return None  # snapshots are our own (flows/snapshots.py)

    def _paused(self, now: float) -> float:
        """Return the seconds without work since the last batch, which gave no frame; else 0.

        What follows a frame is no pause: it is being written.
        """
        paused = 0.0 if self._rested is None else now - self._rested
        return paused if paused >= SHORTEST_LULL_SECONDS else 0.0

    def _frames_due(self) -> list[Frame]:
        now, news = time.monotonic(), self._shown != self._state.position
        is_rest = self._lull <= self._paused(now) and now >= self._framed + WRITE_SECONDS
        if news and now < self._due and not is_rest:
            return []
        frames = self._frames()
        if frames:
            self._rested = None
        return frames

    def _frames(self) -> list[Frame]:
        """Return what is not shown yet as one frame, if there is any."""
        state, began = self._state, time.monotonic()
        news = self._shown != state.position
        due = self._tables_wait and began >= self._tables_due + self._patience
        rested = not news and began >= self._entered + REST_SECONDS
        whole = (rested and due) or (self._complete and (news or self._tables_wait))
        if not (news or whole or self._is_rest(began, news=news)):
            return []
        self._shown = state.position
        tables = None if whole else int(due)
        views = state.changed_views(tables=tables, seldom=0)
        frame = encode_frame(self._shown, views, self._transitions, self._refusals)
        self._transitions, self._refusals, self._patience = [], [], 0.0
        ended = time.monotonic()
        took = ended - began
        wait = min(took * self._pace.waits, LONGEST_WAIT_SECONDS)
        self._lull = min(took * LULL_SHARE, wait)
        if self._complete or not whole:  # tables do not wait for what takes longer
            ended = self._add_seldom(frame, ended, news=news)
        if tables != 0:
            self._tables_due = ended + self._pace.tables_seconds / (1 if whole else _TABLES)
        self._tables_wait, self._seldom_next = state.tables_wait, state.seldom_next
        self._framed, self._due = ended, ended + wait
        return [frame]

    @property
    def _seldom_rest(self) -> float:
        """Seconds without an entry that are a rest for the next view made once an interval."""
        return self._took.get(self._seldom_next, UNKNOWN_SECONDS)

    def _is_rest(self, now: float, *, news: bool) -> bool:
        """Say whether it is time for a view made once an interval: news wait for none of them."""
        rested = not news and now - self._entered >= self._seldom_rest
        patience = 0.0 if rested else SELDOM_PATIENCE_SECONDS
        return bool(self._seldom_next) and now >= self._seldom_due + patience

    def _add_seldom(self, frame: Frame, now: float, *, news: bool) -> float:
        """Add views made once an interval to a frame, if it is time; return the time then."""
        self._seldom_next = self._state.seldom_next
        if not (self._complete or self._is_rest(now, news=news)):
            return now
        # One after the other: together they would hold up what comes by all they take.
        dear = self._state.changed_views(tables=0, seldom=None if self._complete else 1)
        frame.views.update(encode_frame(self._shown, dear, ()).views)
        ended = time.monotonic()
        took = (ended - now) / max(1, len(dear))  # of several each its share, until it comes alone
        for name in dear:
            self._took[name] = took
        self._complete = False
        self._seldom_due = now + seldom_period_seconds(took)
        return ended

    # Entries -------------------------------------------------------------------------------------

    def _enter(self, entries: list[Numbered]) -> None:
        """Apply entries in their order; deals that follow one another go together."""
        deals: list[Trade] = []
        for expected, (position, body) in enumerate(entries, self._state.position + 1):
            if position != expected:
                reason = f"log position {position} follows {expected - 1}: entries are missing"
                raise StateError(reason)
            message = _read(position, body)
            if type(message) is Trade:
                deals.append(message)
                continue
            self._enter_deals(deals, entries, position)
            deals.clear()
            self._enter_one(position, body, message)
        if deals:
            self._enter_deals(deals, entries, entries[-1][0] + 1)

    def _enter_deals(self, deals: list[Trade], entries: list[Numbered], until: int) -> None:
        """Apply the deals that end before a position."""
        position, most = until - len(deals), _MOST_TOGETHER
        while position < until:
            first = position - (until - len(deals))
            if self._alone or until - position < _FEWEST_TOGETHER:
                self._alone = max(0, self._alone - 1)
                _, body = entries[position - entries[0][0]]
                self._enter_one(position, body, deals[first])
                position += 1
                continue
            several = deals[first : first + most]
            together = self._state.apply_deals(several, position)
            for caused in together:
                self._note(position, caused)
                position += 1
            # What is looked at in vain is not looked at again.
            wanted = 2 * (most if len(together) == len(several) else len(together))
            most = min(max(wanted, _FEWEST_TOGETHER), _MOST_TOGETHER)
            self._note_together(len(together))

    def _note_together(self, taken: int) -> None:
        """Let deals go one by one for a while where too few went together, ever longer."""
        enough = taken >= _FEWEST_TOGETHER
        self._vain = 0 if enough else min(max(1, 2 * self._vain), _LONGEST_ALONE)
        self._alone = self._vain

    def _enter_one(self, position: int, body: bytes, message: AnyMessage | str) -> None:
        """Apply one message; pass over what could not be read, and why."""
        state = self._state
        if isinstance(message, str):
            self._note(position, state.skip(position, message))
        else:
            self._note(position, state.apply(message, position))
            self._follow(message, body)
        refused = state.refusals()
        if refused:
            self._refusals.extend(_letters(refused, position, body))

    def _note(self, position: int, caused: list[Transition]) -> None:
        if caused:
            self._transitions.extend((position, at, each) for at, each in enumerate(caused))

    def _follow(self, message: AnyMessage, body: bytes) -> None:
        """Do what a message asks of this step beside the state."""
        if isinstance(message, Tick):
            self._after_tick(body)
        elif isinstance(message, TradeCheck):
            self._due = 0.0  # somebody waits for the answer, not for tables
            self._patience = LONGEST_WAIT_SECONDS
        elif isinstance(message, RunStatus):
            self._complete = True  # what stays on the screens of a run that rests is the last

    def _after_tick(self, body: bytes) -> None:
        self._ticks += 1
        if self._ticks >= self._pace.every_ticks:
            self._ticks = 0
            self._keep(self._state, body)


def seldom_period_seconds(took: float) -> float:
    """Return how long after a view that took so many seconds the next such one may begin.

    >>> [round(seldom_period_seconds(took), 3) for took in (0.004, 0.05, 0.4, 3.0)]
    [0.4, 5.0, 320.0, 600.0]
    """
    period = max(took / SELDOM_SHARE, took * took / (2.0 * SELDOM_DELAY_SECONDS))
    return min(period, LONGEST_SELDOM_SECONDS)


def _read(position: int, body: bytes) -> AnyMessage | str:
    """Return the message of an entry, or why it cannot be read."""
    try:
        return decode(body)
    except WireError as error:
        log.warning("entry.unreadable", position=position, reason=str(error))
        return str(error)


def _letters(refused: list[tuple[str, str]], position: int, body: bytes) -> Iterator[Refusal]:
    for number, (feed, reason) in enumerate(refused):
        yield Refusal(position, number, feed, reason, _received_at_ns(body), body)


def _received_at_ns(body: bytes) -> int:
    try:
        return decode(body).received_at_ns
    except WireError:
        return 0
