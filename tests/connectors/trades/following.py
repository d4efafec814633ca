"""A trade feed as a live run follows it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from typing import Self

from connectors.log.recording import RecordedItem
from connectors.trades import Deal, Fate, Settled, TradeFeed
from state.messages import FeedOutcome
from tests.connectors.trades.sources import Source


class Following:
    """A feed that is followed in a thread, as a live run does."""

    def __init__(self, feed: TradeFeed) -> None:
        self.feed = feed
        self.came: list[Deal] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10.0)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        for batch in self.feed.run(self._stop):
            self.came.extend(batch)

    def outcome(self) -> FeedOutcome | None:
        notice = self.feed.notice(0)
        return notice and notice.outcome

    def detail(self) -> str:
        notice = self.feed.notice(time.time_ns())
        return notice.detail if notice else ""

    def settle(self, deals: Sequence[Deal]) -> None:
        self.feed.settle([Settled(one, Fate.TAKEN) for one in deals])


def names(deals: Sequence[Deal]) -> list[str]:
    return [str(json.loads(one.body)["trade"]) for one in deals if one.body]


def opened(source: Source, recorded: Sequence[RecordedItem] = ()) -> TradeFeed:
    return source.options().open("trades/x", recorded)
