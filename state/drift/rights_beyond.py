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

from state.arrays import Matrix, Numbers
from state.drift.clock import Clock
from state.drift.contracts import cells_of, common_block, key_of
from state.drift.rights import Rights, RightsByTerms, legs_of
from state.market.book import MarketBook
from state.market.forward import ForwardBook
from state.market.horizon import BLOCKS, HORIZON_DAYS
from state.messages import Block, FloatColumn, ProductTrade, Trade
from state.moments import HOUR_NS
from state.products import PRODUCTS
from state.products.payoff import Quotes, Terms
from state.products.product import net_price


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
    return _Beyond(summed, market, forward, clock).add(trades)


class _Beyond:
    """What is added to, and what many contracts have in common: hours, curves, deviations."""

    def __init__(
        self, summed: Matrix, market: MarketBook, forward: ForwardBook, clock: Clock
    ) -> None:
        self._summed, self._market, self._forward = summed, market, forward
        self._clock = clock
        self._hours: dict[tuple[Block, int, int], tuple[slice, FloatColumn]] = {}
        self._curves: dict[tuple[str, Block], FloatColumn] = {}
        self._wide: dict[tuple[str, float, tuple[str, ...], Block], FloatColumn] = {}

    def add(self, trades: Iterable[Trade]) -> float:
        """Add some contracts; return the MWh of rows there are not."""
        rights_of = partial(RightsByTerms, self._market, HORIZON_DAYS)
        held: dict[Block, RightsByTerms] = defaultdict(rights_of)
        unplaced = 0.0
        for trade in trades:
            if not isinstance(trade, ProductTrade):
                continue
            payoff = PRODUCTS[trade.product].payoff
            if payoff is None or not payoff.applies(trade):
                continue
            if payoff.by_day:
                unplaced += self._name(trade)
                continue
            for block, part, mwh in self._by_day(trade):
                rights = held[block].of(trade)
                if rights is not None:
                    rights.volume[part] += mwh
                    if PRODUCTS[trade.product].pays_premium:
                        rights.paid_usd[part] += mwh * trade.price_usd_per_mwh
        for block, by_terms in held.items():
            for (_, terms), rights in by_terms.items():
                unplaced += self._value(terms, rights, block)
        return unplaced

    def _name(self, trade: ProductTrade) -> float:
        """Add the MWh a day of what chooses among hours, which no mark of a block can value."""
        span = trade.delivery_start_ns, trade.delivery_end_ns
        parts = [self._hours_of(block, *span) for block in BLOCKS]
        days, hours = parts[0][0], sum(each for _, each in parts)
        each = np.copysign(trade.energy_mwh, trade.quantity_mw)
        mwh = np.where(hours > 0.0, each, 0.0)
        key = (*key_of(self._market, trade.book, trade.location), Block.FLAT)
        row = self._forward.keys.get(key, -1)
        return self._add(row, np.arange(days.start, days.stop), (mwh, 0.0 * mwh))

    def _by_day(self, trade: ProductTrade) -> Iterator[tuple[Block, slice, FloatColumn]]:
        """Yield MWh by day of a contract, block by block: its own, or its share of an outlook."""
        start_ns, end_ns = trade.delivery_start_ns, trade.delivery_end_ns
        if not PRODUCTS[trade.product].as_generated:
            for block in BLOCKS:
                if common_block(trade.block, block) is not None:
                    yield block, *self._mwh(trade, block, (start_ns, end_ns))
            return
        outlook = self._market.contracts.outlooks.get(trade.resource)
        for own, month, mw in cells_of(outlook, self._forward) if outlook else ():
            begin_ns, over_ns = max(month[0], start_ns), min(month[1], end_ns)
            both = common_block(trade.block, own)
            if both is None or begin_ns >= over_ns:
                continue
            for block in BLOCKS:
                if common_block(both, block) is not None:
                    part, mwh = self._mwh(trade, block, (begin_ns, over_ns))
                    yield block, part, mw * mwh

    def _hours_of(self, block: Block, start_ns: int, end_ns: int) -> tuple[slice, FloatColumn]:
        """Return the days of a span from the first that counts on, and its hours of a block."""
        key = block, start_ns, end_ns
        found = self._hours.get(key)
        if found is None:
            days, edges_ns = self._clock.days_of(start_ns, end_ns, self._forward.first)
            found = days, np.diff(self._clock.hours_until(block, edges_ns))
            self._hours[key] = found
        return found

    def _mwh(
        self, trade: ProductTrade, block: Block, span: tuple[int, int]
    ) -> tuple[slice, FloatColumn]:
        """Return what a contract delivers in a block from a time to a time, by day."""
        clock = self._clock
        if not len(trade.profile_mw):
            days, hours = self._hours_of(block, *span)
            return days, hours * trade.quantity_mw
        days, _ = clock.days_of(*span, self._forward.first)
        first, last = (-(-(at_ns - clock.begin_ns) // HOUR_NS) for at_ns in span)
        at = np.arange(
            max(first, int(clock.day_start[days.start])), min(last, int(clock.day_start[days.stop]))
        )
        of_profile = (clock.begin_ns + at * HOUR_NS - trade.delivery_start_ns) // HOUR_NS
        wanted = (clock.on_peak[at] == (block is Block.ON_PEAK)) & (
            of_profile < len(trade.profile_mw)
        )
        day = np.searchsorted(clock.day_start, at[wanted], side="right") - 1 - days.start
        mwh = np.bincount(day, trade.profile_mw[of_profile[wanted]], days.stop - days.start)
        return days, mwh.astype(np.float64)

    def _value(self, terms: Terms, rights: Rights, block: Block) -> float:
        """Add the legs and cost that rights make in a block; return MWh of rows there are not."""
        locations = self._market.tables.locations
        days = np.flatnonzero((rights.volume != 0.0) | (rights.paid_usd != 0.0))
        if not len(days):
            return 0.0
        hubs = [locations.names[locations.beyond(place)] for place in rights.places]
        marks = np.array([self._curve(hub, block)[days] for hub in hubs])
        none = np.full(marks.shape, np.nan)
        wide = self._deviation(terms, hubs, block)[days]
        own = replace(rights, volume=rights.volume[days], paid_usd=rights.paid_usd[days])
        legs, usd = legs_of(own, terms, Quotes(marks, none, none, wide))
        unplaced = 0.0
        for place, mwh, paid in zip(rights.places, legs, usd, strict=True):
            row = self._forward.keys.get((rights.book, locations.beyond(place), block), -1)
            unplaced += self._add(row, days, (mwh, paid))
        return unplaced

    def _curve(self, hub: str, block: Block) -> FloatColumn:
        found = self._curves.get((hub, block))
        if found is None:
            found = self._curves[hub, block] = self._forward.curve_by_day(hub, block)
        return found

    def _deviation(self, terms: Terms, hubs: list[str], block: Block) -> FloatColumn:
        key = terms.product, terms.volatility, tuple(hubs), block
        found = self._wide.get(key)
        if found is None:
            beyond = self._market.contingent.time_value.beyond
            found = self._wide[key] = beyond(terms, hubs, block, self._forward)
        return found

    def _add(self, row: int, days: Numbers, amounts: tuple[FloatColumn, FloatColumn]) -> float:
        if row < 0:
            return float(np.add.reduce(np.abs(amounts[0])))
        months, count = self._forward.month_of[days], len(self._forward.months)
        for part, own in enumerate((*amounts, *map(np.abs, amounts))):
            self._summed[part, row] += np.bincount(months, own, count)
        return 0.0
