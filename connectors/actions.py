"""What a record of an action must say before it enters the log (docs/cases.md)."""

from __future__ import annotations

from state.messages import Action, ActionKind

_ROOT_CAUSE = "the root cause (text) and the resolution of a case"
_WAIVER = "the reason (text) and the approver of a waiver"
_NEEDED = {
    ActionKind.CLOSE: (("text", "resolution"), _ROOT_CAUSE),
    ActionKind.RESOLVE: (("text", "resolution"), _ROOT_CAUSE),
    ActionKind.WAIVE: (("text", "approver"), _WAIVER),
    ActionKind.DONE: (("duty",), "the id of the duty that was done"),
}


def gap_of(action: Action) -> tuple[str, object, str] | None:
    """Return the field an action lacks, its value, and what belongs there; None if it is whole.

    >>> gap_of(Action(action="a", action_kind=ActionKind.DONE, case="c", actor="risk", at_ns=1))
    ('duty', '', 'the id of the duty that was done')
    """
    names, wanted = _NEEDED.get(action.action_kind, ((), ""))
    for name in names:
        if not getattr(action, name).strip():
            return name, "", wanted
    if action.action_kind is ActionKind.WAIVE and action.until_ns <= action.at_ns:
        return "until_ns", action.until_ns, "a moment after at_ns"
    return None
