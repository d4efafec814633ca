"""The days beyond the intraday grid: hours by block, months, contracts spread over them."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from state.arrays import Flags, Numbers
from state.calendar import MarketCalendar, MarketDay, local_date, local_midnight_ns
from state.messages import Block, FloatColumn
from state.moments import HOUR_NS

HORIZON_DAYS = 7 * 366 + 92
"""How far ahead a position is kept: from any day of a year through March of the seventh after it.

Five years after the next twelve months reach as far, as they will when the year has turned.
"""

BLOCKS = (Block.ON_PEAK, Block.OFF_PEAK)

HubBlock = tuple[int, Block]
"""Location index of a hub, and block: what the forward book has marks of."""

SHORT_NS = 48 * HOUR_NS
"""Longer contracts are few, and have many days."""

_MOST_SHORT = 4096


class Horizon:
    """The days since an origin, as one market counts them.

    Args:
        calendar: of the market.
        origin: the first day.

    Attributes:
        hours: of each block, by day.
        months: delivery months, ``YYYY-MM``.
        month_of: number of each day's month.
        month_starts: number of the first day of each month.
        month_edges: the same, with the horizon's end behind.
    """

    def __init__(self, calendar: MarketCalendar, origin: date) -> None:
        self.calendar = calendar
        self.origin = origin
        self.hours, self.months, self.month_of = _days(calendar, origin)
        self.month_starts = np.searchsorted(self.month_of, np.arange(len(self.months)))
        self.month_edges: list[int] = [*self.month_starts.tolist(), HORIZON_DAYS]
        self._short: dict[tuple[Block, int, int, Block], tuple[int, FloatColumn]] = {}

    @property
    def whole_months(self) -> list[str]:
        """The months up to the last one it holds to its end: a day in the middle ends the horizon.

        >>> Horizon(MarketCalendar("UTC"), date(2026, 12, 3)).whole_months[-1]
        '2034-02'
        """
        end = self.origin + timedelta(days=HORIZON_DAYS)
        return self.months if end.day == 1 else self.months[:-1]

    @property
    def day_starts_ns(self) -> Numbers:
        """When each day begins."""
        return _day_starts(self.calendar, self.origin)

    def block_mwh(
        self, block: Block, start_ns: int, end_ns: int, mw: FloatColumn | float, *, of: Block
    ) -> tuple[int, FloatColumn]:
        """Spread a contract over days.

        Args:
            block: on- or off-peak, the part wanted.
            start_ns: begin of the delivery period.
            end_ns: its end.
            mw: signed MW, or one value a local hour of the period.
            of: the contract's block; a flat one is in both parts.

        Returns:
            Number of the first day since the origin, and MWh by day.
        """
        if not isinstance(mw, float):
            return self._spread(block, start_ns, end_ns, mw, of=of)
        at, hours = self._hours(block, start_ns, end_ns, of)
        return at, hours * mw

    def _hours(
        self, block: Block, start_ns: int, end_ns: int, of: Block
    ) -> tuple[int, FloatColumn]:
        """Spread one MW; trades by the thousand have the same few hours of a day or two."""
        key = block, start_ns, end_ns, of
        known = self._short.get(key)
        if known is None:
            known = self._spread(block, start_ns, end_ns, 1.0, of=of)
            if end_ns - start_ns <= SHORT_NS:
                if len(self._short) >= _MOST_SHORT:
                    self._short.clear()
                self._short[key] = known
        return known

    def _spread(
        self, block: Block, start_ns: int, end_ns: int, mw: FloatColumn | float, *, of: Block
    ) -> tuple[int, FloatColumn]:
        zone = self.calendar.time_zone
        first, last = local_date(start_ns, zone), local_date(end_ns - 1, zone)
        at = (first - self.origin).days
        days = (last - first).days + 1
        if of not in (Block.FLAT, block):
            return at, np.zeros(days)
        if not isinstance(mw, float):
            return at, self._shaped(block, start_ns, end_ns, mw, first=first)
        hours = np.array([0.0] * days)
        inside = slice(max(0, -at), max(0, min(days, HORIZON_DAYS - at)))
        hours[inside] = self.hours[block][max(at, 0) : max(at, 0) + len(hours[inside])]
        for edge in self._partial_edges(first, last, start_ns, end_ns):
            hours[edge] = self._hours_between(first + timedelta(days=edge), block, start_ns, end_ns)
        return at, hours * mw

    def _partial_edges(self, first: date, last: date, start_ns: int, end_ns: int) -> list[int]:
        zone = self.calendar.time_zone
        edges = [] if start_ns == local_midnight_ns(first, zone) else [0]
        if end_ns != local_midnight_ns(last + timedelta(days=1), zone):
            edges.append((last - first).days)
        return edges

    def _shaped(
        self, block: Block, start_ns: int, end_ns: int, mw: FloatColumn, *, first: date
    ) -> FloatColumn:
        amounts = []
        day = first
        while local_midnight_ns(day, self.calendar.time_zone) < end_ns:
            amount = 0.0
            if 0 <= (day - self.origin).days < HORIZON_DAYS:
                amount = self._shaped_on(day, block, start_ns, end_ns, mw)
            amounts.append(amount)
            day += timedelta(days=1)
        return np.array(amounts)

    def _shaped_on(
        self, day: date, block: Block, start_ns: int, end_ns: int, mw: FloatColumn
    ) -> float:
        grid = _hours_of_day(self.calendar, day)
        hours = grid.whole_hours(start_ns, end_ns)
        if hours is None:
            begin_ns, lengths, wanted = self._parts(day, block, start_ns, end_ns)
            own = (begin_ns - start_ns) // HOUR_NS
            wanted &= own < len(mw)
            return float(np.add.reduce(mw[own[wanted]] * lengths[wanted]))
        before = (grid.start_ns - start_ns) // HOUR_NS
        inside = mw[before + hours[0] : before + hours[1]]
        wanted = grid.block_mask(block)[hours[0] : hours[0] + len(inside)]
        return float(np.add.reduce(inside[wanted]))

    def _hours_between(self, day: date, block: Block, start_ns: int, end_ns: int) -> float:
        _, hours, wanted = self._parts(day, block, start_ns, end_ns)
        return float(np.add.reduce(hours[wanted]))

    def _parts(
        self, day: date, block: Block, start_ns: int, end_ns: int
    ) -> tuple[Numbers, FloatColumn, Flags]:
        """Cut a period on a day where local hours begin, and those of the period.

        Returns:
            When each part begins, how long it is in hours, and whether it is in the block.
        """
        grid = _hours_of_day(self.calendar, day)
        begin_ns, over_ns = max(start_ns, grid.start_ns), min(end_ns, grid.end_ns)
        cuts = np.arange(grid.start_ns, over_ns, HOUR_NS)
        if (start_ns - grid.start_ns) % HOUR_NS:
            own = start_ns + -(-(begin_ns - start_ns) // HOUR_NS) * HOUR_NS
            cuts = np.union1d(cuts, np.arange(own, over_ns, HOUR_NS))
        cuts = cuts[cuts >= begin_ns]
        lengths = np.diff(np.append(cuts, over_ns)) / HOUR_NS
        return cuts, lengths, grid.block_mask(block)[(cuts - grid.start_ns) // HOUR_NS]

    def month_span_ns(self, month: str) -> tuple[int, int]:
        """Return the edges of a delivery month."""
        return _month_span_ns(month, self.calendar.time_zone)


@lru_cache(maxsize=1024)
def _month_span_ns(month: str, time_zone: str) -> tuple[int, int]:
    first = date.fromisoformat(f"{month}-01")
    after = (first + timedelta(days=32)).replace(day=1)
    return local_midnight_ns(first, time_zone), local_midnight_ns(after, time_zone)


@lru_cache(maxsize=16)
def _days(
    calendar: MarketCalendar, origin: date
) -> tuple[dict[Block, FloatColumn], list[str], Numbers]:
    """Return hours a day by block, the months, and the number of each day's month."""
    days = [origin + timedelta(days=number) for number in range(HORIZON_DAYS)]
    hours = {
        block: np.array([calendar.block_hours(day, block) for day in days], dtype=np.float64)
        for block in Block
    }
    names = [day.strftime("%Y-%m") for day in days]
    months = sorted(set(names))
    place = {name: number for number, name in enumerate(months)}
    return hours, months, np.array([place[name] for name in names])


@lru_cache(maxsize=16)
def _day_starts(calendar: MarketCalendar, origin: date) -> Numbers:
    days = (origin + timedelta(days=number) for number in range(HORIZON_DAYS))
    return np.array([local_midnight_ns(day, calendar.time_zone) for day in days])


@lru_cache(maxsize=HORIZON_DAYS)
def _hours_of_day(calendar: MarketCalendar, day: date) -> MarketDay:
    """Return a date as a grid; trades ask for the same few dates, shapes of years for all."""
    return MarketDay(calendar, day, settlement_seconds=3600)
