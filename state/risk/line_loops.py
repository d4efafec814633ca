"""The compiled loops of the scenario P&L of lines; ``state.risk.lines`` says what they mean."""

from __future__ import annotations

import numpy as np

from state.arrays import Cube, Flags, Floats, Matrix, Narrow, Numbers
from state.compiled import compiled
from state.market.exposures import KIND_OF_STATE, RUN_OF_STATE


@compiled
def _add(amount: float, row: Floats, total: Floats) -> None:
    """Add an amount times a row."""
    for scenario in range(len(total)):
        total[scenario] += amount * row[scenario]


@compiled
def _add_hub(mwh: Floats, clock_hours: Numbers, before: Matrix, gained: Floats) -> float:
    """Add what MWh by hour gain by their hub's price; return their sum.

    Hours in a row that hold the same gain by one difference of two sums.
    """
    at, total = 0, 0.0
    while at < len(mwh):
        amount, first = mwh[at], clock_hours[at]
        at, last = at + 1, first + 1
        while at < len(mwh) and mwh[at] == amount and clock_hours[at] == last:
            at, last = at + 1, last + 1
        if amount != 0.0:
            total += amount * (last - first)
            _add_difference(amount, before[last], before[first], gained)
    return total


@compiled
def _add_difference(amount: float, row: Floats, less: Floats, total: Floats) -> None:
    """Add an amount times the difference of two rows."""
    for scenario in range(len(total)):
        total[scenario] += amount * (row[scenario] - less[scenario])


@compiled
def enter_line(
    line: int,
    first: int,
    mw: Floats,
    columns: Numbers,
    weight: Cube,
    hub_before: Cube,
    basis: Cube,
    hub_row: Numbers,
    clock_hours: Numbers,
    units: Cube,
    unit_at: Numbers,
    pnl: Cube,
    stale: Flags,
) -> None:
    """Add MW of consecutive hours of a line to scenario P&L, and to the units that are kept.

    Args:
        line: its number.
        first: of the hours.
        mw: by hour.
        columns: of the line table.
        weight: h exposed, by state, hour and place.
        hub_before: $/MWh summed over the clock hours before each, by kind, hub row, clock hour
            and scenario.
        basis: $/MWh by kind, place and scenario.
        hub_row: by place.
        clock_hours: of each hour of the day.
        units: that are kept, shape (number, books, scenarios).
        unit_at: their number by state and hour.
        pnl: $, shape (horizons, books + firm, scenarios).
        stale: which of them moved; shape (horizons, books + firm).
    """
    book, place, run = columns[0, line], columns[1, line], columns[2, line]
    last, gained = first + len(mw), np.zeros(pnl.shape[2])
    for state in range(len(RUN_OF_STATE)):
        if RUN_OF_STATE[state] != run:
            continue
        before = hub_before[KIND_OF_STATE[state], hub_row[place]]
        local = basis[KIND_OF_STATE[state], place]
        mwh = mw * weight[state, first:last, place]
        total = _add_hub(mwh, clock_hours[first:last], before, gained)
        if total != 0.0:
            _add(total, local, gained)
        for hour in range(first, last):
            if unit_at[state, hour] >= 0:
                unit, amount = units[unit_at[state, hour], book], mw[hour - first]
                clock = clock_hours[hour]
                _add_difference(amount, before[clock + 1], before[clock], unit)
                _add(amount, local, unit)
    firm_node = pnl.shape[1] - 1
    own, firm = pnl[0, book], pnl[0, firm_node]
    for scenario in range(len(gained)):
        own[scenario] += gained[scenario]
        firm[scenario] += gained[scenario]
    stale[0, book] = stale[0, firm_node] = True


@compiled
def most_share(moved: Matrix) -> tuple[Floats, Flags]:
    """Return the value that more than half of the places share, and whether any has another.

    A state without such a value shares zero. The search is that of Boyer and Moore, "MJRTY: a fast
    majority vote algorithm" (1991).

    Args:
        moved: by state and place.

    >>> common, apart = most_share(np.array([[0.5, 0.0, 0.5], [1.0, 1.0, 1.0]]))
    >>> common.tolist(), apart.tolist()
    ([0.5, 1.0], [True, False])
    """
    states, places = moved.shape
    common, apart = np.zeros(states), np.zeros(states, dtype=np.bool_)
    for state in range(states if places else 0):
        found = moved[state, 0]
        if _count(moved[state], found) < places:
            apart[state] = True
            found = _candidate(moved[state])
        if 2 * _count(moved[state], found) > places:
            common[state] = found
    return common, apart


@compiled
def _candidate(values: Floats) -> float:
    """Return the only value that more than half can be."""
    found, votes = values[0], 0
    for value in values:
        if votes == 0:
            found = value
        votes += 1 if value == found else -1
    return float(found)


@compiled
def _count(values: Floats, wanted: float) -> int:
    alike = 0
    for at in range(len(values)):
        alike += 1 if values[at] == wanted else 0
    return alike


@compiled
def sum_lines(
    mw: Floats,
    lines: tuple[Narrow, Narrow, Narrow],
    hours: Floats,
    hub_row: Numbers,
    moved_by: tuple[Matrix, Matrix],
    gained: Matrix,
) -> int:
    """Write what the lines of an hour and run gain, by book; return how many they are.

    Args:
        mw: of every line of the market in the hour.
        lines: number, place and book of each line of the run.
        hours: of exposure, h by place.
        hub_row: by place.
        moved_by: $/MWh by hub row, and by place.
        gained: $, shape (books, scenarios), written.
    """
    hub, basis = moved_by
    books = gained.shape[0]
    places, mwh, first = _by_book(mw, lines, hours, books)
    by_hub = np.zeros(hub.shape[0])
    for book in range(books):
        part = slice(first[book], first[book + 1])
        gained[book], by_hub[:] = 0.0, 0.0
        for at in range(first[book], first[book + 1]):
            by_hub[hub_row[places[at]]] += mwh[at]
        for row in range(len(by_hub)):
            _add(by_hub[row], hub[row], gained[book])
        _add_rows(mwh[part], places[part], basis, gained[book])
    return len(places)


@compiled
def _by_book(
    mw: Floats, lines: tuple[Narrow, Narrow, Narrow], hours: Floats, books: int
) -> tuple[Numbers, Floats, Numbers]:
    """Return place and MWh of the lines that are exposed, book by book, where each book begins."""
    numbers, places, owners = lines
    held, amounts = np.empty(len(numbers), dtype=np.int64), np.empty(len(numbers))
    count, first = 0, np.zeros(books + 1, dtype=np.int64)
    for at in range(len(numbers)):
        amount = mw[np.uint64(numbers[at])]
        held[count], amounts[count] = at, amount
        count += amount != 0.0
    chosen, count = count, 0
    for at in range(chosen):
        line, amount = held[at], amounts[at]
        over = hours[np.uint64(places[line])]
        held[count], amounts[count] = line, amount * over
        if over != 0.0:
            count += 1
            first[owners[line] + 1] += 1
    for book in range(books):
        first[book + 1] += first[book]
    place, mwh, free = np.empty(count, dtype=np.int64), np.empty(count), first.copy()
    for at in range(count):
        book = owners[held[at]]
        place[free[book]], mwh[free[book]] = places[held[at]], amounts[at]
        free[book] += 1
    return place, mwh, first


@compiled
def _add_rows(amounts: Floats, places: Numbers, rows: Matrix, total: Floats) -> None:
    """Add amounts times their places' rows, eight at a time in their order."""
    whole = len(amounts) // 8 * 8
    for at in range(0, whole, 8):
        a, b, c, d = amounts[at], amounts[at + 1], amounts[at + 2], amounts[at + 3]
        e, f, g, h = amounts[at + 4], amounts[at + 5], amounts[at + 6], amounts[at + 7]
        row_a, row_b = rows[places[at]], rows[places[at + 1]]
        row_c, row_d = rows[places[at + 2]], rows[places[at + 3]]
        row_e, row_f = rows[places[at + 4]], rows[places[at + 5]]
        row_g, row_h = rows[places[at + 6]], rows[places[at + 7]]
        for scenario in range(len(total)):
            moved = total[scenario] + a * row_a[scenario] + b * row_b[scenario]
            moved = moved + c * row_c[scenario] + d * row_d[scenario]
            moved = moved + e * row_e[scenario] + f * row_f[scenario]
            total[scenario] = moved + g * row_g[scenario] + h * row_h[scenario]
    for at in range(whole, len(amounts)):
        _add(amounts[at], rows[places[at]], total)


@compiled
def add_by_book(gained: Matrix, hours: float, pnl: Cube) -> None:
    """Add what books gain in so many h to their scenario P&L and the firm's."""
    firm = pnl[0, pnl.shape[1] - 1]
    for book in range(gained.shape[0]):
        held, own = gained[book], pnl[0, book]
        for scenario in range(len(held)):
            amount = hours * held[scenario]
            own[scenario] += amount
            firm[scenario] += amount


@compiled
def is_under_way(weight: Cube, places: Numbers, hour: int) -> bool:
    """Say whether of any leg a part of the hour is published and another not."""
    for place in places:
        for state in range(weight.shape[0]):
            if 0.0 < weight[state, place, hour] < 1.0:
                return True
    return False
