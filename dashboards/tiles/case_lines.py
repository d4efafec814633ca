"""Cases as people read them: one line that says what, how much, why, since when, who."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboards import formats
from dashboards.tiles.duty_lines import told_in_short
from dashboards.tiles.tile import Scene
from state.messages import ActionKind
from state.screens.cases_seen import CaseRow

OVER = frozenset({"resolved", "expired"})


@dataclass(frozen=True)
class CaseLine:
    """One case, ready to read.

    Attributes:
        mark: ``breach``, ``warn`` or ``unknown``: the case's severity.
        origin: passive or active, and the cause.
        holder: who has it, empty while nobody does.
        duties: what is owed, in short; empty where nothing is.
        waived: until when the breach is let be, and who allowed it; empty where it is not.
        may_acknowledge: whether this person may, and it is still to be done.
    """

    case: str
    mark: str
    word: str
    headline: str
    clause: str
    origin: str
    since: str
    opened: str
    opened_utc: str
    holder: str
    duties: str
    waived: str
    condition: str
    selected: bool
    may_acknowledge: bool


def selected_case(scene: Scene) -> CaseRow | None:
    """Return the case a person looks at: the chosen one, else the first of the list as it is shown.

    None also where the chosen one left the view: nobody acts on another in its place.
    """
    rows = scene.frame.cases.cases if scene.frame.cases else []
    if scene.choice.case:
        return next((row for row in rows if row.case == scene.choice.case), None)
    if scene.choice.page == "cases":
        rows = found(scene, rows)
    return min(rows, key=_after_others, default=None)


def nothing_selected(scene: Scene) -> str:
    """Say why no case is shown in full."""
    if scene.frame.cases and scene.choice.case:
        return f"Case {scene.choice.case} is gone: it is no longer among the cases. Choose another."
    return "Choose a case to see what made it and what is owed."


def lines_of(scene: Scene, rows: Iterable[CaseRow]) -> list[CaseLine]:
    """Write cases; the one that is shown in full is marked."""
    shown = selected_case(scene)
    return [line_of(scene, row, selected=row is shown) for row in rows]


def line_of(scene: Scene, row: CaseRow, *, selected: bool) -> CaseLine:
    """Write one case; of a breach that followed a warning it says since when it is one."""
    began_ns = row.frozen.at_ns if row.frozen and row.severity == "breach" else row.opened_ns
    may = scene.person.may(ActionKind.ACKNOWLEDGE)
    return CaseLine(
        case=row.case,
        mark="over" if row.condition in OVER else row.severity,
        word=row.condition.upper() if row.condition in OVER else _word(row),
        headline=formats.headline(row.headline),
        clause=" · ".join(filter(None, (row.clause, _day_not_in_headline(row)))),
        origin=" · ".join(
            filter(None, ("passive" if row.passive else "active", formats.true_minus(row.cause)))
        ),
        since=scene.frame.age_of(began_ns),
        opened=formats.clock(began_ns, scene.zone),
        opened_utc=formats.clock_utc(began_ns),
        holder=_holder(row),
        duties=told_in_short(scene, row),
        waived=_waived(scene, row),
        condition=row.condition,
        selected=selected,
        may_acknowledge=may and row.status == "open",
    )


def _waived(scene: Scene, row: CaseRow) -> str:
    if row.waiver is None:
        return ""
    until = formats.day_and_clock(row.waiver.until_ns, scene.zone)
    return f"waived until {until}, approved by {row.waiver.approver}"


def _day_not_in_headline(row: CaseRow) -> str:
    day = row.period.partition(" HE")[0]
    return "" if day in row.headline else day


def _word(row: CaseRow) -> str:
    return "UNKNOWN" if row.condition == "unknown" else row.severity.upper()


def _holder(row: CaseRow) -> str:
    if row.status == "closed":
        return "closed"
    if row.assigned_to:
        return row.assigned_to
    return row.acknowledged_by


def open_cases(scene: Scene) -> list[CaseRow]:
    """Return the cases a person still has to deal with, in the order of every list."""
    return [row for row in all_cases(scene) if row.status != "closed"]


def all_cases(scene: Scene) -> list[CaseRow]:
    """Return every case of the view: what fires first, breaches before the rest, then the newest.

    Duties that were not done in time come after the limits that fire: they bury none of them.
    """
    rows = scene.frame.cases.cases if scene.frame.cases else []
    return sorted(rows, key=_after_others)


def _after_others(row: CaseRow) -> tuple[bool, bool, bool, bool]:
    over = row.condition in OVER
    return row.status == "closed", over, is_late_duty(row), row.severity != "breach"


def is_late_duty(row: CaseRow) -> bool:
    """Say whether a case is of duties that were not done in time, not of a limit."""
    return row.limit_text.startswith("due ")


def cases_on(page: str, scene: Scene) -> list[CaseRow]:
    """Return the cases that are gone through on a page: those it lists that are not closed.

    The desk has late duties in one line; the page of cases shows what was found.
    """
    rows = open_cases(scene)
    if page == "cases":
        return found(scene, rows)
    return [row for row in rows if not is_late_duty(row)] if page == "desk" else rows


def found(scene: Scene, rows: list[CaseRow]) -> list[CaseRow]:
    """Return the cases that hold what is searched."""
    return [row for row in rows if scene.choice.finds(_searched(row))]


def _searched(row: CaseRow) -> str:
    words = (row.case, row.headline, row.clause, row.scope, row.period, row.cause, _holder(row))
    return " ".join((*words, row.severity, row.condition, row.status))
