"""A market day anew: every figure from contracts, volumes, published prices and the curve.

It is the definition of docs/meanings.md in one pass over whole arrays, and shares no code with
the running figures but what turns one record into MW. ``state.drift.days`` compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from state.arrays import Flags, Matrix, Numbers
from state.drift.contracts import BLOCKS, BlockTrades, Contracts, row_of, run_of
from state.drift.recomputed_lines import whole_hours
from state.drift.rights import Entry, legs_of, linear_legs, quotes_on, rights_on
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.prices import DA, FMM, LOAD, RTD
from state.market.volume_loops import (
    FORECAST,
    METERED,
    OUTLOOK,
    SCHEDULED_DA,
    SCHEDULED_FMM,
    SCHEDULED_RTD,
)
from state.messages import FloatColumn, ProductTrade, Trade
from state.products import PRODUCTS
from state.products.product import contract_mw, net_price
from state.risk.kinds import DAY_ON_DAY, FMM_LESS_DA, KINDS, RTD_LESS_DA, RTD_LESS_FMM


@dataclass
class DayAnew:
    """Figures of some rows of one day; shapes as in ``DeliveryDay``.

    Attributes:
        realised: by row and interval.
        gross_mw: what the MW of a row are the sum of, without signs.
        gross_usd: the same of its value, by row and interval.
        unplaced_mw: MW of contracts whose row there is not, without signs.
    """

    legs: Matrix
    open: Matrix
    value: Matrix
    exposure: Matrix
    realised: Flags
    gross_mw: FloatColumn
    gross_usd: Matrix
    unplaced_mw: float


def day_anew(market: MarketBook, grid: DeliveryDay, contracts: Contracts) -> DayAnew:
    """Recompute the rows of some books on one day."""
    return _Recompute(market, grid, contracts.rows).figures(contracts)


class _Recompute:
    """The inputs of one day, summed anew."""

    def __init__(self, market: MarketBook, grid: DeliveryDay, rows: Numbers) -> None:
        self._market = market
        self._grid = grid
        self._rows = len(rows)
        self._numbers = rows
        self._local = np.full(len(market.tables.rows) + 1, -1)  # the last: a row there is not
        self._local[rows] = np.arange(len(rows))
        self._unplaced_mw = 0.0
        self._hours = grid.hours_per_interval
        shape = (self._rows, grid.day.intervals)
        self._trades = np.zeros((3, *shape))
        self._cost = np.zeros(shape)
        self._virtual = np.zeros(shape)
        self._adjustment = np.zeros(shape)
        self._gross_mw = np.zeros(self._rows)
        self._gross_cost = np.zeros(self._rows)

    def figures(self, contracts: Contracts) -> DayAnew:
        day, prices = self._grid.day, self._grid.prices.published
        self._add_flat(contracts.flat)
        self._expected, known, by_resource = self._volumes()
        for trade in contracts.other:
            self._add_other(trade)
        self._add_records()
        volumes = self._by_row(by_resource)
        place = self._market.tables.rows.location[self._numbers]
        marks = self._marks(place)
        self._add_structured(contracts.structured, marks)
        over = np.arange(day.intervals) < self._grid.delivered
        realised = np.isfinite(prices[RTD, place]) & over
        published = np.isfinite(prices[:, place])
        legs = self._legs(volumes, known)
        opened = self._open(volumes, known, published, realised)
        marks = np.nan_to_num(marks)
        worst = np.max(np.abs(marks), axis=0) * self._hours
        return DayAnew(
            legs=legs,
            open=opened,
            value=np.add.reduce(legs * marks, axis=0) * self._hours - self._cost,
            exposure=self._exposure(legs, published, realised),
            realised=realised,
            gross_mw=self._gross_mw,
            gross_usd=self._gross_mw[:, None] * worst + self._gross_cost[:, None],
            unplaced_mw=self._unplaced_mw,
        )

    # Contracts -----------------------------------------------------------------------------------

    def _add_flat(self, trades: BlockTrades) -> None:
        day = self._grid.day
        _, _, whole = whole_hours(self._grid, trades)
        first = np.maximum(0, -(-(trades.start_ns - day.start_ns) // day.step_ns))
        last = np.minimum(day.intervals, -(-(trades.end_ns - day.start_ns) // day.step_ns))
        inside = np.flatnonzero((first < last) & ~whole)
        missing = self._local[trades.row[inside]] < 0
        self._unplaced_mw += float(np.add.reduce(np.abs(trades.mw[inside[missing]])))
        inside = inside[~missing]
        groups = trades.group[inside]
        for group in np.unique(groups).tolist():
            mine = inside[groups == group]
            block, run = BLOCKS[group // 6], group % 3
            mask = day.block_mask(block)
            span = (self._local[trades.row[mine]], first[mine], last[mine])
            self._trades[run] += self._spread(span, trades.mw[mine]) * mask
            self._cost += self._spread(span, trades.usd_per_h[mine]) * mask * self._hours
        rows = self._local[trades.row[inside]]
        self._gross_mw += np.bincount(rows, np.abs(trades.mw[inside]), self._rows)
        self._gross_cost += np.bincount(rows, np.abs(trades.usd_per_h[inside]), self._rows)

    def _spread(self, span: tuple[Numbers, ...], amount: FloatColumn) -> Matrix:
        """Add amounts to their rows from a first to before a last interval."""
        rows, first, last = span
        width = self._grid.day.intervals + 1
        size = self._rows * width
        steps = np.bincount(rows * width + first, amount, size)
        steps -= np.bincount(rows * width + last, amount, size)
        return np.asarray(np.cumsum(steps.reshape(self._rows, width), axis=1)[:, :-1])

    def _add_other(self, trade: Trade) -> None:
        start_ns, end_ns = trade.delivery_start_ns, trade.delivery_end_ns
        span = self._grid.day.span(start_ns, end_ns)
        generated = PRODUCTS[trade.product].as_generated
        whole = self._grid.day.whole_hours(start_ns, end_ns) is not None
        if span[0] >= span[1] or (whole and not generated):
            return  # outside, or on a line
        row = self._local[row_of(self._market, trade.book, trade.location)]
        mw, part = contract_mw(trade, self._grid.day, span=span), slice(*span)
        if row < 0:
            self._unplaced_mw += float(np.max(np.abs(mw)))
            return
        if generated:
            plant = self._market.tables.resources.index[trade.resource]
            mw = mw * self._expected[plant, part]
        else:
            self._trades[run_of(self._market, trade), row, part] += mw
            self._gross_mw[row] += float(np.max(np.abs(mw)))
        usd = mw * trade.price_usd_per_mwh * self._hours
        self._cost[row, part] += usd
        self._gross_cost[row] += float(np.max(np.abs(usd)))

    def _add_structured(self, trades: list[ProductTrade], marks: Matrix) -> None:
        """Add linear legs, and the legs that payoffs make at marks of these rows."""
        market, grid = self._market, self._grid
        for trade in trades:
            if PRODUCTS[trade.product].as_generated:
                self._add_other(replace(trade, price_usd_per_mwh=net_price(trade)))
            else:
                for entry in linear_legs(market, grid, trade):
                    self._add_entry(entry)
        for (_, terms), rights in rights_on(market, grid, trades).items():
            run, local = grid.trade_run(terms.run), self._local[list(terms.rows)]
            if (local < 0).any():
                self._unplaced_mw += float(np.max(np.abs(rights.volume)))
                continue
            quotes = quotes_on(market, grid, terms, rights.places, marks[run, local])
            generated = PRODUCTS[terms.product].as_generated
            output = self._expected[terms.resource] if generated else 1.0
            legs, costs = legs_of(rights, terms, quotes, output=output)
            for row, mw, usd in zip(terms.rows, legs, costs, strict=True):
                self._add_entry(Entry(row, run, mw, usd))

    def _add_entry(self, entry: Entry) -> None:
        row, most = self._local[entry.row], float(np.max(np.abs(entry.mw)))
        if row < 0:
            self._unplaced_mw += most
            return
        self._trades[entry.run, row] += entry.mw
        self._cost[row] += entry.usd
        self._gross_mw[row] += most
        self._gross_cost[row] += float(np.max(np.abs(entry.usd)))

    def _add_records(self) -> None:
        contracts, day = self._market.contracts, self._grid.day
        for row in contracts.awarded_rows():
            if self._local[row] >= 0:
                self._virtual[self._local[row]] = contracts.virtual_mw(day, row)
        for row in contracts.adjusted_rows():
            if self._local[row] >= 0:
                self._adjustment[self._local[row]] = contracts.adjustment_mw(day, row)
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
        for resource, number in enumerate(self._market.tables.resources.row):
            row = self._local[number]
            if row >= 0:
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

    def _marks(self, place: Numbers) -> Matrix:
        day, published = self._grid.day, self._grid.prices.published[:, place]
        marks = np.empty((4, *published.shape[1:]))
        curve = np.repeat(self._grid.prices.curve[:, place].T, day.per_hour, axis=1)
        marks[DA] = _first(published[DA], curve)
        marks[FMM] = _first(published[FMM], marks[DA])
        marks[RTD] = _first(published[RTD], marks[FMM])
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
