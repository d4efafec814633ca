"""A trade that is asked about, and the figures now, without it, and with it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from state.arrays import Cube
from state.calendar import MarketDay
from state.contracts.size import size_of
from state.contracts.trades import Versions
from state.limits.sheet import Sheet
from state.market import hours
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.tables import MarketTables
from state.messages import Block, FloatColumn, ProductTrade, Trade, TradeCheck
from state.moments import HOUR_NS
from state.pretrade.beside import DeskBeside
from state.pretrade.positions import Positions, Touched, touched_by

if TYPE_CHECKING:
    from state.desk import Desk
    from state.intake.plain_deals import PlainDeal


@dataclass(frozen=True)
class Figures:
    """Figures at one stage.

    Attributes:
        sheet: as the limits read them.
        pnl: scenario P&L, $, shape (2 horizons, books + firm, scenarios).
        open_mwh: the firm's open position over the candidate's delivery; NaN where part of that is
            beyond the days held, or no written policy is in force.
        uncovered: the exposure that no scenario moves, MWh by horizon, book and factor.
        nop: the net open positions whose tolerances the candidate may move.
    """

    sheet: Sheet
    pnl: Cube
    open_mwh: float
    uncovered: Mapping[tuple[int, int, str], float]
    nop: Positions


@dataclass(frozen=True)
class Situation:
    """What every source of limits is given.

    Attributes:
        desk: as it is.
        check: what is asked.
        at_ns: the tick.
        before: the figures now, with what earlier checks have reserved.
        start: the same without the version that the candidate replaces.
        after: the same with the candidate.
        reserved: versions that earlier checks have reserved.
        versions: those of the candidate.
        touched: the tolerances it may move.
    """

    desk: Desk
    check: TradeCheck
    at_ns: int
    before: Figures
    start: Figures
    after: Figures
    reserved: list[Versions]
    versions: Versions
    touched: Touched

    @property
    def trade(self) -> Trade:
        """The candidate."""
        return self.check.candidate

    @property
    def market(self) -> MarketBook:
        """The market of the candidate."""
        return self.desk.markets[self.trade.market]

    def gained(self, node: int) -> tuple[FloatColumn, FloatColumn]:
        """Return a node's scenario P&L without the trade, and what the trade adds, $."""
        start, after = self.start.pnl[:, node], self.after.pnl[:, node]
        without = start[0] + start[1]
        return without, (after[0] + after[1]) - without


def situation_of(desk: Desk, check: TradeCheck, reserved: Iterable[Trade], at_ns: int) -> Situation:
    """Return the figures at each stage; the desk stays as it is.

    Args:
        desk: whose exposures have been followed.
        check: of a trade that could be booked.
        reserved: trades that count as done.
        at_ns: the last tick.
    """
    trade, kept = check.candidate, [_versions(desk, each) for each in reserved]
    out, into = versions = _versions(desk, trade)
    moved = [each for pair in (*kept, versions) for each in pair if each is not None]
    beside, touched = DeskBeside(desk, moved), touched_by(desk, versions)
    for old, new in kept:
        if old is not None:
            beside.enter(old, -1.0)
        if new is not None:
            beside.enter(new)
    sheet = beside.sheet(at_ns) if kept else desk.figures.follow(desk, at_ns)
    pnl = beside.desk.portfolio.pnl
    before = start = after = _figures(
        beside, trade, sheet, touched, pnl.copy() if kept else desk.portfolio.pnl
    )
    if out is not None:
        beside.enter(out, -1.0)
        start = after = _figures(beside, trade, beside.sheet(at_ns), touched, pnl.copy())
    if into is not None:
        beside.enter(into)  # the last: its scenario P&L moves no more
        after = _figures(beside, trade, beside.sheet(at_ns), touched, pnl)
    beside.let_go()
    return Situation(desk, check, at_ns, before, start, after, kept, versions, touched)


def _versions(desk: Desk, trade: Trade) -> Versions:
    return desk.markets[trade.market].contracts.trades.superseded(trade)


def _figures(
    beside: DeskBeside, trade: Trade, sheet: Sheet, touched: Touched, pnl: Cube
) -> Figures:
    desk = beside.desk
    wanted = bool(desk.written_policies)  # nobody else asks for it
    return Figures(
        sheet=sheet,
        pnl=pnl,
        open_mwh=open_mwh(desk.markets[trade.market], trade) if wanted else math.nan,
        uncovered=dict(desk.portfolio.uncovered),
        nop=touched.positions(beside),
    )


def open_mwh(market: MarketBook, trade: Trade) -> float:
    """Return a market's open position over the delivery of a trade, MWh; NaN beyond its days.

    What is delivered is open no more.
    """
    total, covered_ns = 0.0, 0
    for grid, _ in market.covered.days_of(trade.delivery_start_ns, trade.delivery_end_ns):
        day: MarketDay = grid.day
        if market.today is None or day.day < market.today:
            continue
        first, last = day.span(trade.delivery_start_ns, trade.delivery_end_ns)
        if first < last:
            total += _open_mwh_on(market, grid, first, last, trade.block)
            covered_ns += (last - first) * day.step_ns
    whole = covered_ns == trade.delivery_end_ns - trade.delivery_start_ns
    return total if whole else math.nan


def open_mwh_of(plain: PlainDeal, trade: Trade) -> float:
    """Return the same, to the bit, of a plain deal: no more of it than its hours is held."""
    market, grid, (first, last), *_ = plain
    within = trade.delivery_end_ns - trade.delivery_start_ns == (last - first) * HOUR_NS
    if market.today is None or grid.day.day < market.today or not within:
        return math.nan
    per_hour = grid.day.per_hour
    return _open_mwh_on(market, grid, first * per_hour, last * per_hour, Block.FLAT)


def _open_mwh_on(
    market: MarketBook, grid: DeliveryDay, first: int, last: int, block: Block
) -> float:
    """Return the open position over some intervals of a day, MWh, of a block's hours alone."""
    rows = hours.kept("open", _rows_open, grid, market.tables, edition=grid.edition)
    first = min(max(first, grid.delivered), last)
    open_mw = rows[first:last] + grid.hourly.open_mw[first:last]
    if block is not Block.FLAT:
        open_mw = open_mw[grid.day.block_mask(block)[first:last]]
    return float(np.add.reduce(open_mw)) * grid.hours_per_interval


def _rows_open(grid: DeliveryDay, tables: MarketTables) -> FloatColumn:
    return np.asarray(np.add.reduce(grid.legs.open[: len(tables.rows)], axis=0))


def sized(trade: Trade, size: float) -> Trade:
    """Return the same trade of another size, in the unit of its quantity.

    A storage unit delivers for as long at any size: its energy goes with its MW.

    Args:
        trade: of a size above 0.
        size: above 0.
    """
    if isinstance(trade, ProductTrade) and trade.units:
        return replace(trade, units=math.copysign(size, trade.units))
    if len(trade.profile_mw):
        return replace(trade, profile_mw=trade.profile_mw * (size / size_of(trade)))
    if isinstance(trade, ProductTrade) and trade.energy_mwh:
        mw, mwh = math.copysign(size, trade.quantity_mw), trade.energy_mwh * (size / size_of(trade))
        return replace(trade, quantity_mw=mw, energy_mwh=mwh)
    return replace(trade, quantity_mw=math.copysign(size, trade.quantity_mw))
