"""What a person does to a case becomes a message in the log; the screen itself changes nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import structlog

from dashboards.access import Person, Role
from state.errors import TielineError
from state.messages import Action, ActionKind, DayClose, HedgeRequest
from state.moments import HOUR_NS

log = structlog.get_logger()

LONGEST_TEXT = 500
LONGEST_WAIVER_HOURS = 2_208
"""A waiver is temporary: at most a quarter of a year."""

Asked = Action | DayClose | HedgeRequest
"""What a person's screen may append to the log."""


class RefusedError(TielineError):
    """Says why an action was not taken, for the person who tried."""


@dataclass(frozen=True)
class Wish:
    """What a person wants done.

    Attributes:
        text: the comment, the assignee, the root cause, the reason of a waiver, or what is said
            of a duty done.
        duty: id of the duty that was done.
        approver: who allows a waiver.
        hours: how long a waiver lasts, as typed.
        owed_by: the bodies that owe the duty.
    """

    kind: ActionKind
    case: str
    text: str = ""
    resolution: str = ""
    duty: str = ""
    approver: str = ""
    hours: str = ""
    owed_by: tuple[str, ...] = ()


def make_action(wish: Wish, *, person: Person, at_ns: int) -> Action:
    """Make the message of an action, after checking that the person may act so.

    Args:
        wish: what is to be done.
        person: who wants it.
        at_ns: the run's time, so that a replay shows its own time.

    Raises:
        RefusedError: the role may not, or something needed is missing.
    """
    if not person.may(wish.kind):
        reason = f"the role {person.role} may not {wish.kind} a case; sign in as another"
        raise RefusedError(reason)
    words = {
        name: getattr(wish, name).strip()[:LONGEST_TEXT]
        for name in ("text", "resolution", "duty", "approver")
    }
    waives = wish.kind is ActionKind.WAIVE
    action = Action(
        action=f"{person.name}-{secrets.token_hex(8)}",
        action_kind=wish.kind,
        case=wish.case,
        actor=person.name,
        at_ns=at_ns,
        until_ns=at_ns + _lasting_ns(wish.hours) if waives else 0,
        received_at_ns=at_ns,
        **words,
    )
    lacking = action.lacking()
    if lacking:
        reason = f"{wish.kind} lacks {' and '.join(lacking.values())}; write it first"
        raise RefusedError(reason)
    if wish.kind is ActionKind.DONE:
        _require_own_duty(wish, person)
    return action


def _require_own_duty(wish: Wish, person: Person) -> None:
    if not wish.owed_by:
        reason = f"nobody owes {wish.duty} of {wish.case} any more: it was done, or it is closed"
        raise RefusedError(reason)
    for body in wish.owed_by:
        if not person.answers_for(body):
            reason = (
                f"the role {person.role} may not record what the {body} owes as done; "
                "sign in as another"
            )
            raise RefusedError(reason)


def make_request(
    limit: str, period: str, *, unit_kind: str = "", person: Person, at_ns: int
) -> HedgeRequest:
    """Make the question for the way out of a tolerance.

    Raises:
        RefusedError: the role may look, not ask.
    """
    if person.role is Role.VIEWER:
        reason = f"the role {person.role} may not ask for the way out; sign in as another"
        raise RefusedError(reason)
    return HedgeRequest(
        request=f"{person.name}-{secrets.token_hex(8)}",
        limit=limit,
        period=period,
        unit_kind=unit_kind,
        received_at_ns=at_ns,
    )


def _lasting_ns(hours: str) -> int:
    """Read for how long a waiver lasts; the run's clock begins at the action."""
    try:
        lasts = float(hours)
    except ValueError:
        lasts = 0.0
    if not 0.0 < lasts <= LONGEST_WAIVER_HOURS:
        reason = f"a waiver lasts from a moment to {LONGEST_WAIVER_HOURS:,} hours; write a number"
        raise RefusedError(reason)
    return round(lasts * HOUR_NS)


class ActionSender:
    """Appends actions in the background, so that a slow store never holds up a screen.

    Args:
        append: puts an action into the log; raises when it cannot.
        worker: runs it.
    """

    def __init__(self, append: Callable[[Asked], None], worker: Executor) -> None:
        self._append = append
        self._worker = worker

    def send(self, action: Asked, tell: Callable[[str], None]) -> None:
        """Append an action and tell what became of it, from the worker's thread."""
        self._worker.submit(self._send, action, tell)

    def _send(self, action: Asked, tell: Callable[[str], None]) -> None:
        what = _words_of(action)
        try:
            self._append(action)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the person must know
            log.warning("action.failed", kind=what, reason=type(error).__name__)
            tell(f"{what}: NOT stored, the store did not answer; try again")
        else:
            tell(f"{what}: in the log")


def _words_of(action: Asked) -> str:
    if isinstance(action, Action):
        return action.action_kind
    return action.step if isinstance(action, DayClose) else "way out"
