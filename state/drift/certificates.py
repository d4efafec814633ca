"""What some books hold that is no energy, anew from its contracts."""

from __future__ import annotations

from state.drift.scenario_sums import ScenarioSums
from state.market.book import MarketBook
from state.messages import FloatColumn, ProductTrade, Trade
from state.products import PRODUCTS


def add_certificates(
    market: MarketBook,
    trades: list[Trade],
    sums: ScenarioSums,
    by_book: tuple[FloatColumn, FloatColumn],
) -> None:
    """Add what contracts hold at its marks, and its scenario P&L; without a mark it is left out.

    Args:
        market: whose.
        trades: contracts of some books.
        sums: takes the scenario P&L.
        by_book: $; takes the value, and what it is the sum of, without signs.
    """
    total, gross = by_book
    for trade in trades:
        if not isinstance(trade, ProductTrade):
            continue
        book, price = market.books.index(trade.book), trade.price_usd_per_unit
        for period, units in PRODUCTS[trade.product].quantities(trade, market.calendar):
            of = trade.product, trade.unit_kind, period
            mark = market.certificates.marks.get(of)
            if mark is not None:
                total[book] += units * (mark - price)
                gross[book] += abs(units) * (abs(mark) + abs(price))
            if market.certificates.is_at_risk(period):
                sums.add_units(market, book, of, units)
