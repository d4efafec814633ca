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

    def new(self, named: Sequence[Question]) -> list[Question]:
        """Return the questions to ask now: the documents that did not come yet, and all others."""
        return [
            question
            for question in named
            if not question.once
            or (
                question.published_ns >= self._since_ns
                and self._tries.get(question.once, 0) < _MOST_TRIES
            )
        ]

    def note(self, question: Question, *, came: bool) -> None:
        """Note what became of a question; what never comes well is left alone in the end."""
        if not question.once:
            return
        if len(self._tries) == _MOST_KNOWN and question.once not in self._tries:
            del self._tries[next(iter(self._tries))]
        self._tries[question.once] = _MOST_TRIES if came else self._tries.get(question.once, 0) + 1
