"""Running a flow to its end; SIGINT and SIGTERM ask its feed to end, and the rest is finished."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from types import FrameType

from bytewax.dataflow import Dataflow
from bytewax.testing import cluster_main, run_main

EPOCH_INTERVAL = timedelta(seconds=10)
"""Long, because Bytewax has nothing of ours to save at its end."""


def run_flow(flow: Dataflow, *, workers: int = 1) -> None:
    """Run a flow in this process until its feeds have ended."""
    if workers == 1:
        run_main(flow, epoch_interval=EPOCH_INTERVAL)  # type: ignore[no-untyped-call] # Rust
    else:
        cluster_main(  # type: ignore[no-untyped-call] # Rust
            flow, [], 0, epoch_interval=EPOCH_INTERVAL, worker_count_per_proc=workers
        )


@contextlib.contextmanager
def stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Set an event at SIGINT or SIGTERM; a second such signal ends the process at once.

    Outside the main thread, where Python allows no handlers, signals are left alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: FrameType | None) -> None:
        del frame
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
