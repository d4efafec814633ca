"""Duties as people read them: who owes what to whom, by when, and how long that is off."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards import formats
from dashboards.access import Role
from dashboards.tiles.tile import Scene
from state.calendar import SECOND_NS
from state.messages import ActionKind
from state.screens.views import CaseRow, DutyRow

FRONT_OFFICE = "Front Office"


@dataclass(frozen=True)
class DutyLine:
    """One duty of one case, ready to read.

    Attributes:
        mark: ``ok`` done in time, ``breach`` late, ``warn`` owed with an end, ``over`` without.
        due: the moment; the policy's words where it sets none.
        left: how long is left, or for how long it is late; who did it when once it is done.
        may_do: whether this person may record it as done, and it is not yet.
    """

    case: str
    duty: str
    mark: str
    word: str
    who: str
    does: str
    clause: str
    due: str
    left: str
    about: str
    may_do: bool


def duty_line(scene: Scene, row: CaseRow, duty: DutyRow) -> DutyLine:
    """Write one duty."""
    late = duty.is_late(scene.frame.now_ns)
    mark = "breach" if late else "ok" if duty.done_ns else "warn" if duty.due_ns else "over"
    word = "DONE" if duty.done_ns else "OWED"
    wanted = duty.deadline or "no deadline in the policy"
    return DutyLine(
        case=row.case,
        duty=duty.duty,
        mark=mark,
        word=f"{word} LATE" if late and duty.done_ns else "LATE" if late else word,
        who=f"{duty.by} → {duty.to}" if duty.to else duty.by,
        does=duty.does,
        clause=duty.clause,
        due=formats.day_and_clock(duty.due_ns, scene.zone) if duty.due_ns else wanted,
        left=_left(scene, duty),
        about=row.headline,
        may_do=_may_do(scene, row, duty),
    )


def _left(scene: Scene, duty: DutyRow) -> str:
    if duty.done_ns:
        said = f": {duty.note}" if duty.note else ""
        return f"{formats.day_and_clock(duty.done_ns, scene.zone)} by {duty.done_by}{said}"
    if not duty.due_ns:
        return f"owed for {scene.frame.age_of(duty.called_ns)}"
    seconds = (duty.due_ns - scene.frame.now_ns) / SECOND_NS
    return f"{formats.age(seconds)} left" if seconds >= 0.0 else f"{formats.age(-seconds)} late"


def _may_do(scene: Scene, row: CaseRow, duty: DutyRow) -> bool:
    """Say whether a person may: the desk answers for the Front Office, risk for everybody."""
    own = scene.person.role is Role.RISK or duty.by == FRONT_OFFICE
    open_still = row.status != "closed" and not duty.done_ns
    return open_still and own and scene.person.may(ActionKind.DONE)


def owed_lines(scene: Scene) -> list[DutyLine]:
    """Return every duty that nobody did yet: the longest late first, those without an end last."""
    rows = scene.frame.cases.cases if scene.frame.cases else []
    owed = [(row, duty) for row in rows for duty in row.duties if not duty.done_ns]
    owed.sort(key=lambda pair: (not pair[1].due_ns, pair[1].due_ns, pair[1].called_ns))
    return [duty_line(scene, row, duty) for row, duty in owed]


def told_in_short(scene: Scene, row: CaseRow) -> str:
    """Say of a case how many duties are owed, how many of them are late, and the next due time.

    Empty where the case calls for none, or all are done.
    """
    owed = [duty for duty in row.duties if not duty.done_ns]
    if not owed:
        return ""
    late = sum(duty.is_late(scene.frame.now_ns) for duty in owed)
    ends = [duty.due_ns for duty in owed if duty.due_ns > scene.frame.now_ns]
    parts = [f"{len(owed)} owed", f"{late} late" if late else ""]
    if ends:
        seconds = (min(ends) - scene.frame.now_ns) / SECOND_NS
        due = formats.clock(min(ends), scene.zone)
        parts.append(f"next due {due}, {formats.age(seconds)} left")
    return ", ".join(filter(None, parts))
