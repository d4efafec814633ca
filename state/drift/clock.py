"""The hours of a market over its whole horizon, by block and by day.

Hours of a block up to any moment are a running count, so that what a contract delivers in a month
or a day is a difference of two of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache

import numpy as np

from state.arrays import Flags, Numbers
from state.calendar import MarketCalendar, MarketDay, local_midnight_ns
from state.market.horizon import HORIZON_DAYS
from state.messages import Block, FloatColumn
from state.moments import HOUR_NS

_USUAL_HOURS = 24
_BY_HOUR = {"settlement_seconds": 3600}


@dataclass(frozen=True)
class Clock:
    """The hours from the origin to the end of the horizon.

    Attributes:
        begin_ns: of the first hour.
        on_peak: whether each hour is.
        day_start: the number of each day's first hour, and one past the last.
    """

    begin_ns: int
    on_peak: Flags
    day_start: Numbers

    def edge_ns(self, day: int) -> int:
        """Return when a day begins."""
        return self.begin_ns + int(self.day_start[min(day, HORIZON_DAYS)]) * HOUR_NS

    @cached_property
    def _counted(self) -> dict[Block, tuple[Flags, FloatColumn]]:
        """The hours of each block, and their running count."""
        flags = {Block.ON_PEAK: self.on_peak, Block.OFF_PEAK: ~self.on_peak}
        return {
            block: (wanted, np.concatenate(([0.0], np.cumsum(wanted))))
            for block, wanted in flags.items()
        }

    def days_of(self, start_ns: int, end_ns: int, first: int) -> tuple[slice, Numbers]:
        """Return the days from a first one on that a span touches, and its edges within them.

        There is one edge more than days: that at which the last one ends.
        """
        edges_ns = self.begin_ns + self.day_start * HOUR_NS
        begin = max(first, int(np.searchsorted(edges_ns, start_ns, side="right")) - 1)
        end = max(begin, min(HORIZON_DAYS, int(np.searchsorted(edges_ns, end_ns))))
        return slice(begin, end), np.clip(edges_ns[begin : end + 1], start_ns, end_ns)

    def hours_until(self, block: Block, at_ns: Numbers) -> FloatColumn:
        """Count the hours of a block from the origin, parts of hours by their length."""
        wanted, total = self._counted[block]
        gone_ns = np.clip(at_ns - self.begin_ns, 0, len(wanted) * HOUR_NS)
        hours, rest_ns = gone_ns // HOUR_NS, gone_ns % HOUR_NS
        running = wanted[np.minimum(hours, len(wanted) - 1)]
        return np.asarray(total[hours] + running * rest_ns / HOUR_NS)


@lru_cache(maxsize=16)
def clock_of(calendar: MarketCalendar, origin: date) -> Clock:
    """Return the hours of a market's horizon that begins on a date."""
    dates = [origin + timedelta(days=number) for number in range(HORIZON_DAYS + 1)]
    edges_ns = np.array([local_midnight_ns(each, calendar.time_zone) for each in dates])
    day_start = (edges_ns - edges_ns[0]) // HOUR_NS
    on_peak = np.zeros(day_start[-1], dtype=np.bool_)
    has_peak = np.array([calendar.has_on_peak(each) for each in dates[:-1]])
    is_usual = np.diff(day_start) == _USUAL_HOURS
    usual, hours = np.flatnonzero(has_peak & is_usual), np.arange(_USUAL_HOURS)
    if len(usual):  # one such day is as the other
        own = calendar.on_peak_at(dates[usual[0]], hours)
        on_peak[day_start[usual][:, None] + hours] = own
    for number in np.flatnonzero(has_peak & ~is_usual).tolist():
        day = MarketDay(calendar, dates[number], **_BY_HOUR)
        first, end = day_start[number : number + 2]
        on_peak[first:end] = calendar.on_peak_at(day.day, day.clock_hours)
    return Clock(begin_ns=int(edges_ns[0]), on_peak=on_peak, day_start=day_start)
