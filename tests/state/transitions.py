"""A transition of a case, as the store keeps it."""

from __future__ import annotations

from state.screens.cases_seen import CaseRow
from state.screens.views import Transition


def transition(case: str, position: int) -> Transition:
    row = CaseRow(
        case=case,
        limit="coverage",
        clause="§4.6",
        policy="p 1",
        scope="firm",
        period="2026-08-14",
        severity="breach",
        condition="firing",
        status="open",
        headline="too short",
        passive=True,
        cause="price",
        cause_key="price/x",
        attribution=[("price", -12.5)],
        value_text="1",
        limit_text="2",
        opened_ns=1,
        changed_ns=1,
        opened_position=position,
    )
    return Transition(
        case=case, sequence=1, change="breached", at_ns=1, position=position, timing=False, row=row
    )
