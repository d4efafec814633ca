"""What moved between two positions of a log: folds it from the nearest snapshot, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import redis

from connectors.log.clock_time import moment_on
from connectors.log.redis import RedisLog
from flows.state_at import advance, state_at
from state.company import Company
from state.errors import LogError, UsageError, WireError
from state.explain.between import Between, between
from state.explain.pnl import PnlExplain
from state.messages import Tick
from state.moments import from_ns, to_ns
from state.wire import decode

_PAGE = 200


@dataclass(frozen=True)
class Stretch:
    """The explain between two log positions, and where they lie.

    Attributes:
        from_ns, to_ns: the clock just after each position; 0 before the first tick.
        time_zone: of the first market.
    """

    from_position: int
    to_position: int
    from_ns: int
    to_ns: int
    time_zone: str
    between: Between


def explain_between(
    client: redis.Redis,
    run: str,
    *,
    since: str | None,
    positions: tuple[int | None, int | None],
    company: str,
    snapshots: Path,
) -> Stretch:
    """Explain what moved from a moment, or a log position, until another position.

    Args:
        client: of the store.
        run: the run's name.
        since: market-local ``HH:MM`` of the day of the last position; None to take positions.
        positions: the first, which is not explained itself, and the last; None for the newest.
        company: the key of the state.
        snapshots: folder of the run's snapshots; the fold starts from the nearest one.

    Raises:
        ConfigError: the moment is none, or lies after the last position.
        LogError: the log does not reach back, or on, so far.
    """
    run_log = RedisLog(client, run)
    first, last = positions
    last = run_log.last_position() if last is None else last
    end = state_at(run_log, last, company=company, snapshots=snapshots) if since else None
    if since and end is not None:
        first = position_at(run_log, _moment_ns(since, end), last)
    if first is None or first >= last:
        reason = f"--from-position {first} is not before log position {last}; name an earlier one"
        raise UsageError(reason)
    state = state_at(run_log, first, company=company, snapshots=snapshots)
    from_ns_ = state.tick_ns
    explain = state.desk.pnl_explain = PnlExplain(keeps_points=False)
    explain.begin(state.desk, at_ns=from_ns_, position=first)
    advance(state, run_log, last)
    return Stretch(
        from_position=first,
        to_position=last,
        from_ns=from_ns_,
        to_ns=state.tick_ns,
        time_zone=state.desk.time_zone,
        between=between(state.desk),
    )


def _moment_ns(since: str, end: Company) -> int:
    """Return a clock time of the day at which a state stands."""
    zone = ZoneInfo(end.desk.time_zone)
    now = from_ns(end.tick_ns).astimezone(zone)
    moment = moment_on(now.date(), since, zone)
    if to_ns(moment) > end.tick_ns:
        reason = f"--since {since} lies after the clock, {now:%H:%M:%S %Z}; name an earlier time"
        raise UsageError(reason)
    return to_ns(moment)


def position_at(run_log: RedisLog, at_ns: int, last: int) -> int:
    """Return the log position of the last tick at or before a time.

    Raises:
        LogError: the log begins later.
    """
    low, high, found = run_log.first_position(), last, 0
    while low <= high:
        middle = (low + high) // 2
        position, tick = _tick_from(run_log, middle, high)
        if tick is None or tick.at_ns > at_ns:
            high = middle - 1
        else:
            found, low = position, position + 1
    if not found:
        _, first = _tick_from(run_log, run_log.first_position(), last)
        began = f" ({from_ns(first.at_ns):%Y-%m-%d %H:%M:%S} UTC)" if first else ""
        reason = f"the log begins after that moment{began}; name a later one"
        raise LogError(reason)
    return found


def _tick_from(run_log: RedisLog, position: int, last: int) -> tuple[int, Tick | None]:
    """Return the first tick from a position on, up to another."""
    after = position - 1
    while after < last:
        entries = run_log.read(after, min(_PAGE, last - after))
        for entry in entries:
            try:
                message = decode(entry.body)
            except WireError:
                continue
            if isinstance(message, Tick):
                return entry.position, message
        if not entries:
            break
        after = entries[-1].position
    return 0, None
