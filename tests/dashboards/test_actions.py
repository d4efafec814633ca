from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboards.access import Person, Role
from dashboards.actions import ActionSender, RefusedError, Wish, make_action, make_request
from state.messages import Action, ActionKind, DayClose

DORA, RITA, VERA = Person("dora", Role.DESK), Person("rita", Role.RISK), Person("vera", Role.VIEWER)


def test_an_action_carries_who_when_and_what():
    wish = Wish(ActionKind.COMMENT, "case-1", text="  buying 60 MW  ")
    action = make_action(wish, person=DORA, at_ns=7)
    assert (action.actor, action.at_ns, action.received_at_ns) == ("dora", 7, 7)
    assert (action.action_kind, action.case, action.text) == (
        ActionKind.COMMENT,
        "case-1",
        "buying 60 MW",
    )


def test_the_way_out_is_asked_for_by_who_may_act_and_by_nobody_else():
    request = make_request("nop-energy-prompt-month", "2026-08", person=DORA, at_ns=7)

    assert (request.limit, request.period, request.received_at_ns) == (
        "nop-energy-prompt-month",
        "2026-08",
        7,
    )
    assert request.request.startswith("dora-")
    with pytest.raises(RefusedError, match="role viewer may not ask"):
        make_request("nop-energy-prompt-month", "2026-08", person=VERA, at_ns=7)


def test_two_actions_never_share_a_name():
    wish = Wish(ActionKind.ACKNOWLEDGE, "case-1")
    names = {make_action(wish, person=DORA, at_ns=7).key for _ in range(100)}
    assert len(names) == 100


@pytest.mark.parametrize(
    ("person", "wish", "reason"),
    [
        (VERA, Wish(ActionKind.ACKNOWLEDGE, "c"), "role viewer may not acknowledge"),
        (DORA, Wish(ActionKind.CLOSE, "c", "cause", "cure"), "role desk may not close"),
        (RITA, Wish(ActionKind.CLOSE, "c", "cause", " "), "close lacks the resolution; write"),
        (RITA, Wish(ActionKind.CLOSE, "c"), "the root cause and the resolution"),
        (DORA, Wish(ActionKind.ASSIGN, "c", "  "), "assign lacks the assignee"),
        (DORA, Wish(ActionKind.COMMENT, "c"), "comment lacks the comment"),
        (DORA, Wish(ActionKind.RESOLVE, "c", "cause"), "resolve lacks the resolution"),
        (DORA, Wish(ActionKind.DONE, "c"), "done lacks the id of the duty"),
        (DORA, Wish(ActionKind.WAIVE, "c", "why"), "role desk may not waive"),
        (RITA, Wish(ActionKind.WAIVE, "c", "why", hours="8"), "waive lacks the approver"),
        (RITA, Wish(ActionKind.WAIVE, "c", "why", approver="b", hours="x"), "write a number"),
        (RITA, Wish(ActionKind.WAIVE, "c", "why", approver="b", hours="0"), "write a number"),
        (RITA, Wish(ActionKind.WAIVE, "c", "why", approver="b", hours="9e9"), "write a number"),
        (RITA, Wish(ActionKind.WAIVE, "c", "why", approver="b", hours="nan"), "write a number"),
    ],
)
def test_what_may_not_be_done_is_refused_with_the_reason(person: Person, wish: Wish, reason: str):
    with pytest.raises(RefusedError, match=reason):
        make_action(wish, person=person, at_ns=1)


def test_a_waiver_ends_so_many_hours_after_the_run_s_time():
    wish = Wish(ActionKind.WAIVE, "c", "bought tomorrow", approver="board", hours="1.5")
    action = make_action(wish, person=RITA, at_ns=7)
    assert (action.approver, action.until_ns) == ("board", 7 + 5_400 * 10**9)


def test_a_duty_done_names_the_duty():
    wish = Wish(ActionKind.DONE, "c", duty="duty-suspend", owed_by=("Front Office",))
    action = make_action(wish, person=DORA, at_ns=7)
    assert (action.duty, action.until_ns) == ("duty-suspend", 0)


def test_a_text_is_cut_before_it_enters_the_log():
    action = make_action(Wish(ActionKind.COMMENT, "c", "x" * 9000), person=DORA, at_ns=1)
    assert len(action.text) == 500


def test_whoever_acts_hears_what_became_of_it():
    def fail(_: object) -> None:
        raise ConnectionError

    action = make_action(Wish(ActionKind.ACKNOWLEDGE, "c"), person=DORA, at_ns=1)
    stored, told = list[Action | DayClose](), list[str]()
    with ThreadPoolExecutor(1) as worker:
        ActionSender(stored.append, worker).send(action, told.append)
        ActionSender(fail, worker).send(action, told.append)
    assert stored == [action]
    assert told[0] == "acknowledge: in the log"
    assert told[1].startswith("acknowledge: NOT stored")
