"""The alert feed of the desk: one case a line, with its acknowledgement."""

from __future__ import annotations

from dashboards.tiles.case_lines import OVER, line_of, open_cases
from dashboards.tiles.tile import Scene


def values(scene: Scene) -> dict[str, object]:
    """Return the open cases; those that still fire stand before those that are over."""
    rows = open_cases(scene)
    firing = [row for row in rows if row.condition not in OVER]
    over = [row for row in rows if row.condition in OVER]
    return {
        "waiting": "" if scene.frame.cases else "no limit has been checked yet",
        "lines": [line_of(scene, row) for row in (*firing, *over)],
        "open": len(firing),
        "breaches": sum(row.severity == "breach" and row.waiver is None for row in firing),
        "waived": sum(row.waiver is not None for row in firing),
    }
