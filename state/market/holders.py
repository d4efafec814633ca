"""Who holds the open position of a market day: rows of books and locations, as screens show them.

Up to :data:`MOST_PAIRS` (book, location) pairs every one is a row. Of more, the locations with
the largest positions keep a row for each of their books, and what every book holds at the others
is summed by hub: sums by book, by hub and in all stay exact, and a view stays small.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from state.market.delivery_day import DeliveryDay
from state.market.tables import MarketTables

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST_PAIRS = 500
LOCATIONS_SHOWN = 12
"""Of more pairs than that: the locations with the largest positions over the hours left."""


def open_by_holder(
    day: DeliveryDay, tables: MarketTables, rows_mw: Matrix
) -> tuple[list[tuple[int, str]], Matrix]:
    """Return who holds what.

    Args:
        day: of the market.
        tables: of the market.
        rows_mw: mean open MW of what is kept by interval, by row and hour.

    Returns:
        Book index and name of the location of each row, and its mean open MW by hour.
    """
    day.open_lines.follow(day.delivered)
    held = day.open_lines.held.copy()
    held[tables.rows.location] = True
    shown = _shown(day, tables, held, rows_mw)
    names = tables.locations.names
    holders: dict[tuple[int, int], int] = {}
    rows = np.flatnonzero(shown[tables.rows.location])
    for book, place in zip(tables.rows.book[rows], tables.rows.location[rows], strict=True):
        holders.setdefault((int(book), int(place)), len(holders))
    lines = np.flatnonzero(shown[tables.lines.place])
    pairs = tables.lines.columns[:2, lines].T.tolist()
    row_of = np.array(
        [holders.setdefault((book, place), len(holders)) for book, place in pairs], dtype=np.int64
    )
    open_mw = np.zeros((len(holders), day.day.hours))
    open_mw[: len(rows)] = rows_mw[rows]
    rest = day.open_lines.rows(lines, row_of, day.delivered, open_mw)
    found = [(book, names[place]) for book, place in holders]
    others = held & ~shown
    if not others.any():
        return found, open_mw
    for row in np.flatnonzero(~shown[tables.rows.location]).tolist():
        hub = tables.locations.hub_rank[tables.rows.location[row]]
        rest[:, hub, tables.rows.book[row]] += rows_mw[row]
    summed, rest_mw = _by_hub(tables, others, rest)
    return found + summed, np.concatenate((open_mw, rest_mw))


def _shown(day: DeliveryDay, tables: MarketTables, held: Flags, rows_mw: Matrix) -> Flags:
    """Say which locations have rows of their own."""
    if len(tables.lines.pairs) + len(tables.rows) <= MOST_PAIRS:
        return held
    first_hour = min(day.delivered // day.day.per_hour, day.day.hours - 1)
    size = day.open_lines.size(first_hour)
    np.add.at(size, tables.rows.location, np.add.reduce(np.abs(rows_mw[:, first_hour:]), axis=1))
    size[~held] = -1.0
    largest = np.lexsort((np.arange(len(size)), -size))[:LOCATIONS_SHOWN]
    shown = np.zeros(len(held), dtype=np.bool_)
    shown[largest] = True
    return shown & held


def _by_hub(
    tables: MarketTables, others: Flags, rest: Matrix
) -> tuple[list[tuple[int, str]], Matrix]:
    ranked = tables.locations.ranked_hubs
    counts = np.bincount(tables.locations.hub_rank[others], minlength=len(ranked))
    names = [
        f"{count:,} others at {hub}" if hub else f"{count:,} others without a hub"
        for count, hub in zip(counts.tolist(), ranked, strict=True)
    ]
    books, hubs = rest.shape[2], np.flatnonzero(counts).tolist()
    holders = [(book, names[hub]) for hub in hubs for book in range(books)]
    by_row = np.ascontiguousarray(rest[:, hubs].reshape(len(rest), -1).T)
    return holders, by_row
