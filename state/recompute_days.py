"""A market day anew: every figure from contracts, volumes, published prices and the curve.

It is the definition of docs/meanings.md in one pass over whole arrays, and shares no code with
the running figures but what turns one record into MW. ``state.drift`` holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from state.delivery_day import DeliveryDay
from state.holdings import settlement_run
from state.market_book import MarketBook
from state.messages import Block, FloatColumn, Trade
from state.prices import DA, FMM, LOAD, RTD
from state.products import PRODUCTS
from state.products.product import contract_mw
from state.risk.factors import DAY_ON_DAY, FMM_LESS_DA, KINDS, RTD_LESS_DA, RTD_LESS_FMM
from state.volumes import (
    FORECAST,
    METERED,
    OUTLOOK,
    SCHEDULED_DA,
    SCHEDULED_FMM,
    SCHEDULED_RTD,
)

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]

_PHYSICAL, _FINANCIAL = range(2)
_BLOCKS = (Block.FLAT, Block.ON_PEAK, Block.OFF_PEAK)


@dataclass
class BlockTrades:
    """The flat contracts of a market with MW of their own, as columns.

    Attributes:
        group: their block, whether they are financial, and the run they settle at, as one number.
    """

    group: NDArray[np.int64]
    row: NDArray[np.int64]
    start_ns: NDArray[np.int64]
    end_ns: NDArray[np.int64]
    mw: FloatColumn
    usd_per_h: FloatColumn


@dataclass
class DayAnew:
    """Figures of one day; shapes as in ``DeliveryDay``.

    Attributes:
        gross_mw: what the MW of a row are the sum of, without signs.
        gross_usd: the same of its value, by row and interval.
    """

    legs: Matrix
    open: Matrix
    value: Matrix
    exposure: Matrix
    realised: Flags
    gross_mw: FloatColumn
    gross_usd: Matrix


def simple_trades(market: MarketBook) -> tuple[BlockTrades, list[Trade]]:
    """Return the flat contracts as columns, and the shaped and as-generated ones as they are."""
    simple: list[tuple[Any, ...]] = []
    other: list[Trade] = []
    for trade in market.contracts.trades.live():
        if len(trade.profile_mw) or PRODUCTS[trade.product].as_generated:
            other.append(trade)
        else:
            simple.append(
                (
                    _group(market, trade), _row(market, trade), trade.delivery_start_ns,
                    trade.delivery_end_ns, trade.quantity_mw,
                    trade.quantity_mw * trade.price_usd_per_mwh,
                )
            )  # fmt: skip
    columns = list(zip(*simple, strict=True)) or [()] * 6
    group, row, start_ns, end_ns = (np.array(each, dtype=np.int64) for each in columns[:4])
    mw, usd_per_h = (np.array(each, dtype=np.float64) for each in columns[4:])
    return BlockTrades(group, row, start_ns, end_ns, mw, usd_per_h), other


def _group(market: MarketBook, trade: Trade) -> int:
    run = settlement_run(trade.settles_at)
    run = run if market.tables.has_fmm or run != FMM else RTD
    financial = _FINANCIAL if PRODUCTS[trade.product].financial else _PHYSICAL
    return (_BLOCKS.index(trade.block) * 2 + financial) * 3 + run


def _row(market: MarketBook, trade: Trade) -> int:
    place = market.tables.locations.index[trade.location]
    return market.tables.rows.index[market.books.index(trade.book), place]


def day_anew(
    market: MarketBook, grid: DeliveryDay, trades: BlockTrades, other: list[Trade]
) -> DayAnew:
    """Recompute one day."""
    return _Recompute(market, grid).figures(trades, other)


class _Recompute:
    """The inputs of one day, summed anew."""

    def __init__(self, market: MarketBook, grid: DeliveryDay) -> None:
        self._market = market
        self._grid = grid
        self._rows = len(market.tables.rows)
        self._hours = grid.hours_per_interval
        shape = (self._rows, grid.day.intervals)
        self._trades = np.zeros((3, *shape))
        self._cost = np.zeros(shape)
        self._virtual = np.zeros(shape)
        self._adjustment = np.zeros(shape)
        self._gross_mw = np.zeros(self._rows)
        self._gross_cost = np.zeros(self._rows)

    def figures(self, trades: BlockTrades, other: list[Trade]) -> DayAnew:
        day, prices = self._grid.day, self._grid.prices.published
        self._add_simple(trades)
        self._expected, known, by_resource = self._volumes()
        for trade in other:
            self._add_other(trade)
        self._add_records()
        volumes = self._by_row(by_resource)
        place = self._market.tables.rows.location
        over = np.arange(day.intervals) < self._grid.delivered
        realised = np.isfinite(prices[RTD]) & over
        published = np.isfinite(prices[:, place])
        legs = self._legs(volumes, known)
        marks = np.nan_to_num(self._marks()[:, place])
        worst = np.max(np.abs(marks), axis=0) * self._hours
        return DayAnew(
            legs=legs,
            open=self._open(volumes, known, published, realised[place]),
            value=np.add.reduce(legs * marks, axis=0) * self._hours - self._cost,
            exposure=self._exposure(legs, published, realised[place]),
            realised=realised,
            gross_mw=self._gross_mw,
            gross_usd=self._gross_mw[:, None] * worst + self._gross_cost[:, None],
        )

    # Contracts -----------------------------------------------------------------------------------

    def _add_simple(self, trades: BlockTrades) -> None:
        day = self._grid.day
        first = np.maximum(0, -(-(trades.start_ns - day.start_ns) // day.step_ns))
        last = np.minimum(day.intervals, -(-(trades.end_ns - day.start_ns) // day.step_ns))
        inside = np.flatnonzero(first < last)
        groups = trades.group[inside]
        for group in np.unique(groups).tolist():
            mine = inside[groups == group]
            block, run = _BLOCKS[group // 6], group % 3
            mask = day.block_mask(block)
            span = (trades.row[mine], first[mine], last[mine])
            self._trades[run] += self._spread(span, trades.mw[mine]) * mask
            self._cost += self._spread(span, trades.usd_per_h[mine]) * mask * self._hours
        rows = trades.row[inside]
        self._gross_mw += np.bincount(rows, np.abs(trades.mw[inside]), self._rows)
        self._gross_cost += np.bincount(rows, np.abs(trades.usd_per_h[inside]), self._rows)

    def _spread(self, span: tuple[NDArray[np.int64], ...], amount: FloatColumn) -> Matrix:
        """Add amounts to their rows from a first to before a last interval."""
        rows, first, last = span
        width = self._grid.day.intervals + 1
        size = self._rows * width
        steps = np.bincount(rows * width + first, amount, size)
        steps -= np.bincount(rows * width + last, amount, size)
        return np.asarray(np.cumsum(steps.reshape(self._rows, width), axis=1)[:, :-1])

    def _add_other(self, trade: Trade) -> None:
        span = self._grid.day.span(trade.delivery_start_ns, trade.delivery_end_ns)
        if span[0] >= span[1]:
            return
        row, part = _row(self._market, trade), slice(*span)
        mw = contract_mw(trade, self._grid.day, span=span)
        if PRODUCTS[trade.product].as_generated:
            plant = self._market.tables.resources.index[trade.resource]
            mw = mw * self._expected[plant, part]
        else:
            self._trades[_group(self._market, trade) % 3, row, part] += mw
            self._gross_mw[row] += float(np.max(np.abs(mw)))
        usd = mw * trade.price_usd_per_mwh * self._hours
        self._cost[row, part] += usd
        self._gross_cost[row] += float(np.max(np.abs(usd)))

    def _add_records(self) -> None:
        contracts, day = self._market.contracts, self._grid.day
        for row in contracts.awarded_rows():
            self._virtual[row] = contracts.virtual_mw(day, row)
        for row in contracts.adjusted_rows():
            self._adjustment[row] = contracts.adjustment_mw(day, row)
        for column in (self._virtual, self._adjustment):
            self._gross_mw += np.max(np.abs(column), axis=1, initial=0.0)

    # Volumes -------------------------------------------------------------------------------------

    def _volumes(self) -> tuple[Matrix, Flags, Matrix]:
        """Return expected volume, where the schedule is known, and legs by resource."""
        volumes = self._grid.volumes
        stage, load = volumes.stage, volumes.is_load[:, None]
        known = np.isfinite(stage[SCHEDULED_DA]).any(axis=0)
        planned = _first(_first(stage[FORECAST], stage[OUTLOOK]), stage[SCHEDULED_DA])
        planned = np.where(load, planned, np.minimum(planned, self._available()))
        fmm, rtd = (np.where(load, np.nan, stage[run]) for run in (SCHEDULED_FMM, SCHEDULED_RTD))
        expected = np.nan_to_num(_first(_first(stage[METERED], rtd), _first(fmm, planned)))
        day_ahead = np.nan_to_num(stage[SCHEDULED_DA])
        base = _first(fmm, day_ahead)
        legs = np.zeros((4, *expected.shape))
        legs[DA] = np.where(known, day_ahead, expected) * np.where(load, -1.0, 1.0)
        legs[FMM] = np.where(known & ~load, base - day_ahead, 0.0)
        legs[RTD] = np.where(known & ~load, expected - base, 0.0)
        legs[LOAD] = np.where(known & load, day_ahead - expected, 0.0)
        return expected, known, legs

    def _available(self) -> Matrix:
        records = self._market.tables.resources.records
        names = (record.resource for record in records)
        limits = [self._market.contracts.available_mw(self._grid.day, name) for name in names]
        return np.array(limits).reshape(len(records), self._grid.day.intervals)

    def _by_row(self, by_resource: Matrix) -> Matrix:
        summed = np.zeros((4, self._rows, self._grid.day.intervals))
        largest = np.nan_to_num(np.abs(self._grid.volumes.stage)).max(axis=(0, 2), initial=0.0)
        for resource, row in enumerate(self._market.tables.resources.row):
            summed[:, row] += by_resource[:, resource]
            self._gross_mw[row] += largest[resource]
        return summed

    # Figures -------------------------------------------------------------------------------------

    def _legs(self, volumes: Matrix, known: Flags) -> Matrix:
        legs = volumes.copy()
        legs[:LOAD] += self._trades
        legs[DA] += np.where(known, 0.0, self._adjustment) - self._virtual
        legs[RTD] += np.where(known, self._adjustment, 0.0)
        legs[FMM if self._market.tables.has_fmm else RTD] += self._virtual
        return legs

    def _open(self, volumes: Matrix, known: Flags, published: Flags, realised: Flags) -> Matrix:
        late = self._trades[RTD] + volumes[RTD] + volumes[LOAD]
        fmm = np.where(published[FMM], 0.0, self._trades[FMM])
        kept = fmm + np.where(realised, 0.0, late)
        before = self._trades[DA] + volumes[DA] + self._adjustment + kept
        after = kept + np.where(realised, 0.0, self._adjustment)
        liquidated = published[FMM if self._market.tables.has_fmm else RTD]
        virtual = np.where(liquidated, 0.0, self._virtual)
        return np.where(known, after, before) + virtual

    def _marks(self) -> Matrix:
        prices, day = self._grid.prices, self._grid.day
        marks = np.empty((4, *prices.curve.shape))
        marks[DA] = _first(prices.published[DA], prices.curve)
        marks[FMM] = _first(prices.published[FMM], marks[DA])
        marks[RTD] = _first(prices.published[RTD], marks[FMM])
        weight = self._market.tables.fmm_weight
        mix = weight * marks[FMM] + (1.0 - weight) * marks[RTD] if weight else marks[RTD]
        mean = np.add.reduce(mix.reshape(len(mix), day.hours, day.per_hour), axis=2) / day.per_hour
        marks[LOAD] = np.repeat(mean, day.per_hour, axis=1)
        return marks

    def _exposure(self, legs: Matrix, published: Flags, realised: Flags) -> Matrix:
        weight, (da, fmm, rtd) = self._market.tables.fmm_weight, published
        early = np.where(fmm, 0.0, legs[FMM] + weight * legs[LOAD])
        late = np.where(rtd, 0.0, legs[RTD] + (1.0 - weight) * legs[LOAD])
        exposed = np.zeros((KINDS, *da.shape))
        exposed[DAY_ON_DAY] = np.where(da, 0.0, legs[DA] + early + late)
        exposed[FMM_LESS_DA] = np.where(da, early, 0.0)
        exposed[RTD_LESS_DA] = np.where(da & ~fmm, late, 0.0)
        exposed[RTD_LESS_FMM] = np.where(da & fmm, late, 0.0)
        exposed[:, realised] = 0.0
        by_hour = exposed.reshape(KINDS, self._rows, self._grid.day.hours, self._grid.day.per_hour)
        return np.asarray(np.add.reduce(by_hour, axis=3) * self._hours)


def _first(one: Matrix, other: Matrix) -> Matrix:
    return np.where(np.isnan(one), other, one)


def by_book(market: MarketBook, amounts: Matrix) -> FloatColumn:
    """Sum amounts by row and interval over the books."""
    rows = market.tables.rows
    moved = np.add.reduce(amounts, axis=1)
    return np.bincount(rows.book, moved, len(market.books)).astype(np.float64)


def days_anew(market: MarketBook) -> Iterator[tuple[DeliveryDay, DayAnew]]:
    """Recompute every day a market holds."""
    trades, other = simple_trades(market)
    for grid in market.days.values():
        yield grid, day_anew(market, grid, trades, other)
