from __future__ import annotations

import io

from connectors.sinks import DELIVERED, Verdict
from connectors.sinks.console import ConsoleSink
from tests.connectors.sinks.endpoints import notice


def printed(**changes: object) -> str:
    stream = io.StringIO()
    assert ConsoleSink(stream).send(notice(**changes)) == DELIVERED
    return stream.getvalue()


def test_a_notice_is_one_line_with_what_a_person_must_know():
    line = printed(passive=False)
    assert line.count("\n") == 1
    for part in ("2023-11-14 22:13:20 UTC", "[BREACH] breached", "coverage 84.0 % under 90 %"):
        assert part in line
    for part in ("desk limits §2", "active: trade T-7 sold 50 MW", "nop-firm-he19/1"):
        assert part in line
    assert "REPLAY" not in line


def test_a_replay_says_so():
    assert "REPLAY [BREACH]" in printed(replay=True)


def test_what_a_terminal_would_obey_is_stripped():
    evil = "\x1b]0;owned\x07\x1b[2J\r\n2026-01-01 all resolved\u202e\u2028\x9b31m\x00"
    line = printed(cause=evil, headline=evil, clause=evil)
    assert line.count("\n") == 1
    assert line[:-1].isprintable()
    assert "all resolved" in line


def test_a_text_without_end_is_cut():
    assert len(printed(headline="x" * 10_000, cause="y" * 10_000)) < 1_500


def test_the_key_by_which_a_repeat_is_known_is_whole_behind_a_long_headline():
    assert "… (nop-firm-he19/1) | desk limits §2" in printed(headline="x" * 600)


def test_an_output_that_is_gone_is_tried_again():
    class Gone(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError(32, "Broken pipe")

    outcome = ConsoleSink(Gone()).send(notice())
    assert outcome.verdict is Verdict.RETRY
    assert outcome.reason == "cannot write: Broken pipe"
