"""Scenario P&L by location, block or position, made on request from the exposures as they stand.

Only books keep their vectors after every message (``state.risk.portfolio``). All others follow from
the MWh: exposures are summed by what a shock belongs to first, and meet the scenarios last, so that
the cost grows with locations and factors, not with rows times scenarios.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from state.arrays import Floats, Matrix, Numbers
from state.compiled import compiled
from state.contracts.certificates import factor_of
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.exposures import KIND_OF_STATE, RUN_OF_STATE
from state.market.horizon import BLOCKS, HubBlock
from state.messages import Block
from state.risk.factors import MarketShocks
from state.risk.kinds import KINDS

Columns = Numbers | slice

CLOCK_HOURS = 24
ALL = slice(None)

_CHUNK = 64
"""Locations whose scenarios fit in a cache together."""


@dataclass(frozen=True)
class Held:
    """What a market holds that scenarios move, all books together.

    Attributes:
        mwh: intraday, shape (2 blocks, kinds of shock, locations, 24 clock hours).
        gross_mwh: Σ |MWh| by location, intraday and forward.
        gross_by_book: the same by book.
        gross_by_block: the same by horizon, intraday and forward, and block.
        forward: MWh by hub's location, block and month.
    """

    mwh: Matrix
    gross_mwh: Matrix
    gross_by_book: Matrix
    gross_by_block: Matrix
    forward: dict[tuple[int, Block, str], float]


def held_by(market: MarketBook, *, books: int) -> Held:
    """Sum what a market holds, by location, block and clock hour."""
    table = market.tables
    places = len(table.locations)
    mwh = np.zeros((len(BLOCKS), KINDS, places, CLOCK_HOURS))
    gross, by_book, by_block = np.zeros(places), np.zeros(books), np.zeros((2, len(BLOCKS)))
    for grid, first in open_days(market):
        rows, lines = table.rows, table.lines
        exposed = grid.exposure[:, : len(rows), first:]
        summed, by_row, by_hour = by_location(exposed, rows.location, places)
        by_line = np.zeros(len(lines))
        held_by_hour = (grid.hourly.mw, grid.hourly.weight)
        _sum_lines(held_by_hour, lines.columns, first, summed, by_line, by_hour)
        _add_day(mwh, grid, summed, first=first)
        by_block[0] += np.bincount(blocks_of_hours(grid)[first:], by_hour, len(BLOCKS))
        for holder, place, held in (
            (rows.book, rows.location, by_row),
            (lines.book, lines.place, by_line),
        ):
            gross += np.bincount(place, held, places)
            by_book += np.bincount(holder, held, books)
    forward = _forward(market, gross, by_book, by_block[1])
    return Held(mwh, gross, by_book, by_block, forward)


def open_days(market: MarketBook) -> Iterator[tuple[DeliveryDay, int]]:
    """Yield days that are not wholly realised, and the first hour with an exposure."""
    table = market.tables
    occupied = np.unique(np.concatenate((table.rows.location, table.lines.place)))
    for grid in market.days.values():
        first = _first_open_hour(grid, occupied)
        if first < grid.day.hours:
            yield grid, first


def blocks_of_hours(grid: DeliveryDay) -> Numbers:
    """Return which of ``BLOCKS`` each hour of a day is in."""
    on_peak, off_peak = BLOCKS.index(Block.ON_PEAK), BLOCKS.index(Block.OFF_PEAK)
    return np.where(grid.day.on_peak_by_hour, on_peak, off_peak)


def by_location(exposure: Matrix, places: Numbers, count: int) -> tuple[Matrix, Matrix, Matrix]:
    """Sum exposures over the holders at each location, in the order of the holders.

    Args:
        exposure: MWh, shape (kinds, holders, hours).
        places: location of each holder.
        count: how many locations there are.

    Returns:
        MWh of shape (kinds, locations, hours), and Σ |MWh| of each holder and in each hour.

    >>> places = np.array([2, 0, 2])
    >>> summed, gross, by_hour = by_location(np.array([[[1.0], [2.0], [-4.0]]]), places, 3)
    >>> summed.tolist(), gross.tolist(), by_hour.tolist()
    ([[[2.0], [0.0], [-3.0]]], [1.0, 2.0, 4.0], [7.0])
    """
    summed = np.zeros((exposure.shape[0], count, exposure.shape[2]))
    gross, by_hour = np.zeros(len(places)), np.zeros(exposure.shape[2])
    laid_out = np.ascontiguousarray(exposure)  # one edition of the loop for whole days and parts
    _sum_by_place(laid_out, places, summed, gross, by_hour)
    return summed, gross, by_hour


@compiled
def _sum_by_place(
    exposure: Floats,
    places: Numbers,
    summed: Floats,
    gross: Floats,
    by_hour: Floats,
) -> None:
    for kind in range(exposure.shape[0]):
        for holder in range(exposure.shape[1]):
            for hour in range(exposure.shape[2]):
                mwh = exposure[kind, holder, hour]
                summed[kind, places[holder], hour] += mwh
                gross[holder] += abs(mwh)
                by_hour[hour] += abs(mwh)


@compiled
def _sum_lines(
    held: tuple[Floats, Floats],
    columns: Numbers,
    first: int,
    summed: Floats,
    gross: Floats,
    by_hour: Floats,
) -> None:
    mw, weight = held
    for hour in range(first, weight.shape[2]):
        for line in range(len(gross)):
            if mw[hour, line] == 0.0:
                continue
            place, run = columns[1, line], columns[2, line]
            for state in range(len(RUN_OF_STATE)):
                if RUN_OF_STATE[state] == run:
                    mwh = mw[hour, line] * weight[state, place, hour]
                    summed[KIND_OF_STATE[state], place, hour - first] += mwh
                    gross[line] += abs(mwh)
                    by_hour[hour - first] += abs(mwh)


def _first_open_hour(grid: DeliveryDay, places: Numbers) -> int:
    """Return the first hour not wholly realised at some places; before it nothing is exposed."""
    still = np.flatnonzero(~grid.realised[places].all(axis=0))
    return int(still[0]) // grid.day.per_hour if len(still) else grid.day.hours


def _add_day(mwh: Matrix, grid: DeliveryDay, held: Matrix, *, first: int) -> None:
    # A repeated hour moves like its first twin: two hours of a day may share a clock hour.
    day = grid.day
    on_peak = grid.day.on_peak_by_hour.tolist()
    for hour, clock_hour in list(enumerate(day.clock_hours.tolist()))[first:]:
        block = BLOCKS.index(Block.ON_PEAK if on_peak[hour] else Block.OFF_PEAK)
        mwh[block, :, :, clock_hour] += held[:, :, hour - first]


def _forward(
    market: MarketBook, gross: Matrix, by_book: Matrix, by_block: Matrix
) -> dict[tuple[int, Block, str], float]:
    found: dict[tuple[int, Block, str], float] = {}
    if market.forward is None:
        return found
    forward = market.forward
    for (book, hub, block), row in forward.keys.items():
        by_row = float(np.add.reduce(np.abs(forward.mwh[row])))
        gross[hub] += by_row
        by_book[book] += by_row
        if block in BLOCKS:  # what storage holds beyond the grid is named by day, in no block
            by_block[BLOCKS.index(block)] += by_row
        for month in np.flatnonzero(forward.mwh[row]).tolist():
            key = (hub, block, forward.months[month])
            found[key] = found.get(key, 0.0) + float(forward.mwh[row, month])
    return found


def pnl_at(shocks: MarketShocks, mwh: Matrix, places: Numbers, columns: Columns = ALL) -> Matrix:
    """Return the scenario P&L of each of some holdings, $.

    Args:
        shocks: of the market.
        mwh: shape (kinds of shock, holdings, 24 clock hours).
        places: location of each holding.
        columns: the scenarios wanted.

    Returns:
        Shape (holdings, scenarios wanted).
    """
    hub = shocks.hub[..., columns]
    basis = shocks.basis[..., columns]
    hub_rows = shocks.hub_row[places]
    pnl = np.zeros((len(places), hub.shape[-1]))
    for kind in range(KINDS):
        for hour in np.flatnonzero(mwh[kind].any(axis=0)).tolist():
            pnl += hub[kind, :, hour][hub_rows] * mwh[kind, :, hour, None]
        daily = np.add.reduce(mwh[kind], axis=1)
        if daily.any():
            pnl += basis[kind][places] * daily[:, None]
    return pnl


def pnl_of_all(shocks: MarketShocks, mwh: Matrix) -> Matrix:
    """Return the scenario P&L of all locations together, $.

    Args:
        shocks: of the market.
        mwh: shape (kinds of shock, locations, 24 clock hours).
    """
    pnl = np.zeros(shocks.hub.shape[-1])
    for row in range(shocks.hub.shape[1]):
        by_hour = np.add.reduce(mwh[:, shocks.hub_row == row], axis=1)
        for kind, hour in zip(*np.nonzero(by_hour), strict=True):
            pnl += shocks.hub[kind, row, hour] * by_hour[kind, hour]
    daily = np.add.reduce(mwh, axis=2)
    for kind, first in product(range(KINDS), range(0, mwh.shape[1], _CHUNK)):
        part = daily[kind, first : first + _CHUNK]
        if part.any():
            moved = shocks.basis[kind, first : first + _CHUNK] * part[:, None]
            pnl += np.add.reduce(moved, axis=0)
    return pnl


def forward_pnl(
    shocks: MarketShocks, held: Held, names: list[str], columns: Columns = ALL
) -> dict[HubBlock, Matrix]:
    """Return the scenario P&L of what is held beyond the intraday grid, $, by hub and block."""
    pnl: dict[HubBlock, Matrix] = {}
    for (hub, block, month), mwh in held.forward.items():
        shock = shocks.curve.get((names[hub], block, month))
        if shock is not None:
            moved = shock[columns] * mwh
            pnl[hub, block] = pnl[hub, block] + moved if (hub, block) in pnl else moved
    return pnl


def pnl_of_units(shocks: MarketShocks, market: MarketBook) -> Matrix:
    """Return the scenario P&L of what is held and is no energy, of all books, $."""
    pnl = np.zeros(shocks.hub.shape[-1])
    for (_, name, kind, period), units in market.certificates.exposed():
        shock = shocks.curve.get(factor_of((name, kind, period)))
        if shock is not None:
            pnl += shock * units
    return pnl
