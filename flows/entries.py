"""What bytes from outside become in the log: messages, and dead letters for what is none.

What cannot be parsed becomes a dead letter with its reason and its bytes; nothing stops the flow.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from prometheus_client import Counter

from connectors.isos import MARKETS
from connectors.isos.parsed import RejectedRow, parser_fault
from connectors.isos.stretch import of_its_stretch
from connectors.log.days import Receipt, Record
from connectors.log.redis import DeadLetter
from connectors.records import parse_record
from state.errors import NoDataYet, ParseError
from state.messages import Message, Rejected

LARGEST_APPEND = 500
"""Entries of one append; a larger one would hold up everybody else at the store."""

_MOST_LETTERS = 100
_LONGEST_REASON = 500

_APPENDED = Counter("tieline_ingest_appended", "Messages appended to the log.")
_DUPLICATES = Counter("tieline_ingest_duplicates", "Messages refused as duplicates.")
_DEAD = Counter("tieline_ingest_dead_letters", "Payloads and rows that became dead letters.")
_NOTHING_YET = Counter("tieline_ingest_no_data_yet", "Answers that had nothing to say yet.")

log = structlog.get_logger()


def messages_of(item: Receipt | Record, letter: str) -> Sequence[Message | DeadLetter]:
    """Return what an item becomes; never raises for what it holds.

    Args:
        item: a body or a record.
        letter: what a dead letter of it is called.
    """
    try:
        return _parse(item, letter)
    except NoDataYet:
        _NOTHING_YET.inc()
        return ()
    except ParseError as error:
        return (letter_of(item, letter, str(error)),)
    except Exception as error:  # a parser's own fault must not stop all other feeds
        log.exception("parser.failed", source=item.source, where=item.where)
        return (letter_of(item, letter, parser_fault(error, item.where)),)


def _parse(item: Receipt | Record, letter: str) -> list[Message | DeadLetter]:
    if isinstance(item, Record):
        return [parse_record(item.body, received_at_ns=item.stamp_ns)]
    feed = MARKETS[item.source]
    parsed = feed.parse(item.body, received_at_ns=item.received_at_ns, where=item.where)
    parsed = of_its_stretch(parsed, item.where)
    return [*parsed.messages, *letters_of(item, letter, parsed.rejected)]


def letters_of(item: Receipt, letter: str, rows: Sequence[RejectedRow]) -> list[DeadLetter]:
    """Return the dead letters of rows that are no messages; of very many, the first."""
    letters = [
        letter_of(item, f"{letter}/{number}", row.reason, row.raw)
        for number, row in enumerate(rows[:_MOST_LETTERS], start=1)
    ]
    if len(rows) > _MOST_LETTERS:
        reason = f"{len(rows)} rows rejected; the first {_MOST_LETTERS} are kept apart"
        letters.append(letter_of(item, letter, reason))
    return letters


def letter_of(
    item: Receipt | Record, letter: str, reason: str, raw: bytes | None = None
) -> DeadLetter:
    """Return an item, or a part of it, as a dead letter."""
    rejected = Rejected(
        letter=letter,
        feed=item.source,
        reason=reason[:_LONGEST_REASON],
        received_at_ns=item.received_at_ns,
    )
    return DeadLetter(rejected, item.body if raw is None else raw)


def count(entries: Sequence[Message | DeadLetter], positions: Sequence[int | None]) -> None:
    """Count what was appended, what was there before, and what became a dead letter."""
    for entry, position in zip(entries, positions, strict=True):
        counter = _DUPLICATES if position is None else _APPENDED
        counter.inc()
        if position is not None and isinstance(entry, DeadLetter):
            _DEAD.inc()
