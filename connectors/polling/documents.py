"""Documents that a list names: which are new, and which came."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.polling.report import Question

_MOST_TRIES = 20
_MOST_KNOWN = 20_000
"""A list has a week of them: some 7,000 where one comes every five minutes, twins included."""


class Documents:
    """Knows the documents of one report, which never change under their numbers.

    Args:
        since_ns: those published before are left alone.

    >>> documents, one = Documents(since_ns=0), Question("/", {}, once="7", published_ns=1)
    >>> documents.note(one, came=True)
    >>> documents.new([one])
    []
    """

    def __init__(self, *, since_ns: int) -> None:
        self._since_ns = since_ns
        self._tries: dict[str, int] = {}
        self._faults: dict[str, int] = {}

    def new(self, named: Sequence[Question]) -> list[Question]:
        """Return the questions to ask now: the documents that did not come yet, and all others.

        A document that was not served for long lets the others go first, and is not given up.
        """
        found = [
            question
            for question in named
            if not question.once
            or (
                question.published_ns >= self._since_ns
                and self._tries.get(question.once, 0) < _MOST_TRIES
            )
        ]
        return sorted(found, key=lambda question: self._faults.get(question.once, 0) >= _MOST_TRIES)

    def note(self, question: Question, *, came: bool, is_served: bool = True) -> None:
        """Note what became of a question; what never comes well is left alone in the end.

        Args:
            question: what was asked.
            came: whether its document did.
            is_served: whether anything did; a host that is ill says nothing of a document.
        """
        if not question.once:
            return
        if not is_served:
            if len(self._faults) == _MOST_KNOWN:
                self._faults.clear()
            self._faults[question.once] = self._faults.get(question.once, 0) + 1
            return
        self._faults.pop(question.once, None)
        if len(self._tries) == _MOST_KNOWN and question.once not in self._tries:
            del self._tries[next(iter(self._tries))]
        self._tries[question.once] = _MOST_TRIES if came else self._tries.get(question.once, 0) + 1
