"""The way out of a tolerance, as the read model and the command show it."""

from __future__ import annotations

import math

import msgspec

from state.pretrade.verdict import LimitEffect
from state.screens.view import View


class HedgeBlock(msgspec.Struct, frozen=True, kw_only=True):
    """One standard block that is recommended.

    Attributes:
        period: delivery, as people write it; begins, ends: its first date and the first after.
        block: ``on_peak`` or ``off_peak``.
        quantity_mw: bought +, sold −, in every hour of the block.
        mwh: of all its hours, signed likewise.
        price_usd_per_mwh: the curve over those hours.
        cost_usd: price × MWh; paid +, received −.
        counterparty, trader: with whom, and by whom: the first in order of names that pass.
        venue, product, market, location, book: as the pre-trade check was asked.
        var_before_usd, var_after_usd: VaR of the firm without it and with it; NaN if not known.
    """

    period: str
    begins: str
    ends: str
    block: str
    quantity_mw: float
    mwh: float
    price_usd_per_mwh: float
    cost_usd: float
    counterparty: str
    trader: str
    venue: str
    product: str
    market: str
    location: str
    book: str
    var_before_usd: float = math.nan
    var_after_usd: float = math.nan


class HedgeAnswer(msgspec.Struct, kw_only=True):
    """The answer to one request.

    Attributes:
        request: its name.
        limit, clause, policy, title, period: the tolerance, and the dates it is about.
        at_ns: the tick it was answered at.
        position: of the request in the log; 0 where it was no message.
        floor, ceiling: the band, as ratios.
        before, after: coverage now, and with all blocks; NaN where it is not known.
        blocks: to be booked in this order; none where nothing is to be done, or passes.
        complete: whether the position is inside its band with them.
        reason: why there are none, or why they are not enough; empty where they are.
        in_the_way: what stops the nearest block of those that do not pass.
        looked_at: how many blocks were put to the pre-trade check.
    """

    request: str
    limit: str
    at_ns: int
    position: int = 0
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

    @property
    def mwh(self) -> float:
        """MWh of all blocks, without sign."""
        return sum(abs(block.mwh) for block in self.blocks)

    @property
    def cost_usd(self) -> float:
        """What all blocks cost at the curve, $; received −."""
        return sum(block.cost_usd for block in self.blocks)


class HedgeView(View, kw_only=True, tag="hedge"):
    """The newest answers, newest first."""

    answers: list[HedgeAnswer]
