"""How long to leave a source alone that does not answer: ever longer, and never all together."""

from __future__ import annotations

import random

_MOST_DOUBLINGS = 6


def pause_seconds(faults: int, *, first: float, longest: float) -> float:
    """Return how long to wait: twice as long after every fault in a row, with jitter.

    Unlike a sleep of a retry library, the caller waits on the event that ends its thread.

    >>> 0.5 <= pause_seconds(1, first=1.0, longest=30.0) <= 1.0
    True
    >>> 15.0 <= pause_seconds(99, first=1.0, longest=30.0) <= 30.0
    True
    """
    share = random.uniform(0.5, 1.0)  # noqa: S311 - spreads requests, no secret
    return min(longest, first * 2.0 ** min(faults - 1, _MOST_DOUBLINGS)) * share
