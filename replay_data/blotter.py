"""Makes contracts with unique numbers, near their marks, among the counterparties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypedDict, Unpack

import numpy as np

from replay_data.calibration import Floats
from replay_data.portfolio import COUNTERPARTIES
from replay_data.records import LocalDay
from state.messages import Block, CurveMarks, SettlesAt, Trade, TradeAction
from state.moments import HOUR_NS

SOURCE = "etrm"
TRADERS = ("trader-1", "trader-2", "trader-3", "trader-4")


class Terms(TypedDict, total=False):
    """Terms of a contract that have a usual value."""

    product: str
    counterparty: str
    settles_at: SettlesAt
    block: Block
    resource: str
    profile_mw: Floats
    comment: str


def month_edges(month: str, time_zone: str) -> tuple[int, int]:
    """Return when a delivery month begins and ends."""
    first = date(int(month[:4]), int(month[5:]), 1)
    following = (first + timedelta(days=31)).replace(day=1)
    return LocalDay(first, time_zone).at("00:00"), LocalDay(following, time_zone).at("00:00")


@dataclass
class Blotter:
    """A day's deals in the order in which they are made.

    Attributes:
        strikes: curve marks, each with the moment from which it is known.
        prefix: begins the name of each deal.
    """

    day: LocalDay
    generator: np.random.Generator
    strikes: tuple[tuple[int, CurveMarks], ...]
    market: str = "caiso"
    prefix: str = "T"
    deals: list[Trade] = field(default_factory=list)

    def mark(self, at_ns: int, hub: str, cell: tuple[Block, str]) -> float:
        """Return the curve mark of a hub, block and month as known at a moment."""
        marks = [marks for known, marks in self.strikes if known <= at_ns] or [self.strikes[0][1]]
        cells = list(zip(marks[-1].hubs, marks[-1].blocks, marks[-1].months, strict=True))
        return float(marks[-1].price_usd_per_mwh[cells.index((hub, *cell))])

    def deal(
        self,
        at_ns: int,
        place: tuple[str, str],
        period: tuple[int, int],
        quantity_mw: float,
        price: float,
        **terms: Unpack[Terms],
    ) -> Trade:
        """Make a contract in a (book, location), settled at DA unless the terms say otherwise."""
        settled: Terms = {"product": "energy", "settles_at": SettlesAt.DA}
        settled["counterparty"] = self._pick([item.counterparty for item in COUNTERPARTIES])
        trade = Trade(
            source=SOURCE,
            trade=f"{self.prefix}{self.day.day:%y%m%d}-{len(self.deals) + 1:04d}",
            version=1,
            action=TradeAction.NEW,
            market=self.market,
            book=place[0],
            location=place[1],
            delivery_start_ns=period[0],
            delivery_end_ns=period[1],
            quantity_mw=round(quantity_mw, 2),
            price_usd_per_mwh=round(float(price), 2),
            trader=self._pick(TRADERS),
            executed_at_ns=at_ns,
            **(settled | terms),
        )
        self.deals.append(trade)
        return trade

    def forward(
        self, at_ns: int, place: tuple[str, str], cell: tuple[Block, str], mw: float, product: str
    ) -> Trade:
        """Make a monthly block at a hub, dealt near its mark; larger clips nearer to it."""
        block, month = cell
        off = 0.5 * self.generator.standard_normal() / max(1.0, abs(mw) / 20)
        price = self.mark(at_ns, place[1], cell) + off
        period = month_edges(month, self.day.time_zone)
        return self.deal(at_ns, place, period, mw, price, block=block, product=product)

    def number(self, low: int, high: int) -> int:
        """Draw a whole number from low to high."""
        return int(self.generator.integers(low, high + 1))

    def _pick(self, items: Sequence[str]) -> str:
        return items[int(self.generator.integers(len(items)))]


def hourly_mw(trade: Trade, day: LocalDay) -> Floats:
    """Return what a contract delivers in each hour of a day, MW."""
    grid = day.grid
    starts = [grid.start_ns + hour * HOUR_NS for hour in range(grid.hours)]
    inside = np.array(
        [trade.delivery_start_ns <= start < trade.delivery_end_ns for start in starts]
    )
    if len(trade.profile_mw):
        first = (grid.start_ns - trade.delivery_start_ns) // HOUR_NS
        hours = np.clip(np.arange(grid.hours) + first, 0, len(trade.profile_mw) - 1)
        return np.where(inside, trade.profile_mw[hours], 0.0)
    mask = grid.block_mask(trade.block)[:: grid.per_hour]
    return np.where(inside & mask, trade.quantity_mw, 0.0)
