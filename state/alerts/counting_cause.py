"""The cause of a case of trades or awards, while some of them count: one of those that do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from state.alerts.cases import Moment
from state.alerts.causes import MessageCause
from state.limits.reading import Identity

if TYPE_CHECKING:
    from state.desk import Desk

Known = dict[str, tuple[bool, str]]
"""By identity of a trade, or key of an award, whether it is beyond the clause, and why."""


def with_counting_cause(desk: Desk, identity: Identity, known: Known, moment: Moment) -> Moment:
    """Let a case whose cause counts no more name another; return the moment with what does.

    Args:
        desk: whose positions hold the trades.
        identity: of the case; there may be none yet.
        known: its trades, the newest last.
        moment: of the message that took one out.
    """
    newest = next(_counting(desk, known), None)
    if newest is None:
        return moment
    case = desk.alerts.book.case_behind(identity)
    if case is not None and not _counts(desk, known, case.row.cause_key):
        case.row.cause, case.row.cause_key = newest.text, newest.key
    return moment._replace(cause=newest)


def _counts(desk: Desk, known: Known, key: str) -> bool:
    """Say whether the trade or the award of a key is among those of a case, in that version."""
    name = key if key in known else key.removeprefix("trade/").rpartition("/")[0]
    cause = _cause(desk, name) if name in known else None
    return cause is not None and cause.key == key


def _counting(desk: Desk, known: Known) -> Iterator[MessageCause]:
    """Yield what counts, what is beyond the clause first, the newest of it first."""
    for wanted in (True, False):
        names = (name for name in reversed(known) if known[name][0] is wanted)
        yield from (cause for cause in (_cause(desk, name) for name in names) if cause)


def _cause(desk: Desk, name: str) -> MessageCause | None:
    for market in desk.markets.values():
        contracts = market.contracts
        _, award = contracts.awards.get(name.rpartition("/")[2], (0, None))
        is_award = award is not None and award.key == name
        message = award if is_award else contracts.trades.counting_of(name)
        if message is not None:
            return MessageCause(message, market.market.time_zone)
    return None
