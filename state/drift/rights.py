"""What pays by a payoff, anew: contracts of equal terms, and the legs their payoff makes.

A payoff is a pure function of terms and quotes, and so contracts of equal terms are valued at
once. What they are valued at comes from the recompute itself: its marks, its volumes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from state.arrays import Matrix
from state.contracts.holdings import settlement_run
from state.drift.contracts import row_of, run_of
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.prices import DA
from state.messages import FloatColumn, ProductTrade
from state.products import PRODUCTS
from state.products.payoff import Payoff, Quotes, Terms
from state.products.product import contract_mw


class Entry(NamedTuple):
    """What a contract, or contracts of equal terms, make at one row of a day.

    Attributes:
        row: of the market; −1 where there is none.
        run: they settle at.
        mw: by interval.
        usd: what it costs, by interval.
    """

    row: int
    run: int
    mw: FloatColumn
    usd: FloatColumn


@dataclass
class Rights:
    """Contracts of equal terms.

    Attributes:
        book: that holds them.
        payoff: theirs.
        places: numbers of their locations; the first holds the value.
        volume: MW by interval (shares of a resource's output), or MWh by day.
        paid_usd: what they cost, by interval or day.
    """

    book: int
    payoff: Payoff
    places: tuple[int, ...]
    volume: FloatColumn
    paid_usd: FloatColumn


class RightsByTerms(dict[tuple[int, Terms], Rights]):
    """Gathers what contracts hold over so many intervals, or days, by book and their terms.

    Terms name the book by its rows, of which one may be missing.
    """

    def __init__(self, market: MarketBook, length: int) -> None:
        self._market, self._length = market, length

    def of(self, trade: ProductTrade) -> Rights | None:
        """Return what is held of a contract's terms; None if it has no payoff."""
        payoff, index = PRODUCTS[trade.product].payoff, self._market.tables.locations.index
        if payoff is None or not payoff.applies(trade):
            return None
        names = [trade.location, trade.second_location][: len(payoff.outright)]
        terms = _terms_of(self._market, trade, payoff, names)
        book = self._market.books.index(trade.book)
        found = self.get((book, terms))
        if found is None:
            places = tuple(index[name] for name in names)
            found = Rights(book, payoff, places, *np.zeros((2, self._length)))
            self[book, terms] = found
        return found


def _terms_of(market: MarketBook, trade: ProductTrade, payoff: Payoff, names: list[str]) -> Terms:
    product, size = PRODUCTS[trade.product], abs(trade.quantity_mw)
    return Terms(
        product=trade.product,
        run=settlement_run(trade.settles_at),
        rows=tuple(row_of(market, trade.book, name) for name in names),
        resource=market.tables.resources.index[trade.resource] if product.of_a_resource else -1,
        strike=payoff.strike(trade),
        volatility=trade.volatility_usd_per_mwh,
        hours=trade.energy_mwh / size if size else 0.0,
        efficiency=trade.efficiency,
        within=payoff.within(trade),
    )


def legs_of(
    rights: Rights, terms: Terms, quotes: Quotes, *, output: FloatColumn | float = 1.0
) -> tuple[Matrix, Matrix]:
    """Return the legs that rights make, by place, and the cost that makes them worth what they pay.

    Where a mark is missing they are the whole position, at what was paid for it.

    Args:
        rights: contracts of equal terms.
        terms: these.
        quotes: prices of their places.
        output: of the resource, where the rights are to a share of it, MW by interval.
    """
    worth, delta = rights.payoff.value(terms, quotes)
    known, volume = np.isfinite(worth), rights.volume * output
    legs = np.where(known, delta, np.array(rights.payoff.outright)[:, None]) * volume
    usd = legs * np.nan_to_num(quotes.mark) * quotes.hours
    usd[0] += rights.paid_usd - np.where(known, worth, 0.0) * volume * quotes.hours
    return legs, usd


# Days --------------------------------------------------------------------------------------------


def linear_legs(market: MarketBook, grid: DeliveryDay, trade: ProductTrade) -> Iterator[Entry]:
    """Yield the linear legs of a contract with MW of its own on a day."""
    span = grid.day.span(trade.delivery_start_ns, trade.delivery_end_ns)
    for leg in PRODUCTS[trade.product].legs(trade):
        mw = np.zeros(grid.day.intervals)
        mw[slice(*span)] = leg.share * contract_mw(trade, grid.day, span=span)
        usd = mw * leg.price_usd_per_mwh * grid.hours_per_interval
        yield Entry(row_of(market, trade.book, leg.location), run_of(market, trade), mw, usd)


def rights_on(
    market: MarketBook, grid: DeliveryDay, trades: Iterable[ProductTrade]
) -> RightsByTerms:
    """Gather what contracts hold of a day, by book and their terms."""
    found = RightsByTerms(market, grid.day.intervals)
    for trade in trades:
        rights = found.of(trade)
        if rights is None:
            continue
        span = grid.day.span(trade.delivery_start_ns, trade.delivery_end_ns)
        mw, part = contract_mw(trade, grid.day, span=span), slice(*span)
        rights.volume[part] += mw
        if PRODUCTS[trade.product].pays_premium:
            rights.paid_usd[part] += mw * trade.price_usd_per_mwh * grid.hours_per_interval
    return found


def quotes_on(
    market: MarketBook, grid: DeliveryDay, terms: Terms, places: tuple[int, ...], marks: Matrix
) -> Quotes:
    """Return what a payoff is made from on a day, at marks by place and interval made anew."""
    contingent, day, run = market.contingent, grid.day, grid.trade_run(terms.run)
    congestion, charged = np.full(marks.shape, np.nan), 0.0
    if run == DA and len(places) > 1:
        congestion = np.array([contingent.congestion.at(day, place) for place in places])
    if terms.hours:
        unit = market.tables.resources.records[terms.resource]
        charged = terms.hours * contingent.charges.share(day.day, unit)
    columns, whole = np.array(places), slice(0, day.intervals)
    return Quotes(
        mark=marks,
        lmp=grid.prices.published[run][columns],
        congestion=congestion,
        deviation=contingent.time_value.of_day(grid, terms, columns, whole),
        hours=grid.hours_per_interval,
        charged_hours=charged,
        delivers=terms.of_day(day),
    )
