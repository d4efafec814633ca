"""A question has its answer, or its refusal, in time: wherever the time goes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from typing import cast

import pytest

from connectors.gateway import checks
from connectors.gateway.appender import Appender
from connectors.gateway.checks import AnswerReader, ChecksIn, NoAnswerError, Seen
from connectors.gateway.records_in import read_check
from connectors.log.redis import Placed
from flows import supervise
from state.messages import Message
from tests.flows.gateways import deal


class Waiting:
    """An appender whose log never answers."""

    def put(self, messages: Sequence[Message]) -> asyncio.Future[list[Placed]]:
        del messages
        return asyncio.get_running_loop().create_future()


class Unread:
    """A read model without an answer."""

    def look(self) -> Seen:
        return Seen()


def test_a_question_that_waits_for_the_log_or_for_room_is_refused_in_time(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(checks, "ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(checks, "MOST_ASKED", 1)

    async def ask_two() -> list[object]:
        asking = ChecksIn(
            cast("Appender", Waiting()),
            cast("AnswerReader", Unread()),
            now_ns=lambda: 0,
            frames=1.0,
            clock=time.monotonic,
        )
        raw = json.dumps(deal(1)).encode()
        questions = [read_check(raw, name=name, received_at_ns=0) for name in ("A", "B")]
        async with asyncio.timeout(5):
            asked = [asking.ask(question) for question in questions]
            return list(await asyncio.gather(*asked, return_exceptions=True))

    told = asyncio.run(ask_two())
    assert [type(each) for each in told] == [NoAnswerError, NoAnswerError]
    assert "no answer to check 'B' within 0.05 s" in str(told[1])


def test_a_question_is_over_before_a_stop_must_be():
    assert checks.ANSWER_SECONDS < supervise.STOP_SECONDS
