"""One case in full: what moved it, its members, what people did, and what they can do."""

from __future__ import annotations

from dashboards import formats
from dashboards.tiles.case_lines import line_of, nothing_selected, selected_case
from dashboards.tiles.duty_lines import duty_line
from dashboards.tiles.tile import Scene
from state.messages import ActionKind
from state.screens.cases_seen import CaseRow, stands
from state.screens.views import Transition

_WRITTEN = {
    "ratio": (100.0, 1, "%"),
    "probability": (100.0, 2, "%"),
    "$/MWh": (1.0, 2, "$/MWh"),
    "$/unit": (1.0, 2, "$/unit"),
    "$/MW-month": (1.0, 2, "$/MW-month"),
    "count": (1.0, 0, ""),
}
"""By unit of a limit: the scale, the decimals and the word of a change; others are as they are."""


def values(scene: Scene) -> dict[str, object]:
    """Return the selected case."""
    row = selected_case(scene)
    if row is None:
        return {"line": None, "nothing": nothing_selected(scene)}
    names = _names(scene)
    return {
        "line": line_of(scene, row, selected=True),
        "row": row,
        "where": " · ".join(filter(None, (row.scope, row.period))),
        "attribution": attribution_of(row.attribution, _unit_of(scene, row)),
        "duties": [duty_line(scene, row, duty) for duty in row.duties],
        "members": [(name, name in names) for name in row.members],
        "stands": formats.true_minus(stands(row)),
        "history": _history(scene, row),
        "said": [formats.in_zone(note, scene.zone) for note in row.comments],
        "may": {kind.value: _may(scene, row, kind) for kind in ActionKind},
        "why_open": _why_open(row),
        "role": scene.person.role.value,
    }


def _names(scene: Scene) -> set[str]:
    return {row.case for row in scene.frame.cases.cases} if scene.frame.cases else set()


def attribution_of(shares: list[tuple[str, float]], unit: str) -> list[tuple[str, str]]:
    """Return (kind of message, its share of the change), with the unit of a limit."""
    return [(name, _change(share, unit)) for name, share in shares]


def _unit_of(scene: Scene, row: CaseRow) -> str:
    limits = scene.frame.limits.rows if scene.frame.limits else []
    return next((limit.unit for limit in limits if limit.limit == row.limit), "")


def _change(share: float, unit: str) -> str:
    if unit == "$":
        return formats.dollars(share, sign=True)
    scale, digits, word = _WRITTEN.get(unit, (1.0, 0, unit))
    return f"{formats.signed(scale * share, digits)} {word}".rstrip()


def _may(scene: Scene, row: CaseRow, kind: ActionKind) -> bool:
    still = row.status == "open" if kind is ActionKind.ACKNOWLEDGE else row.status != "closed"
    return still and scene.person.may(kind)


def _why_open(row: CaseRow) -> str:
    """Say what stands between a case and its closing; empty where nothing does."""
    owed = sum(not duty.done_ns for duty in row.duties)
    if row.status == "closed":
        return ""
    if row.condition in {"firing", "unknown"}:
        return f"Still {row.condition}: it can be closed once the limit is kept."
    if owed:
        return f"{owed} duties are owed: record them as done first." if owed > 1 else (
            "One duty is owed: record it as done first."
        )  # fmt: skip
    return ""


def _history(scene: Scene, row: CaseRow) -> list[tuple[str, str]]:
    """Return (when, what) out of the alert stream, newest first."""
    own = [change for change in scene.frame.transitions if change.case == row.case]
    return [
        (
            formats.clock(change.at_ns, scene.zone),
            _what(change),
        )
        for change in reversed(own)
    ]


def _what(change: Transition) -> str:
    entry = formats.number(change.position)
    done = f"{change.change.replace('_', ' ')}{_by(change)}"
    return formats.true_minus(f"{done}, log entry {entry}: {stands(change.row)}")


def _by(change: Transition) -> str:
    """Name who did it, or whom it was given to; what was said on a case names its people itself."""
    row = change.row
    if change.change == "acknowledged":
        return f" by {row.acknowledged_by}"
    if change.change == "assigned":
        return f" to {row.assigned_to}"
    if change.change == "waived" and row.waiver is not None:
        return f" by {row.waiver.granted_by}"
    if change.change == "duty_done":
        return f" by {max(row.duties, key=lambda duty: duty.done_ns).done_by}"
    return ""
