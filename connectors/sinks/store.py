"""The monitor's one sink: frames into the read model.

A write returns once the disk has it, milliseconds later; the fold does not wait for that. Frames
are written by a thread of the sink's own, and those that came during a write go out as one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from bytewax.outputs import DynamicSink, StatelessSinkPartition
from typing_extensions import override

from state.store import Frame, StoreWriter

CompanyFrame = tuple[str, Frame]
"""A company and what a batch changed in it."""

MOST_WAITING = 16
"""Frames that wait for a write; with more, the fold waits for the disk."""


class StoreSink(DynamicSink[CompanyFrame]):
    """Writes frames in order, each in one call of the store's script, alone or joined to others.

    Args:
        open_writer: called on each worker, so that none is shared between them.
        has_failed: says whether something else has ended the flow already. Bytewax closes a sink
            while it unwinds from that, and a second error then would abort the process.
    """

    def __init__(
        self,
        open_writer: Callable[[], StoreWriter],
        has_failed: Callable[[], bool] = lambda: False,
    ) -> None:
        self._open_writer = open_writer
        self._has_failed = has_failed

    @override
    def build(
        self, step_id: str, worker_index: int, worker_count: int
    ) -> StatelessSinkPartition[CompanyFrame]:
        return _StoreSinkPartition(self._open_writer(), self._has_failed)


def joined(frames: Sequence[Frame]) -> Frame:
    """Return consecutive frames as the one that a longer batch would have made.

    >>> first = Frame(1, {"pnl": b"a", "risk": b"r"}, [(1, 0, b"x")])
    >>> one = joined([first, Frame(3, {"pnl": b"b"}, [(2, 0, b"y")])])
    >>> one.position, one.views, one.transitions
    (3, {'pnl': b'b', 'risk': b'r'}, [(1, 0, b'x'), (2, 0, b'y')])
    """
    if len(frames) == 1:
        return frames[0]
    views: dict[str, bytes] = {}
    for frame in frames:
        views.update(frame.views)
    transitions = [each for frame in frames for each in frame.transitions]
    refusals = [each for frame in frames for each in frame.refusals]
    return Frame(frames[-1].position, views, transitions, refusals)


class _StoreSinkPartition(StatelessSinkPartition[CompanyFrame]):
    def __init__(self, writer: StoreWriter, has_failed: Callable[[], bool]) -> None:
        self._writer = writer
        self._has_failed = has_failed
        self._is_told = False
        self._shown: dict[str, bytes] = {}
        self._refused: dict[str, bytes] = {}
        self._changed = threading.Condition()
        self._waiting: list[Frame] = []
        self._closed = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    @override
    def write_batch(self, items: list[CompanyFrame]) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._failure or len(self._waiting) < MOST_WAITING)
            if self._failure is not None:
                self._is_told = True
                raise self._failure
            self._waiting.extend(frame for _, frame in items)
            self._changed.notify_all()

    @override
    def close(self) -> None:
        """Wait until everything is written, or cannot be."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()
        if self._failure is not None and not self._is_told and not self._has_failed():
            raise self._failure

    def _run(self) -> None:
        try:
            while frames := self._next():
                self._write(joined(frames))
        except BaseException as error:  # noqa: BLE001 - raised again on the worker's thread
            with self._changed:
                self._failure = error
                self._changed.notify_all()

    def _next(self) -> list[Frame]:
        """Wait for frames and return all there are; none when the sink is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            frames, self._waiting = self._waiting, []
            self._changed.notify_all()
            return frames

    def _write(self, frame: Frame) -> None:
        """Write what differs from what is shown: every byte has to reach the disk."""
        shown, views = self._shown, frame.views
        if self._refused:
            views = {**self._refused, **views}
        news = {name: view for name, view in views.items() if shown.get(name) != view}
        if self._writer.write(frame._replace(views=news)):
            shown.update(news)
            self._refused = {}
        else:  # the store is ahead of this frame: what it shows of these views is not known here
            shown.clear()
            self._refused = views
