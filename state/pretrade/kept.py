"""Checks that were answered: the newest answers, and the trades whose headroom they reserve.

What is accepted can be kept reserved, so that later checks count it as done, until the trade
arrives or a tick is at its time. What was asked about a trade is remembered until it arrives, so
that one that was accepted as it came is not judged again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from state.calendar import local_date
from state.messages import Trade, TradeCheck
from state.moments import SECOND_NS
from state.screens.checks_seen import ANSWERS_SHOWN, CheckAnswer, CheckView
from state.trading.decision import Decision
from state.wire import decode, encode

_REMEMBERED = 1_000
"""Trades that never come are forgotten from there on, the oldest first."""


@dataclass(frozen=True)
class Reservation:
    """A trade that was accepted and has not arrived; it counts until a moment."""

    trade: Trade
    until_ns: int


class Asked(NamedTuple):
    """What was last asked about a trade that has not arrived.

    Attributes:
        check: the question.
        at_ns: the tick it was answered at.
        accepted: whether it was accepted, and nothing that was asked for has changed since.
    """

    check: TradeCheck
    at_ns: int
    accepted: bool

    def is_about(self, trade: Trade) -> bool:
        """Say whether a trade is the one that was asked about, whenever it was executed."""
        return encode(_content(trade)) == encode(_content(self.check.candidate))

    def clears(self, trade: Trade, at_ns: int, time_zone: str) -> bool:
        """Say whether a trade that arrives was accepted as it is, on the same date."""
        same_date = local_date(self.at_ns, time_zone) == local_date(at_ns, time_zone)
        return self.accepted and same_date and self.is_about(trade)


def _content(trade: Trade) -> Trade:
    return replace(trade, received_at_ns=0, executed_at_ns=0, comment="")


class Checks:
    """Keeps checks.

    Attributes:
        reservations: by identity of the trade.
        asked: likewise.
        answers: the newest last.
    """

    def __init__(self) -> None:
        self.reservations: dict[str, Reservation] = {}
        self.asked: dict[str, Asked] = {}
        self.answers: list[CheckAnswer] = []

    def reserved(self, at_ns: int, *, but: str = "") -> list[Trade]:
        """Return the trades that count as done.

        Args:
            at_ns: the last tick.
            but: identity of a trade that does not count.
        """
        held = self.reservations.items()
        return [one.trade for name, one in held if name != but and one.until_ns > at_ns]

    def let_go(self, at_ns: int) -> None:
        """Let go of the reservations whose time is over."""
        held = self.reservations.items()
        self.reservations = {name: one for name, one in held if one.until_ns > at_ns}

    def keep(self, check: TradeCheck, answer: CheckAnswer) -> None:
        """Note an answer, and reserve what it accepts as long as the check asks for."""
        if answer.decision == Decision.ACCEPT and check.reserve_seconds:
            answer.reserved_until_ns = answer.at_ns + check.reserve_seconds * SECOND_NS
            reservation = Reservation(check.candidate, answer.reserved_until_ns)
            self.reservations[check.candidate.identity] = reservation
        accepted = answer.decision == Decision.ACCEPT
        self.asked.pop(check.candidate.identity, None)
        self.asked[check.candidate.identity] = Asked(check, answer.at_ns, accepted)
        if len(self.asked) > _REMEMBERED:
            del self.asked[next(iter(self.asked))]
        answer.number = self.answers[-1].number + 1 if self.answers else 1
        self.answers = [*self.answers, answer][-ANSWERS_SHOWN:]

    @property
    def await_deals(self) -> bool:
        """Whether a deal may be one that was asked about."""
        return bool(self.asked or self.reservations)

    def arrived(self, trade: Trade) -> Asked | None:
        """Let go of what was reserved for a trade: it is there; return what was asked about it."""
        if not self.await_deals:
            return None
        self.reservations.pop(trade.identity, None)
        return self.asked.pop(trade.identity, None)

    def read_anew(self) -> None:
        """Stand by no acceptance any more: a policy or a record that was asked for changed."""
        if self.asked:
            self.asked = {name: one._replace(accepted=False) for name, one in self.asked.items()}

    def view(self) -> CheckView:
        """Show the newest checks."""
        return CheckView(checks=self.answers[::-1])

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        asked = [[encode(one.check), one.at_ns, one.accepted] for one in self.asked.values()]
        return {
            "reservations": [
                [encode(one.trade), one.until_ns] for one in self.reservations.values()
            ],
            "answers": [msgspec.to_builtins(answer) for answer in self.answers],
            **({"asked": asked} if asked else {}),
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot."""
        for data, until_ns in saved["reservations"]:
            trade: Any = decode(data)
            self.reservations[trade.identity] = Reservation(trade, until_ns)
        for data, at_ns, accepted in saved.get("asked", []):
            check: Any = decode(data)
            self.asked[check.candidate.identity] = Asked(check, at_ns, accepted)
        self.answers = [msgspec.convert(each, CheckAnswer) for each in saved["answers"]]
