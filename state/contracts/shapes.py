"""The hours of a contract with a value an hour, all at once: a PPA of ten years has 87,648."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from state.arrays import Flags, Numbers
from state.calendar import MarketCalendar, MarketDay, local_date, local_midnight_ns
from state.messages import Block, FloatColumn, Trade
from state.moments import HOUR_NS
from state.periods import month_after

_MONTHS = 12


class ShapeHours(NamedTuple):
    """Hours, and parts of hours, in which a shape delivers, in the order of time.

    Attributes:
        begin_ns, end_ns: of each.
        mw: bought +, sold −; of an as-generated contract shares of its resource's output.
    """

    begin_ns: Numbers
    end_ns: Numbers
    mw: FloatColumn

    def between(self, start_ns: int, end_ns: int) -> ShapeHours:
        """Return what lies between two moments."""
        begin, over = np.maximum(self.begin_ns, start_ns), np.minimum(self.end_ns, end_ns)
        inside = begin < over
        return ShapeHours(begin[inside], over[inside], self.mw[inside])

    @property
    def mwh(self) -> FloatColumn:
        """MW × hours of each."""
        return np.asarray(self.mw * (self.end_ns - self.begin_ns) / HOUR_NS)

    def by_month(self, calendar: MarketCalendar) -> list[tuple[str, float]]:
        """Return MW × hours by local month, months in which it delivers nothing left out."""
        if not len(self.mw):
            return []
        zone = calendar.time_zone
        first = local_date(int(self.begin_ns[0]), zone).replace(day=1)
        last = local_date(int(self.begin_ns[-1]), zone)
        count = (last.year - first.year) * _MONTHS + last.month - first.month + 1
        months = [month_after(first, number) for number in range(count)]
        edges = [local_midnight_ns(month, zone) for month in months]
        month_of = np.searchsorted(edges, self.begin_ns, side="right") - 1
        summed = np.bincount(month_of, self.mwh, count).tolist()
        held = np.bincount(month_of, minlength=count).tolist()
        columns = zip(months, summed, held, strict=True)
        return [(f"{month:%Y-%m}", mwh) for month, mwh, hours in columns if hours]


def hours_of(trade: Trade, calendar: MarketCalendar, block: Block) -> ShapeHours:
    """Return the hours in which a shape delivers in a block; hours of no MW are left out.

    Where it begins within an hour, hours are cut where the block may begin or end.
    """
    start_ns, end_ns = trade.delivery_start_ns, trade.delivery_end_ns
    end_ns = min(end_ns, start_ns + len(trade.profile_mw) * HOUR_NS)
    begin = np.arange(start_ns, end_ns, HOUR_NS)
    if block is not Block.FLAT and start_ns % HOUR_NS:
        begin = np.union1d(begin, np.arange(-(-start_ns // HOUR_NS) * HOUR_NS, end_ns, HOUR_NS))
    over = np.append(begin[1:], end_ns)
    mw = trade.profile_mw[(begin - start_ns) // HOUR_NS]
    wanted = mw != 0.0
    if block is not Block.FLAT and len(begin):
        wanted &= _on_peak(calendar, begin) == (block is Block.ON_PEAK)
    return ShapeHours(begin[wanted], over[wanted], mw[wanted])


def _on_peak(calendar: MarketCalendar, at_ns: Numbers) -> Flags:
    """Say which of some moments, in the order of time, are in on-peak hours."""
    first, last = (local_date(int(at_ns[edge]), calendar.time_zone).year for edge in (0, -1))
    flags = np.concatenate([_on_peak_of(calendar, year) for year in range(first, last + 1)])
    begin_ns = local_midnight_ns(date(first, 1, 1), calendar.time_zone)
    return np.asarray(flags[(at_ns - begin_ns) // HOUR_NS])


@lru_cache(maxsize=512)
def _on_peak_of(calendar: MarketCalendar, year: int) -> Flags:
    """Say which hours of a local year are on-peak."""
    day, hours = date(year, 1, 1), []
    while day.year == year:
        grid = MarketDay(calendar, day, settlement_seconds=3600)
        hours.append(grid.on_peak)
        day += timedelta(days=1)
    return np.concatenate(hours)
