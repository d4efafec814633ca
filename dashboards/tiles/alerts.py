"""The alert feed of the desk: one case a line, with its acknowledgement."""

from __future__ import annotations

from collections import Counter

from dashboards.tiles.case_lines import OVER, cases_on, is_late_duty, lines_of, open_cases
from dashboards.tiles.tile import Scene
from state.screens.cases_seen import CaseRow


def values(scene: Scene) -> dict[str, object]:
    """Return the open cases of limits; of duties that are late, how many and whose."""
    rows = cases_on("desk", scene)
    firing = [row for row in rows if row.condition not in OVER]
    return {
        "waiting": "" if scene.frame.cases else "no limit has been checked yet",
        "lines": lines_of(scene, rows),
        "open": len(firing),
        "breaches": sum(row.severity == "breach" and row.waiver is None for row in firing),
        "waived": sum(row.waiver is not None for row in firing),
        "late": _late(open_cases(scene)),
    }


def _late(rows: list[CaseRow]) -> str:
    """Say of whom there are how many alerts of late duties; empty where there is none."""
    late = Counter(row.scope for row in rows if is_late_duty(row) and row.condition not in OVER)
    return ", ".join(f"{who} {count}" for who, count in late.most_common())
