"""What a person does to a case becomes a message in the log; the screen itself changes nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from dashboards.access import Person
from state.errors import TielineError
from state.messages import Action, ActionKind

Append = Callable[[Action], None]
"""Puts an action into the log; raises when it cannot."""

LONGEST_TEXT = 500


class ActionRefused(TielineError):
    """Says why an action was not taken, for the person who tried."""


def make_action(
    kind: ActionKind, *, case: str, person: Person, at_ns: int, text: str = "", resolution: str = ""
) -> Action:
    """Make the message of an action, after checking that the person may act so.

    Args:
        at_ns: the run's time, so that a replay shows its own time.
        text: the comment, the assignee, or for a closing the root cause.

    Raises:
        ActionRefused: the role may not, or something needed is missing.
    """
    if not person.may(kind):
        reason = f"the role {person.role.value} may not {kind.value} a case; sign in as another"
        raise ActionRefused(reason)
    text, resolution = text.strip()[:LONGEST_TEXT], resolution.strip()[:LONGEST_TEXT]
    _require_words(kind, text, resolution)
    return Action(
        action=f"{person.name}-{secrets.token_hex(8)}",
        action_kind=kind,
        case=case,
        actor=person.name,
        at_ns=at_ns,
        text=text,
        resolution=resolution,
        received_at_ns=at_ns,
    )


def _require_words(kind: ActionKind, text: str, resolution: str) -> None:
    if kind is ActionKind.CLOSE and not (text and resolution):
        reason = "closing a case needs its root cause and its resolution; write both"
        raise ActionRefused(reason)
    if kind in {ActionKind.ASSIGN, ActionKind.COMMENT} and not text:
        reason = f"nothing to {kind.value}: write who or what first"
        raise ActionRefused(reason)
