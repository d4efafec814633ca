"""How contracts and outlooks enter a market day and the forward book.

Everything enters with a sign: +1 brings it in, −1 takes the same amounts out again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from state.arrays import Matrix
from state.contracts.columns import Form
from state.market.delivery_day import DeliveryDay
from state.market.forward import ForwardBook
from state.market.horizon import BLOCKS, Horizon
from state.market.prices import DA, RUN_INDEX
from state.market.tables import MarketTables
from state.market.volume_loops import OUTLOOK
from state.messages import (
    Block,
    FloatColumn,
    ProductTrade,
    ResourceKind,
    SettlesAt,
    Trade,
    VolumeOutlook,
)
from state.moments import HOUR_NS
from state.products import PRODUCTS
from state.products.product import contract_mw, net_price

if TYPE_CHECKING:
    from state.contracts.contingent import Contingent


BLOCK_NUMBER = {block: number for number, block in enumerate(Block)}
"""Place of each block among them all."""

SETTLEMENT = {"curve": DA, **{str(run): number for run, number in RUN_INDEX.items()}}
"""The run an intraday contract settles at, by what it says; one on the curve, day-ahead."""


def settlement_run(settles_at: SettlesAt) -> int:
    """Return the run an intraday contract says (``MarketTables.trade_run``: what that is here)."""
    return SETTLEMENT[settles_at]


def is_flat(form: Form) -> bool:
    """Say whether contracts of a form have MW of their own, the same in every hour of a block."""
    return not form.terms and not PRODUCTS[form.product].as_generated


def enter_trade(
    day: DeliveryDay, trade: Trade, sign: float, *, row: int, tables: MarketTables
) -> None:
    """Enter a contract's part of one day by interval."""
    span = day.day.span(trade.delivery_start_ns, trade.delivery_end_ns)
    amount = sign * contract_mw(trade, day.day, span=span)
    product = PRODUCTS[trade.product]
    if product.as_generated:
        rate = np.zeros(day.day.intervals)
        rate[span[0] : span[1]] = amount * trade.price_usd_per_mwh
        day.add_as_generated(tables.resources.index[trade.resource], row, rate)
        return
    day.add_trade(
        row,
        settlement_run(trade.settles_at),
        amount,
        span=span,
        price=trade.price_usd_per_mwh,
        financial=product.financial,
    )


def enter_outlook(day: DeliveryDay, resource: int, outlook: VolumeOutlook | None) -> None:
    """Give a resource the outlook of the day's month as its least forecast."""
    mw = np.full(day.day.intervals, np.nan)
    month = day.day.day.strftime("%Y-%m")
    if outlook is not None:
        for own, block, amount in zip(outlook.months, outlook.blocks, outlook.mw, strict=True):
            if own == month and np.isfinite(amount):
                mw[day.day.block_mask(block)] = amount
    day.volumes.stage[OUTLOOK, resource] = mw
    day.refresh_volume([resource], (0, day.day.intervals))


def merged(known: VolumeOutlook | None, outlook: VolumeOutlook) -> VolumeOutlook:
    """Lay a new outlook over the known one, month by month and block by block.

    A flat cell is one on-peak and one off-peak; NaN leaves what was there.
    """
    cells: dict[tuple[str, Block], float] = {}
    for source in (known, outlook):
        for month, block, mw in known_cells(source) if source else ():
            for part in BLOCKS if block is Block.FLAT else (block,):
                cells[month, part] = mw
    return VolumeOutlook(
        resource=outlook.resource,
        months=tuple(month for month, _ in cells),
        blocks=tuple(block for _, block in cells),
        mw=np.array(list(cells.values())),
        received_at_ns=outlook.received_at_ns,
    )


class ForwardEntries:
    """Enters contracts and outlooks into a market's forward book.

    Args:
        forward: the book.
        tables: the market's.
        books: names of the company's books.
        contingent: takes the floors of as-generated contracts.
    """

    def __init__(
        self,
        forward: ForwardBook,
        tables: MarketTables,
        books: list[str],
        contingent: Contingent,
    ) -> None:
        self._forward = forward
        self._horizon = forward.horizon
        self._contingent = contingent
        self._tables = tables
        self._books = books

    def trade(self, trade: Trade, sign: float) -> None:
        """Enter a contract with MW of its own."""
        mw: FloatColumn | float = float(trade.quantity_mw)
        if len(trade.profile_mw):
            mw = trade.profile_mw
        for block in BLOCKS:
            at, mwh = self._horizon.block_mwh(
                block, trade.delivery_start_ns, trade.delivery_end_ns, mw, of=trade.block
            )
            cost = sign * mwh * trade.price_usd_per_mwh
            self._add(trade.book, trade.location, block, at=at, mwh=sign * mwh, cost=cost)

    def outlook(self, outlook: VolumeOutlook, sign: float) -> None:
        """Enter what a resource is expected to supply or, as a load, to need."""
        record = self._tables.resources.records[self._tables.resources.index[outlook.resource]]
        direction = -sign if record.resource_kind is ResourceKind.LOAD else sign
        horizon, told = self._horizon, mw_by_month(outlook, self._horizon.months)
        months = np.flatnonzero(np.isfinite(told).any(axis=0))
        if not len(months):
            return
        begin, end = horizon.month_edges[months[0]], horizon.month_edges[months[-1] + 1]
        month_of, cost = horizon.month_of[begin:end], np.zeros(end - begin)
        for part, mw in zip(BLOCKS, direction * np.nan_to_num(told), strict=True):
            mwh = mw[month_of] * horizon.hours[part][begin:end]
            self._add(record.book, record.location, part, at=begin, mwh=mwh, cost=cost)

    def generation(self, trade: Trade, outlook: VolumeOutlook, sign: float) -> None:
        """Enter what an as-generated contract will cost by the resource's outlook."""
        if not PRODUCTS[trade.product].as_generated:
            return
        for part, at, mwh in generated_by_day(trade, outlook, self._horizon):
            cost, none = sign * net_price(trade) * mwh, np.zeros(len(mwh))
            self._add(trade.book, trade.location, part, at=at, mwh=none, cost=cost)
            if isinstance(trade, ProductTrade):
                self._contingent.add_forward(trade, part, at=at, mwh=sign * mwh)

    def _add(
        self,
        book: str,
        location: str,
        block: Block,
        *,
        at: int,
        mwh: FloatColumn,
        cost: FloatColumn,
    ) -> None:
        table = self._tables.locations
        place = table.index[location]
        place = table.beyond(place)
        key = (self._books.index(book), place, block)
        self._forward.add(key, table.names[place], mwh, cost, at=at)


def generated_by_day(
    trade: Trade, outlook: VolumeOutlook, horizon: Horizon
) -> Iterator[tuple[Block, int, FloatColumn]]:
    """Yield what an as-generated contract takes of its resource's outlook.

    Returns:
        Block, number of the first day since the horizon's origin, and MWh by day; a block and a
        day may come more than once.
    """
    for month, block, mw in known_cells(outlook):
        start_ns, end_ns = horizon.month_span_ns(month)
        start_ns = max(start_ns, trade.delivery_start_ns)
        end_ns = min(end_ns, trade.delivery_end_ns)
        if start_ns >= end_ns:
            continue
        share: FloatColumn | float = float(trade.quantity_mw)
        if len(trade.profile_mw):
            share = trade.profile_mw[(start_ns - trade.delivery_start_ns) // HOUR_NS :]
        for part in BLOCKS:
            if trade.block in (Block.FLAT, part):
                at, hours = horizon.block_mwh(part, start_ns, end_ns, share, of=block)
                yield part, at, hours * mw


def known_cells(outlook: VolumeOutlook) -> list[tuple[str, Block, float]]:
    """Return month, block and mean MW of what an outlook tells."""
    columns = zip(outlook.months, outlook.blocks, outlook.mw, strict=True)
    return [(month, block, float(mw)) for month, block, mw in columns if np.isfinite(mw)]


def mw_by_month(outlook: VolumeOutlook, months: Sequence[str]) -> Matrix:
    """Return mean MW of on-peak and of off-peak, shape (2, months); NaN where none is told.

    >>> outlook = VolumeOutlook(resource="A", months=("2026-08",), blocks=(Block.FLAT,),
    ...                         mw=np.array([5.0]))
    >>> mw_by_month(outlook, ["2026-07", "2026-08"])
    array([[nan,  5.],
           [nan,  5.]])
    """
    numbers = {month: number for number, month in enumerate(months)}
    told = np.full((len(BLOCKS), len(months)), np.nan)
    for month, block, mw in known_cells(outlook):
        if month in numbers:
            parts = slice(None) if block is Block.FLAT else BLOCKS.index(block)
            told[parts, numbers[month]] = mw
    return told
