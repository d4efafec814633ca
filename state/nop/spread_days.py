"""The days a contract delivers on, beyond the grid: in which months, and how many are alike."""

from __future__ import annotations

from collections import Counter

from state.arrays import Numbers
from state.market.forward import ForwardBook
from state.market.horizon import BLOCKS, HORIZON_DAYS, SHORT_NS
from state.messages import Block, FloatColumn, Trade

Days = tuple[Block, int, float, int]
"""Block, number of the month, MWh on a day, and on how many days."""

_MOST_FLAT = 4096


class SpreadDays:
    """Spreads contracts over the days of a forward book.

    Args:
        forward: the book.
    """

    def __init__(self, forward: ForwardBook) -> None:
        self._forward = forward
        self._flat: dict[tuple[int, int, Block], list[Days]] = {}

    def days_of(self, trade: Trade) -> list[Days]:
        """Return the days of a contract by block, of one without a shape those of one MW.

        Thousands have the same few hours of a day or two; those are kept, also for a book beside.
        """
        if len(trade.profile_mw):
            return self._count(trade, trade.profile_mw)
        if trade.delivery_end_ns - trade.delivery_start_ns > SHORT_NS:  # few, of many days each
            return self._count(trade, 1.0)
        key = trade.delivery_start_ns, trade.delivery_end_ns, trade.block
        known = self._flat.get(key)
        if known is None:
            if len(self._flat) >= _MOST_FLAT:
                self._flat.clear()
            known = self._flat[key] = self._count(trade, 1.0)
        return known

    def _count(self, trade: Trade, mw: FloatColumn | float) -> list[Days]:
        counted = Counter[tuple[Block, int, float]]()
        period = trade.delivery_start_ns, trade.delivery_end_ns
        for block in BLOCKS:
            months, mwh = self.inside(block, *period, mw, of=trade.block)
            for month, each in zip(months.tolist(), mwh.tolist(), strict=True):
                counted[block, month, each] += 1
        return [(*day, count) for day, count in counted.items() if day[2]]

    def inside(
        self, part: Block, start_ns: int, end_ns: int, mw: FloatColumn | float, *, of: Block
    ) -> tuple[Numbers, FloatColumn]:
        """Return the months of a period's days within the horizon, and MWh on each in a block.

        Args:
            part: on- or off-peak, the part wanted.
            start_ns: begin of the period.
            end_ns: its end.
            mw: signed MW, or one value a local hour.
            of: the block of what delivers.
        """
        at, per_day = self._forward.horizon.block_mwh(part, start_ns, end_ns, mw, of=of)
        inside = per_day[max(0, -at) : max(0, min(len(per_day), HORIZON_DAYS - at))]
        return self._forward.month_of[max(at, 0) : max(at, 0) + len(inside)], inside
