"""Requests for the way out that were answered: the newest answers, for the screens."""

from __future__ import annotations

from typing import Any

import msgspec

from state.hedging.answer import HedgeAnswer, HedgeView

_SHOWN = 20


class Hedges:
    """Keeps answers.

    Attributes:
        answers: the newest last.
    """

    def __init__(self) -> None:
        self.answers: list[HedgeAnswer] = []

    def keep(self, answer: HedgeAnswer) -> None:
        """Note an answer."""
        self.answers = [*self.answers, answer][-_SHOWN:]

    def view(self) -> HedgeView:
        """Show the newest answers."""
        return HedgeView(answers=self.answers[::-1])

    def saved(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs; nothing where nothing was asked."""
        answers = [msgspec.to_builtins(answer) for answer in self.answers]
        return {"hedges": answers} if answers else {}

    def restore(self, saved: list[Any]) -> None:
        """Take over what was saved; nothing of a state that had nothing to save."""
        self.answers = [msgspec.convert(each, HedgeAnswer) for each in saved]
