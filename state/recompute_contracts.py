"""Contracts of some books as the recompute takes them: as columns, or one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from state.holdings import settlement_run
from state.market_book import MarketBook
from state.messages import Block, FloatColumn, ProductTrade, Trade
from state.prices import FMM, RTD
from state.products import PRODUCTS

Numbers = NDArray[np.int64]

BLOCKS = (Block.FLAT, Block.ON_PEAK, Block.OFF_PEAK)


@dataclass
class BlockTrades:
    """Flat contracts with MW of their own, as columns.

    Attributes:
        group: (block × 2 + whether they are financial) × 3 + the run they settle at.
        row: of their book and location, −1 where there is none.
        line: the same.
    """

    group: Numbers
    row: Numbers
    line: Numbers
    start_ns: Numbers
    end_ns: Numbers
    mw: FloatColumn
    usd_per_h: FloatColumn


@dataclass
class Contracts:
    """The contracts of some books in one market.

    Attributes:
        flat: with MW of their own, the same in every hour.
        other: shaped and as-generated ones.
        given_rows: rows that hold legs of structured products, which are taken as they stand.
    """

    flat: BlockTrades
    other: list[Trade]
    given_rows: set[int]


def contracts_of(market: MarketBook, trades: list[Trade]) -> Contracts:
    """Sort the contracts that some books hold in a market."""
    flat: list[tuple[Any, ...]] = []
    other: list[Trade] = []
    given: set[int] = set()
    for trade in trades:
        if isinstance(trade, ProductTrade):
            places = {
                trade.location,
                *(leg.location for leg in PRODUCTS[trade.product].legs(trade)),
            }
            given.update(row_of(market, trade.book, place) for place in places)
        elif len(trade.profile_mw) or PRODUCTS[trade.product].as_generated:
            other.append(trade)
        else:
            flat.append(_columns(market, trade))
    for held in market.contingent.days.values():
        given.update(row for terms in held.lines for row in terms.rows)
    columns = list(zip(*flat, strict=True)) or [()] * 7
    whole = (np.array(each, dtype=np.int64) for each in columns[:5])
    group, row, line, start_ns, end_ns = whole
    mw, usd_per_h = (np.array(each, dtype=np.float64) for each in columns[5:])
    flat_trades = BlockTrades(group, row, line, start_ns, end_ns, mw, usd_per_h)
    return Contracts(flat_trades, other, given - {-1})


def _columns(market: MarketBook, trade: Trade) -> tuple[Any, ...]:
    tables, run, mw = market.tables, run_of(market, trade), trade.quantity_mw
    financial = PRODUCTS[trade.product].financial
    book, place = market.books.index(trade.book), tables.locations.index[trade.location]
    return (
        (BLOCKS.index(trade.block) * 2 + financial) * 3 + run,
        tables.rows.index.get((book, place), -1),
        tables.lines.index.get((book, place, run, financial), -1),
        trade.delivery_start_ns,
        trade.delivery_end_ns,
        mw,
        mw * trade.price_usd_per_mwh,
    )


def run_of(market: MarketBook, trade: Trade) -> int:
    """Return the run a contract settles at here."""
    run = settlement_run(trade.settles_at)
    return run if market.tables.has_fmm or run != FMM else RTD


def row_of(market: MarketBook, book: str, location: str) -> int:
    """Return a book's row at a location; −1 where there is none."""
    place = market.tables.locations.index[location]
    return market.tables.rows.index.get((market.books.index(book), place), -1)


def line_of(market: MarketBook, trade: Trade) -> int:
    """Return the line of a contract of whole hours; −1 where there is none."""
    place = market.tables.locations.index[trade.location]
    financial = PRODUCTS[trade.product].financial
    key = (market.books.index(trade.book), place, run_of(market, trade), financial)
    return market.tables.lines.index.get(key, -1)
