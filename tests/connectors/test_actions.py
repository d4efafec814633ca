"""What an action needs: a record, a screen and the core want the same, and name what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.records import parse_record, to_json_line
from dashboards.access import Person, Role
from dashboards.actions import RefusedError, Wish, make_action
from state.alerts import case_actions
from state.alerts.alerts import Alerts
from state.credit.suspensions import Suspension, Suspensions
from state.errors import ParseError
from state.messages import ACTION_NEEDS, Action, ActionKind
from state.screens.cases_seen import CaseRow, DutyRow

WHOLE = {"text": "why", "resolution": "how", "approver": "who", "duty": "duty-a", "until_ns": 2}
EMPTY = {"text": " ", "resolution": "", "approver": "", "duty": "", "until_ns": 1}


def action(kind: ActionKind, changes: dict[str, Any]) -> Action:
    words = {**WHOLE, **changes}
    return Action(
        action="a", action_kind=kind, case="c", actor="risk", at_ns=1, counterparty="A",
        received_at_ns=1, **words,
    )  # fmt: skip


def record_refused(kind: ActionKind, changes: dict[str, Any]) -> str:
    try:
        parse_record(to_json_line(action(kind, changes)).encode(), received_at_ns=1)
    except ParseError as error:
        return str(error)
    return ""


def screen_refused(kind: ActionKind, changes: dict[str, Any]) -> str:
    words = {**WHOLE, **changes}
    hours = "8" if words.pop("until_ns") > 1 else "0"
    try:
        wish = Wish(kind, "c", **words, hours=hours, owed_by=("Front Office",))
        make_action(wish, person=Person("r", Role.RISK), at_ns=1)
    except RefusedError as error:
        return str(error)
    return ""


def core_refused(kind: ActionKind, changes: dict[str, Any]) -> str:
    if kind is ActionKind.LIFT:
        suspensions = Suspensions()
        suspensions.by_name["A"] = Suspension("A", 0, "credit", "c")
        return suspensions.refusal(action(kind, changes), Alerts(), [])
    owed = DutyRow(
        duty="duty-a", clause="§1", policy="p 1", by="Front Office", to="", does="tells",
        deadline="at once", about="trade/1", called_ns=1,
    )  # fmt: skip
    closes = kind is ActionKind.CLOSE
    row = CaseRow(
        case="c", limit="l", clause="§1", policy="p 1", scope="s", period="", severity="breach",
        condition="resolved" if closes else "firing", status="open", headline="", passive=True,
        cause="", cause_key="", attribution=[], value_text="", limit_text="", opened_ns=1,
        changed_ns=1, opened_position=1, duties=[] if closes else [owed],
    )  # fmt: skip
    return case_actions.refusal(row, action(kind, changes))


@pytest.mark.parametrize("refused", [record_refused, screen_refused, core_refused])
@pytest.mark.parametrize("kind", ActionKind)
def test_record_screen_and_core_want_the_same_of_an_action(kind: ActionKind, refused: Any):
    assert refused(kind, {}) == ""

    missed = {name for name, nothing in EMPTY.items() if refused(kind, {name: nothing})}
    assert missed == set(ACTION_NEEDS[kind])


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, name) for kind, needs in ACTION_NEEDS.items() for name in needs]
)
def test_an_action_that_lacks_a_word_is_no_record_and_the_field_is_named(
    kind: ActionKind, field: str
):
    refusal = record_refused(kind, {field: EMPTY[field]})

    assert refusal.startswith(f"{field} is ")
    assert f"expected {ACTION_NEEDS[kind][field]}" in refusal
