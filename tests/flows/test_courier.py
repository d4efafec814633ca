from __future__ import annotations

import threading
from typing import NoReturn

from connectors.sinks import DELIVERED, Outcome, Verdict
from flows.courier import MOST_HANGING, Deadline


def test_an_answer_in_time_is_returned():
    assert Deadline(5).run(lambda: DELIVERED) is DELIVERED


def test_calls_that_hang_are_bounded_and_make_room_once_they_end():
    deadline, end = Deadline(0.1), threading.Event()

    def hang() -> Outcome:
        end.wait(10)
        return DELIVERED

    for _ in range(MOST_HANGING):
        assert deadline.run(hang).reason == "no answer within 0.1 s"
    threads = threading.active_count()
    assert deadline.run(hang).reason == "4 earlier attempts still hang"
    assert threading.active_count() == threads
    end.set()
    assert deadline.run(lambda: DELIVERED) is DELIVERED


def test_what_a_sink_raises_is_tried_again_and_its_text_is_not_told():
    def fail() -> NoReturn:
        reason = "https://token@hooks.example"
        raise ValueError(reason)

    assert Deadline(5).run(fail) == Outcome(Verdict.RETRY, "the sink raised ValueError")
