"""Every case on the page of cases: who has it, what is owed, what was let be."""

from __future__ import annotations

from dashboards.tiles import cases
from dashboards.tiles.tile import Scene


def values(scene: Scene) -> dict[str, object]:
    """Return every case of the view, and how many of them are waived."""
    rows = scene.frame.cases.cases if scene.frame.cases else []
    return {**cases.values(scene), "waived": sum(row.waiver is not None for row in rows)}
