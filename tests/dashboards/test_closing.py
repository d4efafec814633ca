"""Steps in the close of a day, from the tile's words to the message in the log."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboards.access import Person, Role
from dashboards.actions import ActionSender, RefusedError
from dashboards.closing import make_close
from state.messages import Action, CloseStep, DayClose

DORA, RITA = Person("dora", Role.DESK), Person("rita", Role.RISK)


def test_a_step_carries_who_when_and_which_day():
    words = {"do": "close_day", "step": "reopen", "day": "2026-07-13", "text": " a price came "}
    assert make_close(words, person=RITA, at_ns=7) == DayClose(
        date="2026-07-13",
        step=CloseStep.REOPEN,
        actor="rita",
        at_ns=7,
        comment="a price came",
        received_at_ns=7,
    )


@pytest.mark.parametrize(
    ("person", "words", "reason"),
    [
        (DORA, {"step": "lock", "day": "2026-07-13"}, "role desk may not close a day"),
        (RITA, {"step": "burn", "day": "2026-07-13"}, "which step of which day is missing"),
        (RITA, {"step": "lock"}, "which step of which day is missing"),
        (RITA, {"step": "reopen", "day": "2026-07-13", "text": " "}, "needs a reason"),
    ],
)
def test_what_may_not_be_done_is_refused_with_the_reason(
    person: Person, words: dict[str, str], reason: str
):
    with pytest.raises(RefusedError, match=reason):
        make_close(words, person=person, at_ns=1)


def test_whoever_closes_a_day_hears_what_became_of_it():
    close = make_close({"step": "lock", "day": "2026-07-13"}, person=RITA, at_ns=1)
    stored, told = list[Action | DayClose](), list[str]()
    with ThreadPoolExecutor(1) as worker:
        ActionSender(stored.append, worker).send(close, told.append)
    assert stored == [close]
    assert told == ["lock: in the log"]
