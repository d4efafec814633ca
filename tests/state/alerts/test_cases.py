"""The life of a case: one open for an identity, numbered, closed only by a person."""

from typing import Any

import msgspec
import pytest

from state.alerts.case_changes import change_of
from state.alerts.cases import CLOSED_KEPT, CaseBook, Facts, Moment, case_id
from state.limits.reading import Cause, Identity
from state.messages import Action, ActionKind
from state.screens.cases_seen import CaseRow, DutyRow

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


def test_a_breach_that_had_eased_to_a_warning_needs_a_new_acknowledgement_when_it_comes_back():
    book = book_with()
    book.act(action(ActionKind.ACKNOWLEDGE, row_of(book).case), MOMENT)
    assert book.record("eased", facts("warn"), MOMENT).row.status == "acknowledged"

    assert book.record("breached", facts(), MOMENT).row.status == "open"


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


# Waivers, duties, resolution ---------------------------------------------------------------------


def duty(name: str = "duty-report", due_ns: int = 20) -> DutyRow:
    return DutyRow(
        duty=name, clause="TEST §1", policy="test 1", by="Front Office", to="Middle Office",
        does="report", deadline="at once", about="trade/1", called_ns=10, due_ns=due_ns,
    )  # fmt: skip


def waiver(case: str, until_ns: int = 50, **words: Any) -> Action:
    given = {"text": "bought tomorrow", "approver": "committee", **words}
    return Action(
        action="w", action_kind=ActionKind.WAIVE, case=case, actor="risk", at_ns=9,
        until_ns=until_ns, **given,
    )  # fmt: skip


def row_of(book: CaseBook) -> CaseRow:
    case = book.open_case(IDENTITY)
    assert case is not None
    return case.row


def test_a_waived_breach_stays_a_breach_and_counts_again_when_the_waiver_is_over():
    book = book_with()
    name = row_of(book).case
    book.act(action(ActionKind.ACKNOWLEDGE, name), MOMENT)
    (waived,) = book.act(waiver(name), MOMENT)

    assert waived.change == "waived"
    assert (waived.row.condition, waived.row.severity, waived.row.status) == (
        "firing", "breach", "acknowledged",
    )  # fmt: skip
    assert waived.row.waiver is not None
    assert waived.row.waiver.approver == "committee"
    assert book.due_ns == 50

    assert book.end_waivers(MOMENT._replace(at_ns=49)) == []
    (over,) = book.end_waivers(MOMENT._replace(at_ns=50))
    assert (over.change, over.row.waiver, over.row.status) == ("waiver_over", None, "open")
    assert book.due_ns == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"text": " "}, "lacks the reason"),
        ({"approver": ""}, "lacks the approver"),
        ({"until_ns": 9}, "lacks an end after at_ns"),
    ],
)
def test_a_waiver_needs_a_reason_an_approver_and_an_end(words: dict[str, Any], reason: str):
    book = book_with()

    refused = waiver(row_of(book).case, **words)
    assert reason in book.refusal(refused)
    assert book.act(refused, MOMENT) == []


def test_only_an_open_breach_can_be_waived():
    warned, resolved = book_with("warned", "warn"), book_with()
    resolved.record("resolved", facts("ok"), MOMENT)

    for book in (warned, resolved):
        assert "nothing to waive" in book.refusal(waiver(row_of(book).case))


def test_root_cause_and_resolution_may_be_stated_before_the_closing():
    book = book_with()
    name = row_of(book).case
    assert "lacks the root cause" in book.refusal(action(ActionKind.RESOLVE, name, text=" "))
    assert "lacks the resolution" in book.refusal(action(ActionKind.RESOLVE, name, resolution=""))

    (told,) = book.act(action(ActionKind.RESOLVE, name, "trip", "bought"), MOMENT)
    assert told.change == "mitigated"
    assert (told.row.root_cause, told.row.resolution, told.row.status) == ("trip", "bought", "open")


def test_a_case_is_not_closed_while_a_duty_is_undone_and_says_which():
    book = book_with()
    case = book.open_case(IDENTITY)
    assert case is not None
    book.owe(case, [duty()])
    book.record("resolved", facts("ok"), MOMENT)
    closing = action(ActionKind.CLOSE, case.row.case)

    refused = book.refusal(closing)
    assert "duty-report (Front Office, TEST §1)" in refused
    done = msgspec.structs.replace(action(ActionKind.DONE, case.row.case), duty="duty-report")
    assert [one.change for one in book.act(done, MOMENT)] == ["duty_done"]
    assert [one.change for one in book.act(closing, MOMENT)] == ["closed"]


def test_a_duty_that_is_not_owed_cannot_be_done():
    book = book_with()
    case = book.open_case(IDENTITY)
    assert case is not None
    book.owe(case, [duty()])
    other = msgspec.structs.replace(action(ActionKind.DONE, case.row.case), duty="duty-other")

    assert "owed are duty-report" in book.refusal(other)


@pytest.mark.parametrize(("at_ns", "late"), [(19, False), (20, False), (21, True)])
def test_a_duty_is_late_past_its_last_moment_and_found_once(at_ns: int, *, late: bool):
    book = book_with()
    case = book.open_case(IDENTITY)
    assert case is not None
    book.owe(case, [duty(), duty("never-late", due_ns=0)])
    book.note_due()

    assert book.due_ns == 21
    assert [one.duty for _, one in book.take_late(at_ns)] == (["duty-report"] if late else [])
    assert book.take_late(at_ns) == []


def test_a_case_without_duties_is_saved_as_it_was_before_there_were_any():
    saved = book_with().snapshot()["open"][0]["row"]

    assert not {"duties", "waiver", "frozen"} & set(saved)


def test_what_a_case_follows_is_written_once_somebody_looks_and_then_as_it_was_last():
    book, asked = book_with(), []

    def told(value: str) -> tuple[Facts, list[str]]:
        asked.append(value)
        return said(value), ["b", "a"]

    def said(value: str) -> Facts:
        return facts()._replace(value_text=value, arithmetic=lambda: [value])

    for value in ("-$1", "-$2"):
        book.follow(IDENTITY, lambda value=value: told(value))
    assert asked == []
    assert book.case_behind(IDENTITY).row.members == []

    row = book.open_case(IDENTITY).row
    assert (row.value_text, row.members, asked) == ("-$2", ["a", "b"], ["-$2"])
    book.follow(IDENTITY, lambda: told("-$3"))
    assert book.arithmetic(IDENTITY) == ["-$3"]
    book.follow(IDENTITY, lambda: told("-$4"))
    ended = book.record("resolved", facts("ok"), MOMENT)
    assert ended.row.members == ["a", "b"]
    assert asked == ["-$2", "-$3", "-$4"]
