"""Duties that were not done in time: one alert for all that one body owed by one moment."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from state.alerts.case_changes import change_of
from state.alerts.cases import Facts, Moment
from state.duties.calls import OwedBy, owed_by
from state.moments import from_ns
from state.policy.schema import Materiality
from state.screens.cases_seen import DutyRow
from state.screens.views import Transition

if TYPE_CHECKING:
    from state.desk import Desk

_MANY = {"case": "cases", "duty": "duties"}


class Member(NamedTuple):
    """A duty that was not done in time, and where it is owed.

    Attributes:
        name: of the case, or of the standing duty.
        what: the same in words.
        kind: which of them it is.
    """

    name: str
    what: str
    kind: str
    duty: DutyRow


def tell(desk: Desk, duty: DutyRow, moment: Moment) -> list[Transition]:
    """Open or carry on the alert of a duty that is late, and end it where all is done by now."""
    book = desk.alerts.book
    members = _members(desk, duty)
    facts, names = _facts(desk, members, "breach"), [one.name for one in members]
    known = book.open_case(facts.identity)
    change = change_of(known, state="breach", standing="breach", folded=False)
    if known is not None:
        book.fold(known, names)
    told = [book.record(change, facts, moment, members=names)] if change else []
    return told + settle(desk, duty, moment)


def settle(desk: Desk, duty: DutyRow, moment: Moment) -> list[Transition]:
    """End the alert of a late duty if nobody owes it any more."""
    book = desk.alerts.book
    members = _members(desk, duty)
    if not members:
        return []
    facts = _facts(desk, members, "ok")
    told = book.open_case(facts.identity)
    owed = any(not one.duty.done_ns for one in members)
    if owed or told is None or told.standing != "breach":
        return []
    return [book.record("resolved", facts, moment)]


def by_moment(late: Iterable[DutyRow]) -> list[DutyRow]:
    """Return one duty of each body and moment, in their order."""
    found: dict[OwedBy, DutyRow] = {}
    for duty in late:
        found.setdefault(owed_by(duty), duty)
    return list(found.values())


def _members(desk: Desk, duty: DutyRow) -> list[Member]:
    group = owed_by(duty)
    in_cases = (
        Member(case.row.case, case.row.headline, "case", one)
        for case in desk.alerts.book.open_cases()
        for one in case.row.duties
    )
    standing = (Member(one.name, one.what, "duty", one.duty) for one in desk.duties.standing.rows())
    every = chain(in_cases, standing)
    return [one for one in every if one.duty.late and owed_by(one.duty) == group]


def _facts(desk: Desk, members: list[Member], state: str) -> Facts:
    zone, first = ZoneInfo(desk.time_zone), members[0]
    duty = first.duty
    to = f" to {duty.to}" if duty.to else ""
    due = _moment(duty.due_ns, zone)
    about = first.what if len(members) == 1 else f"{len(members)} {_MANY[first.kind]}"
    left = sum(not one.duty.done_ns for one in members)
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
            *(_told(one, zone) for one in members),
        ],
    )


def _told(member: Member, zone: ZoneInfo) -> str:
    duty = member.duty
    called = f"{member.kind} {member.name}: called for {_moment(duty.called_ns, zone)}"
    called += f" by {duty.about}"
    if not duty.done_ns:
        return f"{called}, not done"
    return f"{called}, done {_moment(duty.done_ns, zone)} by {duty.done_by}"


def _moment(at_ns: int, zone: ZoneInfo) -> str:
    return f"{from_ns(at_ns).astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
