"""An action that lacks a word is refused with its field before it enters the log."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.actions import gap_of
from state.messages import Action, ActionKind

WHOLE = {"text": "why", "resolution": "how", "approver": "who", "duty": "duty-a", "until_ns": 2}


def action(kind: ActionKind, **changes: Any) -> Action:
    words = {**WHOLE, **changes}
    return Action(action="a", action_kind=kind, case="c", actor="risk", at_ns=1, **words)


@pytest.mark.parametrize("kind", ActionKind)
def test_an_action_with_every_word_enters(kind: ActionKind):
    assert gap_of(action(kind)) is None


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        (ActionKind.CLOSE, {"text": " "}, "text"),
        (ActionKind.CLOSE, {"resolution": ""}, "resolution"),
        (ActionKind.RESOLVE, {"text": ""}, "text"),
        (ActionKind.RESOLVE, {"resolution": " "}, "resolution"),
        (ActionKind.WAIVE, {"text": ""}, "text"),
        (ActionKind.WAIVE, {"approver": " "}, "approver"),
        (ActionKind.WAIVE, {"until_ns": 1}, "until_ns"),
        (ActionKind.DONE, {"duty": ""}, "duty"),
    ],
)
def test_an_action_that_lacks_a_word_names_it(
    kind: ActionKind, changes: dict[str, Any], field: str
):
    gap = gap_of(action(kind, **changes))
    assert gap is not None
    assert gap[0] == field
