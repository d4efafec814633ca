"""What a poller must know of a report: how to ask for it, and when its intervals are due."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from connectors.isos.parsed import Again
from connectors.polling.schedule import Schedule
from state.messages import AnyMessage, AreaVolume, PricePublication, Series


class Question(NamedTuple):
    """A request for a report over a stretch of time.

    Attributes:
        path, query: of the address.
        fallback_path: what it is called at the host's fallback, where the host has one.
        once: the document it asks for, which never changes and is asked for no more once it came;
            empty for a question that has another answer later.
        published_ns: of that document.
        is_fresh: whether a cache on the way must not answer; the address gets a number of its own.
        is_aside: whether "nothing yet" is what it is mostly answered, and says nothing of the feed.
        named: what its body is called besides, where a parser needs it: the day it is of.
    """

    path: str
    query: dict[str, str]
    fallback_path: str = ""
    once: str = ""
    published_ns: int = 0
    is_fresh: bool = False
    is_aside: bool = False
    named: str = ""


class Part(NamedTuple):
    """One interval of an answer.

    Attributes:
        start_ns: when it begins.
        names: the locations or areas that have a value, as the report calls them.
        values: digest of them all; two intervals alike in everything have the same.
    """

    start_ns: int
    names: frozenset[str]
    values: bytes


Ask = Callable[[int, int], Question]
"""The request for the intervals of [first, last)."""


FollowUps = Callable[[Question, bytes], Sequence[Question]]
"""The questions that a good answer to a question names: documents of a list, the next page."""

IsAnswer = Callable[[Question, bytes], bool]
"""Whether a good answer is the one to a question, and not that to another."""


def whole(_: int) -> Hashable:
    """Say that one answer can hold all there is to ask for."""
    return None


def nothing(_: Question, __: bytes) -> Sequence[Question]:
    """Say that no answer names another question."""
    return ()


def surely(_: Question, __: bytes) -> bool:
    """Say that a good answer is that to its question."""
    return True


@dataclass(frozen=True)
class Report:
    """A report of one source.

    Attributes:
        feed: ``market/run``; what the feed is called everywhere.
        run: of the messages it holds; those of other runs are not counted as its intervals.
        names: the locations or areas that every interval must have; where it holds several series
            an area has its series before it, ``solar NP15``.
        schedule: of its intervals.
        ask: how to ask for some of them.
        every_seconds: between two looks while something is due.
        answer_of: which answer holds the interval that begins at a moment; intervals of different
            ones are not asked for together.
        may_be_absent: status 404 says that what is asked for is not there yet, and is no error.
        named: what its bodies are called, where their parser needs the name to tell them.
        again_seconds: so far back it is read again for corrections.
        reread_seconds: how often that is done.
        newest_only: whether the source serves its newest answer alone; what that lacks of the
            answers before it is a gap, and is not asked for.
        has_past: whether it serves what is over for long.
        ask_past: how that is asked for, where otherwise than the newest.
        series: that its volumes are of; any where there is none.
        earlier_seconds: intervals that begin so long before a start are expected too: they come
            late, and a restart must not lose them.
        kept_seconds: so far back an interval that is not there is asked for.
        follow_ups: which questions an answer names; they are asked right after it.
        documents_seconds: documents published so long before the first interval are asked for too.
        is_answer: tells the document that was asked for from another one.
        only_asked: whether a body holds intervals that others know better; what was not asked for
            is left out of it.
        announced: what a body of it says was corrected, where it holds no values itself; an
            answer that says nothing is one, too.
    """

    feed: str
    run: str
    names: frozenset[str]
    schedule: Schedule
    ask: Ask
    every_seconds: float
    answer_of: Callable[[int], Hashable] = whole
    may_be_absent: bool = False
    named: str = ""
    again_seconds: float = 86_400.0
    reread_seconds: float = 3600.0
    newest_only: bool = False
    has_past: bool = True
    ask_past: Ask | None = None
    series: tuple[Series, ...] = ()
    earlier_seconds: float = 0.0
    kept_seconds: float = 3 * 86_400.0
    follow_ups: FollowUps = nothing
    documents_seconds: float = 0.0
    is_answer: IsAnswer = surely
    only_asked: bool = False
    announced: Callable[[bytes, str], Sequence[Again]] | None = None

    @property
    def market(self) -> str:
        """Whose parser reads it."""
        return self.feed.partition("/")[0]

    def parts(self, messages: Sequence[AnyMessage]) -> list[Part]:
        """Return the intervals that messages hold of this report, each with all that is there."""
        found: dict[int, Part] = {}
        for message in messages:
            part = self._part(message)
            if part is not None:
                before = found.get(part.start_ns)
                found[part.start_ns] = part if before is None else _both(before, part)
        return list(found.values())

    def _part(self, message: AnyMessage) -> Part | None:
        if not isinstance(message, PricePublication | AreaVolume) or message.run != self.run:
            return None
        if message.market != self.market:
            return None
        if isinstance(message, PricePublication):
            names, values = frozenset(message.locations), message.lmp
        elif self.series and message.series not in self.series:
            return None
        else:
            names, values = frozenset(map(self._name_of(message), message.areas)), message.mw
        return Part(message.interval_start_ns, names, _digest(values.tobytes()))

    def _name_of(self, volume: AreaVolume) -> Callable[[str], str]:
        return lambda area: f"{volume.series} {area}" if len(self.series) > 1 else area


def names_of(series: Mapping[Series, Sequence[str]]) -> frozenset[str]:
    """Return what a report of several series calls their areas.

    >>> sorted(names_of({Series.SOLAR: ["NP15", "ZP26"], Series.WIND: ["NP15"]}))
    ['solar NP15', 'solar ZP26', 'wind NP15']
    """
    return frozenset(f"{one} {area}" for one, areas in series.items() for area in areas)


def _both(one: Part, other: Part) -> Part:
    return Part(one.start_ns, one.names | other.names, _digest(one.values + other.values))


def _digest(values: bytes) -> bytes:
    return hashlib.blake2b(values, digest_size=8).digest()
