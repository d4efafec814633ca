"""A poller of the past: asks for a stretch until all that its answers name was answered, too."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import takewhile
from zoneinfo import ZoneInfo

from typing_extensions import override

from connectors.clock import MarketClock
from connectors.isos import MARKETS
from connectors.polling.host import Host
from connectors.polling.outcomes import NOT_MODIFIED
from connectors.polling.poller import UNREACHED, Polled, Poller, Taken
from connectors.polling.report import Ask, Question, Report
from connectors.polling.schedule import Daily, day_ns, local_day
from state.messages import AnyMessage, FeedOutcome
from state.moments import SECOND_NS

_KEPT_NS = 2 * 86_400 * SECOND_NS
"""A document may hold what belongs to the stretch after its own."""


class PastPoller(Poller):
    """Asks one report for stretches of the past, in order of time.

    Corrections are asked for again after every stretch, so that they come after what they correct.

    Args:
        report: what is asked for.
        host: whom, shared with live pollers.
        clock: of the market.

    Attributes:
        unanswered: questions of the last stretch without a good answer, in words.
    """

    def __init__(self, report: Report, host: Host, clock: MarketClock) -> None:
        super().__init__(report, host, clock, since_ns=clock.now_ns())
        self.unanswered: list[str] = []
        self._names: dict[int, frozenset[str]] = {}
        self._came: set[str] = set()
        self._first_ns = self._last_ns = self._since_ns = self._until_ns = 0
        self._has_it = self._has_some = self._is_unchanged = False

    # In the poller's thread ----------------------------------------------------------------------

    def ask_stretch(
        self, first_ns: int, last_ns: int, *, tries: int, stop: threading.Event
    ) -> Iterator[Sequence[Polled]]:
        """Yield the answers for the intervals of [first, last), and to the questions they name.

        Args:
            first_ns: where the stretch begins.
            last_ns: where it ends, not itself asked for.
            tries: so often a question is put that has no good answer.
            stop: ends it; whether the last answer was appended is not known then.
        """
        self._begin(first_ns, last_ns)
        yield from self._ask_all(first_ns, last_ns, tries=tries, stop=stop)
        if self._has_some and not (stop.is_set() or self.unanswered) and self.lacking():
            yield from self._ask_all(first_ns, last_ns, tries=tries, stop=stop)  # it was cut

    def _ask_all(
        self, first_ns: int, last_ns: int, *, tries: int, stop: threading.Event
    ) -> Iterator[Sequence[Polled]]:
        questions, tried = [self._ask(first_ns)(first_ns, last_ns)], 0
        while questions and not self._host.bucket.wait(stop):
            self._appended.clear()
            yield [self.put(questions[0], first_ns, last_ns)]
            while not (stop.is_set() or self._appended.wait(0.2)):
                continue
            if stop.is_set():
                return
            if self._has_it:
                questions, tried = [*questions[1:], *self._follow_ups], 0
                continue
            tried += 1
            if tried < tries:
                self._rest(stop)
                continue
            self.unanswered.append(self._said_of(questions.pop(0)))
            tried = 0
            if self._outcome in UNREACHED:  # nor would the others be
                self.unanswered += [f"{_named(question)}: not asked" for question in questions]
                return

    def _ask(self, first_ns: int) -> Ask:
        """Return how a stretch is asked for: one of the answer that still grows as the newest."""
        report, now_ns = self.report, self._clock.now_ns()
        if report.ask_past is None or report.answer_of(first_ns) == report.answer_of(now_ns):
            return report.ask
        return report.ask_past

    def lacking(self) -> list[int]:
        """Return the late intervals of the last stretch that came not, or not at every location."""
        if self._is_unchanged and not self._has_some:
            return []  # they came with the answer that did not change
        now_ns, schedule = self._clock.now_ns(), self.report.schedule
        due = schedule.due(self._first_ns, now_ns)
        return [
            start
            for start in takewhile(lambda start: start < self._last_ns, due)
            if schedule.late_ns(start) <= now_ns
            and not self.report.names <= self._names.get(start, frozenset())
        ]

    def _begin(self, first_ns: int, last_ns: int) -> None:
        late_ns = self.report.schedule.late_ns(last_ns - self.report.schedule.step_ns)
        self._first_ns, self._last_ns = first_ns, last_ns
        since_ns = first_ns
        if isinstance(self.report.schedule, Daily):  # its document is of the whole day
            zone = ZoneInfo(MARKETS[self.report.market].time_zone)
            since_ns, _ = day_ns(local_day(first_ns, zone), zone)
        self._since_ns = since_ns - int(self.report.documents_seconds * SECOND_NS)
        self._until_ns = late_ns + int(self.report.documents_seconds * SECOND_NS)
        kept_ns = first_ns - _KEPT_NS
        self._names = {start: one for start, one in self._names.items() if start >= kept_ns}
        self.unanswered, self._is_unchanged, self._has_some = [], False, False

    def _rest(self, stop: threading.Event) -> None:
        seconds = self._seconds()
        if self._outcome is FeedOutcome.THROTTLED:
            self._host.bucket.pause(seconds)
        self._clock.wait_until(self._clock.now_ns() + int(seconds * SECOND_NS), stop)

    def _said_of(self, question: Question) -> str:
        said = f"{self._outcome.value} {self._detail}".strip()
        return f"{_named(question)}: {said}" if self._is_bad else f"{_named(question)}: another's"

    # Where the log is written --------------------------------------------------------------------

    @override
    def take(self, polled: Polled, *, received_at_ns: int) -> Taken:
        self._outcome, self._detail = FeedOutcome.NO_DATA, ""  # not of the question before
        taken = super().take(polled, received_at_ns=received_at_ns)
        self._has_it = self._has_its_answer(polled)
        if self._has_it and polled.question is not None and polled.question.once:
            self._came.add(polled.question.once)
        if polled.answer is not None and polled.answer.status == NOT_MODIFIED:
            self._is_unchanged = True
        return taken

    @override
    def _follow_ups_of(self, polled: Polled) -> Sequence[Question]:
        """Return what an answer names and the stretch may have something from."""
        corrects = polled.question is not None and polled.question.is_aside
        return [
            question
            for question in self._named_by(polled)
            if not question.once
            or (
                question.published_ns >= self._since_ns
                and (
                    corrects
                    or (question.published_ns < self._until_ns and question.once not in self._came)
                )
            )
        ]

    @override
    def _note(self, messages: Sequence[AnyMessage], received_at_ns: int) -> None:
        for part in self.report.parts(messages):
            self._has_some |= self._first_ns <= part.start_ns < self._last_ns
            before = self._names.get(part.start_ns, frozenset())
            self._names[part.start_ns] = before | part.names
        self._outcome, self._detail = FeedOutcome.DATA, ""


def _named(question: Question) -> str:
    return question.once or question.path
