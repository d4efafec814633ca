"""The messages and the arithmetic behind a case: read it, find its cause, fold up to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import redis

from connectors.log.redis import LogEntry, RedisLog
from flows.snapshots import mark_of, whole_snapshots
from state.company import Company
from state.errors import ConfigError, LogError, WireError
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
        arithmetic: how the figure comes about, a line a step.
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
    state = state_at(run_log, told.position, company=company, snapshots=snapshots)
    return Explanation(
        transitions=transitions,
        told=told,
        cause=None if entry is None else decode(entry.body),
        arithmetic=explain(state, told.case),
    )


def _worst(transitions: list[Transition]) -> Transition:
    breaches = [each for each in transitions if each.change in _BREACHES]
    return breaches[-1] if breaches else transitions[0]


def state_at(run_log: RedisLog, position: int, *, company: str, snapshots: Path) -> Company:
    """Return the state just after a position: from the nearest snapshot, then message by message.

    Raises:
        LogError: neither the log's head nor a snapshot before the position is left.
    """
    state = _nearest(run_log, position, snapshots) or Company(company)
    advance(state, run_log, position)
    return state


def advance(state: Company, run_log: RedisLog, position: int) -> None:
    """Apply the log up to and including a position.

    Raises:
        LogError: it ends before.
    """
    while state.position < position:
        entries = run_log.read(state.position, min(_PAGE, position - state.position))
        if not entries:
            reason = f"the log ends at {run_log.last_position()}, before position {position}"
            raise LogError(reason)
        for entry in entries:
            _apply(state, entry)


def _nearest(run_log: RedisLog, position: int, snapshots: Path) -> Company | None:
    for snapshot in whole_snapshots(snapshots):
        entry = run_log.entry(snapshot.position) if snapshot.position <= position else None
        if entry is not None and mark_of(entry.body) == snapshot.mark:
            return Company.restore(snapshot.state)
    return None


def _apply(state: Company, entry: LogEntry) -> None:
    try:
        state.apply(decode(entry.body), entry.position)
    except WireError as error:
        state.skip(entry.position, str(error))


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
        raise ConfigError(reason)
    return found
