"""Figures that an engine hands over on its own threads, and the wait for the expected ones."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

import numpy as np

from benchmarks.peers.peer import PeerFigures
from state.arrays import Floats
from state.errors import StateError

MOST_SECONDS = 120.0
"""Without the expected figures for so long, the engine is stuck and has no figure."""

NEAR = 1e-7
"""Relative difference at which a figure counts as arrived."""


class Arrivals:
    """Figures as an engine's own threads hand them over.

    Args:
        books, hours: how many there are.
    """

    def __init__(self, books: int, hours: int) -> None:
        self.figures = PeerFigures(
            open_mw=np.full((books, hours), np.nan),
            value_usd=np.full(books, np.nan),
            var_usd=np.full(books + 1, np.nan),
        )
        self._changed = threading.Condition()

    def note(self, change: Callable[[PeerFigures], None]) -> None:
        """Enter something that arrived."""
        with self._changed:
            change(self.figures)

    def tell(self) -> None:
        """Wake whoever waits: a step of the engine is over."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, expected: PeerFigures) -> None:
        """Wait until every figure is the expected one.

        Raises:
            StateError: it is not after a long time.
        """
        until = time.monotonic() + MOST_SECONDS
        with self._changed:
            while not self._has(expected):
                if time.monotonic() > until:
                    reason = f"the expected figures did not arrive in {MOST_SECONDS:g} s"
                    raise StateError(reason)
                self._changed.wait(0.05)

    def _has(self, expected: PeerFigures) -> bool:
        pairs: Iterable[tuple[Floats, Floats]] = zip(self.figures, expected, strict=True)
        return all(_near(measured, wanted) for measured, wanted in pairs)


def _near(measured: Floats, wanted: Floats) -> bool:
    # Relative to the largest: a book's figure may pass through zero.
    most = NEAR * max(1.0, float(np.max(np.abs(wanted))))
    return bool(np.all(np.abs(measured - wanted) <= most))
