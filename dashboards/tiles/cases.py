"""All cases on the risk page: what fires first, the last closed ones at the end."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.tiles.case_lines import all_cases, lines_of
from dashboards.tiles.tile import Scene
from state.screens.cases_seen import CaseRow


def values(scene: Scene) -> dict[str, object]:
    """Return every case of the view."""
    rows = all_cases(scene)
    return {**counts(scene, rows), "lines": lines_of(scene, rows)}


def counts(scene: Scene, rows: Sequence[CaseRow]) -> dict[str, object]:
    """Return how many cases of the view there are, and how many of them are not closed."""
    return {
        "waiting": "" if scene.frame.cases else "no limit has been checked yet",
        "open": sum(row.status != "closed" for row in rows),
        "shown": len(rows),
    }
