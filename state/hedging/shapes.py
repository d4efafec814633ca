"""The standard blocks that can close a position: months, quarters, the period, by block."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from state.calendar import local_midnight_ns
from state.market.book import MarketBook
from state.market.horizon import BLOCKS
from state.messages import Block, SettlesAt, Trade, TradeAction
from state.periods import Span, month_after, quarter_after

PRODUCT = "energy"


@dataclass(frozen=True)
class Shape:
    """A delivery and a block of a market's hub, without size or parties.

    Attributes:
        span: whole months.
        hours: of the block in them.
        price: mean of the curve over those hours, $/MWh.
    """

    market: str
    location: str
    span: Span
    block: Block
    hours: int
    price: float
    time_zone: str

    def lots_for(self, mwh: float, lot: float) -> int:
        """Return the fewest whole lots that are more than some MWh.

        >>> span = Span(date(2026, 8, 1), date(2026, 9, 1))
        >>> shape = Shape("m", "HUB", span, Block.ON_PEAK, 400, 50.0, "UTC")
        >>> shape.lots_for(799.0, 1.0), shape.lots_for(800.0, 1.0), shape.lots_for(801.0, 5.0)
        (2, 3, 1)
        """
        return math.floor(mwh / (lot * self.hours)) + 1

    def trade(self, name: str, mw: float, *, book: str, counterparty: str, trader: str) -> Trade:
        """Return a contract of this shape at the curve."""
        return Trade(
            source="way-out",
            trade=name,
            version=1,
            action=TradeAction.NEW,
            product=PRODUCT,
            market=self.market,
            book=book,
            counterparty=counterparty,
            location=self.location,
            delivery_start_ns=local_midnight_ns(self.span.first, self.time_zone),
            delivery_end_ns=local_midnight_ns(self.span.end, self.time_zone),
            quantity_mw=mw,
            price_usd_per_mwh=self.price,
            settles_at=SettlesAt.CURVE,
            block=self.block,
            trader=trader,
        )


def shapes_of(market: MarketBook, hub: str, span: Span, today: date) -> list[Shape]:
    """Return the blocks of a period at a hub that have a price: those still to be delivered.

    Deliveries are its single months, the calendar quarters inside it, and the period as a whole.
    """
    found = []
    for delivery in dict.fromkeys(_deliveries(span)):
        for block in BLOCKS if delivery.first > today else ():
            hours = delivery.hours(market.calendar, block)
            price = _price(market, hub, delivery, block)
            if hours and math.isfinite(price):
                zone = market.market.time_zone
                name = market.market.market
                found.append(Shape(name, hub, delivery, block, hours, price, zone))
    return found


def _deliveries(span: Span) -> Iterator[Span]:
    first = span.first
    while first < span.end:
        yield Span(first, month_after(first, 1))
        first = month_after(first, 1)
    quarter = quarter_after(span.first, 0)
    while quarter < span.end:
        whole = Span(quarter, quarter_after(quarter, 1))
        if span.first <= whole.first and whole.end <= span.end:
            yield whole
        quarter = whole.end
    yield span


def _price(market: MarketBook, hub: str, span: Span, block: Block) -> float:
    """Return the mean of the curve over the hours of a block; NaN where a month has no mark."""
    forward = market.forward
    if forward is None:
        return math.nan
    worth, hours = 0.0, 0
    for month in span.months:
        first = date.fromisoformat(f"{month}-01")
        own = Span(first, month_after(first, 1)).hours(market.calendar, block)
        worth += own * forward.marks.get((hub, block, month), math.nan)
        hours += own
    return worth / hours if hours else math.nan
