"""The compiled loop that carries exposures into scenario P&L, hour by hour and row by row."""

from __future__ import annotations

import numpy as np

from state.arrays import Cube, Flags, Floats, Numbers
from state.compiled import compiled


@compiled
def add_exposures(
    columns: tuple[Numbers, Numbers, Numbers, Numbers],
    mwh: Floats,
    order: Numbers,
    moved_by: tuple[Cube, Cube, Numbers],
    pnl: Cube,
    stale: Flags,
) -> None:
    """Add what exposures that changed gain to their books and the firm, book by book.

    Args:
        columns: kind of shock, book, place and clock hour of each.
        mwh: of each.
        order: of their numbers, in which those of a book follow one another.
        moved_by: $/MWh by kind, hub row, clock hour and scenario, and by kind, place and scenario;
            the hub row of each place.
        pnl: $, shape (horizons, books + firm, scenarios); the first horizon is added to.
        stale: which of them moved; shape (horizons, books + firm).
    """
    kinds, books, places, clock_hours = columns
    hub, basis, hub_row = moved_by
    firm, gained, at = pnl.shape[1] - 1, np.empty(pnl.shape[2]), 0
    while at < len(order):
        book = books[order[at]]
        gained[:] = 0.0
        while at < len(order) and books[order[at]] == book:
            number = order[at]
            kind, place, amount = kinds[number], places[number], mwh[number]
            by_hub, local = hub[kind, hub_row[place], clock_hours[number]], basis[kind, place]
            for scenario in range(len(gained)):
                gained[scenario] += (by_hub[scenario] + local[scenario]) * amount
            at += 1
        for scenario in range(len(gained)):
            pnl[0, book, scenario] += gained[scenario]
            pnl[0, firm, scenario] += gained[scenario]
        stale[0, book] = stale[0, firm] = True
