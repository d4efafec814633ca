"""What a person does to a case: why it is refused, and what it changes."""

from __future__ import annotations

from msgspec.structs import replace

from state.messages import Action, ActionKind
from state.moments import from_ns
from state.screens.cases_seen import CaseRow, DutyRow, Waiver

ACTIVE = frozenset(("firing", "unknown"))
"""Conditions of a case that last."""

_LISTED = 3


def refusal(row: CaseRow, action: Action) -> str:
    """Say why an action on a case cannot be carried out; empty if it can."""
    return _REFUSALS[action.action_kind](row, action)


def carry_out(row: CaseRow, action: Action) -> str:
    """Change a case as an action that is not refused says; return the transition it is."""
    return _DEEDS[action.action_kind](row, action)


def owed(row: CaseRow) -> list[DutyRow]:
    """Return the duties of a case that nobody has done yet."""
    return [duty for duty in row.duties if not duty.done_ns]


def note(at_ns: int, actor: str, text: str) -> str:
    """Write a line for the comments of a case."""
    return f"{_utc(at_ns)} {actor}: {text}"


def lack(action: Action) -> str:
    """Say what an action does not say though it needs it; empty if it is whole."""
    named = (f"{what} ({name})" for name, what in action.lacking().items())
    return " and ".join(named)


def _utc(at_ns: int) -> str:
    return f"{from_ns(at_ns):%Y-%m-%d %H:%M:%S} UTC"


# Refusals ------------------------------------------------------------------------------------


def _refuse_acknowledgement(row: CaseRow, _: Action) -> str:
    who = row.acknowledged_by
    return f"case {row.case} is already acknowledged by {who}; comment on it" if who else ""


def _refuse_half_said(row: CaseRow, action: Action) -> str:
    left = lack(action)
    return f"{action.action_kind} of case {row.case} lacks {left}; write it" if left else ""


def _refuse_closing(row: CaseRow, action: Action) -> str:
    if row.condition in ACTIVE:
        return f"case {row.case} is {row.condition}; close it once the limit is kept"
    left = owed(row)
    if left:
        named = ", ".join(f"{duty.duty} ({duty.by}, {duty.clause})" for duty in left[:_LISTED])
        more = f" and {len(left) - _LISTED} more" if len(left) > _LISTED else ""
        return f"case {row.case} leaves duties undone: {named}{more}; record them done first"
    untold = next((duty for duty in row.duties if duty.is_late(0) and not duty.late), None)
    if untold is not None:
        return (
            f"case {row.case} has {untold.duty} done late, to be told at the next tick; close then"
        )
    return _refuse_half_said(row, action)


def _refuse_waiver(row: CaseRow, action: Action) -> str:
    if row.severity != "breach" or row.condition not in ACTIVE:
        return f"case {row.case} is no open breach; there is nothing to waive"
    return _refuse_half_said(row, action)


def _refuse_duty(row: CaseRow, action: Action) -> str:
    left = [duty.duty for duty in owed(row)]
    if action.duty in left:
        return ""
    remedy = f"owed are {', '.join(left)}" if left else "none is owed"
    return f"duty {action.duty or '(none named)'} is not owed in case {row.case}; {remedy}"


_REFUSALS = {
    ActionKind.ACKNOWLEDGE: _refuse_acknowledgement,
    ActionKind.ASSIGN: _refuse_half_said,
    ActionKind.COMMENT: _refuse_half_said,
    ActionKind.RESOLVE: _refuse_half_said,
    ActionKind.WAIVE: _refuse_waiver,
    ActionKind.DONE: _refuse_duty,
    ActionKind.CLOSE: _refuse_closing,
}

# Deeds ---------------------------------------------------------------------------------------


def _acknowledge(row: CaseRow, action: Action) -> str:
    row.status = "acknowledged"
    row.acknowledged_by, row.acknowledged_ns = action.actor, action.at_ns
    return "acknowledged"


def _assign(row: CaseRow, action: Action) -> str:
    row.assigned_to = action.text
    return "assigned"


def _comment(row: CaseRow, action: Action) -> str:
    _say(row, action, action.text)
    return "commented"


def _resolve(row: CaseRow, action: Action) -> str:
    row.root_cause, row.resolution = action.text, action.resolution
    _say(row, action, "stated root cause and resolution")
    return "mitigated"


def _waive(row: CaseRow, action: Action) -> str:
    row.waiver = Waiver(
        approver=action.approver,
        reason=action.text,
        granted_by=action.actor,
        granted_ns=action.at_ns,
        until_ns=action.until_ns,
    )
    until = _utc(action.until_ns)
    _say(row, action, f"waived until {until}, approved by {action.approver}: {action.text}")
    return "waived"


def _do(row: CaseRow, action: Action) -> str:
    row.duties = [
        replace(
            duty,
            done_ns=max(action.at_ns, duty.called_ns),
            done_by=action.actor,
            note=action.text,
        )
        if duty.duty == action.duty and not duty.done_ns
        else duty
        for duty in row.duties
    ]
    return "duty_done"


def _close(row: CaseRow, action: Action) -> str:
    row.status, row.root_cause, row.resolution = "closed", action.text, action.resolution
    _say(row, action, "closed")
    return "closed"


def _say(row: CaseRow, action: Action, text: str) -> None:
    row.comments = [*row.comments, note(action.at_ns, action.actor, text)]


_DEEDS = {
    ActionKind.ACKNOWLEDGE: _acknowledge,
    ActionKind.ASSIGN: _assign,
    ActionKind.COMMENT: _comment,
    ActionKind.RESOLVE: _resolve,
    ActionKind.WAIVE: _waive,
    ActionKind.DONE: _do,
    ActionKind.CLOSE: _close,
}
