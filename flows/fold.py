"""A day through the core in a plain loop: what every other way of running it must equal."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.log.days import Day
from connectors.log.redis import DeadLetter
from flows.ingest import Numbered, Played, first_start, translate
from state.company import Company
from state.messages import Message, Tick
from state.screens.views import Transition
from state.wire import content_digest, decode, encode


def messages_of(day: Day, *, run: str = "fold") -> Iterator[Message]:
    """Yield a day's messages as its log would hold them: opening first, duplicates refused."""
    seen: dict[str, bytes] = {}
    for message in appended_by(day, run=run):
        yield from _fresh(message, seen)


def appended_by(day: Day, *, run: str = "fold") -> Iterator[Message]:
    """Yield what a day gives to its log to append, of which that refuses the duplicates."""
    entries, offset = first_start(Played(run=run, day=day, speed=0.0))
    yield from entries
    for next_offset, item in enumerate(day.items(offset), start=offset + 1):
        for parsed in translate(Numbered(next_offset, item)).entries:
            yield parsed.rejected if isinstance(parsed, DeadLetter) else parsed


def _fresh(message: Message, seen: dict[str, bytes]) -> Iterator[Message]:
    digest = content_digest(message)
    if seen.get(message.key) != digest:
        seen[message.key] = digest
        yield message


def steps(day: Day, company: Company) -> Iterator[tuple[int, Message, list[Transition]]]:
    """Fold a day into a new company, and yield each message when it has just been applied.

    Yields:
        Log position, message, and the transitions that it made.
    """
    for position, message in enumerate(messages_of(day), start=1):
        # The log stores bytes: what a reader sees is what came back from them.
        yield position, message, company.apply(decode(encode(message)), position)


def fold(day: Day, *, until_ns: int | None = None) -> tuple[Company, list[Transition]]:
    """Fold a day, or its part up to and including a tick.

    Returns:
        The company after the last message, and every transition on the way.
    """
    company = Company(day.manifest.company)
    transitions: list[Transition] = []
    for _, message, changed in steps(day, company):
        transitions += changed
        if isinstance(message, Tick) and until_ns is not None and message.at_ns >= until_ns:
            break
    return company, transitions
