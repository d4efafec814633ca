"""A policy is changed while a run goes on: its text enters the log, and what came of it is told.

A text with an error is sent as well: the core refuses it, leaves what is in force untouched and
raises the alert, so that everybody learns that somebody tried, not the one at the keyboard alone.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import redis

from connectors.log.redis import RedisLog
from state.errors import ConfigError
from state.messages import Policy, StressScenarios
from state.policy.documents import AnyPolicy, read
from state.policy.stress import StressFile
from state.policy.yaml_text import parse
from state.screens.clock_seen import ClockView
from state.store import StoreReader

_LOOK_SECONDS = 0.05
_UNREADABLE = "unreadable"
_MOST_LETTERS = 20


class Change(NamedTuple):
    """What became of a policy that was sent.

    Attributes:
        label: its name and version.
        position: in the log; 0 where it is there already, as it is.
        read: whether the monitor has read it by now.
        refused: why the core refused it; empty if it is in force.
    """

    label: str
    position: int
    read: bool
    refused: str


def change_policy(client: redis.Redis, run: str, path: Path, *, wait_seconds: float = 10) -> Change:
    """Send a file of policies into a run's log, and wait until the monitor has read it.

    Raises:
        ConfigError: the file cannot be read at all; nothing was sent.
    """
    store = StoreReader(client, run)
    message = _message(path, store)
    (position,) = RedisLog(client, run).append([message])
    name = message.policy if isinstance(message, Policy) else message.scenarios
    label = f"{name} {message.version}"
    if position is None:
        return Change(label, 0, read=True, refused="")
    until = time.monotonic() + wait_seconds
    while store.position() < position:
        if time.monotonic() > until:
            return Change(label, position, read=False, refused="")
        time.sleep(_LOOK_SECONDS)
    reasons = [
        letter.reason
        for letter in store.dead_letters(_MOST_LETTERS)
        if letter.letter.startswith(f"log/{position}-")
    ]
    return Change(label, position, read=True, refused=reasons[0] if reasons else "")


def _message(path: Path, store: StoreReader) -> Policy | StressScenarios:
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = f"cannot read the policy {path}: {error}; nothing was sent"
        raise ConfigError(reason) from error
    clock = store.read_views(["clock"]).get("clock")
    at_ns = clock.tick_ns if isinstance(clock, ClockView) else 0
    name, version, policy = _named(source, path)
    if isinstance(policy, StressFile):
        return StressScenarios(scenarios=name, version=version, source=source, received_at_ns=at_ns)
    return Policy(policy=name, version=version, source=source, received_at_ns=at_ns)


def _named(source: str, path: Path) -> tuple[str, str, AnyPolicy | None]:
    """Return name and version of a text, of one with an error as far as it tells them."""
    try:
        policy = read(source)
    except ConfigError:
        return *_told(source, path.stem), None
    return policy.name, policy.version, policy


def _told(source: str, stem: str) -> tuple[str, str]:
    try:
        values = parse(source).values
    except ConfigError:
        return stem, _UNREADABLE
    fields = values if isinstance(values, dict) else {}
    return str(fields.get("name") or stem), str(fields.get("version") or _UNREADABLE)
