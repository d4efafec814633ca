"""What the screens and the command read of ways out of a tolerance."""

from __future__ import annotations

import math

import msgspec

from state.screens.checks_seen import LimitEffect
from state.screens.view import View
from state.trading.decision import Decision


class HedgeBlock(msgspec.Struct, frozen=True, kw_only=True):
    """One standard purchase or sale that is recommended.

    Attributes:
        period: delivery, as people write it, or the vintage; begins, ends: its first date and the
            first after.
        kind: ``on_peak`` or ``off_peak``; of capacity ``system``, ``flexible`` or ``local``; of
            certificates ``PCC1``, ``PCC2`` or ``PCC3``.
        size: MW, in every hour of the block or in every month, or certificates; bought +, sold −.
        amount: of all its hours, months or certificates, in ``unit``, signed likewise.
        unit: ``MWh``, ``MW-month`` or ``certificate``.
        price_usd: the mark of one of them.
        cost_usd: price × amount; paid +, received −.
        counterparty, trader: with whom, and by whom: the first in order of names that pass.
        venue, product, market, location, book: as the pre-trade check was asked.
        decision: what the check said: ``accept``, or ``refer`` where the Middle Office decides.
        var_before_usd, var_after_usd: VaR of the firm without it and with it; NaN if not known.
    """

    period: str
    begins: str
    ends: str
    kind: str
    size: float
    amount: float
    unit: str
    price_usd: float
    cost_usd: float
    counterparty: str
    trader: str
    venue: str
    product: str
    market: str
    location: str
    book: str
    decision: str = Decision.ACCEPT.value
    var_before_usd: float = math.nan
    var_after_usd: float = math.nan


class HedgeAnswer(msgspec.Struct, kw_only=True):
    """The answer to one request.

    Attributes:
        request: its name.
        limit, kind, clause, policy, title, period: the tolerance, and the dates it is about.
        nop: which net open position: ``energy``, ``capacity`` or ``rps``.
        asked_ns: the tick it was asked at; at_ns: the tick it was looked at last.
        position: of the request in the log; 0 where it was no message.
        floor, ceiling: the band, as ratios.
        before, after: coverage when it was asked, and with all blocks; NaN where it is not known.
        blocks: to be booked in this order; none where nothing is to be done, or passes.
        complete: whether the position is inside its band with them.
        reason: why there are none, or why they are not enough; empty where they are.
        in_the_way: what stops the nearest block of those that do not pass.
        looked_at: how many blocks were put to the pre-trade check.
        going_on: whether the search goes on at the next tick.
        waiting: how many shapes are still to be looked at for the next block.
    """

    request: str
    limit: str
    at_ns: int
    asked_ns: int = 0
    position: int = 0
    nop: str = ""
    kind: str = ""
    clause: str = ""
    policy: str = ""
    title: str = ""
    period: str = ""
    floor: float = math.nan
    ceiling: float = math.nan
    before: float = math.nan
    after: float = math.nan
    blocks: list[HedgeBlock] = []
    complete: bool = False
    reason: str = ""
    in_the_way: list[LimitEffect] = []
    looked_at: int = 0
    going_on: bool = False
    waiting: int = 0

    @property
    def amount(self) -> float:
        """What all blocks come to, without sign, in their unit."""
        return sum(abs(block.amount) for block in self.blocks)

    @property
    def cost_usd(self) -> float:
        """What all blocks cost at the marks, $; received −."""
        return sum(block.cost_usd for block in self.blocks)

    @property
    def passes(self) -> bool:
        """Whether the position is inside its band with blocks that are all accepted."""
        accepted = all(block.decision == Decision.ACCEPT for block in self.blocks)
        return self.complete and accepted


class HedgeView(View, kw_only=True, tag="hedge"):
    """The requests that are being answered, then the newest answers, newest first."""

    answers: list[HedgeAnswer]
