"""Contracts of some books as the recompute takes them: as columns, or one by one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat

import numpy as np

from state.arrays import Flags, Numbers
from state.calendar import MarketDay
from state.contracts.holdings import is_flat, settlement_run
from state.contracts.trades import counts
from state.drift.holders import Holders, market_books
from state.market.book import MarketBook
from state.market.forward import ForwardBook
from state.messages import Block, FloatColumn, ProductTrade, SettlesAt, Trade, VolumeOutlook
from state.products import PRODUCTS

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
class Held:
    """What some books hold in one market.

    Attributes:
        rows: numbers of the rows these books have.
        lines: numbers of their lines.
        contracts: numbers of their contracts that count.
        is_flat: which of these have MW of their own, the same in every hour.
    """

    rows: Numbers
    lines: Numbers
    contracts: Numbers
    is_flat: Flags


@dataclass
class Contracts:
    """The contracts of some books in one market that days are made of, and where they are held.

    Attributes:
        rows: numbers of the rows these books have.
        lines: numbers of their lines.
        flat: with MW of their own, the same in every hour.
        other: shaped and as-generated ones.
        structured: with terms of their product.
    """

    rows: Numbers
    lines: Numbers
    flat: BlockTrades
    other: list[Trade]
    structured: list[ProductTrade]


def held_by(market: MarketBook, books: range, holders: Holders) -> Held:
    """Find what some books hold in a market."""
    columns = market.contracts.trades.columns
    mine = holders.contracts(market, books)
    counting, forms = (
        np.array([says(form) for form in columns.forms], dtype=np.bool_)
        for says in (counts, is_flat)
    )
    form = columns.rows["form"]
    mine = mine[counting[form[mine]]]
    rows, lines = holders.rows(market, books), holders.lines(market, books)
    return Held(rows, lines, mine, forms[form[mine]])


def contracts_of(market: MarketBook, day: MarketDay, held: Held) -> Contracts:
    """Sort the contracts that some books hold in a market, those that are not flat of a day."""
    columns, mine, flat = market.contracts.trades.columns, held.contracts, held.is_flat
    start_ns, end_ns = columns.rows["start_ns"][mine], columns.rows["end_ns"][mine]
    told = ~flat & (start_ns < day.end_ns) & (end_ns > day.start_ns)
    other: list[Trade] = []
    structured: list[ProductTrade] = []
    for trade in columns.trades(mine[told]):
        if isinstance(trade, ProductTrade):
            structured.append(trade)
        elif len(trade.profile_mw) or PRODUCTS[trade.product].as_generated:
            other.append(trade)
    flat_ones = _block_trades(market, mine[flat], (held.rows, held.lines))
    return Contracts(held.rows, held.lines, flat_ones, other, structured)


def options_of(market: MarketBook, books: range, day: MarketDay | None = None) -> int:
    """Count the contracts of some books that a payoff values, all of them or those of a day."""
    columns = market.contracts.trades.columns
    pays = np.array([PRODUCTS[form.product].payoff is not None for form in columns.forms])
    rows = columns.rows[columns.with_terms]
    if not len(rows):
        return 0
    own = market_books(market)[rows["book"]]
    wanted = pays[rows["form"]] & (own >= books.start) & (own < books.stop)
    if day is not None:
        wanted &= (rows["start_ns"] < day.end_ns) & (rows["end_ns"] > day.start_ns)
    return int(np.count_nonzero(wanted))


def told_of(market: MarketBook, held: Held) -> list[Trade]:
    """Return contracts that are not flat, and flat ones that deliver beyond the days."""
    columns, mine = market.contracts.trades.columns, held.contracts
    last_ns = max((grid.day.end_ns for grid in market.days.values()), default=0)
    beyond = columns.rows["end_ns"][mine] > last_ns
    return list(columns.trades(mine[~held.is_flat | beyond]))


def _block_trades(
    market: MarketBook, numbers: Numbers, held: tuple[Numbers, Numbers]
) -> BlockTrades:
    """Return flat contracts as columns.

    Args:
        market: whose.
        numbers: of the contracts.
        held: numbers of the rows and lines that may be theirs.
    """
    columns, index = market.contracts.trades.columns, market.tables.locations.index
    of, kinds = columns.rows, _Kinds(market)
    told = columns.locations.told
    places = np.fromiter(map(index.get, told, repeat(-1)), dtype=np.int64, count=len(told))
    groups = np.array(
        [kinds[form.block, form.product, form.settles_at] for form in columns.forms],
        dtype=np.int64,
    )
    book, place = market_books(market)[of["book"][numbers]], places[of["location"][numbers]]
    group, mw = groups[of["form"][numbers]], of["mw"][numbers]
    rows, lines = market.tables.rows, market.tables.lines
    return BlockTrades(
        group=group,
        row=_numbers((rows.book, rows.location), held[0], (book, place)),
        line=_numbers(
            (lines.book, lines.place, lines.run, lines.financial),
            held[1],
            (book, place, group % 3, group // 3 % 2),
        ),
        start_ns=of["start_ns"][numbers],
        end_ns=of["end_ns"][numbers],
        mw=mw,
        usd_per_h=mw * of["price"][numbers],
    )


class _Kinds(dict[tuple[Block, str, SettlesAt], int]):
    """The group of contracts of a block, product and index."""

    def __init__(self, market: MarketBook) -> None:
        self._trade_run = market.tables.trade_run

    def __missing__(self, kind: tuple[Block, str, SettlesAt]) -> int:
        block, product, settles_at = kind
        run = self._trade_run(settlement_run(settles_at))
        group = (BLOCKS.index(block) * 2 + PRODUCTS[product].financial) * 3 + run
        self[kind] = group
        return group


def _numbers(table: tuple[Numbers, ...], chosen: Numbers, wanted: tuple[Numbers, ...]) -> Numbers:
    """Return where in the chosen rows of a table the wanted columns stand, −1 where they do not."""
    keys, asked = np.zeros(len(chosen), dtype=np.int64), np.zeros(len(wanted[0]), dtype=np.int64)
    for column, own in zip(table, wanted, strict=True):
        part = column[chosen]
        room = 1 + max(np.max(part, initial=0), np.max(own, initial=0))
        keys, asked = keys * room + part, asked * room + own
    order = np.argsort(keys)
    at = np.minimum(np.searchsorted(keys[order], asked), max(len(keys) - 1, 0))
    if not len(keys):
        return np.full(len(asked), -1)
    found = order[at]
    return np.where(keys[found] == asked, chosen[found], -1)


def run_of(market: MarketBook, trade: Trade) -> int:
    """Return the run a contract settles at here."""
    return market.tables.trade_run(settlement_run(trade.settles_at))


def row_of(market: MarketBook, book: str, location: str) -> int:
    """Return a book's row at a location; −1 where there is none."""
    place = market.tables.locations.index[location]
    return market.tables.rows.index.get((market.books.index(book), place), -1)


def key_of(market: MarketBook, book: str, location: str) -> tuple[int, int]:
    """Return numbers of a book, and of the hub that a location counts at beyond the grid."""
    table = market.tables.locations
    return market.books.index(book), table.beyond(table.index[location])


def cells_of(
    outlook: VolumeOutlook, forward: ForwardBook
) -> list[tuple[Block, tuple[int, int], float]]:
    """Return block, edges of the month and mean MW of what an outlook tells."""
    columns = zip(outlook.blocks, outlook.months, outlook.mw.tolist(), strict=True)
    return [
        (block, forward.horizon.month_span_ns(month), mw)
        for block, month, mw in columns
        if np.isfinite(mw)
    ]


def common_block(one: Block, other: Block) -> Block | None:
    """Return the hours two blocks have in common; None if they have none."""
    if one is Block.FLAT or one is other:
        return other
    return one if other is Block.FLAT else None


def line_of(market: MarketBook, trade: Trade) -> int:
    """Return the line of a contract of whole hours; −1 where there is none."""
    place = market.tables.locations.index[trade.location]
    financial = PRODUCTS[trade.product].financial
    key = (market.books.index(trade.book), place, run_of(market, trade), financial)
    return market.tables.lines.find(*key)
