"""What a person does to the close of a day becomes a message in the log, as every action does."""

from __future__ import annotations

from collections.abc import Mapping

from dashboards.access import Person
from dashboards.actions import LONGEST_TEXT, RefusedError
from state.messages import ActionKind, CloseStep, DayClose

GESTURE = "close_day"
"""What a tile calls a step in the close of a day."""


def make_close(words: Mapping[str, str], *, person: Person, at_ns: int) -> DayClose:
    """Make the message of a step, after checking that the person may take it.

    Args:
        words: ``step``, ``day`` and ``text``, the comment.
        person: who takes it; whoever may close a case may close a day.
        at_ns: the run's time.

    Raises:
        RefusedError: the role may not, or something needed is missing.
    """
    if not person.may(ActionKind.CLOSE):
        reason = f"the role {person.role} may not close a day; sign in as another"
        raise RefusedError(reason)
    text = words.get("text", "").strip()[:LONGEST_TEXT]
    if words.get("step") not in set(CloseStep) or not words.get("day"):
        reason = "which step of which day is missing; use the buttons of the close"
        raise RefusedError(reason)
    step = CloseStep(words["step"])
    if step is CloseStep.REOPEN and not text:
        reason = "reopening a day needs a reason; write it first"
        raise RefusedError(reason)
    return DayClose(
        date=words["day"],
        step=step,
        actor=person.name,
        at_ns=at_ns,
        comment=text,
        received_at_ns=at_ns,
    )
