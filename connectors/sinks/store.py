"""The monitor's one sink: frames into the read model."""

from __future__ import annotations

from collections.abc import Callable

from bytewax.outputs import DynamicSink, StatelessSinkPartition
from typing_extensions import override

from state.store import Frame, StoreWriter

CompanyFrame = tuple[str, Frame]
"""A company and what a batch changed in it."""


class StoreSink(DynamicSink[CompanyFrame]):
    """Writes frames in order, each in one call of the store's script.

    Args:
        open_writer: called on each worker, so that none is shared between them.
    """

    def __init__(self, open_writer: Callable[[], StoreWriter]) -> None:
        self._open_writer = open_writer

    @override
    def build(
        self, step_id: str, worker_index: int, worker_count: int
    ) -> StatelessSinkPartition[CompanyFrame]:
        return _StoreSinkPartition(self._open_writer())


class _StoreSinkPartition(StatelessSinkPartition[CompanyFrame]):
    def __init__(self, writer: StoreWriter) -> None:
        self._writer = writer
        self._shown: dict[str, bytes] = {}

    @override
    def write_batch(self, items: list[CompanyFrame]) -> None:
        for _, frame in items:
            self._write(frame)

    def _write(self, frame: Frame) -> None:
        """Write what differs from what is shown: every byte has to reach the disk."""
        shown = self._shown
        news = {name: view for name, view in frame.views.items() if shown.get(name) != view}
        if self._writer.write(frame._replace(views=news)):
            shown.update(news)
        else:  # the store is ahead of this frame: what it shows is not known here
            shown.clear()
