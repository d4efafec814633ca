"""Feeds and dead letters: what arrives, how late, and what could not be read."""

from __future__ import annotations

import math

from dashboards import formats
from dashboards.tiles.tile import Scene
from state.screens.feeds_seen import FeedRow

_WORST_FIRST = {"stale": 0, "late": 1, "waiting": 2, "fresh": 3}


def values(scene: Scene) -> dict[str, object]:
    """Return the feeds, worst first, and the newest dead letter."""
    view, letter = scene.frame.feeds, scene.frame.last_letter
    feeds = in_order(view.feeds, scene.market) if view else []
    return {
        "waiting": "" if view else "no feed has spoken yet",
        "feeds": [
            {
                "name": row.feed,
                "state": row.state,
                "word": word(row),
                "age": "nothing yet"
                if math.isnan(row.age_seconds)
                else formats.age(row.age_seconds),
                "cadence": formats.age(row.cadence_seconds),
                "publications": formats.number(row.publications),
                "revisions": formats.number(row.revisions),
                "rejected": row.rejected,
                "last_rejection": row.last_rejection,
                "asked": asked(row),
                "missing": row.missing,
                "delay": delay(row),
            }
            for row in feeds
        ],
        "dead_letters": view.dead_letters if view else 0,
        "letter": letter,
        "letter_age": scene.frame.age_of(letter.received_at_ns) if letter else "",
        "faults": dict(scene.frame.faults),
    }


def in_order(feeds: list[FeedRow], market: str) -> list[FeedRow]:
    """Return feeds, worst first: those that lack intervals, then by the age of their newest.

    Of those that stand alike, the ones of the market shown come first.
    """

    def place(row: FeedRow) -> tuple[bool, int, bool]:
        return not row.missing, _WORST_FIRST.get(row.state, 0), row.market != market

    return sorted(feeds, key=place)


def word(row: FeedRow) -> str:
    """Return the state; a source of which nothing could be used does not wait for a first one.

    A live feed that lacks intervals says how many, whatever the age of its newest.
    """
    if row.missing:
        return f"{row.missing} missing"
    only_rejected = row.state == "waiting" and row.publications == 0 and row.rejected > 0
    return "rejected only" if only_rejected else row.state


def asked(row: FeedRow) -> str:
    """Say what came of asking a live feed last; empty for a feed that nobody asks."""
    return f"{row.outcome}: {row.detail}" if row.detail else row.outcome


def delay(row: FeedRow) -> str:
    """Say how long after an interval's start its publication came, last and in the middle."""
    if not row.delays:
        return ""
    middle = sorted(row.delays)[len(row.delays) // 2]
    return f"came {_seconds(row.delays[-1])}, mostly {_seconds(middle)}"


def _seconds(seconds: float) -> str:
    told = formats.age(abs(seconds))
    return f"{told} before its interval" if seconds < 0 else f"{told} into it"
