"""Contracts of some books as the recompute takes them: as columns, or one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from state.contracts.holdings import is_flat, settlement_run
from state.contracts.trades import counts
from state.market.book import MarketBook
from state.market.prices import FMM, RTD
from state.messages import Block, FloatColumn, ProductTrade, SettlesAt, Trade
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
        told: all that are not flat, and flat ones that deliver beyond the days, as messages.
        given_rows: rows that hold legs of structured products, which are taken as they stand.
    """

    flat: BlockTrades
    other: list[Trade]
    told: list[Trade]
    given_rows: set[int]


def contracts_of(market: MarketBook, books: range) -> Contracts:
    """Sort the contracts that some books hold in a market."""
    records = market.contracts.trades
    columns, rows = records.columns, records.columns.rows
    known = {name: number for number, name in enumerate(market.books)}
    own = np.array([known[name] for name in columns.books.told], dtype=np.int64)
    wanted = (own >= books.start) & (own < books.stop)
    mine = np.flatnonzero(wanted[rows["book"]])
    counting, forms = (
        np.array([says(form) for form in columns.forms], dtype=np.bool_)
        for says in (counts, is_flat)
    )
    mine = mine[counting[rows["form"][mine]]]
    flat = forms[rows["form"][mine]]
    last_ns = max((grid.day.end_ns for grid in market.days.values()), default=0)
    told = list(columns.trades(mine[~flat | (rows["end_ns"][mine] > last_ns)]))
    other: list[Trade] = []
    given: set[int] = set()
    for trade in told:
        if isinstance(trade, ProductTrade):
            given.update(row_of(market, trade.book, place) for place in places_of(trade))
        elif len(trade.profile_mw) or PRODUCTS[trade.product].as_generated:
            other.append(trade)
    for held in market.contingent.days.values():
        given.update(row for terms in held.lines for row in terms.rows)
    return Contracts(_block_trades(market, own, mine[flat]), other, told, given - {-1})


def places_of(trade: ProductTrade) -> set[str]:
    """Return the locations at which a contract holds anything."""
    return {trade.location, *(leg.location for leg in PRODUCTS[trade.product].legs(trade))}


def _block_trades(market: MarketBook, books: Numbers, numbers: Numbers) -> BlockTrades:
    """Return flat contracts as columns; ``books`` tells the market's book of each named one."""
    columns, index = market.contracts.trades.columns, market.tables.locations.index
    chosen, kinds = columns.rows[numbers], _Kinds(market)
    places = np.array([index.get(name, -1) for name in columns.locations.told], dtype=np.int64)
    groups = np.array(
        [kinds[form.block, form.product, form.settles_at] for form in columns.forms],
        dtype=np.int64,
    )
    book, place, group = books[chosen["book"]], places[chosen["location"]], groups[chosen["form"]]
    mw = chosen["mw"].copy()
    rows, lines = market.tables.rows, market.tables.lines
    return BlockTrades(
        group=group,
        row=_numbers((rows.book, rows.location), (book, place)),
        line=_numbers(
            (lines.book, lines.place, lines.run, lines.financial),
            (book, place, group % 3, group // 3 % 2),
        ),
        start_ns=chosen["start_ns"].copy(),
        end_ns=chosen["end_ns"].copy(),
        mw=mw,
        usd_per_h=mw * chosen["price"],
    )


class _Kinds(dict[tuple[Block, str, SettlesAt], int]):
    """The group of contracts of a block, product and index."""

    def __init__(self, market: MarketBook) -> None:
        self._has_fmm = market.tables.has_fmm

    def __missing__(self, kind: tuple[Block, str, SettlesAt]) -> int:
        block, product, settles_at = kind
        run = _run(settles_at, has_fmm=self._has_fmm)
        group = (BLOCKS.index(block) * 2 + PRODUCTS[product].financial) * 3 + run
        self[kind] = group
        return group


def _numbers(table: tuple[Numbers, ...], wanted: tuple[Numbers, ...]) -> Numbers:
    """Return where in the columns of a table the wanted columns stand, −1 where they do not."""
    held = np.isin(table[0], np.unique(wanted[0]))
    chosen = np.flatnonzero(held)
    keys, asked = np.zeros(len(chosen), dtype=np.int64), np.zeros(len(wanted[0]), dtype=np.int64)
    for column, own in zip(table, wanted, strict=True):
        room = 1 + max(np.max(column, initial=0), np.max(own, initial=0))
        keys, asked = keys * room + column[chosen], asked * room + own
    order = np.argsort(keys)
    at = np.minimum(np.searchsorted(keys[order], asked), max(len(keys) - 1, 0))
    if not len(keys):
        return np.full(len(asked), -1)
    found = order[at]
    return np.where(keys[found] == asked, chosen[found], -1)


def run_of(market: MarketBook, trade: Trade) -> int:
    """Return the run a contract settles at here."""
    return _run(trade.settles_at, has_fmm=market.tables.has_fmm)


def _run(settles_at: SettlesAt, *, has_fmm: bool) -> int:
    run = settlement_run(settles_at)
    return run if has_fmm or run != FMM else RTD


def row_of(market: MarketBook, book: str, location: str) -> int:
    """Return a book's row at a location; −1 where there is none."""
    place = market.tables.locations.index[location]
    return market.tables.rows.index.get((market.books.index(book), place), -1)


def line_of(market: MarketBook, trade: Trade) -> int:
    """Return the line of a contract of whole hours; −1 where there is none."""
    place = market.tables.locations.index[trade.location]
    financial = PRODUCTS[trade.product].financial
    key = (market.books.index(trade.book), place, run_of(market, trade), financial)
    return market.tables.lines.find(*key)
