"""Every case on the page of cases: who has it, what is owed, what was let be."""

from __future__ import annotations

from dashboards.tiles import cases
from dashboards.tiles.case_lines import all_cases, found, line_of
from dashboards.tiles.tile import Scene


def values(scene: Scene) -> dict[str, object]:
    """Return the cases that match what is searched, and how many of the view are waived."""
    rows = found(scene, all_cases(scene))
    return {
        **cases.values(scene),
        "lines": [line_of(scene, row) for row in rows],
        "found": len(rows),
        "find": scene.choice.find,
        "waived": sum(row.waiver is not None for row in all_cases(scene)),
    }
