"""Requests for the way out: those that are being answered, and the newest answers."""

from __future__ import annotations

from typing import Any

import msgspec

from state.hedging.going import Going
from state.screens.hedges_seen import HedgeAnswer, HedgeView

_SHOWN = 20
_MOST_WAITING = 20


class Hedges:
    """Keeps requests and answers.

    Attributes:
        going: requests that are being answered, the oldest first; only that one goes on.
        answers: the newest last.
    """

    def __init__(self) -> None:
        self.going: list[Going] = []
        self.answers: list[HedgeAnswer] = []

    def begin(self, going: Going) -> HedgeAnswer | None:
        """Take a request; return its answer if it has one at once.

        Of too many that wait one more is answered with that, and waits for none of them.
        """
        answer = going.answer
        if answer.going_on and len(self.going) >= _MOST_WAITING:
            answer.going_on = False
            answer.reason = f"{_MOST_WAITING} requests are being answered; ask again later"
        if answer.going_on:
            self.going.append(going)
            return None
        self._keep(answer)
        return answer

    def end_first(self) -> HedgeAnswer:
        """Keep the answer to the oldest request."""
        answer = self.going.pop(0).answer
        self._keep(answer)
        return answer

    def _keep(self, answer: HedgeAnswer) -> None:
        self.answers = [*self.answers, answer][-_SHOWN:]

    def view(self) -> HedgeView:
        """Show what is being answered, and the newest answers."""
        return HedgeView(answers=[one.answer for one in self.going] + self.answers[::-1])

    def saved(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs; nothing where nothing was asked."""
        found = {}
        if self.answers:
            found["hedges"] = [msgspec.to_builtins(answer) for answer in self.answers]
        if self.going:
            found["hedging"] = [msgspec.to_builtins(one) for one in self.going]
        return found

    def restore(self, answers: list[Any], going: list[Any]) -> None:
        """Take over what was saved; nothing of a state that had nothing to save."""
        self.answers = [msgspec.convert(each, HedgeAnswer) for each in answers]
        self.going = [msgspec.convert(each, Going) for each in going]
