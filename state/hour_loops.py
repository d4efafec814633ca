"""The compiled loops of contracts of whole hours; ``state.hourly`` says what they mean."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from state.compiled import compiled
from state.prices import DA, FMM, RTD

Cube = NDArray[np.float64]
Matrix = NDArray[np.float64]
Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

Held = tuple[tuple[Matrix, Matrix], tuple[Cube, Cube], Matrix, Cube, Cube, Matrix, Floats]
"""What :func:`add_contract` changes and reads, in its order."""

VALUED, LATE, WEIGHED = 1, 2, 4
"""What a publication moved: value, value of realised intervals, what is still exposed."""


class LineContracts(NamedTuple):
    """Flat contracts of whole hours of a day, as columns.

    Attributes:
        first, last: the first hour of the day, and one past the last.
        price: $/MWh paid.
        block: the hours of it that are delivered, by number in :class:`Block`.
    """

    line: Numbers
    first: Numbers
    last: Numbers
    mw: Floats
    price: Floats
    block: Numbers


@compiled
def add_contract(
    by_line: tuple[Matrix, Matrix],
    marks: tuple[Cube, Cube],
    realised_count: Matrix,
    counts: Cube,
    place_mw: Cube,
    physical_mw: Matrix,
    open_mw: Floats,
    where: tuple[int, int, int, int],
    grid: tuple[int, int],
    mw: Floats,
    price: float,
) -> tuple[float, float]:
    """Enter MW by hour; return what it adds to value and to what is realised, $."""
    line, place, run, financial = where
    first_hour, per_hour = grid
    gained, late = 0.0, 0.0
    for at in range(len(mw)):
        hour, amount = first_hour + at, mw[at]
        by_line[0][hour, line] += amount
        by_line[1][hour, line] += price * amount
        gained += amount * (marks[0][run, place, hour] / per_hour) - price * amount
        over = realised_count[place, hour] / per_hour
        if over > 0.0:
            late += amount * (marks[1][run, place, hour] / per_hour) - price * amount * over
        place_mw[run, place, hour] += amount
        if not financial:
            physical_mw[run, hour] += amount
        for interval in range(hour * per_hour, (hour + 1) * per_hour):
            open_mw[interval] += amount * counts[run, place, interval]
    return gained, late


@compiled
def add_contracts(
    contracts: LineContracts,
    inside: Flags,
    columns: NDArray[np.int64],
    by_book: tuple[Floats, Floats],
    held: Held,
    per_hour: int,
) -> None:
    """Enter flat contracts one after the other.

    Args:
        contracts: to enter.
        inside: which hours of the day are in each block.
        columns: of the line table.
        by_book: value and what is realised, $.
        held: by the day.
        per_hour: intervals of an hour.
    """
    lines, first, last, mw, price, block = contracts
    by_hour = np.zeros(inside.shape[1])
    for number in range(len(lines)):
        line, begin, end = lines[number], first[number], last[number]
        for hour in range(begin, end):
            by_hour[hour] = mw[number] if inside[block[number], hour] else 0.0
        where = (line, columns[1, line], columns[2, line], columns[4, line])
        grid = (begin, per_hour)
        gained, late = add_contract(*held, where, grid, by_hour[begin:end], price[number])
        by_book[0][columns[0, line]] += gained
        by_book[1][columns[0, line]] += late


@compiled
def _sum_marks(
    mark: Cube, realised: Flags, run: int, place: int, first: int, last: int
) -> tuple[float, float]:
    """Return the sum of the marks of some intervals, and of those that are realised."""
    total, late = 0.0, 0.0
    for interval in range(first, last):
        price = mark[run, place, interval]
        if np.isnan(price):
            continue  # a leg without a mark is left out
        total += price
        if realised[place, interval]:
            late += price
    return total, late


@compiled
def exposed_states(
    published: Cube, realised: Flags, place: int, first: int, last: int, hours: Floats
) -> None:
    """Count the intervals in which a leg is exposed, by state (``state.exposures.STATES``)."""
    hours[:] = 0.0
    for interval in range(first, last):
        if realised[place, interval]:
            continue
        da = not np.isnan(published[DA, place, interval])
        fmm = not np.isnan(published[FMM, place, interval])
        rtd = not np.isnan(published[RTD, place, interval])
        if not da:
            hours[0] += 1.0
        if not fmm:
            hours[2 if da else 1] += 1.0
        if not rtd and not da:
            hours[3] += 1.0
        elif not rtd:
            hours[5 if fmm else 4] += 1.0


@compiled
def weigh_hour(
    published: Cube,
    realised: Flags,
    places: Numbers,
    hour: int,
    per_hour: int,
    weight: Cube,
    moved: Matrix,
) -> bool:
    """Follow what of an hour is exposed; write by how much it moved, h by state and place."""
    now, any_moved = np.zeros(weight.shape[0]), False
    for place in places:
        exposed_states(published, realised, place, hour * per_hour, (hour + 1) * per_hour, now)
        for state in range(len(now)):
            hours = now[state] / per_hour
            moved[state, place] = hours - weight[state, place, hour]
            weight[state, place, hour] = hours
            any_moved = any_moved or moved[state, place] != 0.0
    return any_moved


@compiled
def reprice_hour(
    mark: Cube,
    realised: Flags,
    places: Numbers,
    hour: int,
    per_hour: int,
    sums: tuple[Cube, Cube],
    moved: tuple[Matrix, Matrix],
) -> int:
    """Follow the marks of an hour; write by how much their means moved, by run and place."""
    seen = 0
    for run in range(sums[0].shape[0]):
        for place in places:
            total, late = _sum_marks(
                mark, realised, run, place, hour * per_hour, (hour + 1) * per_hour
            )
            moved[0][run, place] = (total - sums[0][run, place, hour]) / per_hour
            moved[1][run, place] = (late - sums[1][run, place, hour]) / per_hour
            sums[0][run, place, hour], sums[1][run, place, hour] = total, late
            if moved[0][run, place] != 0.0:
                seen |= VALUED
            if moved[1][run, place] != 0.0:
                seen |= LATE
    return seen


@compiled
def spread_over_lines(
    mw: Floats, columns: NDArray[np.int64], lines: int, moved: Matrix, by_book: Floats
) -> None:
    """Add each line's MW times what moved at its run and place to its book."""
    for line in range(lines):
        amount = moved[columns[2, line], columns[1, line]]
        if amount != 0.0:
            by_book[columns[0, line]] += mw[line] * amount


@compiled
def spread_by_hub(
    mw: Floats,
    columns: NDArray[np.int64],
    lines: int,
    moved: Matrix,
    by_book: Floats,
    hub_rank: Numbers,
    by_hub: Floats,
) -> None:
    """Do what :func:`spread_over_lines` does, and add the same to the line's hub and book.

    ``by_hub`` holds the $ of the first hub's books, then of the next. Indexes without sign spare
    the loop the look for negative ones, half of its time.
    """
    books, places = len(by_book), np.uint64(moved.shape[1])
    flat, first = moved.ravel(), (hub_rank * books).astype(np.uint64)
    for line in range(np.uint64(lines)):
        place = np.uint64(columns[1, line])
        amount = flat[np.uint64(columns[2, line]) * places + place]
        if amount != 0.0:
            gained, book = mw[line] * amount, np.uint64(columns[0, line])
            by_book[book] += gained
            by_hub[first[place] + book] += gained


@compiled
def count_fmm(
    published: Cube,
    places: Numbers,
    hour: int,
    per_hour: int,
    counts: Cube,
    place_mw: Cube,
    open_mw: Floats,
) -> None:
    """Let legs at FMM leave the open position where their price is published."""
    for place in places:
        held = place_mw[FMM, place, hour]
        for interval in range(hour * per_hour, (hour + 1) * per_hour):
            counted = 1.0 if np.isnan(published[FMM, place, interval]) else 0.0
            open_mw[interval] += held * (counted - counts[FMM, place, interval])
            counts[FMM, place, interval] = counted


@compiled
def deliver_interval(
    mw: Floats,
    columns: NDArray[np.int64],
    lines: int,
    counts: Cube,
    interval: int,
    per_hour: int,
    at_end: Floats,
) -> None:
    """Keep what was open at the end of an interval, as its share of the hour's mean."""
    for line in range(lines):
        counted = counts[columns[2, line], columns[1, line], interval]
        at_end[line] += mw[line] * counted / per_hour
