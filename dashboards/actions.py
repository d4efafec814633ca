"""What a person does to a case becomes a message in the log; the screen itself changes nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import structlog

from dashboards.access import Person
from state.errors import TielineError
from state.messages import Action, ActionKind, DayClose

log = structlog.get_logger()

LONGEST_TEXT = 500


class RefusedError(TielineError):
    """Says why an action was not taken, for the person who tried."""


@dataclass(frozen=True)
class Wish:
    """What a person wants done.

    Attributes:
        text: the comment, the assignee, or for a closing the root cause.
    """

    kind: ActionKind
    case: str
    text: str = ""
    resolution: str = ""


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
    text, resolution = wish.text.strip()[:LONGEST_TEXT], wish.resolution.strip()[:LONGEST_TEXT]
    _require_words(wish.kind, text, resolution)
    return Action(
        action=f"{person.name}-{secrets.token_hex(8)}",
        action_kind=wish.kind,
        case=wish.case,
        actor=person.name,
        at_ns=at_ns,
        text=text,
        resolution=resolution,
        received_at_ns=at_ns,
    )


def _require_words(kind: ActionKind, text: str, resolution: str) -> None:
    if kind is ActionKind.CLOSE and not (text and resolution):
        reason = "closing a case needs its root cause and its resolution; write both"
        raise RefusedError(reason)
    if kind in {ActionKind.ASSIGN, ActionKind.COMMENT, ActionKind.LIFT} and not text:
        reason = f"nothing to {kind}: write who or what first"
        raise RefusedError(reason)


class ActionSender:
    """Appends actions in the background, so that a slow store never holds up a screen.

    Args:
        append: puts an action into the log; raises when it cannot.
        worker: runs it.
    """

    def __init__(self, append: Callable[[Action | DayClose], None], worker: Executor) -> None:
        self._append = append
        self._worker = worker

    def send(self, action: Action | DayClose, tell: Callable[[str], None]) -> None:
        """Append an action and tell what became of it, from the worker's thread."""
        self._worker.submit(self._send, action, tell)

    def _send(self, action: Action | DayClose, tell: Callable[[str], None]) -> None:
        kind = action.action_kind if isinstance(action, Action) else action.step
        try:
            self._append(action)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the person must know
            log.warning("action.failed", kind=kind, reason=type(error).__name__)
            tell(f"{kind}: NOT stored, the store did not answer; try again")
        else:
            tell(f"{kind}: in the log")
