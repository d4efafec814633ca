"""The compiled loops of the explain: what a message moved, in one pass over the books."""

from __future__ import annotations

import numpy as np

from state.arrays import Flags, Floats, Matrix, Numbers
from state.compiled import compiled
from state.risk.portfolio import TOTAL

UNIT = 2.0**24
"""Amounts are whole multiples of one by this."""

_ONE = 1.0 / UNIT
_HALF = 0.5


@compiled
def undelivered(rows_mw: Floats, lines_mw: Floats, delivered: int) -> float:
    """Return the sum of two open positions over the intervals that are not over, MW."""
    rows, lines = 0.0, 0.0
    for interval in range(delivered, len(rows_mw)):
        rows += rows_mw[interval]
        lines += lines_mw[interval]
    return rows + lines


@compiled
def follow_figures(
    value: Floats,
    first: int,
    var: Matrix,
    var_known: bool,  # noqa: FBT001 - a compiled loop takes no keywords
    open_mwh: float,
    last: Floats,
    amounts: Matrix,
    row: int,
) -> tuple[float, float, float]:
    """Take over figures as they stand and add by how much they moved to a row.

    Args:
        value: $ of a market by book, in columns from ``first`` on; empty for none.
        first: column of the market's first book.
        var: by horizon and node.
        var_known: whether there is any.
        open_mwh: of the firm.
        last: the figures of before, in the columns of a stretch; become those of now.
        amounts: what moved, in the same columns.
        row: of ``amounts``.

    Returns:
        What moved of the firm: $, open MWh, VaR.
    """
    usd, moved, nodes = 0.0, 0.0, var.shape[1]
    for book in range(len(value)):
        usd += _follow(value[book], first + book, last, amounts, row)
    begin = len(last) - 1 - nodes
    for node in range(nodes):
        now = var[TOTAL, node] if var_known else 0.0
        moved = _follow(now, begin + node, last, amounts, row)
    return usd, _follow(open_mwh, len(last) - 1, last, amounts, row), moved


@compiled
def _follow(figure: float, at: int, last: Floats, amounts: Matrix, row: int) -> float:
    # Less than half a unit off is what rounds to the same.
    scaled = figure * UNIT
    if abs(scaled - last[at] * UNIT) < _HALF:
        return 0.0
    now = np.rint(scaled) * _ONE
    moved: float = now - last[at]
    last[at] = now
    amounts[row, at] += moved
    return moved


@compiled
def spread_rows(
    usd: Matrix,
    on_peak: Flags,
    rows: Numbers,
    book: Numbers,
    place: Numbers,
    hub_rank: Numbers,
    sums: Floats,
) -> None:
    """Add a block of rows and intervals to sums by block, hub and book.

    Args:
        usd: shape (rows, intervals).
        on_peak: which intervals are.
        rows: of the market.
        book: of every row of the market.
        place: likewise its location.
        hub_rank: of every location.
        sums: shape (blocks with on-peak first, hubs, books).
    """
    for number in range(len(rows)):
        row = rows[number]
        peak, off = 0.0, 0.0
        for interval in range(usd.shape[1]):
            if on_peak[interval]:
                peak += usd[number, interval]
            else:
                off += usd[number, interval]
        hub = hub_rank[place[row]]
        sums[0, hub, book[row]] += peak
        sums[1, hub, book[row]] += off


@compiled
def share_out(sums: Matrix, dust: float, left: Floats, chosen: Numbers) -> tuple[int, bool]:
    """Round sums to whole multiples, and add what is left by rounding to the largest of them.

    Args:
        sums: $, one row a key, by book; become what each key is given.
        dust: what is less than this of every book is left by rounding; more is not shared out.
        left: $ by book to share out; becomes what could not be.
        chosen: room for the numbers of the rows that hold anything.

    Returns:
        How many rows do, and whether anything could not be shared out.
    """
    count, largest, most = 0, -1, 0.0
    for row in range(len(sums)):
        size = 0.0
        for book in range(len(left)):
            if sums[row, book] != 0.0:
                size += abs(sums[row, book])
                sums[row, book] = np.rint(sums[row, book] * UNIT) * _ONE
                left[book] -= sums[row, book]
        if size > 0.0:
            chosen[count] = row
            count += 1
        if size > most:
            largest, most = row, size
    if largest >= 0 and np.max(np.abs(left)) < dust:
        sums[largest] += left
        left[:] = 0.0
    return count, bool(np.any(left))


@compiled
def add_rows(sums: Matrix, rows: Numbers, amounts: Matrix, chosen: Numbers) -> None:
    """Add some rows of amounts to rows of sums, which are all different."""
    for number in range(len(rows)):
        own, amount = sums[rows[number]], amounts[chosen[number]]
        for column in range(len(own)):
            own[column] += amount[column]
