"""Which tolerances bite when periods roll next, with the position of now."""

from __future__ import annotations

from dashboards.tiles.nop import line
from dashboards.tiles.tile import Scene

_BITES = frozenset({"breach", "warn", "unknown"})


def values(scene: Scene) -> dict[str, object]:
    """Return the rows that are not kept from the next roll on."""
    view = scene.frame.nop
    if view is None or not view.roll:
        return {"waiting": "no position beyond tomorrow yet", "lines": [], "roll": ""}
    rows = [row for row in view.ahead if row.state in _BITES]
    waiting = "no written policy is in force"
    if view.policy:
        waiting = "" if rows else "every tolerance is kept with the position of now"
    return {"waiting": waiting, "lines": [line(row) for row in rows], "roll": view.roll}
