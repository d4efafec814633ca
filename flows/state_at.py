"""The state at a log position: from the nearest snapshot of that log, then message by message."""

from __future__ import annotations

from pathlib import Path

import redis

from connectors.log.redis import LogEntry, RedisLog
from flows.snapshots import whole_snapshots
from state.company import Company
from state.errors import LogError, WireError
from state.wire import decode

_PAGE = 1000


def present_state(client: redis.Redis, run: str, *, company: str, snapshots: Path) -> Company:
    """Return the state at the end of a run's log.

    Raises:
        LogError: neither the log's head nor a snapshot is left.
    """
    run_log = RedisLog(client, run)
    return state_at(run_log, run_log.last_position(), company=company, snapshots=snapshots)


def state_at(run_log: RedisLog, position: int, *, company: str, snapshots: Path) -> Company:
    """Return the state just after a position.

    Args:
        run_log: of the run.
        position: in it; 0 before its first message.
        company: the key of the state.
        snapshots: folder of the run's snapshots.

    Raises:
        LogError: neither the log's head nor a snapshot before the position is left.
    """
    state = _nearest(run_log, position, snapshots)
    if state is None:
        _require_beginning(run_log, position, snapshots)
        state = Company(company)
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
        if snapshot.position <= position and snapshot.is_of(run_log):
            return Company.restore(snapshot.state)
    return None


def _require_beginning(run_log: RedisLog, position: int, snapshots: Path) -> None:
    """See that what no snapshot reaches back to can be folded from the log's first message."""
    first = run_log.first_position()
    if first <= 1:
        return
    left = [each.position for each in whole_snapshots(snapshots) if each.is_of(run_log)]
    oldest = f"its oldest snapshot is of {left[-1]}" if left else "no snapshot of it is left"
    since = "ask for what came since then, or " if left else ""
    reason = (
        f"how things stood at log position {position} cannot be worked out any more: the log "
        f"begins at {first}, and {oldest}; {since}restore a backup of the log"
    )
    raise LogError(reason)


def _apply(state: Company, entry: LogEntry) -> None:
    try:
        state.apply(decode(entry.body), entry.position)
    except WireError as error:
        state.skip(entry.position, str(error))
