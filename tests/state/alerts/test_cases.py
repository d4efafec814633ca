"""The life of a case: one open for an identity, numbered, closed only by a person."""

from typing import Any

import pytest

from state.alerts.cases import CLOSED_KEPT, CaseBook, Facts, Identity, Moment, case_id, change_of
from state.limits.reading import Cause
from state.messages import Action, ActionKind

IDENTITY = ("stop-loss", "retail", "2026-09-08")
MOMENT = Moment(Cause(kind="price", key="price/1", text="RTD prices"), at_ns=5, position=7)


def facts(state: str = "breach", standing: str | None = None, identity: Identity = IDENTITY):
    return Facts(
        identity=identity,
        state=state,
        standing=standing or (state if state in {"ok", "warn", "breach"} else "ok"),
        clause="test limits §2",
        policy="test-limits 1",
        materiality="critical",
        headline=f"{state} of {identity[1]}",
        value_text="-$200,000",
        limit_text="loss of $150,000",
        attribution=[("price", -200000.0)],
        timing=False,
        arithmetic=lambda: ["value: -$200,000"],
    )


def action(kind: ActionKind, case: str, text: str = "cause", resolution: str = "remedy"):
    return Action(
        action="a", action_kind=kind, case=case, actor="risk", at_ns=9, text=text,
        resolution=resolution,
    )  # fmt: skip


def book_with(change: str = "breached", state: str = "breach"):
    book = CaseBook()
    book.record(change, facts(state), MOMENT)
    return book


def closed_once(book: CaseBook):
    book.record("resolved", facts("ok"), MOMENT)
    return book.act(action(ActionKind.CLOSE, book.open_case(IDENTITY).row.case), MOMENT)


CHANGES = [
    # open case's (condition, standing) or None, state now, standing now, folded, change
    (None, "ok", "ok", False, ""),
    (None, "not_applicable", "ok", False, ""),
    (None, "warn", "warn", False, "warned"),
    (None, "breach", "breach", False, "breached"),
    (None, "unknown", "ok", False, "unknown"),
    (None, "unknown", "ok", True, ""),
    (("firing", "warn"), "warn", "warn", False, ""),
    (("firing", "warn"), "breach", "breach", False, "breached"),
    (("firing", "breach"), "breach", "breach", False, ""),
    (("firing", "breach"), "warn", "warn", False, "eased"),
    (("firing", "breach"), "ok", "ok", False, "resolved"),
    (("firing", "breach"), "not_applicable", "ok", False, "resolved"),
    (("firing", "breach"), "unknown", "breach", False, "unknown"),
    (("firing", "breach"), "unknown", "breach", True, "unknown"),
    (("unknown", "breach"), "unknown", "breach", False, ""),
    (("unknown", "breach"), "breach", "breach", False, "known"),
    (("unknown", "breach"), "warn", "warn", False, "eased"),
    (("unknown", "ok"), "warn", "warn", False, "warned"),
    (("unknown", "ok"), "breach", "breach", False, "breached"),
    (("unknown", "ok"), "ok", "ok", False, "resolved"),
    (("resolved", "ok"), "ok", "ok", False, ""),
    (("resolved", "ok"), "warn", "warn", False, "reopened"),
    (("resolved", "ok"), "breach", "breach", False, "reopened"),
    (("resolved", "ok"), "unknown", "ok", False, "unknown"),
    (("resolved", "ok"), "unknown", "ok", True, ""),
    (("expired", "ok"), "breach", "breach", False, "reopened"),
    (("expired", "ok"), "ok", "ok", False, ""),
]


@pytest.mark.parametrize("row", CHANGES, ids=[" ".join(map(str, row)) for row in CHANGES])
def test_a_state_means_one_transition_for_the_case_there_is(row: tuple[Any, ...]):
    before, state, standing, folded, expected = row
    case = None
    if before:
        case = book_with().open_case(IDENTITY)
        case.row.condition, case.standing = before

    assert change_of(case, state=state, standing=standing, folded=folded) == expected


def test_ids_name_the_identity_and_the_how_many_th_case():
    book = book_with()
    assert book.open_case(IDENTITY).row.case == case_id(IDENTITY, 1)

    closed_once(book)
    book.record("breached", facts(), MOMENT)
    assert book.open_case(IDENTITY).row.case == case_id(IDENTITY, 2)
    assert len({case_id(IDENTITY, 1), case_id(IDENTITY, 2), case_id(("a", "b", "c"), 1)}) == 3


def test_neighbouring_names_do_not_share_an_id():
    assert case_id(("a", "bc", ""), 1) != case_id(("ab", "c", ""), 1)


def test_transitions_of_a_case_are_numbered_without_a_gap():
    book = CaseBook()
    states = {"warned": "warn", "breached": "breach", "unknown": "unknown", "resolved": "ok"}
    sequences = [
        book.record(change, facts(state), MOMENT).sequence for change, state in states.items()
    ]

    assert sequences == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("states", "severity"),
    [
        (["warn"], "warn"),
        (["warn", "unknown"], "unknown"),
        (["unknown", "warn"], "unknown"),
        (["breach", "unknown", "warn", "ok"], "breach"),
    ],
)
def test_severity_is_the_worst_state_reached(states: list[str], severity: str):
    book = CaseBook()
    for state in states:
        row = book.record("warned", facts(state), MOMENT).row

    assert row.severity == severity


def test_a_reopened_case_needs_a_new_acknowledgement():
    book = book_with()
    name = book.open_case(IDENTITY).row.case
    book.act(action(ActionKind.ACKNOWLEDGE, name), MOMENT)
    book.record("resolved", facts("ok"), MOMENT)
    assert book.open_case(IDENTITY).row.status == "acknowledged"

    assert book.record("reopened", facts(), MOMENT).row.status == "open"


def test_ending_is_for_conditions_that_last():
    book = book_with()

    assert [change.change for change in book.end(IDENTITY, MOMENT)] == ["expired"]
    assert book.end(IDENTITY, MOMENT) == []
    assert book.end(("no", "such", "case"), MOMENT) == []


def test_only_the_last_closed_cases_are_kept_newest_first():
    book = CaseBook()
    for _ in range(CLOSED_KEPT + 3):
        book.record("breached", facts(), MOMENT)
        closed_once(book)

    rows = book.rows()
    assert len(rows) == CLOSED_KEPT
    assert rows[0].case == case_id(IDENTITY, CLOSED_KEPT + 3)
    assert book.last_case(IDENTITY).row.case == rows[0].case


def test_open_cases_come_newest_first_before_the_closed():
    book = book_with()
    closed_once(book)
    for at, scope in enumerate(("a", "b"), 10):
        book.record("breached", facts(identity=("var", scope, "")), MOMENT._replace(at_ns=at))

    assert [row.scope for row in book.rows()] == ["b", "a", "retail"]


def test_a_closed_case_takes_no_more_actions():
    book = book_with()
    (closed,) = closed_once(book)

    for kind in ActionKind:
        assert "is not open" in book.refusal(action(kind, closed.case))
        assert book.act(action(kind, closed.case), MOMENT) == []
