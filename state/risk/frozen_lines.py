"""The lines of a market day as they stood when a VaR was struck; the rows: ``state.risk.frozen``.

What a line's MW gain depends on its run, place and hour only, so the MW are kept as they were and
met by one number for each state of an hour: h exposed × (price to come − mark).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from state.arrays import Flags, Matrix, Narrow, Numbers
from state.compiled import compiled
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.exposures import KIND_OF_STATE, RUN_OF_STATE
from state.market.held_cells import HeldCells
from state.messages import FloatColumn
from state.risk.frozen import (
    day_ahead_before,
    exposed_intervals,
    mark_of_kind,
    mean_to_come,
    members_of,
)
from state.risk.kinds import DAY_ON_DAY

_COLUMNS = ("columns", "weight", "members", "mark")


@dataclass(eq=False)
class FrozenLines:
    """The lines of one market day.

    Attributes:
        columns: book, place and run of each line.
        held: their MW.
        weight: h of each hour that were exposed, shape (states, places, hours); 0 where no line
            holds anything.
        members: bit i is set where the kind of the state was exposed in interval i of the hour,
            of the same shape.
        mark: $/MWh, the mean of what these intervals were marked at; NaN where not known then.
    """

    market: str
    day: date
    columns: Narrow
    held: HeldCells
    weight: Matrix
    members: Numbers
    mark: Matrix

    @property
    def waits_for_delivery(self) -> bool:
        """Whether any line settles at a real-time price."""
        return bool(self.weight[KIND_OF_STATE != DAY_ON_DAY].any())

    def observed(self, market: MarketBook) -> tuple[Numbers, FloatColumn]:
        """Return what the lines gained, books and $; NaN stands for what has no price (yet)."""
        books = int(np.max(self.columns[0])) + 1
        usd, count = np.zeros((2, books))
        lacking = np.zeros(books, dtype=np.bool_)
        gain = self.weight * (self._to_come(market) - self._mark(market))
        held = (self.held.lines, self.held.amounts[0], self.held.ends)
        _gain(held, self.columns, self.weight, gain, RUN_OF_STATE, (usd, count, lacking))
        known, short = np.flatnonzero(count), np.flatnonzero(lacking)
        return np.append(known, short), np.append(usd[known], np.full(len(short), np.nan))

    def _to_come(self, market: MarketBook) -> Matrix:
        grid = market.days.get(self.day)
        to_come = np.full(self.weight.shape, np.nan)
        for state, kind in enumerate(KIND_OF_STATE.tolist() if grid is not None else ()):
            at = _where(self.weight[state] != 0.0)
            if grid is not None and len(at[0]):
                to_come[state][at] = mean_to_come(grid, kind, at, self.members[state][at])
        return to_come

    def _mark(self, market: MarketBook) -> Matrix:
        mark = self.mark.copy()
        for state in np.flatnonzero(KIND_OF_STATE == DAY_ON_DAY).tolist():
            late = _where((self.weight[state] != 0.0) & np.isnan(mark[state]))
            if self.day in market.days and len(late[0]):
                mark[state][late] = day_ahead_before(market, self.day, late)
        return mark

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restored` needs."""
        columns = {name: getattr(self, name) for name in _COLUMNS}
        mw = self.held.by_hour(0)
        return {"market": self.market, "day": self.day.isoformat(), "mw": mw, **columns}

    @classmethod
    def restored(cls, saved: dict[str, Any]) -> FrozenLines:
        """Take over a snapshot."""
        columns = {name: saved[name] for name in _COLUMNS}
        columns["columns"] = columns["columns"].astype(np.int32)
        held, day = HeldCells.of(saved["mw"]), date.fromisoformat(saved["day"])
        return cls(market=saved["market"], day=day, held=held, **columns)


def freeze_lines(market: MarketBook) -> list[FrozenLines]:
    """Return the lines of a market that are exposed, as they stand."""
    frozen = (_freeze_day(market, day, grid) for day, grid in market.days.items())
    return [lines for lines in frozen if lines is not None]


def _freeze_day(market: MarketBook, day: date, grid: DeliveryDay) -> FrozenLines | None:
    count = len(market.tables.lines)
    columns = market.tables.lines.columns[:3, :count].astype(np.int32)
    weight = np.zeros(grid.hourly.weight.shape)
    _weight_of_held(grid.hourly.mw, columns, grid.hourly.weight, RUN_OF_STATE, weight)
    if not weight.any():
        return None
    members = members_of(exposed_intervals(grid)[KIND_OF_STATE])
    mark = np.full(weight.shape, np.nan)
    for state, kind in enumerate(KIND_OF_STATE.tolist()):
        at = _where(weight[state] != 0.0)
        if not len(at[0]):
            continue
        if kind == DAY_ON_DAY:
            mark[state][at] = day_ahead_before(market, day, at)
        else:
            mark[state][at] = mark_of_kind(grid, kind, at, members[state][at])
    held = HeldCells.of(grid.hourly.mw[:, :count])
    return FrozenLines(market.market.market, day, columns, held, weight, members, mark)


def _where(flags: Flags) -> tuple[Numbers, Numbers]:
    places, hours = np.nonzero(flags)
    return places, hours


@compiled
def _weight_of_held(
    mw: Matrix,
    columns: Narrow,
    weight: Matrix,
    run_of_state: Numbers,
    kept: Matrix,
) -> None:
    """Copy the weight of every hour in which a line holds anything."""
    for hour in range(mw.shape[0]):
        for line in range(columns.shape[1]):
            if mw[hour, line] == 0.0:
                continue
            for state in range(len(run_of_state)):
                if run_of_state[state] == columns[2, line]:
                    place = columns[1, line]
                    kept[state, place, hour] = weight[state, place, hour]


@compiled
def _gain(
    held: tuple[Narrow, FloatColumn, Numbers],
    columns: Narrow,
    weight: Matrix,
    gain: Matrix,
    run_of_state: Numbers,
    by_book: tuple[FloatColumn, FloatColumn, Flags],
) -> None:
    """Sum what the lines of each book gained; count what is held, flag what has no price."""
    lines, mw, ends = held
    usd, count, lacking = by_book
    at = 0
    for hour in range(len(ends)):
        while at < ends[hour]:
            line, amount = lines[at], mw[at]
            at += 1
            book, place = columns[0, line], columns[1, line]
            for state in range(len(run_of_state)):
                if run_of_state[state] != columns[2, line] or weight[state, place, hour] == 0.0:
                    continue
                count[book] += 1.0
                if np.isnan(gain[state, place, hour]):
                    lacking[book] = True
                else:
                    usd[book] += amount * gain[state, place, hour]
