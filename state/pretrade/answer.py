"""What a pre-trade check answers, as the read model and the command show it."""

from __future__ import annotations

import msgspec

from state.pretrade.verdict import LimitEffect
from state.screens.view import View


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
