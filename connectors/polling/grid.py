"""Which intervals of a report are there, which are due, and which are missing."""

from __future__ import annotations

import threading
from collections.abc import Collection, Hashable, Iterable, Sequence
from itertools import pairwise

from connectors.polling.report import Part, Report
from state.moments import SECOND_NS

_DAY_NS = 86_400 * SECOND_NS
_MOST_ASKED = 5_000
"""Of so many answers it is remembered when each was asked for last."""
_ALIKE = 4
"""So many intervals in a row with the very same values are a frozen feed, not a calm market."""


class ExpectedGrid:
    """Follows one report against what it should have published.

    The poller's thread asks it, and whoever writes the log tells it: a lock is around both.

    Args:
        report: the report.
        since_ns: nothing before is expected.
    """

    def __init__(self, report: Report, *, since_ns: int) -> None:
        self._report = report
        self._since_ns = since_ns
        self._kept_ns = int(max(report.kept_seconds, report.earlier_seconds) * 1e9)
        self._names: dict[int, frozenset[str]] = {}
        self._values: dict[int, bytes] = {}
        self._read_ns: dict[Hashable, int] = {}
        self._reading: frozenset[Hashable] = frozenset()
        self._asking_ns = since_ns
        self._asked: dict[Hashable, int] = {}
        self._turns = 0
        self._is_wholes_turn = False
        self._lock = threading.Lock()

    @property
    def newest_ns(self) -> int:
        """Start of the newest interval there is, 0 before the first."""
        with self._lock:
            return max(self._names, default=0)

    def note(self, parts: Sequence[Part]) -> None:
        """Note the intervals of a good answer; what came in pieces is whole once all of it came.

        What of an answer was to be read again has been, once there is one.
        """
        with self._lock:
            self._read_ns |= dict.fromkeys(self._reading, self._asking_ns)
            for part in parts:
                self._read_ns.setdefault(self._report.answer_of(part.start_ns), self._asking_ns)
                before = self._names.get(part.start_ns, frozenset())
                self._names[part.start_ns] = before | part.names
                self._values[part.start_ns] = part.values

    def incomplete(self, now_ns: int) -> list[int]:
        """Return the intervals that are due and not there at every location, oldest first."""
        with self._lock:
            return self._incomplete(now_ns)

    def _incomplete(self, now_ns: int) -> list[int]:
        self._forget(now_ns)
        return [
            start
            for start in self._report.schedule.due(self._since_ns, now_ns)
            if not self._whole(start)
        ]

    def missing(self, now_ns: int) -> list[int]:
        """Return those of them that are late: a gap."""
        return [
            start
            for start in self.incomplete(now_ns)
            if now_ns >= self._report.schedule.late_ns(start)
        ]

    def wanted(self, now_ns: int) -> tuple[int, int] | None:
        """Return the stretch to ask for; None while nothing is due.

        Now and then it reaches back over what is there already: a source corrects without saying.
        What several answers hold is asked for one after the other, the newest first; an answer
        that does not come leaves the others their turn. What is only read again has every second
        turn at most while something is not there.
        """
        with self._lock:
            again = self._to_read_again(now_ns)
            starts = self._of_one_answer(self._askable(now_ns), again)
            answers = {self._report.answer_of(start) for start in again.intersection(starts)}
            self._reading, self._asking_ns = frozenset(answers), now_ns
        return (min(starts), max(starts) + self._report.schedule.step_ns) if starts else None

    def _askable(self, now_ns: int) -> list[int]:
        """Return the incomplete intervals that an answer may still hold."""
        incomplete = self._incomplete(now_ns)
        if not self._report.newest_only or not self._names:
            return incomplete
        newest_ns = max(self._names)
        answer_of = self._report.answer_of
        newest = answer_of(newest_ns)
        return [start for start in incomplete if start > newest_ns or answer_of(start) == newest]

    def _to_read_again(self, now_ns: int) -> frozenset[int]:
        again_ns = now_ns - int(self._report.again_seconds * 1e9)
        read_ns = now_ns - int(self._report.reread_seconds * 1e9)
        recent = [start for start in self._names if start >= again_ns]
        answer_of, seen = self._report.answer_of, self._read_ns
        found = frozenset(
            start for start in recent if seen.get(answer_of(start), self._since_ns) <= read_ns
        )
        # A file may look ahead, over intervals whose own is not there yet.
        return found and found.intersection(self._report.schedule.due(min(found), now_ns))

    def _of_one_answer(self, askable: Sequence[int], again: Collection[int]) -> list[int]:
        lacking, there = self._by_answer(askable), self._by_answer(again)
        chosen = self._whose_turn(lacking, [one for one in there if one not in lacking])
        if chosen is None:
            return []
        self._turns += 1
        self._asked.pop(chosen[0], None)
        self._asked[chosen[0]] = self._turns
        if len(self._asked) > _MOST_ASKED:
            del self._asked[next(iter(self._asked))]
        return [*lacking.get(chosen[0], ()), *there.get(chosen[0], ())]

    def _by_answer(self, starts: Iterable[int]) -> dict[Hashable, list[int]]:
        answers: dict[Hashable, list[int]] = {}
        for start in sorted(starts, reverse=True):
            answers.setdefault(self._report.answer_of(start), []).append(start)
        return answers

    def _whose_turn(
        self, lacking: Collection[Hashable], whole: Collection[Hashable]
    ) -> tuple[Hashable] | None:
        """Return the answer to ask for: of those that lack something, or of those that do not."""
        is_for_whole = bool(whole) and (self._is_wholes_turn or not lacking)
        self._is_wholes_turn = bool(whole) and not is_for_whole
        answers = whole if is_for_whole else lacking
        if not answers:
            return None
        return (min(answers, key=lambda answer: self._asked.get(answer, 0)),)

    @property
    def is_frozen(self) -> bool:
        """Whether the newest intervals follow each other with the very same values."""
        with self._lock:
            newest = sorted(self._values.items())[-_ALIKE:]
        starts, values = [start for start, _ in newest], {own for _, own in newest}
        step_ns = self._report.schedule.step_ns
        in_a_row = all(after - before == step_ns for before, after in pairwise(starts))
        return len(newest) == _ALIKE and in_a_row and len(values) == 1

    def _whole(self, start_ns: int) -> bool:
        names = self._names.get(start_ns)
        return names is not None and self._report.names <= names

    def _forget(self, now_ns: int) -> None:
        self._since_ns = max(self._since_ns, now_ns - self._kept_ns)
        old = [start for start in self._names if start < self._since_ns - _DAY_NS]
        for start in old:
            del self._names[start]
            self._values.pop(start, None)
        if old:
            kept = {self._report.answer_of(start) for start in self._names}
            self._read_ns = {one: at for one, at in self._read_ns.items() if one in kept}
