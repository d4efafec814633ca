"""Cases: the life of one breach, warning or unknown, from its opening to a person's closing.

A case belongs to an identity (limit, scope, period). What the market does ends the condition;
only a person ends the case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from typing import Any, NamedTuple

import msgspec

from state.alerts.case_actions import ACTIVE, carry_out, note, refusal
from state.limits.reading import Cause, Identity
from state.messages import Action, ActionKind
from state.screens.cases_seen import CaseRow, DutyRow, Frozen
from state.screens.views import Transition

CLOSED_KEPT = 50
"""How many closed cases stay on the screen."""

_SEVERITIES = ("warn", "unknown", "breach")
_CONDITIONS = {"unknown": "unknown", "resolved": "resolved", "expired": "expired"}
_BEGINNINGS = frozenset(("warned", "breached", "reopened", "unknown"))
_BREACHES = frozenset(("breached", "reopened"))
_WHERE_GIVEN = ("duties", "waiver", "frozen")


class Moment(NamedTuple):
    """When something happened, and the message that made it happen."""

    cause: Cause
    at_ns: int
    position: int


class Facts(NamedTuple):
    """What a limit's instance says about itself when its case changes.

    Attributes:
        state: ``ok``, ``warn``, ``breach``, ``unknown`` or ``not_applicable``.
        standing: ``ok``, ``warn`` or ``breach``, under an unknown as well.
        timing: it is an effect of timing (a feed's age).
        arithmetic: writes how the value stands against its edge, line by line.
    """

    identity: Identity
    state: str
    standing: str
    clause: str
    policy: str
    materiality: str
    headline: str
    value_text: str
    limit_text: str
    attribution: list[tuple[str, float]]
    timing: bool
    arithmetic: Callable[[], list[str]]


Told = Callable[[], tuple[Facts, Iterable[str]]]
"""What a case follows, told when it is asked for."""


class Case(msgspec.Struct):
    """A case and what its transitions are numbered by.

    Attributes:
        number: how many-th case of its identity.
        sequence: of its last transition.
        standing: ``ok``, ``warn`` or ``breach`` at its last transition.
    """

    row: CaseRow  # copied into transitions: its lists are replaced, never changed
    number: int
    timing: bool
    standing: str = "ok"
    sequence: int = 0
    arithmetic: list[str] = []

    @property
    def identity(self) -> Identity:
        """Limit id, scope and period."""
        return self.row.limit, self.row.scope, self.row.period


def case_id(identity: Identity, number: int) -> str:
    """Name the n-th case of an identity, the same in every run and replay.

    >>> case_id(("stop-loss", "firm", "2026-09-08"), 1)
    '129a2ed645'
    """
    text = "\0".join((*identity, str(number)))
    return hashlib.blake2b(text.encode(), digest_size=5).hexdigest()


class CaseBook:
    """All cases: at most one open for an identity, and the last closed ones.

    Attributes:
        due_ns: when a duty is late or a waiver over next; 0 when none ever is.
    """

    def __init__(self) -> None:
        self._open: dict[Identity, Case] = {}
        self._closed: list[Case] = []
        self._numbers: dict[Identity, int] = {}
        self._untold: dict[Identity, Callable[[], list[str]]] = {}
        self._behind: dict[Identity, Told] = {}
        self.due_ns = 0

    def open_cases(self) -> Iterator[Case]:
        """Go through the cases that no person has closed."""
        self.catch_up()
        yield from self._open.values()

    @property
    def let_go(self) -> int:
        """How many closed cases are no longer held."""
        return sum(self._numbers.values()) - len(self._open) - len(self._closed)

    def open_case(self, identity: Identity) -> Case | None:
        """Return the case of an identity that no person has closed."""
        self.catch_up()
        return self._open.get(identity)

    def case_behind(self, identity: Identity) -> Case | None:
        """Return the same, its texts and members behind what it was last to follow."""
        return self._open.get(identity)

    def last_case(self, identity: Identity) -> Case | None:
        """Return the open case of an identity, or its last closed one that is still held."""
        closed = (case for case in reversed(self._closed) if case.identity == identity)
        return self.open_case(identity) or next(closed, None)

    def arithmetic(self, identity: Identity) -> list[str]:
        """Return how the value stood when the last case of an identity that is held last moved."""
        case = self.last_case(identity)
        self._tell(identity)
        return list(case.arithmetic) if case else []

    def _tell(self, identity: Identity) -> None:
        """Write down the arithmetic of an open case that nobody has asked for yet."""
        untold = self._untold.pop(identity, None)
        if untold is not None:
            self._open[identity].arithmetic = untold()

    def rows(self) -> list[CaseRow]:
        """Return the cases not closed, newest first, then the last closed ones."""
        self.catch_up()
        newest = sorted(self._open.values(), key=_age, reverse=True)
        return [copy(case.row) for case in (*newest, *reversed(self._closed))]

    def record(
        self, change: str, facts: Facts, moment: Moment, *, members: Iterable[str] = ()
    ) -> Transition:
        """Open a case or carry the open one on, and return the transition.

        Args:
            change: what :func:`change_of` said.
            facts: about the instance.
            moment: when, and the message behind it.
            members: identities that fold into the case if it is a feed's.
        """
        case = self.open_case(facts.identity) or self._opened(facts, moment)
        if change in _BEGINNINGS:
            case.row.cause, case.row.cause_key = moment.cause.text, moment.cause.key
            case.row.passive = not moment.cause.active
        if change == "reopened":
            case.row.members = []
        if members:
            self.fold(case, members)
        _note_severity(case.row, facts.state, again=change in _BREACHES)
        case.row.condition = _CONDITIONS.get(change, "firing")
        case.standing = facts.standing
        refresh(case.row, facts)
        if case.row.condition in ACTIVE:
            self._untold[facts.identity] = facts.arithmetic
        return _transition(case, change, moment)

    def follow(self, identity: Identity, told: Told) -> None:
        """Bring an open case up to date of which no state changed, before anybody looks at it.

        Args:
            identity: of the case.
            told: returns the facts, and what folds into the case, as they are now; it is not
                asked at all where the case has more to follow before it is looked at.
        """
        self._behind[identity] = told

    def catch_up(self) -> None:
        """Bring the cases up to date that were told to follow something, before it changes."""
        while self._behind:
            identity, told = self._behind.popitem()
            row, (facts, members) = self._open[identity].row, told()
            row.members = sorted(members)
            refresh(row, facts)
            if row.condition in ACTIVE:
                self._untold[identity] = facts.arithmetic

    def end(self, identity: Identity, moment: Moment) -> list[Transition]:
        """Expire the condition of an identity whose period is over or whose limit is gone."""
        case = self.open_case(identity)
        if case is None or case.row.condition not in ACTIVE:
            return []
        case.row.condition, case.standing = "expired", "ok"
        return [_transition(case, "expired", moment)]

    def fold(self, case: Case, members: Iterable[str]) -> None:
        """Write down which identities stand behind a feed's case."""
        case.row.members = sorted({*case.row.members, *members})

    def refusal(self, action: Action) -> str:
        """Say why an action cannot be carried out; empty if it can."""
        case = self._case_named(action.case)
        if case is None:
            return f"case {action.case} is not open; reload the list of cases"
        return refusal(case.row, action)

    def act(self, action: Action, moment: Moment) -> list[Transition]:
        """Carry out what a person did; nothing happens when it is refused."""
        case = self._case_named(action.case)
        if case is None or self.refusal(action):
            return []
        change = carry_out(case.row, action)
        if action.action_kind is ActionKind.CLOSE:
            self._tell(case.identity)
            self._closed = [*self._closed, self._open.pop(case.identity)][-CLOSED_KEPT:]
        self.note_due()
        return [_transition(case, change, moment)]

    # Duties and waivers --------------------------------------------------------------------------

    def owe(self, case: Case, duties: Iterable[DutyRow], frozen: Frozen | None = None) -> None:
        """Add what is owed since a breach, and how all stood when it began.

        Whoever has added all calls :meth:`note_due`.
        """
        case.row.duties = [*case.row.duties, *duties]
        case.row.frozen = frozen or case.row.frozen

    def tell(self, case: Case, change: str, moment: Moment) -> Transition:
        """Return the transition of a case of which no state changed."""
        return _transition(case, change, moment)

    def take_late(self, at_ns: int) -> list[tuple[Case, DutyRow]]:
        """Return every duty that was not done in time and was not told as late before."""
        found = []
        for case in self.open_cases():
            late = [one for one in case.row.duties if not one.late and one.is_late(at_ns)]
            found += [(case, one) for one in late]
            if late:
                case.row.duties = [
                    msgspec.structs.replace(one, late=True) if one in late else one
                    for one in case.row.duties
                ]
        self.note_due()
        return found

    def end_waivers(self, moment: Moment) -> list[Transition]:
        """Let breaches whose waiver is over count again: they need a person's eye anew."""
        transitions = []
        for case in self.open_cases():
            row = case.row
            if row.waiver is not None and row.waiver.until_ns <= moment.at_ns:
                said = note(moment.at_ns, "Tieline", f"waiver of {row.waiver.approver} is over")
                row.waiver, row.comments = None, [*row.comments, said]
                if row.condition in ACTIVE:
                    row.status, row.acknowledged_by, row.acknowledged_ns = "open", "", 0
                transitions.append(_transition(case, "waiver_over", moment))
        self.note_due()
        return transitions

    def note_due(self) -> None:
        """Find when a duty is late or a waiver over next."""
        ends = [case.row.waiver.until_ns for case in self._open.values() if case.row.waiver]
        lates = [
            duty.due_ns + 1
            for case in self._open.values()
            for duty in case.row.duties
            if duty.due_ns and not duty.late and not 0 < duty.done_ns <= duty.due_ns
        ]
        self.due_ns = min(ends + lates, default=0)

    # Saving --------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Return all cases as plain values."""
        self.catch_up()
        for identity in list(self._untold):
            self._tell(identity)
        return {
            "open": [_saved(case) for case in self._open.values()],
            "closed": [_saved(case) for case in self._closed],
            "numbers": [[*identity, number] for identity, number in self._numbers.items()],
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Go on from what :meth:`snapshot` returned."""
        cases = (msgspec.convert(case, Case) for case in saved["open"])
        self._open = {case.identity: case for case in cases}
        self._closed = [msgspec.convert(case, Case) for case in saved["closed"]]
        self._numbers = {
            (limit, scope, period): number for limit, scope, period, number in saved["numbers"]
        }
        self.note_due()

    def _case_named(self, name: str) -> Case | None:
        return next((case for case in self.open_cases() if case.row.case == name), None)

    def _opened(self, facts: Facts, moment: Moment) -> Case:
        identity = facts.identity
        number = self._numbers[identity] = self._numbers.get(identity, 0) + 1
        limit, scope, period = identity
        row = CaseRow(
            case=case_id(identity, number),
            limit=limit,
            clause=facts.clause,
            policy=facts.policy,
            scope=scope,
            period=period,
            severity="warn",
            condition="firing",
            status="open",
            headline=facts.headline,
            passive=True,
            cause="",
            cause_key="",
            attribution=[],
            value_text="",
            limit_text="",
            opened_ns=moment.at_ns,
            changed_ns=moment.at_ns,
            opened_position=moment.position,
        )
        case = self._open[identity] = Case(row=row, number=number, timing=facts.timing)
        return case


def _saved(case: Case) -> dict[str, Any]:
    """Return a case as plain values; what only a written policy gives it, where it did."""
    saved: dict[str, Any] = msgspec.to_builtins(case)
    for name in _WHERE_GIVEN:
        if not saved["row"][name]:
            del saved["row"][name]
    return saved


def refresh(row: CaseRow, facts: Facts) -> None:
    """Bring a case's texts up to date; what it was about stays when the condition has ended."""
    row.policy, row.clause, row.materiality = facts.policy, facts.clause, facts.materiality
    row.value_text, row.limit_text = facts.value_text, facts.limit_text
    if row.condition in ACTIVE:
        row.headline, row.attribution = facts.headline, facts.attribution


def _age(case: Case) -> tuple[int, int, str]:
    return case.row.opened_ns, case.row.opened_position, case.row.case


def _transition(case: Case, change: str, moment: Moment) -> Transition:
    case.sequence += 1
    case.row.changed_ns = moment.at_ns
    return Transition(
        case=case.row.case,
        sequence=case.sequence,
        change=change,
        at_ns=moment.at_ns,
        position=moment.position,
        timing=case.timing,
        row=copy(case.row),
    )


def _note_severity(row: CaseRow, state: str, *, again: bool) -> None:
    """Keep the worst state; what got worse or came back needs a person's eye again."""
    worse = state in _SEVERITIES and _SEVERITIES.index(state) > _SEVERITIES.index(row.severity)
    if worse:
        row.severity = state
    if worse or again:
        row.status, row.acknowledged_by, row.acknowledged_ns = "open", "", 0
