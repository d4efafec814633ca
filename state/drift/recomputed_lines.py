"""Lines of a market day anew: their MW from contracts, their figures from published prices.

``state.drift.days`` holds them against what ``state.market.hourly`` keeps by difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from state.arrays import Flags, Matrix, Narrow, Numbers
from state.compiled import compiled
from state.drift.contracts import BlockTrades, Contracts, line_of
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.prices import DA, FMM, RTD
from state.messages import FloatColumn
from state.moments import HOUR_NS
from state.products import PRODUCTS
from state.products.product import hourly_mw

_DAY_AHEAD = "hours with day-ahead prices alone"


@dataclass
class LinesAnew:
    """What some lines hold on one day.

    Attributes:
        lines: their numbers.
        local: where each line of the market is among them, −1 where it is not.
        mw, cost: shape (hours, lines), $ an hour.
        gross: MW and $ an hour they are the sum of, without signs, shape (2, lines).
        unplaced_mw: MW of contracts whose line there is not, without signs.
    """

    lines: Numbers
    local: Numbers
    mw: Matrix
    cost: Matrix
    gross: Matrix
    unplaced_mw: float


@dataclass
class LineFigures:
    """What follows from lines and prices, by line.

    Attributes:
        value, realised: $; realised is the value of realised intervals.
        gross_usd: $ the value is the sum of, without signs.
    """

    value: FloatColumn
    realised: FloatColumn
    gross_usd: FloatColumn


def lines_anew(market: MarketBook, grid: DeliveryDay, contracts: Contracts) -> LinesAnew:
    """Sum what contracts of whole hours put on the lines of some books on a day."""
    lines = contracts.lines
    local = np.full(len(market.tables.lines) + 1, -1)  # the last stands for a line there is not
    local[lines] = np.arange(len(lines))
    shape = (grid.day.hours, len(lines))
    mw, cost, gross = np.zeros(shape), np.zeros(shape), np.zeros((2, len(lines)))
    anew = LinesAnew(lines, local, mw, cost, gross, 0.0)
    flat = contracts.flat
    first, last, whole = whole_hours(grid, flat)
    chosen = np.flatnonzero(whole & (first < last))
    placed = local[flat.line[chosen]]
    anew.unplaced_mw += float(np.add.reduce(np.abs(flat.mw[chosen][placed < 0])))
    kept = chosen[placed >= 0]
    span = (local[flat.line[kept]], first[kept], last[kept], flat.group[kept] // 6)
    amounts = (flat.mw[kept], flat.usd_per_h[kept])
    _hold(span, amounts, grid.day.on_peak_by_hour, anew.mw, anew.cost, anew.gross)
    for trade in contracts.other:
        hours = grid.day.whole_hours(trade.delivery_start_ns, trade.delivery_end_ns)
        if hours is None or hours[0] >= hours[1] or PRODUCTS[trade.product].as_generated:
            continue
        mw = hourly_mw(trade, grid.day, first=hours[0], last=hours[1])
        line, most = local[line_of(market, trade)], float(np.max(np.abs(mw)))
        if line < 0:
            anew.unplaced_mw += most
            continue
        anew.mw[slice(*hours), line] += mw
        anew.cost[slice(*hours), line] += mw * trade.price_usd_per_mwh
        anew.gross[:, line] += most, most * abs(trade.price_usd_per_mwh)
    return anew


def whole_hours(grid: DeliveryDay, flat: BlockTrades) -> tuple[Numbers, Numbers, Flags]:
    """Return the hours of a day that contracts cover, and which begin and end on the hour."""
    start, end = flat.start_ns - grid.day.start_ns, flat.end_ns - grid.day.start_ns
    whole = (start % HOUR_NS == 0) & (end % HOUR_NS == 0)
    first = np.maximum(0, start // HOUR_NS)
    last = np.minimum(grid.day.hours, end // HOUR_NS)
    return first, last, whole


def line_figures(market: MarketBook, grid: DeliveryDay, anew: LinesAnew) -> LineFigures:
    """Compute value, and what of it is realised, from published prices and the curve."""
    columns = np.ascontiguousarray(market.tables.lines.columns[:3, anew.lines])
    value, realised, gross = np.zeros((3, len(anew.lines)))
    over = np.arange(grid.day.intervals) < grid.delivered
    _figures(
        (anew.mw, anew.cost, anew.gross),
        columns,
        np.argsort(columns[1], kind="stable"),  # neighbours in prices are looked at together
        grid.prices.by_interval,
        grid.prices.curve,
        over,
        (value, realised, gross),
        _day_ahead_hours(grid),
    )
    return LineFigures(value, realised, gross)


def look_at_prices_anew(grid: DeliveryDay) -> None:
    """Keep nothing of what hours have for prices: once a round what came by no message is seen."""
    grid.kept.pop(_DAY_AHEAD, None)


def _day_ahead_hours(grid: DeliveryDay) -> Flags:
    """Say which hours have day-ahead prices alone, or none; kept until another price comes."""
    known = grid.kept.get(_DAY_AHEAD)
    if known is None or known[0] != grid.prices.edition:
        by_interval, per_hour = grid.prices.by_interval, grid.day.per_hour
        firsts = range(0, grid.day.intervals, per_hour)
        flags = np.array([is_day_ahead(by_interval, first, per_hour) for first in firsts])
        known = grid.kept[_DAY_AHEAD] = (grid.prices.edition, flags)
    return np.asarray(known[1])


def base_of_realised(market: MarketBook, grid: DeliveryDay, anew: LinesAnew) -> FloatColumn | None:
    """Return what realised intervals were worth at midnight, by line, $; None of a day past."""
    base = grid.hourly.base
    if base is None:
        return None
    cells, marks = base
    held = (cells.lines, cells.ends, cells.amounts)
    columns = np.ascontiguousarray(market.tables.lines.columns[:3, anew.lines])
    over = np.arange(grid.day.intervals) < grid.delivered
    worth = np.zeros(len(anew.lines))
    _base(held, anew.local, columns, grid.prices.by_interval[RTD], marks, over, worth)
    return worth


@compiled
def _hold(
    span: tuple[Numbers, Numbers, Numbers, Numbers],
    amounts: tuple[FloatColumn, FloatColumn],
    on_peak: Flags,
    mw: Matrix,
    cost: Matrix,
    gross: Matrix,
) -> None:
    for number in range(len(span[0])):
        line, block = span[0][number], span[3][number]
        gross[0, line] += abs(amounts[0][number])
        gross[1, line] += abs(amounts[1][number])
        for hour in range(span[1][number], span[2][number]):
            if block == 0 or (block == 1) == on_peak[hour]:
                mw[hour, line] += amounts[0][number]
                cost[hour, line] += amounts[1][number]


@compiled
def mark_of(prices: tuple[float, float, float], curve: float, run: int) -> float:
    """Return what a leg is marked at: its run's price, else an earlier one's, the curve's, 0."""
    da, fmm, rtd = prices
    if run >= RTD and not np.isnan(rtd):
        return rtd
    if run >= FMM and not np.isnan(fmm):
        return fmm
    mark = curve if np.isnan(da) else da
    return 0.0 if np.isnan(mark) else mark


@compiled
def exposed_hours(
    prices: tuple[float, float, float],
    over: bool,  # noqa: FBT001 - a number in a loop
    hours: FloatColumn,
) -> None:
    """Count an interval in which a leg is exposed, by state (``state.market.exposures.STATES``)."""
    da, fmm, rtd = not np.isnan(prices[0]), not np.isnan(prices[1]), not np.isnan(prices[2])
    if rtd and over:
        return
    if not da:
        hours[0] += 1.0
    if not fmm:
        hours[2 if da else 1] += 1.0
    if not rtd:
        hours[3 if not da else (5 if fmm else 4)] += 1.0


@compiled
def is_day_ahead(by_interval: Matrix, first: int, count: int) -> bool:
    """Say whether some intervals have day-ahead prices alone, one at each place, or none."""
    for interval in range(first, first + count):
        others = 0
        for place in range(by_interval.shape[2]):
            price, same = by_interval[DA, interval, place], by_interval[DA, first, place]
            fmm, rtd = by_interval[FMM, interval, place], by_interval[RTD, interval, place]
            # Without branches, so that eight are looked at at once.
            other = (price != same) & (not (np.isnan(price) & np.isnan(same)))
            others |= other | (not np.isnan(fmm)) | (not np.isnan(rtd))
        if others:
            return False
    return True


@compiled
def _figures(
    held: tuple[Matrix, Matrix, Matrix],
    columns: Numbers,
    order: Numbers,
    by_interval: Matrix,
    curve: Matrix,
    over: Flags,
    by_line: tuple[FloatColumn, FloatColumn, FloatColumn],
    day_ahead: Flags,
) -> None:
    mw, cost, gross = held
    per_hour = by_interval.shape[1] // mw.shape[0]
    worst = np.zeros(mw.shape[1])
    for hour in range(mw.shape[0]):  # as prices are laid out
        times = per_hour if day_ahead[hour] else 1
        for line in order:
            amount, usd_per_h = mw[hour, line], cost[hour, line]
            if amount == 0.0 and usd_per_h == 0.0:
                continue
            place, run = columns[1, line], columns[2, line]
            value, realised = by_line[0][line], by_line[1][line]
            for interval in range(hour * per_hour, (hour + 1) * per_hour, times):
                da, fmm = by_interval[DA, interval, place], by_interval[FMM, interval, place]
                rtd = by_interval[RTD, interval, place]
                mark = mark_of((da, fmm, rtd), curve[hour, place], run)
                worst[line] = max(worst[line], abs(mark))
                usd = (amount * mark - usd_per_h) / per_hour
                for _ in range(times):
                    value += usd
                if over[interval] and not np.isnan(rtd):
                    realised += usd
            by_line[0][line], by_line[1][line] = value, realised
    for line in range(mw.shape[1]):
        by_line[2][line] = mw.shape[0] * (gross[0, line] * worst[line] + gross[1, line])


@compiled
def _base(
    held: tuple[Narrow, Numbers, Matrix],
    local: Numbers,
    columns: Numbers,
    rtd: Matrix,
    marks: Matrix,
    over: Flags,
    worth: FloatColumn,
) -> None:
    holders, ends, amounts = held
    per_hour, begin = len(over) // len(ends), 0
    for hour in range(len(ends)):
        if not over[hour * per_hour]:
            break  # of an hour to come nothing is realised
        begin, cells = ends[hour], range(begin, ends[hour])
        for cell in cells:
            at = local[holders[cell]]
            if at < 0:
                continue
            place, run, sum_usd = columns[1, at], columns[2, at], worth[at]
            for interval in range(hour * per_hour, (hour + 1) * per_hour):
                if over[interval] and not np.isnan(rtd[interval, place]):
                    usd = amounts[0, cell] * marks[run, place, interval] - amounts[1, cell]
                    sum_usd += usd / per_hour
            worth[at] = sum_usd
