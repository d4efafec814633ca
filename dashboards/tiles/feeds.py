"""Feeds and dead letters: what arrives, how late, and what could not be read."""

from __future__ import annotations

import math

from dashboards import formats
from dashboards.tiles.tile import Scene
from state.screens.views import FeedRow

_WORST_FIRST = {"stale": 0, "late": 1, "waiting": 2, "fresh": 3}


def values(scene: Scene) -> dict[str, object]:
    """Return the feeds, worst first, and the newest dead letter."""
    view, letter = scene.frame.feeds, scene.frame.last_letter
    feeds = sorted(view.feeds, key=lambda row: _WORST_FIRST.get(row.state, 0)) if view else []
    return {
        "waiting": "" if view else "no feed has spoken yet",
        "feeds": [
            {
                "name": row.feed,
                "state": row.state,
                "word": _word(row),
                "age": "nothing yet"
                if math.isnan(row.age_seconds)
                else formats.age(row.age_seconds),
                "cadence": formats.age(row.cadence_seconds),
                "publications": formats.number(row.publications),
                "revisions": formats.number(row.revisions),
                "rejected": row.rejected,
                "last_rejection": row.last_rejection,
            }
            for row in feeds
        ],
        "dead_letters": view.dead_letters if view else 0,
        "letter": letter,
        "letter_age": scene.frame.age_of(letter.received_at_ns) if letter else "",
        "faults": dict(scene.frame.faults),
    }


def _word(row: FeedRow) -> str:
    """Return the state; a source of which nothing could be used does not wait for a first one."""
    only_rejected = row.state == "waiting" and row.publications == 0 and row.rejected > 0
    return "rejected only" if only_rejected else row.state
