"""Everything that is owed, after breaches and without one: soonest first."""

from __future__ import annotations

from dashboards.tiles.duty_lines import owed_lines
from dashboards.tiles.tile import Scene

MOST_LINES = 200


def values(scene: Scene) -> dict[str, object]:
    """Return the duties nobody did yet."""
    lines = owed_lines(scene)
    return {
        "waiting": "" if scene.frame.cases else "no limit has been checked yet",
        "lines": lines[:MOST_LINES],
        "owed": sum(line.word != "NEXT" for line in lines),
        "late": sum(line.word == "LATE" for line in lines),
        "more": max(0, len(lines) - MOST_LINES),
    }
