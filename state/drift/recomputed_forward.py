"""The forward position of a market anew, from its contracts and outlooks.

What a contract delivers in a month is a difference of two running counts of hours
(``state.drift.clock``); days are never visited one by one, but for payoffs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from state.arrays import Matrix
from state.drift.clock import Clock, clock_of
from state.drift.contracts import cells_of, common_block, key_of
from state.drift.rights_beyond import add_rights, linear_parts
from state.market.book import MarketBook
from state.market.forward import ForwardBook
from state.market.horizon import BLOCKS, HORIZON_DAYS
from state.messages import Block, FloatColumn, ResourceKind, Trade, VolumeOutlook
from state.moments import HOUR_NS
from state.products import PRODUCTS

_AT_ONCE = 20_000
"""Contracts × months that are looked at in one go: more would only fill the memory."""


@dataclass
class _Entries:
    """Deliveries at constant MW, as columns: rows of the forward book by block."""

    key: list[tuple[int, int]] = field(default_factory=list)
    block: list[Block] = field(default_factory=list)
    start_ns: list[int] = field(default_factory=list)
    end_ns: list[int] = field(default_factory=list)
    mw: list[float] = field(default_factory=list)
    usd_per_h: list[float] = field(default_factory=list)

    def add(
        self, key: tuple[int, int], block: Block, span: tuple[int, int], mw: float, usd_per_h: float
    ) -> None:
        if span[0] < span[1]:
            self.key.append(key)
            self.block.append(block)
            self.start_ns.append(span[0])
            self.end_ns.append(span[1])
            self.mw.append(mw)
            self.usd_per_h.append(usd_per_h)


@dataclass
class ForwardAnew:
    """MWh, cost and mark by row and month, and what each is the sum of without signs.

    Attributes:
        unplaced_mwh: what belongs to rows that the kept book has not, without signs.
    """

    mwh: Matrix
    cost_usd: Matrix
    mark: Matrix
    gross_mwh: Matrix
    gross_usd: Matrix
    unplaced_mwh: float


def forward_anew(
    market: MarketBook, forward: ForwardBook, books: set[str], mine: list[Trade]
) -> ForwardAnew:
    """Recompute the forward book of some books in a market, row by row of the one that is kept.

    ``mine`` are the contracts of these books. Rows of other books are zero and have no mark.
    """
    clock = clock_of(market.calendar, forward.origin)
    shape = (len(forward.keys), len(forward.months))
    summed = np.zeros((4, *shape))
    begin_ns = clock.edge_ns(forward.first)
    ahead = [trade for trade in mine if trade.delivery_end_ns > begin_ns]
    linear = [part for trade in ahead for part in linear_parts(trade)]
    entries, unplaced = _entries(market, forward, linear, books), 0.0
    for block in BLOCKS:
        unplaced += _add_block(summed, block, entries, forward, clock)
    for trade in linear:
        if len(trade.profile_mw):
            _add_shaped(summed, trade, market, forward, clock)
    unplaced += add_rights(summed, market, forward, clock, ahead)
    names = market.tables.locations.names
    marks = np.full(shape, np.nan)
    for row, (book, hub, block) in enumerate(forward.keys):
        if market.books[book] in books:
            own = (forward.marks.get((names[hub], block, month)) for month in forward.months)
            marks[row] = [np.nan if mark is None else mark for mark in own]
    return ForwardAnew(summed[0], summed[1], marks, summed[2], summed[3], unplaced)


def _entries(
    market: MarketBook, forward: ForwardBook, trades: list[Trade], books: set[str]
) -> _Entries:
    entries = _Entries()
    outlooks = market.contracts.outlooks
    for trade in trades:
        key, span = key_of(market, trade.book, trade.location), _span_of(trade)
        price = trade.price_usd_per_mwh
        if not PRODUCTS[trade.product].as_generated:
            if not len(trade.profile_mw):
                mw = trade.quantity_mw
                entries.add(key, trade.block, span, mw, mw * price)
        elif trade.resource in outlooks and not len(trade.profile_mw):
            for block, months, mw in cells_of(outlooks[trade.resource], forward):
                both = common_block(trade.block, block)
                part = (max(span[0], months[0]), min(span[1], months[1]))
                if both is not None:
                    entries.add(key, both, part, 0.0, trade.quantity_mw * price * mw)
    for outlook in outlooks.values():
        record = market.tables.resources.records[market.tables.resources.index[outlook.resource]]
        if record.book not in books:
            continue
        sign = -1.0 if record.resource_kind is ResourceKind.LOAD else 1.0
        key = key_of(market, record.book, record.location)
        for block, months, mw in cells_of(outlook, forward):
            entries.add(key, block, months, sign * mw, 0.0)
    return entries


def _span_of(trade: Trade) -> tuple[int, int]:
    return trade.delivery_start_ns, trade.delivery_end_ns


def _outlook_mw(outlook: VolumeOutlook | None, block: Block, forward: ForwardBook) -> FloatColumn:
    """Return the MW that an outlook tells of a block by month; 0 where it tells none."""
    found = np.zeros(len(forward.months))
    cells = zip(outlook.blocks, outlook.months, outlook.mw, strict=True) if outlook else ()
    for own, month, mw in cells:
        if np.isfinite(mw) and month in forward.months and own in (Block.FLAT, block):
            found[forward.months.index(month)] = mw
    return found


def _month_edges(forward: ForwardBook, clock: Clock) -> list[int]:
    """Return when each month begins to count, and when the last one ends, ns."""
    first_ns = clock.edge_ns(forward.first)
    edges = [max(first_ns, forward.horizon.month_span_ns(month)[0]) for month in forward.months]
    return [*edges, max(first_ns, clock.edge_ns(HORIZON_DAYS))]


def _add_block(
    summed: Matrix,
    block: Block,
    entries: _Entries,
    forward: ForwardBook,
    clock: Clock,
) -> float:
    """Add what the entries deliver in a block; return the MWh of rows there are not."""
    chosen = [
        number for number, own in enumerate(entries.block) if own is Block.FLAT or own is block
    ]
    if not chosen:
        return 0.0
    rows = np.array([forward.keys.get((*entries.key[n], block), -1) for n in chosen])
    start, end = (
        np.array(column, dtype=np.int64)[chosen] for column in (entries.start_ns, entries.end_ns)
    )
    mw, usd = (np.array(column)[chosen] for column in (entries.mw, entries.usd_per_h))
    edges = np.array(_month_edges(forward, clock), dtype=np.int64)
    months, unplaced = int(np.searchsorted(edges[:-1], end.max())), 0.0
    width = max(1, _AT_ONCE // len(chosen))
    for first in range(0, months, width):
        last = min(first + width, months)
        begins, ends = edges[first:last], edges[first + 1 : last + 1]
        hours = clock.hours_until(block, np.clip(end[:, None], begins, ends))
        hours -= clock.hours_until(block, np.clip(start[:, None], begins, ends))
        held = (rows >= 0)[:, None] & (hours > 0.0)
        shape = summed.shape[1], last - first
        cells = (rows[:, None] * shape[1] + np.arange(shape[1]))[held]
        for part, weight in enumerate((mw, usd, np.abs(mw), np.abs(usd))):
            amounts = np.bincount(cells, (weight[:, None] * hours)[held], shape[0] * shape[1])
            summed[part, :, first:last] += amounts.reshape(shape)
        unplaced += float(np.add.reduce((np.abs(mw)[:, None] * hours)[rows < 0], axis=None))
    return unplaced


def _add_shaped(
    summed: Matrix, trade: Trade, market: MarketBook, forward: ForwardBook, clock: Clock
) -> None:
    """Add a contract with a value an hour: its MW, or its share of what an outlook tells."""
    start_ns, end_ns = _span_of(trade)
    marks = np.arange(clock.begin_ns, end_ns, HOUR_NS)
    starts = np.union1d(np.arange(start_ns, end_ns, HOUR_NS), marks[marks > start_ns])
    lengths = np.diff(np.append(starts, end_ns)) / HOUR_NS
    numbers, hours = (starts - clock.begin_ns) // HOUR_NS, (starts - start_ns) // HOUR_NS
    inside = (starts >= clock.edge_ns(forward.first)) & (numbers < len(clock.on_peak))
    inside &= hours < len(trade.profile_mw)
    if not inside.any():
        return
    numbers, hours, starts = (each[inside] for each in (numbers, hours, starts))
    months = np.searchsorted(_month_edges(forward, clock)[:-1], starts, side="right") - 1
    key = key_of(market, trade.book, trade.location)
    for block in BLOCKS:
        row = forward.keys.get((*key, block), -1)
        wanted = clock.on_peak[numbers] == (block is Block.ON_PEAK)
        if row < 0 or trade.block not in (Block.FLAT, block):
            continue
        mwh = np.where(wanted, trade.profile_mw[hours] * lengths[inside], 0.0)
        usd = mwh * trade.price_usd_per_mwh
        if PRODUCTS[trade.product].as_generated:
            outlook = market.contracts.outlooks.get(trade.resource)
            mwh, usd = 0.0 * mwh, usd * _outlook_mw(outlook, block, forward)[months]
        for part, amounts in enumerate((mwh, usd, np.abs(mwh), np.abs(usd))):
            summed[part, row] += np.bincount(months, amounts, summed.shape[2])
