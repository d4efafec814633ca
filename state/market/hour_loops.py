"""The compiled loops of contracts of whole hours; ``state.market.hourly`` says what they mean."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from state.arrays import Bits, Cube, Flags, Floats, Matrix, Narrow, Numbers
from state.compiled import compiled
from state.market.numbering_loops import PLACE_BITS, PLACES
from state.market.price_loops import mark_at
from state.market.prices import DA, FMM, RTD

Held = tuple[
    tuple[Matrix, Matrix],
    tuple[Cube, Cube],
    Matrix,
    tuple[Floats, Bits, Flags],
    Cube,
    Matrix,
    Floats,
]
"""What :func:`add_contract` changes and reads, in its order."""


@compiled
def _counted(settled: tuple[Floats, Bits, Flags], run: int, place: int, interval: int) -> float:
    """Return 1 where a leg counts in the open position."""
    unscheduled, out, realised = settled
    if run == DA:
        return float(unscheduled[interval])
    if run == FMM:
        return 0.0 if out[place, interval] & (1 << FMM) else 1.0
    return 0.0 if realised[place, interval] else 1.0


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
    settled: tuple[Floats, Bits, Flags],
    place_mw: Cube,
    physical_mw: Matrix,
    open_mw: Floats,
    contract: tuple[int, int, float],
    mw: Floats,
    columns: Numbers,
    by_book: tuple[Floats, Floats],
) -> None:
    """Enter MW by hour, and what they add to value and to what is realised of their book.

    Args:
        by_line: MW and cost.
        marks: sums over each hour, and over what of it is realised.
        realised_count: intervals realised, by place and hour.
        settled: where a leg counts: 1 while no schedule is known, by interval; the runs that are
            out and what is realised, by place and interval.
        place_mw: by run, place and hour.
        physical_mw: by run and hour.
        open_mw: by interval.
        contract: line, first hour and price.
        mw: of consecutive hours.
        columns: of the line table.
        by_book: value and realised, $.
    """
    line, first_hour, price = contract
    book, place, run = columns[0, line], columns[1, line], columns[2, line]
    per_hour = len(open_mw) // by_line[0].shape[0]
    gained, late = 0.0, 0.0
    for at in range(len(mw)):
        hour, amount = first_hour + at, mw[at]
        by_line[0][hour, line] += amount
        by_line[1][hour, line] += price * amount
        gained += amount * (marks[0][run, hour, place] / per_hour) - price * amount
        over = realised_count[place, hour] / per_hour
        if over > 0.0:
            late += amount * (marks[1][run, hour, place] / per_hour) - price * amount * over
        place_mw[run, place, hour] += amount
        if columns[4, line] == 0:
            physical_mw[run, hour] += amount
        for interval in range(hour * per_hour, (hour + 1) * per_hour):
            open_mw[interval] += amount * _counted(settled, run, place, interval)
    by_book[0][book] += gained
    by_book[1][book] += late


@compiled
def add_contracts(
    contracts: LineContracts,
    inside: Flags,
    columns: Numbers,
    by_book: tuple[Floats, Floats],
    held: Held,
) -> None:
    """Enter flat contracts one after the other.

    Args:
        contracts: to enter.
        inside: which hours of the day are in each block.
        columns: of the line table.
        by_book: value and what is realised, $.
        held: by the day.
    """
    lines, first, last, mw, price, block = contracts
    by_hour = np.zeros(inside.shape[1])
    for number in range(len(lines)):
        begin, end = first[number], last[number]
        for hour in range(begin, end):
            by_hour[hour] = mw[number] if inside[block[number], hour] else 0.0
        contract = (lines[number], begin, price[number])
        add_contract(*held, contract, by_hour[begin:end], columns, by_book)


@compiled
def spread_over_lines(
    mw: Floats, columns: Numbers, lines: int, moved: Matrix, by_book: Floats
) -> None:
    """Add each line's MW times what moved at its run and place to its book."""
    for line in range(lines):
        amount = moved[columns[2, line], columns[1, line]]
        if amount != 0.0:
            by_book[columns[0, line]] += mw[line] * amount


@compiled
def spread_by_hub(
    mw: Floats,
    numbers: Narrow,
    keys: Numbers,
    moved: Floats,
    by_book: Floats,
    by_hub: Floats,
) -> None:
    """Add the MW of a run's lines times what moved at their places to their hubs and books.

    Args:
        mw: of every line of the market.
        numbers: of the lines of the run.
        keys: cell in ``by_hub`` and place of each of them (``state.market.lines.RunLines``).
        moved: $/MWh by place.
        by_book: $, which this adds to.
        by_hub: $ of the first hub's books, then of the next; this adds to it.
    """
    cells = np.zeros(len(by_hub))
    for at in range(len(numbers)):  # a line that holds nothing adds nothing: to ask costs more
        key = keys[at]
        amount = mw[np.uint64(numbers[at])] * moved[np.uint64(key & PLACES)]
        cells[np.uint64(key >> PLACE_BITS)] += amount
    for cell in range(len(cells)):
        by_hub[cell] += cells[cell]
        by_book[cell % len(by_book)] += cells[cell]


@compiled
def close_fmm(
    first: Flags,
    places: Numbers,
    begin: int,
    per_hour: int,
    place_mw: Cube,
    open_mw: Floats,
) -> None:
    """Let legs at FMM leave the open position where their price is published first.

    Args:
        first: by interval from ``begin`` on, and by number of the place.
        places: looked at.
        begin: interval of the day.
        per_hour: intervals of an hour.
        place_mw: of the firm, by run, place and hour.
        open_mw: of the firm by interval.
    """
    for at in range(len(first)):
        hour = (begin + at) // per_hour
        for number in range(len(places)):
            if first[at, number]:
                open_mw[begin + at] -= place_mw[FMM, places[number], hour]


@compiled
def deliver_interval(
    mw: Floats,
    lines: tuple[Narrow, Narrow, Narrow],
    settled: tuple[Floats, Bits, Flags],
    where: tuple[int, int, int],
    at_end: Floats,
) -> None:
    """Keep what was open at the end of an interval, as its share of the hour's mean.

    Args:
        mw: of every line of the market in the hour.
        lines: number, place and book of each line of a run.
        settled: where a leg counts.
        where: the run, the interval, and how many of them make an hour.
        at_end: MW by line, which this adds to.
    """
    run, interval, per_hour = where
    numbers, places, _ = lines
    counted, somewhere = np.empty(len(settled[1])), False
    for place in range(len(counted)):
        counted[place] = _counted(settled, run, place, interval)
        somewhere |= counted[place] != 0.0
    for at in range(len(numbers) if somewhere else 0):
        line = np.uint64(numbers[at])
        if mw[line] != 0.0:
            at_end[line] += mw[line] * counted[np.uint64(places[at])] / per_hour


@compiled
def realise_places(
    priced: tuple[Cube, Matrix],
    base_marks: Cube,
    places: Numbers,
    interval: int,
    per_hour: int,
    sums: tuple[Cube, Matrix],
    firm: tuple[Cube, Floats],
    gained: tuple[Matrix, Matrix],
) -> None:
    """Follow places at which an interval turned realised.

    Args:
        priced: prices by run, interval and place, and the curve.
        base_marks: marks at midnight by run, place and interval; of no place on a day past.
        places: all different.
        interval: of the day.
        per_hour: intervals of an hour.
        sums: marks that are realised by run, hour and place, and how many by place and hour.
        firm: MW by run, place and hour, and what is open by interval.
        gained: written, $/MWh by run and place times the length of the interval, now and before.
    """
    hour = interval // per_hour
    for place in places:
        sums[1][place, hour] += 1.0
        firm[1][interval] -= firm[0][RTD, place, hour]
    for run in range(len(gained[0])):
        total, now = sums[0][run, hour], gained[0][run]
        for place in places:
            mark = mark_at(priced[0], priced[1], run, place, interval)
            mark = 0.0 if np.isnan(mark) else mark
            total[place] += mark
            now[place] = mark / per_hour
    # Apart from what lies close together: each of these is waited for.
    for run in range(len(gained[1]) if base_marks.shape[1] else 0):
        for place in places:
            gained[1][run, place] = base_marks[run, place, interval] / per_hour


@compiled
def spread_realised(
    held: tuple[Floats, Floats],
    base: tuple[Narrow, tuple[Floats, Floats]],
    columns: Numbers,
    lines: int,
    gained: tuple[Matrix, Matrix],
    over: Floats,
    by_book: Floats,
) -> None:
    """Add what an interval that turned realised gained since midnight to the books of lines.

    Args:
        held: MW and cost of each line in the hour.
        base: lines that held anything in it at midnight, ascending, their MW and cost.
        columns: of the lines.
        lines: how many there are.
        gained: what :func:`realise_places` wrote.
        over: length of the interval, h, by place where it turned; 0 elsewhere.
        by_book: $, which this adds to.
    """
    mw, cost = held
    base_lines, (base_held, base_paid) = base
    found, count = np.empty(lines + 1, dtype=np.int32), 0
    for line in range(lines):  # without branches: whether a line holds anything cannot be guessed
        found[count] = line
        count += (mw[line] != 0.0) | (cost[line] != 0.0)
    found[count] = lines
    at = now_at = 0
    while at < len(base_lines) or now_at < count:
        line = min(found[now_at], base_lines[at]) if at < len(base_lines) else found[now_at]
        base_mw, base_cost = 0.0, 0.0
        if at < len(base_lines) and base_lines[at] == line:
            base_mw, base_cost = base_held[at], base_paid[at]
            at += 1
        now_at += found[now_at] == line
        book, place, run = columns[0, line], columns[1, line], columns[2, line]
        if over[place] == 0.0:
            continue
        now = mw[line] * gained[0][run, place] - cost[line] * over[place]
        before = base_mw * gained[1][run, place] - base_cost * over[place]
        by_book[book] += now - before
