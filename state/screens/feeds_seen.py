"""What the screens read of feeds."""

from __future__ import annotations

import msgspec

from state.screens.view import View


class FeedRow(msgspec.Struct, kw_only=True):
    """Freshness of one feed.

    Attributes:
        age_seconds: age of its newest interval at the last tick; NaN before the first.
        cadence_seconds: how often it is expected.
        state: ``fresh``, ``late``, ``stale`` or ``waiting`` (nothing yet).
        outcome, detail: what came of asking a live feed last; empty for one that nobody asks.
        missing, missing_from_ns: intervals it lacks, and the start of the oldest.
        delays: seconds from an interval's start to its arrival, the last ones.
    """

    feed: str
    market: str
    age_seconds: float
    cadence_seconds: float
    state: str
    received_ns: int
    publications: int
    revisions: int
    rejected: int
    last_rejection: str = ""
    outcome: str = ""
    detail: str = ""
    missing: int = 0
    missing_from_ns: int = 0
    delays: list[float] = []


class FeedView(View, kw_only=True, tag="feed"):
    """All feeds, and the count of dead letters."""

    feeds: list[FeedRow]
    dead_letters: int
