"""Every case on the page of cases: who has it, what is owed, what was let be."""

from __future__ import annotations

from dashboards.tiles import cases
from dashboards.tiles.case_lines import all_cases, found, lines_of
from dashboards.tiles.tile import Scene


def values(scene: Scene) -> dict[str, object]:
    """Return the cases that match what is searched, and how many of the view are waived."""
    rows = all_cases(scene)
    shown = found(scene, rows)
    return {
        **cases.counts(scene, rows),
        "lines": lines_of(scene, shown),
        "found": len(shown),
        "find": scene.choice.find,
        "waived": sum(row.waiver is not None for row in rows),
    }
