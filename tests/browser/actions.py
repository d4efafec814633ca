"""Actions that the pages wrote into the log of a run."""

from __future__ import annotations

import time

import redis

from connectors.log.redis import RedisLog
from state.messages import Action
from state.wire import decode


def actions_in(client: redis.Redis, run: str) -> list[Action]:
    messages = [decode(entry.body) for entry in RedisLog(client, run).read(0)]
    return [message for message in messages if isinstance(message, Action)]


def wait_for_action(client: redis.Redis, run: str) -> Action:
    deadline = time.monotonic() + 5
    while not (found := actions_in(client, run)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(found) == 1
    return found[0]
