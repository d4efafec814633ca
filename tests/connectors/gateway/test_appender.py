"""One thread appends for all: in order, bounded, and with the truth when the log fails."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest
import redis

from connectors.gateway import appender
from connectors.gateway.appender import Appender, NotAppendedError
from connectors.log.redis import Fate, Placed
from state.messages import Message, Tick


class Log:
    """A log that waits to be let go, and may fail."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.free = threading.Event()
        self.called = threading.Event()
        self.failing = False

    def append(self, messages: Sequence[Message]) -> list[Placed]:
        self.called.set()
        assert self.free.wait(20)
        if self.failing:
            raise redis.ConnectionError
        self.calls.append([message.at_ns for message in messages if isinstance(message, Tick)])
        return [Placed(Fate.APPENDED, at) for at in self.calls[-1]]


def ticks(*seconds: int) -> list[Tick]:
    return [Tick(at_ns=second) for second in seconds]


def test_what_comes_while_the_log_writes_goes_out_together_and_in_order():
    log = Log()

    async def put_all() -> list[list[Placed]]:
        appending = Appender(log.append)
        first = appending.put(ticks(1))
        await asyncio.to_thread(log.called.wait)
        rest = [appending.put(ticks(2, 3)), appending.put(ticks(4))]
        log.free.set()
        placed = [await each for each in (first, *rest)]
        appending.close()
        return placed

    placed = asyncio.run(put_all())
    assert log.calls == [[1], [2, 3, 4]]
    assert [[each.position for each in some] for some in placed] == [[1], [2, 3], [4]]


def test_no_call_grows_beyond_its_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(appender, "LARGEST_APPEND", 3)
    log = Log()

    async def put_all() -> None:
        appending = Appender(log.append)
        waiting = [appending.put(ticks(0))]
        await asyncio.to_thread(log.called.wait)
        waiting += [appending.put(ticks(*some)) for some in ((1, 2), (3,), (4,), (5, 6, 7, 8))]
        log.free.set()
        await asyncio.gather(*waiting)
        appending.close()

    asyncio.run(put_all())
    assert log.calls == [[0], [1, 2, 3], [4], [5, 6, 7, 8]], "but for one frame that is larger"


def test_more_than_may_wait_is_refused_and_taken_later(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(appender, "MOST_WAITING", 2)
    log = Log()

    async def put_all() -> None:
        appending = Appender(log.append)
        first = appending.put(ticks(1))
        await asyncio.to_thread(log.called.wait)
        second = appending.put(ticks(2, 3))
        with pytest.raises(NotAppendedError, match="2 messages wait for the log, at most 2 may"):
            appending.put(ticks(4))
        log.free.set()
        await asyncio.gather(first, second)
        await appending.put(ticks(4))
        appending.close()

    asyncio.run(put_all())
    assert log.calls == [[1], [2, 3], [4]]


def test_a_log_that_fails_is_said_to_be_uncertain_and_the_next_is_tried_again():
    log = Log()
    log.free.set()

    async def put_all() -> list[Placed]:
        appending = Appender(log.append)
        log.failing = True
        with pytest.raises(NotAppendedError, match=r"not known whether it has this; send it again"):
            await appending.put(ticks(1))
        log.failing = False
        placed = await appending.put(ticks(1))
        appending.close()
        with pytest.raises(NotAppendedError, match="the gateway is closing"):
            appending.put(ticks(2))
        return placed

    assert asyncio.run(put_all()) == [(Fate.APPENDED, 1)]


def test_closing_writes_what_waits():
    log = Log()
    log.free.set()

    async def put_all() -> None:
        appending = Appender(log.append)
        waiting = [appending.put(ticks(each)) for each in range(50)]
        await asyncio.to_thread(appending.close)
        assert [placed[0].position for placed in await asyncio.gather(*waiting)] == list(range(50))

    asyncio.run(put_all())
