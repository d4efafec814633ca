"""How a contract of any product enters a market: its linear legs, its payoff, what it holds.

A plain block or swap goes the short way of ``state.contracts.holdings``; what a
:class:`~state.messages.ProductTrade` says goes through here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from state.arrays import Matrix
from state.contracts.holdings import enter_trade, generated_by_day, settlement_run
from state.market.delivery_day import DeliveryDay
from state.market.forward import ForwardBook
from state.market.horizon import BLOCKS, HORIZON_DAYS
from state.messages import Block, FloatColumn, ProductTrade, Trade
from state.products import PRODUCTS
from state.products.payoff import Payoff, Quotes
from state.products.product import Leg, contract_mw, net_price, own_leg

if TYPE_CHECKING:
    from state.market.book import MarketBook


def own_legs(trade: Trade) -> tuple[Leg, ...]:
    """Return the legs a contract is worth: of one for a share of output, that share."""
    product = PRODUCTS[trade.product]
    return own_leg(trade) if product.as_generated else product.legs(trade)


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
    """Enter a contract's part beyond the grid."""
    product, entries = PRODUCTS[trade.product], market.entries
    if entries is None:
        return
    if product.as_generated and trade.resource in market.contracts.outlooks:
        entries.generation(trade, market.contracts.outlooks[trade.resource], sign)
    market.contingent.enter_forward(trade, sign)
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

    A delivered physical MWh is owed at the contract's price, less what its floor pays back;
    everything else at its value. Intervals in which a leg has no mark are left out.
    """
    delivered, to_come = _of_days(market, trade)
    return delivered, to_come + beyond(market, trade).usd + market.certificates.worth(trade)


def delivered_value(market: MarketBook, trade: Trade) -> float:
    """Return the first of the two of :func:`contract_value`."""
    delivered = 0.0
    for day in market.days.values():
        if day.delivered:
            _, owed = _day_flows(market, day, trade)
            delivered += float(np.add.reduce(owed[: day.delivered]))
    return delivered


def _of_days(market: MarketBook, trade: Trade) -> tuple[float, float]:
    delivered = to_come = 0.0
    for day in market.days.values():
        usd, owed = _day_flows(market, day, trade)
        delivered += float(np.add.reduce(owed[: day.delivered]))
        to_come += float(np.add.reduce(usd[day.delivered :]))
    return delivered, to_come


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
    if product.as_generated:
        mw *= day.volumes.expected[market.tables.resources.index[trade.resource]]
    run = day.trade_run(settlement_run(trade.settles_at))
    usd = market.contingent.worth(day, trade, mw)
    owed = usd.copy()  # a floor pays back part of the price
    legs = own_legs(trade)
    places = [market.tables.locations.index[leg.location] for leg in legs]
    marks = day.prices.marks(np.array(places, dtype=np.int64), slice(None))[run]
    for leg, gain in zip(legs, _gains(legs, marks), strict=True):
        usd += leg.share * mw * gain * day.hours_per_interval
        owed -= leg.share * mw * leg.price_usd_per_mwh * day.hours_per_interval
    return usd, usd if product.financial else owed


def _gains(legs: tuple[Leg, ...], marks: Matrix) -> Matrix:
    """Return what a MWh of each leg gains, $: nothing where one of them has no mark.

    One leg alone tells the price of energy, where all of them tell a difference.
    """
    prices = np.array([leg.price_usd_per_mwh for leg in legs]).reshape(-1, 1)
    return np.where(np.isnan(marks).any(axis=0), 0.0, marks - prices)


def beyond_mwh(
    market: MarketBook, forward: ForwardBook, trade: Trade
) -> Iterator[tuple[Block, int, FloatColumn]]:
    """Yield block, number of the first day and signed MWh by day of what a contract delivers.

    An as-generated contract is its share of what the outlook of its resource tells, nothing where
    there is none (``state.contracts.output`` says where). Days of the grid are in it.
    """
    if PRODUCTS[trade.product].as_generated:
        outlook = market.contracts.outlooks.get(trade.resource)
        if outlook is not None:
            yield from generated_by_day(trade, outlook, forward.horizon)
        return
    mw = trade.profile_mw if len(trade.profile_mw) else float(trade.quantity_mw)
    for block in BLOCKS:
        at, mwh = forward.horizon.block_mwh(
            block, trade.delivery_start_ns, trade.delivery_end_ns, mw, of=trade.block
        )
        yield block, at, mwh


class Beyond(NamedTuple):
    """What a contract is beyond the grid.

    Attributes:
        usd: what its linear legs and its payoff are worth at the marks of hubs.
        unmarked_mwh: of both, without sign, where no curve reaches; not in the value.
    """

    usd: float = 0.0
    unmarked_mwh: float = 0.0


def beyond(market: MarketBook, trade: Trade) -> Beyond:
    """Value a contract beyond the grid; MWh without a mark are left out and told."""
    forward, table, product = market.forward, market.tables.locations, PRODUCTS[trade.product]
    if forward is None or product.measure:
        return Beyond()
    total = unmarked = 0.0
    parts = [
        (block, days, mwh)
        for block, at, mwh in beyond_mwh(market, forward, trade)
        for days, mwh in _that_count(forward, at, mwh)
    ]
    legs = own_legs(trade)
    hubs = [table.names[table.beyond(table.index[leg.location])] for leg in legs]
    for block, days, mwh in parts:
        marks = np.array([forward.curve_by_day(hub, block)[days] for hub in hubs])
        for leg, mark, gain in zip(legs, marks, _gains(legs, marks), strict=True):
            total += leg.share * float(np.add.reduce(mwh * gain))
            lacking = np.abs(mwh[np.isnan(mark)])
            unmarked += abs(leg.share) * float(np.add.reduce(lacking))
    payoff = payoff_of(trade)
    if payoff is None or not isinstance(trade, ProductTrade):
        return Beyond(total, unmarked)
    if payoff.by_day:
        return Beyond(total, unmarked + _by_day_mwh(forward, trade))
    for block, days, mwh in parts:
        usd, without_mwh = _payoff_beyond(market, trade, payoff, (block, days, mwh))
        total, unmarked = total + usd, unmarked + without_mwh
    return Beyond(total, unmarked)


def payoff_of(trade: Trade) -> Payoff | None:
    """Return the payoff that a contract has besides its linear legs; None if it has none."""
    payoff = PRODUCTS[trade.product].payoff
    if payoff is None or not isinstance(trade, ProductTrade) or not payoff.applies(trade):
        return None
    return payoff


def _that_count(
    forward: ForwardBook, at: int, mwh: FloatColumn
) -> Iterator[tuple[slice, FloatColumn]]:
    """Yield days beyond the grid and the MWh on them, of MWh by day from a day on."""
    first, last = max(at, forward.first), min(at + len(mwh), HORIZON_DAYS)
    if first < last:
        yield slice(first, last), mwh[first - at : last - at]


def _payoff_beyond(
    market: MarketBook,
    trade: ProductTrade,
    payoff: Payoff,
    part: tuple[Block, slice, FloatColumn],
) -> tuple[float, float]:
    """Return what a payoff is worth on some days, less what was paid, and MWh without a mark."""
    (block, days, mwh), forward, contingent = part, market.forward, market.contingent
    if forward is None or not mwh.any():
        return 0.0, 0.0
    terms = contingent.terms_of(trade, payoff)
    quotes = contingent.quotes_beyond(forward, terms, block).over(days)
    value, _ = payoff.value(terms, quotes)
    paid = trade.price_usd_per_mwh if PRODUCTS[trade.product].pays_premium else 0.0
    usd = float(np.add.reduce(np.where(np.isnan(value), 0.0, value - paid) * mwh))
    return usd, float(np.add.reduce(unmarked_mw(payoff, quotes, value) * np.abs(mwh)))


def unmarked_mw(payoff: Payoff, quotes: Quotes, value: FloatColumn) -> FloatColumn:
    """Return of how many MW each MW of rights lacks a mark: its outright legs without one."""
    lacks = np.abs(np.array(payoff.outright)[:, None]) * np.isnan(quotes.mark)
    return np.where(np.isnan(value), np.add.reduce(lacks, axis=0), 0.0)


def _by_day_mwh(forward: ForwardBook, trade: ProductTrade) -> float:
    """Return the MWh of what chooses among the hours of a day: beyond the grid it has none."""
    at, hours = forward.horizon.block_mwh(
        Block.FLAT, trade.delivery_start_ns, trade.delivery_end_ns, 1.0, of=Block.FLAT
    )
    days = sum(np.count_nonzero(own) for _, own in _that_count(forward, at, hours))
    return days * trade.energy_mwh
