"""Checks that were answered: the newest answers, and the trades whose headroom they reserve.

What is accepted can be kept reserved, so that later checks count it as done, until the trade
arrives or a tick is at its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from state.calendar import SECOND_NS
from state.messages import Trade, TradeCheck
from state.pretrade.answer import CheckAnswer, CheckView
from state.trading.answers import Decision
from state.wire import decode, encode

_SHOWN = 50


@dataclass(frozen=True)
class Reservation:
    """A trade that was accepted and has not arrived; it counts until a moment."""

    trade: Trade
    until_ns: int


class Checks:
    """Keeps checks.

    Attributes:
        reservations: by identity of the trade.
        answers: the newest last.
    """

    def __init__(self) -> None:
        self.reservations: dict[str, Reservation] = {}
        self.answers: list[CheckAnswer] = []

    def reserved(self, at_ns: int, *, but: str) -> list[Trade]:
        """Return the trades that count as done; those whose time is over are let go of.

        Args:
            at_ns: the last tick.
            but: identity of a trade that does not count.
        """
        held = self.reservations
        self.reservations = {name: one for name, one in held.items() if one.until_ns > at_ns}
        return [one.trade for name, one in self.reservations.items() if name != but]

    def keep(self, check: TradeCheck, answer: CheckAnswer) -> None:
        """Note an answer, and reserve what it accepts as long as the check asks for."""
        if answer.decision == Decision.ACCEPT and check.reserve_seconds:
            answer.reserved_until_ns = answer.at_ns + check.reserve_seconds * SECOND_NS
            reservation = Reservation(check.candidate, answer.reserved_until_ns)
            self.reservations[check.candidate.identity] = reservation
        self.answers = [*self.answers, answer][-_SHOWN:]

    def arrived(self, trade: Trade) -> None:
        """Let go of what was reserved for a trade: it is there."""
        if self.reservations:
            self.reservations.pop(trade.identity, None)

    def view(self) -> CheckView:
        """Show the newest checks."""
        return CheckView(checks=self.answers[::-1])

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        return {
            "reservations": [
                [encode(one.trade), one.until_ns] for one in self.reservations.values()
            ],
            "answers": [msgspec.to_builtins(answer) for answer in self.answers],
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot."""
        for data, until_ns in saved["reservations"]:
            trade: Any = decode(data)
            self.reservations[trade.identity] = Reservation(trade, until_ns)
        self.answers = [msgspec.convert(each, CheckAnswer) for each in saved["answers"]]
