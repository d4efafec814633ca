"""How a contract of any product enters a market: its linear legs, its payoff, what it holds.

A plain block or swap goes the short way of ``state.contracts.holdings``; what a
:class:`~state.messages.ProductTrade` says goes through here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from state.contracts.holdings import enter_trade, settlement_run
from state.market.delivery_day import DeliveryDay
from state.market.horizon import BLOCKS
from state.messages import FloatColumn, ProductTrade, Trade
from state.products import PRODUCTS
from state.products.product import contract_mw, net_price, own_leg

if TYPE_CHECKING:
    from state.market.book import MarketBook


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


def contract_value(market: MarketBook, trade: Trade) -> tuple[float, float]:
    """Return what a contract's delivered part is owed, and its undelivered part worth, $.

    A delivered physical MWh is owed at the contract's price, everything else at its value;
    intervals without a mark are left out.
    """
    delivered = to_come = 0.0
    for day in market.days.values():
        usd, owed = _day_flows(market, day, trade)
        delivered += float(np.add.reduce(owed[: day.delivered]))
        to_come += float(np.add.reduce(usd[day.delivered :]))
    return delivered, to_come + beyond_value(market, trade) + market.certificates.worth(trade)


def _day_flows(
    market: MarketBook, day: DeliveryDay, trade: Trade
) -> tuple[FloatColumn, FloatColumn]:
    """Return a contract's value by interval, and what its delivery is owed."""
    product, nothing = PRODUCTS[trade.product], np.zeros(day.day.intervals)
    span = day.day.span(trade.delivery_start_ns, trade.delivery_end_ns)
    if span[0] >= span[1] or product.measure:
        return nothing, nothing
    mw = nothing.copy()
    mw[slice(*span)] = contract_mw(trade, day.day, span=span)
    legs = product.legs(trade)
    if product.as_generated:
        mw *= day.volumes.expected[market.tables.resources.index[trade.resource]]
        legs = own_leg(trade)
    run = day.trade_run(settlement_run(trade.settles_at))
    usd, owed = market.contingent.worth(day, trade, mw), nothing.copy()
    for leg in legs:
        place = np.array([market.tables.locations.index[leg.location]])
        mark = day.prices.marks(place, slice(None))[run, 0]
        gain = np.where(np.isnan(mark), 0.0, mark - leg.price_usd_per_mwh)
        usd += leg.share * mw * gain * day.hours_per_interval
        owed -= leg.share * mw * leg.price_usd_per_mwh * day.hours_per_interval
    return usd, usd if product.financial else owed


def beyond_value(market: MarketBook, trade: Trade) -> float:
    """Return the value of a contract's linear legs beyond the grid, at the marks of hubs."""
    forward, table, product = market.forward, market.tables.locations, PRODUCTS[trade.product]
    if forward is None or product.measure or product.as_generated:
        return 0.0
    total = 0.0
    mw = trade.profile_mw if len(trade.profile_mw) else float(trade.quantity_mw)
    for leg in product.legs(trade):
        for block in BLOCKS:
            at, mwh = forward.horizon.block_mwh(
                block, trade.delivery_start_ns, trade.delivery_end_ns, mw, of=trade.block
            )
            if at + len(mwh) <= forward.first:
                continue  # nothing of it lies beyond the grid
            first = max(0, forward.first - at)
            mark = forward.curve_by_day(table.names[table.beyond(table.index[leg.location])], block)
            mark = mark[at + first : at + len(mwh)]
            part = mwh[first : first + len(mark)]
            gain = np.where(np.isnan(mark), 0.0, mark - leg.price_usd_per_mwh)
            total += leg.share * float(np.add.reduce(part * gain))
    return total
