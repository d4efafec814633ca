"""All cases on the risk page: what fires first, the last closed ones at the end."""

from __future__ import annotations

from dashboards.tiles.case_lines import all_cases, line_of, open_cases
from dashboards.tiles.tile import Scene


def values(scene: Scene) -> dict[str, object]:
    """Return every case of the view."""
    rows = all_cases(scene)
    return {
        "waiting": "" if scene.frame.cases else "no limit has been checked yet",
        "lines": [line_of(scene, row) for row in rows],
        "open": len(open_cases(scene)),
        "shown": len(rows),
    }
