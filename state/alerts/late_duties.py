"""Duties that were not done in time: one alert for all that one body owed by one moment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from state.alerts.cases import Case, CaseBook, Facts, Moment, change_of
from state.calendar import SECOND_NS, from_ns
from state.policy.schema import Materiality
from state.screens.case_rows import DutyRow
from state.screens.views import Transition

if TYPE_CHECKING:
    from state.desk import Desk

Member = tuple[Case, DutyRow]
"""A duty, and the case it is owed in."""


def tell(desk: Desk, duty: DutyRow, moment: Moment) -> list[Transition]:
    """Open or carry on the alert of a duty that is late, and end it where all is done by now."""
    book = desk.alerts.book
    members = _members(book, duty)
    facts, names = _facts(desk, members, "breach"), [case.row.case for case, _ in members]
    known = book.open_case(facts.identity)
    change = change_of(known, state="breach", standing="breach", folded=False)
    if known is not None:
        book.fold(known, names)
    told = [book.record(change, facts, moment, members=names)] if change else []
    return told + settle(desk, duty, moment)


def settle(desk: Desk, duty: DutyRow, moment: Moment) -> list[Transition]:
    """End the alert of a late duty if nobody owes it any more."""
    book = desk.alerts.book
    members = _members(book, duty)
    facts = _facts(desk, members, "ok")
    told = book.open_case(facts.identity)
    owed = any(not one.done_ns for _, one in members)
    if owed or told is None or told.standing != "breach":
        return []
    return [book.record("resolved", facts, moment)]


def by_moment(late: Iterable[Member]) -> list[DutyRow]:
    """Return one duty of each body and moment, in their order."""
    found: dict[tuple[str, int], DutyRow] = {}
    for _, duty in late:
        found.setdefault(_owed_by(duty), duty)
    return list(found.values())


def _members(book: CaseBook, duty: DutyRow) -> list[Member]:
    owed_by = _owed_by(duty)
    return [
        (case, one)
        for case in book.open_cases()
        for one in case.row.duties
        if _owed_by(one) == owed_by and one.late
    ]


def _owed_by(duty: DutyRow) -> tuple[str, int]:
    """Return a duty and the second until which it is done in time."""
    return duty.duty, duty.due_ns // SECOND_NS


def _facts(desk: Desk, members: list[Member], state: str) -> Facts:
    zone, (case, duty) = ZoneInfo(desk.time_zone), members[0]
    to = f" to {duty.to}" if duty.to else ""
    due = _moment(duty.due_ns, zone)
    about = case.row.headline if len(members) == 1 else f"{len(members)} cases"
    left = sum(not one.done_ns for _, one in members)
    return Facts(
        identity=(duty.duty, duty.by, due),
        state=state,
        standing=state,
        clause=duty.clause,
        policy=duty.policy,
        materiality=str(Materiality.MATERIAL),
        headline=f"{duty.by}{to}, late: {duty.does} ({about})",
        value_text=f"{left} of {len(members)} not done" if left else "done",
        limit_text=f"due {due}",
        attribution=[],
        timing=False,
        arithmetic=lambda: [
            f"duty: {duty.by}{to}: {duty.does} ({duty.clause}, {duty.policy})",
            f"deadline: {duty.deadline}, that is {due}",
            *(_told(case.row.case, one, zone) for case, one in members),
        ],
    )


def _told(case: str, duty: DutyRow, zone: ZoneInfo) -> str:
    called = f"case {case}: called for {_moment(duty.called_ns, zone)} by {duty.about}"
    if not duty.done_ns:
        return f"{called}, not done"
    return f"{called}, done {_moment(duty.done_ns, zone)} by {duty.done_by}"


def _moment(at_ns: int, zone: ZoneInfo) -> str:
    return f"{from_ns(at_ns).astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
