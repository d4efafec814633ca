"""The hours of a market over its whole horizon, by block and by day.

Hours of a block up to any moment are a running count, so that what a contract delivers in a month
or a day is a difference of two of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from state.calendar import HOUR_NS, MarketCalendar, MarketDay, local_midnight_ns
from state.market.horizon import HORIZON_DAYS
from state.messages import Block, FloatColumn

Whole = NDArray[np.int64]

_QUARTER_NS = HOUR_NS // 4
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
    on_peak: NDArray[np.bool_]
    day_start: Whole

    def edge_ns(self, day: int) -> int:
        """Return when a day begins."""
        return self.begin_ns + int(self.day_start[min(day, HORIZON_DAYS)]) * HOUR_NS

    @cached_property
    def _counted(self) -> dict[Block, tuple[NDArray[np.bool_], FloatColumn]]:
        """The hours of each block, and their running count."""
        flags = {Block.ON_PEAK: self.on_peak, Block.OFF_PEAK: ~self.on_peak}
        return {
            block: (wanted, np.concatenate(([0.0], np.cumsum(wanted))))
            for block, wanted in flags.items()
        }

    def days_of(self, start_ns: int, end_ns: int, first: int) -> tuple[slice, Whole]:
        """Return the days from a first one on that a span touches, and its edges within them.

        There is one edge more than days: that at which the last one ends.
        """
        edges_ns = self.begin_ns + self.day_start * HOUR_NS
        begin = max(first, int(np.searchsorted(edges_ns, start_ns, side="right")) - 1)
        end = max(begin, min(HORIZON_DAYS, int(np.searchsorted(edges_ns, end_ns))))
        return slice(begin, end), np.clip(edges_ns[begin : end + 1], start_ns, end_ns)

    def hours_until(self, block: Block, at_ns: Whole) -> FloatColumn:
        """Count the hours of a block from the origin, quarters of an hour rounded up."""
        wanted, total = self._counted[block]
        quarters = -(-(at_ns - self.begin_ns) // _QUARTER_NS)
        quarters = np.clip(quarters, 0, 4 * len(wanted))
        hours, rest = quarters // 4, quarters % 4
        running = wanted[np.minimum(hours, len(wanted) - 1)]
        return np.asarray(total[hours] + running * rest / 4.0)


@lru_cache(maxsize=16)
def clock_of(calendar: MarketCalendar, origin: date) -> Clock:
    """Return the hours of a market's horizon that begins on a date."""
    dates = [origin + timedelta(days=number) for number in range(HORIZON_DAYS + 1)]
    edges_ns = np.array([local_midnight_ns(each, calendar.time_zone) for each in dates])
    day_start = (edges_ns - edges_ns[0]) // HOUR_NS
    on_peak = np.zeros(day_start[-1], dtype=np.bool_)
    usual = np.arange(_USUAL_HOURS)
    for each, first, end in zip(dates[:-1], day_start[:-1], day_start[1:], strict=True):
        if calendar.has_on_peak(each):
            is_usual = end - first == _USUAL_HOURS
            hours = usual if is_usual else MarketDay(calendar, each, **_BY_HOUR).clock_hours
            on_peak[first:end] = calendar.on_peak_at(each, hours)
    return Clock(begin_ns=int(edges_ns[0]), on_peak=on_peak, day_start=day_start)
