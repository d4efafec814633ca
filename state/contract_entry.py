"""How a contract enters a market: by hour, by interval, or as its product says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state import holdings, structured
from state.delivery_day import DeliveryDay
from state.messages import ProductTrade, Trade
from state.products import PRODUCTS

if TYPE_CHECKING:
    from state.market_book import MarketBook


def enter_day(market: MarketBook, day: DeliveryDay, trade: Trade, sign: float) -> None:
    """Enter a contract's part of one day; −1 takes the same out again."""
    if isinstance(trade, ProductTrade):
        structured.enter_day(market, day, trade, sign)
        return
    start_ns, end_ns = trade.delivery_start_ns, trade.delivery_end_ns
    if end_ns <= day.day.start_ns or start_ns >= day.day.end_ns:
        return
    book = market.books.index(trade.book)
    hours = day.day.whole_hours(start_ns, end_ns)
    if hours is not None and not PRODUCTS[trade.product].as_generated:
        line = _line(market, book, trade)
        holdings.enter_line(day, trade, sign, line=line, hours=hours)
    else:
        row = market.row(book, market.tables.locations.index[trade.location])
        holdings.enter_trade(day, trade, sign, row=row, tables=market.tables)


def _line(market: MarketBook, book: int, trade: Trade) -> int:
    room = market.tables.lines.capacity
    line = holdings.line_of(trade, book=book, tables=market.tables)
    if market.tables.lines.capacity > room:
        market.grow()
    return line


def enter_forward(market: MarketBook, trade: Trade, sign: float) -> None:
    """Enter a contract's part beyond the grid."""
    if isinstance(trade, ProductTrade):
        structured.enter_forward(market, trade, sign)
        return
    entries, forward, outlooks = market.entries, market.forward, market.contracts.outlooks
    if entries is None or forward is None or trade.delivery_end_ns <= forward.first_ns:
        return  # days of the grid and before count in no month
    if not PRODUCTS[trade.product].as_generated:
        entries.trade(trade, sign)
    elif trade.resource in outlooks:
        entries.generation(trade, outlooks[trade.resource], sign)
