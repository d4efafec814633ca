"""One poller: asks for one report when it is due, and says what came of it.

The poller runs in a thread of its own and hands each answer over unread; whoever appends to the
log reads it (:meth:`Poller.take`), so that a moment of receipt is given in the order of the log.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from connectors.backoff import pause_seconds
from connectors.clock import MarketClock
from connectors.isos import MARKETS
from connectors.isos.parsed import Again, RejectedRow, parser_fault
from connectors.isos.stretch import of_its_stretch, stretch_name
from connectors.polling.documents import Documents
from connectors.polling.grid import ExpectedGrid
from connectors.polling.host import Answer, Host, TransportFault
from connectors.polling.outcomes import detail_of_fault, outcome_of_fault, outcome_of_status
from connectors.polling.report import Part, Question, Report
from connectors.polling.schedule import longest_ns
from state.errors import NoDataYet, ParseError
from state.messages import AnyMessage, FeedNotice, FeedOutcome
from state.moments import SECOND_NS

_FIRST_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 300.0
_ELSEWHERE_NS = 3600 * SECOND_NS
"""So long the fallback is asked after a fault, unless it has one itself."""
_DETAIL = 200
_BAD = (FeedOutcome.ERROR, FeedOutcome.THROTTLED, FeedOutcome.CORRUPT, FeedOutcome.TRANSPORT)
UNREACHED = (FeedOutcome.THROTTLED, FeedOutcome.TRANSPORT)
"""Outcomes that say nothing of what was asked: the host cannot be had."""
_UNSERVED = (FeedOutcome.ERROR, *UNREACHED)
"""Outcomes that say nothing of a document: the host answers nobody well just now."""


class Polled(NamedTuple):
    """What a poller brought: an answer, or why there is none.

    Attributes:
        poller: who asked.
        answer: None where the host gave none.
        fault: why, in words.
        question: what was asked; None where it has another answer later and names no question.
        first_ns, last_ns: the stretch that was asked for.
    """

    poller: Poller
    answer: Answer | None
    fault: str = ""
    question: Question | None = None
    first_ns: int = 0
    last_ns: int = 0

    @property
    def payload(self) -> str:
        """What to call the body: the feed and a digest of it, so that the same is one file."""
        body = b"" if self.answer is None else self.answer.body
        report = self.poller.report
        stretch = stretch_name(self.first_ns, self.last_ns) if report.only_asked else ""
        named = report.named or (self.question.named if self.question is not None else "")
        digest = hashlib.blake2b(body, digest_size=10).hexdigest()
        return f"{report.feed}/{'-'.join(filter(None, (named, stretch, digest)))}"


class Taken(NamedTuple):
    """What an answer held.

    Attributes:
        messages: in their canonical order.
        rejected: rows that are none.
        fault: why the whole body is none, to be kept with its bytes; empty for a good answer.
        is_read: whether the body was looked at; a status alone may say all.
        follow_ups: questions to ask now, which the answer names.
        again: what it says was corrected, and had not said before.
    """

    messages: Sequence[AnyMessage] = ()
    rejected: Sequence[RejectedRow] = ()
    fault: str = ""
    is_read: bool = True
    follow_ups: Sequence[Question] = ()
    again: Sequence[Again] = ()


class Poller:
    """Polls one report.

    Args:
        report: what is asked for.
        host: whom, shared with its other reports.
        clock: of the market.
        since_ns: nothing before is expected, unless the report says so.
        is_restart: whether a run goes on: what begins before and was not late by then is expected.
        lacked_ns: from when on it lacked intervals then; 0 where it had all.
        known: messages of before, whose intervals need not be asked for.
    """

    def __init__(
        self,
        report: Report,
        host: Host,
        clock: MarketClock,
        *,
        since_ns: int,
        is_restart: bool = False,
        lacked_ns: int = 0,
        known: Sequence[AnyMessage] = (),
    ) -> None:
        self.report = report
        self._host = host
        self._clock = clock
        earlier_ns = int(report.earlier_seconds * SECOND_NS)
        if is_restart:
            earlier_ns = max(earlier_ns, longest_ns(report.schedule, since_ns))
        lacked_ns = min(since_ns, lacked_ns or since_ns)
        self._grid = ExpectedGrid(report, since_ns=min(since_ns - earlier_ns, lacked_ns))
        self._grid.note(report.parts(known))
        self._taken = threading.Event()
        self._appended = threading.Event()
        self._said: tuple[object, ...] = ()
        self._announced: set[Again] = set()
        self._faults, self._is_bad, self._is_unserved = 0, False, False
        documents_since_ns = lacked_ns - int(report.documents_seconds * SECOND_NS)
        self._documents = Documents(since_ns=documents_since_ns)
        self._follow_ups: Sequence[Question] = ()
        self._elsewhere_until_ns = 0
        self._outcome, self._detail = FeedOutcome.NO_DATA, ""
        self._delay_seconds = 0.0

    def heard(self, bodies: Iterable[bytes]) -> None:
        """Note what bodies of before announced: it is not to be read again once more."""
        if self.report.announced is None:
            return
        for body in bodies:
            with contextlib.suppress(Exception):  # nor was it announced then
                self._announced.update(self.report.announced(body, self.report.feed))

    # In the poller's thread ----------------------------------------------------------------------

    def run(self, stop: threading.Event) -> Iterator[Sequence[Polled]]:
        """Yield what comes, one answer at a time, until the event is set."""
        while not stop.is_set():
            wanted = self._grid.wanted(self._clock.now_ns())
            stretch = wanted or (0, 0)
            questions = [] if wanted is None else [self.report.ask(*stretch)]
            while questions and not self._host.bucket.wait(stop):
                self._taken.clear()
                yield [self.put(questions.pop(0), *stretch)]
                self._wait_until_taken(stop)
                if self._outcome is FeedOutcome.THROTTLED:
                    self._host.bucket.pause(self._seconds())
                if self._is_unserved:
                    break  # what is left will be named again
                questions += self._follow_ups
            until_ns = self._clock.now_ns() + int(self._seconds() * SECOND_NS)
            self._clock.wait_until(until_ns, stop)

    def ask(self, first_ns: int, last_ns: int) -> Polled:
        """Ask once for the intervals of [first, last)."""
        return self.put(self.report.ask(first_ns, last_ns), first_ns, last_ns)

    def put(self, question: Question, first_ns: int = 0, last_ns: int = 0) -> Polled:
        """Ask once what a report or an answer says to ask for the intervals of [first, last)."""
        query, path, elsewhere = question.query, question.path, False
        if question.is_fresh:
            query = {**query, "_": str(self._clock.now_ns() // 1_000_000)}
        if self._host.has_fallback and self._is_elsewhere:
            path, elsewhere = question.fallback_path, True
        try:
            answer = self._host.get(path, query, fallback=elsewhere)
        except TransportFault as error:
            return Polled(self, None, str(error), question, first_ns, last_ns)
        return Polled(self, answer, "", question, first_ns, last_ns)

    @property
    def _is_elsewhere(self) -> bool:
        return self._clock.now_ns() < self._elsewhere_until_ns

    def _wait_until_taken(self, stop: threading.Event) -> None:
        while not (stop.is_set() or self._taken.wait(0.2)):
            continue

    def _seconds(self) -> float:
        """Say how long to wait: twice as long after every fault in a row, never all together."""
        if not self._faults:
            return self.report.every_seconds
        return pause_seconds(
            self._faults, first=_FIRST_PAUSE_SECONDS, longest=_LONGEST_PAUSE_SECONDS
        )

    # Where the log is written --------------------------------------------------------------------

    def take(self, polled: Polled, *, received_at_ns: int) -> Taken:
        """Read an answer, and let the poller go on."""
        self._follow_ups = ()
        before = self._outcome, self._detail
        try:
            taken = self._read(polled, received_at_ns)
            self._follow_ups = taken.follow_ups
        finally:
            self._note_fault(polled)
            aside = polled.question is not None and polled.question.is_aside
            if aside and self._outcome is FeedOutcome.NO_DATA:
                self._outcome, self._detail = before
            self._taken.set()
        return taken

    def _note_fault(self, polled: Polled) -> None:
        """Count what was no answer; a good one that names others stands for none of them."""
        self._is_bad = self._outcome in _BAD
        self._is_unserved = self._outcome in _UNSERVED
        if polled.question is not None:
            came = self._has_its_answer(polled)
            self._documents.note(polled.question, came=came, is_served=not self._is_unserved)
        if self._is_bad:
            self._faults += 1
            until_ns = 0 if self._is_elsewhere else self._clock.now_ns() + _ELSEWHERE_NS
            self._elsewhere_until_ns = until_ns
        elif not any(question.once for question in self._follow_ups):
            self._faults = 0

    def appended(self) -> None:
        """Note that the log has what the last answer held."""
        self._appended.set()

    def _read(self, polled: Polled, received_at_ns: int) -> Taken:
        if polled.answer is None:
            self._outcome, self._detail = FeedOutcome.TRANSPORT, polled.fault
            return Taken(is_read=False)
        absent = self.report.may_be_absent
        outcome, detail = outcome_of_status(polled.answer.status, may_be_absent=absent)
        if outcome is FeedOutcome.NO_DATA:  # unchanged, or not there: no more is to be read
            self._grid.note(())
        if outcome is not None:
            self._outcome, self._detail = outcome, detail
            return Taken(is_read=False)
        parse = MARKETS[self.report.market].parse
        try:
            parsed = parse(polled.answer.body, received_at_ns=received_at_ns, where=polled.payload)
            parsed = of_its_stretch(parsed, polled.payload)
        except ParseError as error:
            self._outcome, self._detail = outcome_of_fault(error), detail_of_fault(error)
            if self.report.announced is not None and isinstance(error, NoDataYet):
                self._grid.note([_answered(polled)])
            return Taken(fault="" if isinstance(error, NoDataYet) else str(error))
        except Exception as error:  # noqa: BLE001 - a parser's own fault must not stop other feeds
            self._outcome, self._detail = FeedOutcome.CORRUPT, "the parser failed; report it"
            return Taken(fault=parser_fault(error, polled.payload))
        question = polled.question
        if question is None or not (question.once or question.is_fresh):
            self._host.remember(polled.answer)
        follow_ups = self._follow_ups_of(polled)
        again = self._again(polled)
        says_all = self.report.announced is not None  # it has no values, and is an answer
        if says_all or parsed.messages or parsed.rejected:
            self._note(parsed.messages, received_at_ns)
        else:  # a list of documents, for one
            self._outcome, self._detail = FeedOutcome.NO_DATA, ""
            if all(question.is_aside for question in follow_ups):
                self._grid.note(())
        return Taken(parsed.messages, parsed.rejected, follow_ups=follow_ups, again=again)

    def _follow_ups_of(self, polled: Polled) -> Sequence[Question]:
        return self._documents.new(self._named_by(polled))

    def _named_by(self, polled: Polled) -> Sequence[Question]:
        """Return the questions that an answer names."""
        if polled.question is None or polled.answer is None:
            return ()
        try:
            return self.report.follow_ups(polled.question, polled.answer.body)
        except ParseError:
            return ()  # the answer to another question, which the parser could read

    def _has_its_answer(self, polled: Polled) -> bool:
        if polled.question is None or polled.answer is None or self._outcome in _BAD:
            return False
        return self.report.is_answer(polled.question, polled.answer.body)

    def _again(self, polled: Polled) -> Sequence[Again]:
        """Return what an answer says was corrected and no answer before it did."""
        if self.report.announced is None or polled.answer is None:
            return ()
        self._grid.note([_answered(polled)])
        announced = self.report.announced(polled.answer.body, polled.payload)
        again = [one for one in announced if one not in self._announced]
        self._announced.update(again)
        return again

    def _note(self, messages: Sequence[AnyMessage], received_at_ns: int) -> None:
        before_ns = self._grid.newest_ns
        self._grid.note(self.report.parts(messages))
        newest_ns = self._grid.newest_ns
        if newest_ns > before_ns:
            self._delay_seconds = (received_at_ns - newest_ns) / SECOND_NS
        frozen = "frozen: the newest intervals have the very same values"
        self._outcome = FeedOutcome.DATA
        self._detail = frozen if self._grid.is_frozen else ""

    def notice(self, now_ns: int) -> FeedNotice | None:
        """Return what the log should know of the feed, if it does not know it yet."""
        missing = self._grid.missing(now_ns)
        fresh = self._grid.newest_ns if self._outcome is FeedOutcome.DATA else 0
        said = (self._outcome, self._detail, tuple(missing), fresh)
        if said == self._said:
            return None
        self._said = said
        return FeedNotice(
            received_at_ns=now_ns,
            feed=self.report.feed,
            outcome=self._outcome,
            detail=" ".join(self._detail.split())[:_DETAIL],
            missing=len(missing),
            missing_from_ns=missing[0] if missing else 0,
            delay_seconds=round(self._delay_seconds, 3),
            newest_ns=self._grid.newest_ns,
        )


def _answered(polled: Polled) -> Part:
    """Return the interval that an answer without values is of; none looks like another."""
    return Part(polled.first_ns, frozenset(), str(polled.first_ns).encode())
