"""What a state means for the case of its identity: it opens, gets worse, eases or ends."""

from __future__ import annotations

from state.alerts.case_actions import ACTIVE
from state.alerts.cases import Case

_RANKS = {"ok": 0, "warn": 1, "breach": 2}


def change_of(case: Case | None, *, state: str, standing: str, folded: bool) -> str:
    """Return the transition a state means for the open case of its identity; empty for none.

    Args:
        case: the open case, if there is one.
        state: of the instance.
        standing: under it.
        folded: it is unknown because of a feed that has a case of its own.
    """
    firing = state in {"warn", "breach"}
    if case is None:
        opening = {"warn": "warned", "breach": "breached", "unknown": "" if folded else "unknown"}
        return opening.get(state, "")
    active = case.row.condition in ACTIVE
    if firing:
        return _firing_change(case, standing) if active else "reopened"
    if state == "unknown":
        silent = case.row.condition == "unknown" or (folded and not active)
        return "" if silent else "unknown"
    return "resolved" if active else ""


def _firing_change(case: Case, standing: str) -> str:
    rank = _RANKS[standing] - _RANKS[case.standing]
    if rank == 0:
        return "known" if case.row.condition == "unknown" else ""
    return "eased" if rank < 0 else {"warn": "warned", "breach": "breached"}[standing]
