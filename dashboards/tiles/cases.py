"""All cases on the risk page: newest first, the last closed ones after them."""

from __future__ import annotations

from dashboards.tiles.case_lines import line_of, open_cases
from dashboards.tiles.tile import Scene


def values(scene: Scene) -> dict[str, object]:
    """Return every case of the view."""
    rows = scene.frame.cases.cases if scene.frame.cases else []
    return {
        "waiting": "" if scene.frame.cases else "no limit has been checked yet",
        "lines": [line_of(scene, row) for row in rows],
        "open": len(open_cases(scene)),
        "shown": len(rows),
    }
