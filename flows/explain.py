"""The messages and the arithmetic behind a case: read it, find its cause, fold up to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import redis

from connectors.log.redis import RedisLog
from flows.state_at import state_at
from state.errors import LogError, UsageError
from state.explain.arithmetic import explain
from state.messages import AnyMessage
from state.screens.views import Transition
from state.store import StoredTransition, StoreReader
from state.wire import decode

_PAGE = 1000
_BREACHES = frozenset({"breached", "reopened"})


@dataclass(frozen=True)
class Explanation:
    """A case from its first to its last transition.

    Attributes:
        told: the transition that is explained: the newest breach, else the first.
        cause: the message behind that; None where the log no longer holds it.
        arithmetic: how the figure comes about, a line a step; or why that cannot be said any more.
    """

    transitions: list[StoredTransition]
    told: Transition
    cause: AnyMessage | None
    arithmetic: list[str]


def explain_case(
    client: redis.Redis,
    run: str,
    case: str,
    *,
    company: str,
    snapshots: Path,
) -> Explanation:
    """Explain a case by its id, or by the beginning of one.

    Args:
        client: of the store.
        run: the run's name.
        case: the id, or the beginning of one.
        company: the key of the state.
        snapshots: folder of the run's snapshots; the fold starts from the nearest one.

    Raises:
        ConfigError: no case, or more than one, is called so.
    """
    transitions = _transitions_of(StoreReader(client, run), case)
    told = _worst([each.transition for each in transitions])
    run_log = RedisLog(client, run)
    entry = run_log.entry(told.position)
    try:
        state = state_at(run_log, told.position, company=company, snapshots=snapshots)
        arithmetic = explain(state, told.case)
    except LogError as error:  # what was told of the case is there all the same
        arithmetic = [str(error)]
    return Explanation(
        transitions=transitions,
        told=told,
        cause=None if entry is None else decode(entry.body),
        arithmetic=arithmetic,
    )


def _worst(transitions: list[Transition]) -> Transition:
    breaches = [each for each in transitions if each.change in _BREACHES]
    return breaches[-1] if breaches else transitions[0]


def _transitions_of(reader: StoreReader, case: str) -> list[StoredTransition]:
    found: list[StoredTransition] = []
    after = "0-0"
    while page := reader.transitions(after, _PAGE):
        found += [each for each in page if each.transition.case.startswith(case)]
        after = page[-1].id
    names = sorted({each.transition.case for each in found})
    if len(names) != 1:
        called = f"more than one: {', '.join(names[:5])}" if names else "none"
        reason = (
            f"cases called {case!r} in this run: {called}; the dashboard and alerts.jsonl name them"
        )
        raise UsageError(reason)
    return found
