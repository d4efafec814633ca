"""Who holds the open position of a market day: rows of books and locations, as screens show them.

Up to :data:`MOST_PAIRS` (book, location) pairs every one is a row. Of more, the locations with
the largest positions keep a row for each of their books, and what every book holds at the others
is summed by hub: sums by book, by hub and in all stay exact, and a view stays small.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from state.arrays import Flags, Matrix, Numbers
from state.market.delivery_day import DeliveryDay
from state.market.tables import MarketTables

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
    placed = _placed(day, tables, shown)
    open_mw = np.zeros((len(placed.holders), day.day.hours))
    open_mw[: len(placed.rows)] = rows_mw[placed.rows]
    rest = day.open_lines.rows(placed.lines, placed.row_of, day.delivered, open_mw)
    others = held & ~shown
    if not others.any():
        return placed.holders, open_mw
    for row in np.flatnonzero(~shown[tables.rows.location]).tolist():
        hub = tables.locations.hub_rank[tables.rows.location[row]]
        rest[:, hub, tables.rows.book[row]] += rows_mw[row]
    summed, rest_mw = _by_hub(tables, others, rest)
    return placed.holders + summed, np.concatenate((open_mw, rest_mw))


class _Placed(NamedTuple):
    """Where what is held at the locations shown stands.

    Attributes:
        holders: book and name of the location of each row of the view.
        rows: kept by interval; the first of the view.
        lines, row_of: numbers of lines, and the row of the view of each.
    """

    holders: list[tuple[int, str]]
    rows: Numbers
    lines: Numbers
    row_of: Numbers


def _placed(day: DeliveryDay, tables: MarketTables, shown: Flags) -> _Placed:
    """Return what is kept from the last look, unless other locations are shown or lines came."""
    stamp = shown.tobytes(), len(tables.rows), len(tables.lines)
    known = day.kept.get("placed")
    if known is None or known[0] != stamp:
        day.kept["placed"] = known = stamp, _place(tables, shown)
    placed: _Placed = known[1]
    return placed


def _place(tables: MarketTables, shown: Flags) -> _Placed:
    holders: dict[tuple[int, int], int] = {}
    rows = np.flatnonzero(shown[tables.rows.location])
    for book, place in zip(tables.rows.book[rows], tables.rows.location[rows], strict=True):
        holders.setdefault((int(book), int(place)), len(holders))
    lines = np.flatnonzero(shown[tables.lines.place])
    # Pairs are numbered as their first lines appear, so ascending numbers are in that order.
    _, first, pair_of = np.unique(tables.lines.pair[lines], return_index=True, return_inverse=True)
    pairs = tables.lines.columns[:2, lines[first]].T.tolist()
    row_of = np.array(
        [holders.setdefault((book, place), len(holders)) for book, place in pairs], dtype=np.int64
    )
    names = tables.locations.names
    found = [(book, names[place]) for book, place in holders]
    return _Placed(found, rows, lines, row_of[pair_of])


def _shown(day: DeliveryDay, tables: MarketTables, held: Flags, rows_mw: Matrix) -> Flags:
    """Say which locations have rows of their own."""
    if tables.lines.pair_count + len(tables.rows) <= MOST_PAIRS:
        return held
    first_hour = min(day.delivered // day.day.per_hour, day.day.hours - 1)
    size = day.open_lines.size(first_hour)
    np.add.at(size, tables.rows.location, np.add.reduce(np.abs(rows_mw[:, first_hour:]), axis=1))
    size[~held] = -1.0
    most = min(LOCATIONS_SHOWN, len(size))
    least = np.partition(size, -most)[-most]
    large = np.flatnonzero(size >= least)  # of equals at the edge, those that were named first
    largest = large[np.lexsort((large, -size[large]))][:LOCATIONS_SHOWN]
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
