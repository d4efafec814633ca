"""What the screens and the command read of pre-trade checks."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from state.screens.cases_seen import Waiver
from state.screens.view import View


class Outcome(StrEnum):
    """What a trade would do to one limit."""

    KEPT = "kept"
    IMPROVED = "improved"
    BREACHED = "breached"
    WORSENED = "worsened"
    UNKNOWN = "unknown"
    REFERRED = "referred"
    PROHIBITED = "prohibited"


class LimitEffect(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One limit before and after a trade.

    Attributes:
        limit: its id.
        clause: where it is written.
        policy: label of the policy in force.
        scope: whose: a book, the firm, a counterparty, a trader.
        period: of the value; empty for none.
        unit: of values and headroom.
        before: the value now; NaN when it is not known.
        after: with the trade; NaN when it is not known.
        headroom_before: signed distance to the nearest edge, negative in breach.
        headroom_after: the same with the trade.
        outcome: what that means.
        reason: why it is unknown, prohibited or referred; empty otherwise.
        waiver: of the breach that is let be for a time; it changes no outcome.
    """

    limit: str
    clause: str
    policy: str
    scope: str
    period: str = ""
    unit: str = ""
    before: float = float("nan")
    after: float = float("nan")
    headroom_before: float = float("nan")
    headroom_after: float = float("nan")
    outcome: Outcome
    reason: str = ""
    waiver: Waiver | None = None


class CheckAnswer(msgspec.Struct, kw_only=True):
    """The answer to one check.

    Attributes:
        check: its name.
        trade: source and name of the trade that was asked for.
        at_ns: the tick it was answered at.
        position: of the check in the log.
        decision: ``accept``, ``reject``, ``refer`` or ``no_decision``.
        reason: why nothing was measured; empty otherwise.
        field: of the trade or check that is wrong, if one is.
        effects: every limit the trade touches, those that stop it first.
        lot: size of a lot; 0 where no sizes were asked for.
        size: of the trade as it was asked for, never negative.
        unit: of ``size``, ``lot`` and ``largest`` (``MW``, ``certificates``, ``t CO2e``); empty
            where nothing was measured.
        sizes: the whole lots that pass, as (first, last), the interval of the largest first.
        looked_up_to: the most lots that were looked at.
        reserved_until_ns: when its headroom is free again; 0 where nothing is reserved.
        number: one more than the answer before it, as far as the state goes back; 0 outside a log.
    """

    check: str
    trade: str
    at_ns: int
    position: int
    decision: str
    reason: str = ""
    field: str = ""
    effects: list[LimitEffect] = []
    lot: float = 0.0
    size: float = 0.0
    unit: str = ""
    sizes: list[tuple[int, int]] = []
    looked_up_to: int = 0
    reserved_until_ns: int = 0
    number: int = 0

    @property
    def largest(self) -> float:
        """The largest size that passes, in ``unit``; 0 if none does."""
        return self.sizes[0][1] * self.lot if self.sizes else 0.0


ANSWERS_SHOWN = 50
"""How many answers the view has: the newest."""


class CheckView(View, kw_only=True, tag="check"):
    """The newest checks, newest first."""

    checks: list[CheckAnswer]
