"""Structured contracts beyond the grid, anew: their linear parts, and what their payoffs make.

Time value differs from day to day, so that payoffs are valued by day and summed by month.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

import msgspec
import numpy as np
from numpy.typing import NDArray

from state.calendar import HOUR_NS
from state.drift.clock import Clock
from state.drift.contracts import cells_of, common_block, key_of
from state.drift.rights import Rights, RightsByTerms, legs_of
from state.market.book import MarketBook
from state.market.forward import ForwardBook
from state.market.horizon import BLOCKS, HORIZON_DAYS
from state.messages import Block, FloatColumn, ProductTrade, Trade
from state.products import PRODUCTS
from state.products.payoff import Quotes, Terms
from state.products.product import net_price

Matrix = NDArray[np.float64]


def linear_parts(trade: Trade) -> Iterator[Trade]:
    """Yield what a contract is in MW at a place and a price: itself, or its legs.

    One for a share of output is that share at its net price.
    """
    if not isinstance(trade, ProductTrade):
        yield trade
    elif PRODUCTS[trade.product].as_generated:
        yield msgspec.structs.replace(trade, price_usd_per_mwh=net_price(trade))
    else:
        for leg in PRODUCTS[trade.product].legs(trade):
            yield msgspec.structs.replace(
                trade,
                location=leg.location,
                price_usd_per_mwh=leg.price_usd_per_mwh,
                quantity_mw=leg.share * trade.quantity_mw,
                profile_mw=leg.share * trade.profile_mw,
            )


def add_rights(
    summed: Matrix,
    market: MarketBook,
    forward: ForwardBook,
    clock: Clock,
    trades: Iterable[Trade],
) -> float:
    """Add what payoffs make beyond the grid; return the MWh of rows there are not.

    Args:
        summed: MWh, cost and both without signs, by row and month; added to.
        market: whose contracts.
        forward: the book, which begins with the first day that counts.
        clock: of its horizon.
        trades: some contracts.
    """
    held: dict[Block, RightsByTerms] = defaultdict(partial(RightsByTerms, market, HORIZON_DAYS))
    unplaced = 0.0
    for trade in trades:
        if not isinstance(trade, ProductTrade):
            continue
        payoff = PRODUCTS[trade.product].payoff
        if payoff is None or not payoff.applies(trade):
            continue
        if payoff.by_day:
            unplaced += _name(summed, market, forward, clock, trade)
            continue
        for block, part, mwh in _by_day(market, forward, clock, trade):
            rights = held[block].of(trade)
            if rights is not None:
                rights.volume[part] += mwh
                if PRODUCTS[trade.product].pays_premium:
                    rights.paid_usd[part] += mwh * trade.price_usd_per_mwh
    for block, by_terms in held.items():
        for (_, terms), rights in by_terms.items():
            unplaced += _value(summed, market, forward, (terms, rights, block))
    return unplaced


def _name(
    summed: Matrix, market: MarketBook, forward: ForwardBook, clock: Clock, trade: ProductTrade
) -> float:
    """Add the MWh a day of what chooses among hours, which no mark of a block can value."""
    days, spans = clock.days_of(trade.delivery_start_ns, trade.delivery_end_ns, forward.first)
    hours = np.zeros(days.stop - days.start)
    for block in BLOCKS:
        hours += np.diff(clock.hours_until(block, spans))
    each = np.copysign(trade.energy_mwh, trade.quantity_mw)
    mwh = np.where(hours > 0.0, each, 0.0)
    row = forward.keys.get((*key_of(market, trade.book, trade.location), Block.FLAT), -1)
    return _add(summed, forward, row, np.arange(days.start, days.stop), (mwh, 0.0 * mwh))


def _by_day(
    market: MarketBook, forward: ForwardBook, clock: Clock, trade: ProductTrade
) -> Iterator[tuple[Block, slice, FloatColumn]]:
    """Yield MWh by day of a contract, block by block: its own, or its share of an outlook."""
    start_ns, end_ns = trade.delivery_start_ns, trade.delivery_end_ns
    if not PRODUCTS[trade.product].as_generated:
        for block in BLOCKS:
            if common_block(trade.block, block) is not None:
                yield block, *_mwh(trade, block, clock, (start_ns, end_ns, forward.first))
        return
    outlook = market.contracts.outlooks.get(trade.resource)
    for own, month, mw in cells_of(outlook, forward) if outlook else ():
        begin_ns, over_ns = max(month[0], start_ns), min(month[1], end_ns)
        both = common_block(trade.block, own)
        if both is None or begin_ns >= over_ns:
            continue
        for block in BLOCKS:
            if common_block(both, block) is not None:
                part, mwh = _mwh(trade, block, clock, (begin_ns, over_ns, forward.first))
                yield block, part, mw * mwh


def _mwh(
    trade: ProductTrade, block: Block, clock: Clock, span: tuple[int, int, int]
) -> tuple[slice, FloatColumn]:
    """Return what a contract delivers in a block from a time to a time, by day from a day on."""
    days, edges_ns = clock.days_of(*span)
    if not len(trade.profile_mw):
        return days, np.diff(clock.hours_until(block, edges_ns)) * trade.quantity_mw
    first, last = (-(-(at_ns - clock.begin_ns) // HOUR_NS) for at_ns in span[:2])
    hours = np.arange(
        max(first, int(clock.day_start[days.start])), min(last, int(clock.day_start[days.stop]))
    )
    of_profile = (clock.begin_ns + hours * HOUR_NS - trade.delivery_start_ns) // HOUR_NS
    wanted = (clock.on_peak[hours] == (block is Block.ON_PEAK)) & (
        of_profile < len(trade.profile_mw)
    )
    day = np.searchsorted(clock.day_start, hours[wanted], side="right") - 1 - days.start
    mwh = np.bincount(day, trade.profile_mw[of_profile[wanted]], days.stop - days.start)
    return days, mwh.astype(np.float64)


def _value(
    summed: Matrix,
    market: MarketBook,
    forward: ForwardBook,
    held: tuple[Terms, Rights, Block],
) -> float:
    """Add the legs and cost that rights make in a block; return MWh of rows there are not."""
    (terms, rights, block), locations = held, market.tables.locations
    days = np.flatnonzero((rights.volume != 0.0) | (rights.paid_usd != 0.0))
    if not len(days):
        return 0.0
    hubs = [locations.names[locations.beyond(place)] for place in rights.places]
    marks = np.array([forward.curve_by_day(hub, block)[days] for hub in hubs])
    none = np.full(marks.shape, np.nan)
    wide = market.contingent.time_value.beyond(terms, hubs, block, forward)[days]
    own = replace(rights, volume=rights.volume[days], paid_usd=rights.paid_usd[days])
    legs, usd = legs_of(own, terms, Quotes(marks, none, none, wide))
    unplaced = 0.0
    for place, mwh, paid in zip(rights.places, legs, usd, strict=True):
        row = forward.keys.get((rights.book, locations.beyond(place), block), -1)
        unplaced += _add(summed, forward, row, days, (mwh, paid))
    return unplaced


def _add(
    summed: Matrix,
    forward: ForwardBook,
    row: int,
    days: NDArray[np.int64],
    amounts: tuple[FloatColumn, FloatColumn],
) -> float:
    if row < 0:
        return float(np.add.reduce(np.abs(amounts[0])))
    months, count = forward.month_of[days], len(forward.months)
    for part, own in enumerate((*amounts, *map(np.abs, amounts))):
        summed[part, row] += np.bincount(months, own, count)
    return 0.0
