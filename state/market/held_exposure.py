"""The exposures of a day as they stand, whoever keeps them: rows by interval, lines by hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from state.arrays import Floats, Numbers
from state.market.delivery_day import DeliveryDay
from state.market.exposures import STATES, ExposureMove, line_columns, weight_before, weight_columns
from state.market.tables import MarketTables
from state.risk.kinds import KINDS


@dataclass(frozen=True)
class HeldExposure:
    """What is still exposed, by holder: the rows first, then the lines.

    Attributes:
        book, place: of each holder that may be exposed.
        mwh: + long, shape (kinds of shock, holders, hours of the day).
    """

    book: Numbers
    place: Numbers
    mwh: Floats


def held_exposure(day: DeliveryDay, tables: MarketTables) -> HeldExposure:
    """Return the exposures of a day: of all rows, and of lines where anything still is exposed.

    That is 50 MB where 60,000 lines are to come, and next to nothing of a day long over.
    """
    rows, lines = tables.rows, tables.lines
    still = np.asarray(day.hourly.weight.any(axis=(0, 2)))
    exposed = np.flatnonzero(still[lines.place])
    return HeldExposure(
        book=np.concatenate((rows.book, lines.book[exposed])),
        place=np.concatenate((rows.location, lines.place[exposed])),
        mwh=exposure_of(day, tables, np.append(np.arange(len(rows)), len(rows) + exposed)),
    )


def exposure_of(day: DeliveryDay, tables: MarketTables, holders: Numbers) -> Floats:
    """Return the exposures of some holders in ascending order, shape (kinds, holders, hours).

    Args:
        day: of the market.
        tables: of the market.
        holders: numbers of rows, and of lines counted on from the last row.
    """
    rows = len(tables.rows)
    first_line = int(np.searchsorted(holders, rows))
    of_rows = day.exposure[:, holders[:first_line]]
    return np.concatenate((of_rows, _of_lines(day, tables, holders[first_line:] - rows)), axis=1)


def _of_lines(day: DeliveryDay, tables: MarketTables, lines: Numbers) -> Floats:
    hourly, (_, places, runs, *_) = day.hourly, tables.lines.columns[:, lines]
    held = hourly.mw[:, lines].T
    mwh = np.zeros((KINDS, *held.shape))
    for state, (run, kind) in enumerate(STATES):
        mwh[kind] += np.where((runs == run)[:, None], held * hourly.weight[state, places], 0.0)
    return mwh


def moves_out(grid: DeliveryDay, tables: MarketTables) -> list[ExposureMove]:
    """Return what takes the exposures of a day out of risk, with its moves that wait."""
    held = held_exposure(grid, tables)
    kinds, holders, hours = np.nonzero(held.mwh)
    left = ExposureMove(
        kinds,
        held.book[holders],
        held.place[holders],
        grid.day.clock_hours[hours],
        -held.mwh[kinds, holders, hours],
    )
    return [*grid.moves, *_waiting(grid, tables), *([left] if len(kinds) else [])]


def _waiting(grid: DeliveryDay, tables: MarketTables) -> list[ExposureMove]:
    """Return the moves of lines that the scenario P&L has not followed yet."""
    hourly, lines, clock_hours = grid.hourly, tables.lines, grid.day.clock_hours
    weight = weight_before(hourly.weight, hourly.weighed)
    entered = [line_columns(move, lines, weight, clock_hours) for move in hourly.entered]
    return entered + [
        weight_columns(move, lines, hourly.mw[move.hour], clock_hours) for move in hourly.weighed
    ]
