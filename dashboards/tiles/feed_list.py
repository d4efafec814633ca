"""Every feed in full: age, what came of asking, gaps, corrections, how late it comes."""

from __future__ import annotations

import numpy as np

from dashboards import formats
from dashboards.tiles.feeds import asked, delay, in_order, word
from dashboards.tiles.sparkline import sparkline
from dashboards.tiles.tile import Scene

SPARK_WIDTH, SPARK_HEIGHT = 120, 18


def values(scene: Scene) -> dict[str, object]:
    """Return the feeds, worst first."""
    view, zone = scene.frame.feeds, scene.zone
    rows = in_order(view.feeds, scene.market) if view else []
    letter = scene.frame.last_letter
    return {
        "waiting": "" if view else "no feed has spoken yet",
        "width": SPARK_WIDTH,
        "height": SPARK_HEIGHT,
        "dead_letters": view.dead_letters if view else 0,
        "letter": letter,
        "letter_age": scene.frame.age_of(letter.received_at_ns) if letter else "",
        "is_live": any(row.outcome for row in rows),
        "feeds": [
            {
                "name": row.feed,
                "state": "stale" if row.missing else row.state,
                "word": word(row),
                "age": formats.age(row.age_seconds),
                "cadence": formats.age(row.cadence_seconds),
                "received": formats.day_and_clock(row.received_ns, zone),
                "outcome": asked(row) or formats.UNKNOWN,
                "missing": row.missing,
                "missing_from": formats.clock(row.missing_from_ns, zone) if row.missing else "",
                "publications": formats.number(row.publications),
                "revisions": formats.number(row.revisions),
                "rejected": row.rejected,
                "last_rejection": row.last_rejection,
                "delay": delay(row) or formats.UNKNOWN,
                "spark": sparkline(np.array(row.delays), SPARK_WIDTH, SPARK_HEIGHT),
            }
            for row in rows
        ],
    }
