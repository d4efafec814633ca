"""One case in full: what moved it, its members, what people did, and what they can do."""

from __future__ import annotations

from dashboards import formats
from dashboards.tiles.case_lines import line_of, selected_case
from dashboards.tiles.tile import Scene
from state.messages import ActionKind
from state.views import CaseRow


def values(scene: Scene) -> dict[str, object]:
    """Return the selected case."""
    row = selected_case(scene)
    if row is None:
        return {"line": None}
    return {
        "line": line_of(scene, row),
        "row": row,
        "attribution": [(name, formats.signed(share)) for name, share in row.attribution],
        "history": _history(scene, row),
        "may": {kind.value: _may(scene, row, kind) for kind in ActionKind},
        "role": scene.person.role.value,
    }


def _may(scene: Scene, row: CaseRow, kind: ActionKind) -> bool:
    still = row.status == "open" if kind is ActionKind.ACKNOWLEDGE else row.status != "closed"
    return still and scene.person.may(kind)


def _history(scene: Scene, row: CaseRow) -> list[tuple[str, str]]:
    """Return (when, what) in order, as far as the case itself knows it."""
    at = [(row.opened_ns, f"opened by log entry {formats.number(row.opened_position)}")]
    if row.acknowledged_ns:
        at.append((row.acknowledged_ns, f"acknowledged by {row.acknowledged_by}"))
    if row.changed_ns not in {row.opened_ns, row.acknowledged_ns}:
        at.append((row.changed_ns, f"last change: {row.condition}, {row.status}"))
    return [(formats.clock(when, scene.zone), what) for when, what in sorted(at)]
