"""What a poller must know of a report: how to ask for it, and when its intervals are due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from state.messages import AnyMessage


class Question(NamedTuple):
    """A request for a report over a stretch of time.

    Attributes:
        path, query: of the address.
    """

    path: str
    query: dict[str, str]


class Part(NamedTuple):
    """One interval of an answer.

    Attributes:
        start_ns: when it begins.
        names: the locations or areas that have a value.
        values: digest of them all; two intervals alike in everything have the same.
    """

    start_ns: int
    names: frozenset[str]
    values: bytes


class Report(Protocol):
    """A report of one source.

    Attributes:
        feed: ``market/run``; what the feed is called everywhere.
        market: whose parser reads it.
        every_seconds: between two looks while something is due.
        again_seconds: so far back it is read again for corrections.
        reread_seconds: how often that is done.
        names: the locations or areas that every interval must have.
    """

    feed: str
    market: str
    every_seconds: float
    again_seconds: float
    reread_seconds: float
    names: frozenset[str]

    def due(self, since_ns: int, now_ns: int) -> Sequence[int]:
        """Return the starts of the intervals from a moment on that should be published by now."""
        ...

    def late_ns(self, start_ns: int) -> int:
        """Return from when an interval that is not there counts as missing."""
        ...

    def step_ns(self) -> int:
        """Return the length of an interval."""
        ...

    def ask(self, first_ns: int, last_ns: int) -> Question:
        """Return the request for the intervals of [first, last)."""
        ...

    def parts(self, messages: Sequence[AnyMessage]) -> list[Part]:
        """Return the intervals that the messages of an answer hold."""
        ...
