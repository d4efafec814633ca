"""What people do: to a case, and to a counterparty that is suspended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.alerts.cases import Moment
from state.limits.reading import Cause
from state.messages import Action, ActionKind
from state.screens.views import Transition

if TYPE_CHECKING:
    from state.company import Company


def take_action(company: Company, action: Action) -> list[Transition]:
    """Carry out what a person did, unless it cannot be."""
    desk, limits = company.desk, company.desk.credit_limits
    lifts = action.action_kind is ActionKind.LIFT
    stands = not lifts and desk.duties.standing.names(action.case)
    reason = _refusal(company, action, stands=stands)
    if reason:
        company.refuse_message(action, reason)
        return []
    company.stale_views.update(("cases", "limits", "credit", "nop"))
    if lifts:
        name = limits.suspensions.named(action)
        company.chain.note_text(f"{action.key}: suspension of {name} lifted by {action.actor}")
        return limits.lift(desk, action, company.moment)
    done = Cause(kind="action", key=action.key, text=f"{action.duty} by {action.actor}")
    moment = Moment(done, action.at_ns, company.position)
    if stands:
        company.stale_views.add("policy")
        company.chain.note_text(f"{action.key}: {action.duty} done by {action.actor}")
        return desk.duties.do_standing(desk, action, moment)
    transitions = desk.alerts.act(action, company.position)
    if action.action_kind is ActionKind.DONE:
        transitions += desk.duties.settle(desk, action, moment)
    return transitions


def _refusal(company: Company, action: Action, *, stands: bool) -> str:
    """Say why an action cannot be carried out; empty if it can."""
    desk = company.desk
    if action.action_kind is ActionKind.LIFT:
        return desk.credit_limits.refusal(desk, action)
    return desk.duties.standing.refusal(action) if stands else desk.alerts.refusal(action)
