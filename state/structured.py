"""How a contract of any product enters a market: its linear legs, its payoff, what it holds.

A plain block or swap goes the short way of ``state.holdings``; what a
:class:`~state.messages.ProductTrade` says goes through here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from state.delivery_day import DeliveryDay
from state.holdings import enter_trade, settlement_run
from state.messages import ProductTrade
from state.products import PRODUCTS
from state.products.product import contract_mw, net_price

if TYPE_CHECKING:
    from state.market_book import MarketBook


def enter_day(market: MarketBook, day: DeliveryDay, trade: ProductTrade, sign: float) -> None:
    """Enter a contract's part of one day; −1 takes the same out again."""
    product = PRODUCTS[trade.product]
    market.contingent.enter(day, trade, sign)
    if product.as_generated:
        netted = msgspec.structs.replace(trade, price_usd_per_mwh=net_price(trade))
        row = _row(market, trade, trade.location)
        enter_trade(day, netted, sign, row=row, tables=market.tables)
        return
    span = day.day.span(trade.delivery_start_ns, trade.delivery_end_ns)
    if span[0] >= span[1]:
        return
    amount = sign * contract_mw(trade, day.day, span=span)
    for leg in product.legs(trade):
        day.add_trade(
            _row(market, trade, leg.location),
            settlement_run(trade.settles_at),
            leg.share * amount,
            span=span,
            price=leg.price_usd_per_mwh,
            financial=product.financial,
        )


def enter_forward(market: MarketBook, trade: ProductTrade, sign: float) -> None:
    """Enter a contract's part beyond the grid, and what it holds."""
    product, entries = PRODUCTS[trade.product], market.entries
    if entries is None:
        return
    if product.as_generated and trade.resource in market.contracts.outlooks:
        entries.generation(trade, market.contracts.outlooks[trade.resource], sign)
    market.contingent.enter_forward(trade, sign)
    market.certificates.enter(trade, sign)
    for leg in product.legs(trade):
        part = msgspec.structs.replace(
            trade, location=leg.location, price_usd_per_mwh=leg.price_usd_per_mwh
        )
        entries.trade(part, sign * leg.share)


def _row(market: MarketBook, trade: ProductTrade, location: str) -> int:
    place = market.tables.locations.index[location]
    return market.row(market.books.index(trade.book), place)
