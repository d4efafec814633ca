"""Duties as people read them: who owes what to whom, by when, and how long that is off.

Those of cases, and those that no breach calls for: periodic ones, of contracts, of records.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dashboards import formats
from dashboards.frame import Frame
from dashboards.tiles.tile import Scene
from state.moments import SECOND_NS
from state.screens.cases_seen import CaseRow, DutyRow, StandingDuty


@dataclass(frozen=True)
class DutyLine:
    """One duty, ready to read.

    Attributes:
        case: the case it is of; of one that no breach calls for its own name.
        standing: whether it is such a one.
        mark: ``ok`` done in time, ``breach`` late, ``warn`` owed with an end, ``over`` without, and
            of a periodic one whose time has not come.
        due: the moment; the policy's words where it sets none.
        left: how long is left, or for how long it is late; who did it when once it is done.
        may_do: whether this person may record it as done, and it is not yet.
    """

    case: str
    standing: bool
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
    may_do = row.status != "closed" and _may_do(scene, duty)
    return _line(scene, duty, name=row.case, about=formats.headline(row.headline), may_do=may_do)


def standing_line(scene: Scene, one: StandingDuty) -> DutyLine:
    """Write a duty that no breach calls for."""
    count = f"{one.count} " if one.count > 1 else ""
    line = _line(
        scene,
        one.duty,
        name=one.name,
        about=f"{count}{one.what}, since {one.duty.about}",
        may_do=_may_do(scene, one.duty),
    )
    if one.periodic and line.word == "OWED":
        return replace(line, standing=True, mark="over", word="NEXT")
    return replace(line, standing=True)


def _line(scene: Scene, duty: DutyRow, *, name: str, about: str, may_do: bool) -> DutyLine:
    late = duty.is_late(scene.frame.now_ns)
    mark = "breach" if late else "ok" if duty.done_ns else "warn" if duty.due_ns else "over"
    word = "DONE" if duty.done_ns else "OWED"
    wanted = duty.deadline or "no deadline in the policy"
    return DutyLine(
        case=name,
        standing=False,
        duty=duty.duty,
        mark=mark,
        word=f"{word} LATE" if late and duty.done_ns else "LATE" if late else word,
        who=f"{duty.by} → {duty.to}" if duty.to else duty.by,
        does=duty.does,
        clause=duty.clause,
        due=formats.day_and_clock(duty.due_ns, scene.zone) if duty.due_ns else wanted,
        left=_left(scene, duty),
        about=about,
        may_do=may_do,
    )


def _left(scene: Scene, duty: DutyRow) -> str:
    if duty.done_ns:
        said = f": {duty.note}" if duty.note else ""
        return f"{formats.day_and_clock(duty.done_ns, scene.zone)} by {duty.done_by}{said}"
    if not duty.due_ns:
        return f"owed for {scene.frame.age_of(duty.called_ns)}"
    seconds = (duty.due_ns - scene.frame.now_ns) / SECOND_NS
    return f"{formats.age(seconds)} left" if seconds >= 0.0 else f"{formats.age(-seconds)} late"


def _may_do(scene: Scene, duty: DutyRow) -> bool:
    return not duty.done_ns and scene.person.answers_for(duty.by)


def owing(frame: Frame, name: str, duty: str) -> list[str]:
    """Return the bodies that owe a duty, by its id, of a case or of what it is named by."""
    view = frame.cases
    if view is None:
        return []
    owed = [each for row in view.cases if row.case == name for each in row.duties]
    owed += [one.duty for one in view.standing if one.name == name]
    return [each.by for each in owed if each.duty == duty and not each.done_ns]


def owed_lines(scene: Scene) -> list[DutyLine]:
    """Return every duty that nobody did yet: the longest late first, those without an end last."""
    view = scene.frame.cases
    if view is None:
        return []
    owed = [
        (duty, duty_line(scene, row, duty))
        for row in view.cases
        for duty in row.duties
        if not duty.done_ns
    ]
    owed += [(one.duty, standing_line(scene, one)) for one in view.standing if not one.duty.done_ns]
    owed.sort(key=lambda pair: (not pair[0].due_ns, pair[0].due_ns, pair[0].called_ns))
    return [line for _, line in owed]


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
