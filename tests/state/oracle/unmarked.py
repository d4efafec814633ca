"""MWh without a mark, looked at interval by interval."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.messages import FloatColumn


def looked_at(market: MarketBook) -> FloatColumn:
    """Return the MWh of today and tomorrow without a mark, by book."""
    total = np.zeros(len(market.books))
    places = np.arange(len(market.tables.locations))
    for _, day in market.open_days():
        without = np.isnan(day.prices.marks(places, slice(None)))
        for book, leg, place, interval, mw in _held_in(market, day):
            if without[leg, place, interval]:
                total[book] += abs(mw) * day.hours_per_interval
    return total


def _held_in(market: MarketBook, day: DeliveryDay) -> Iterator[tuple[int, int, int, int, float]]:
    lines, rows = market.tables.lines, market.tables.rows
    for line in range(len(lines)):
        for interval in range(day.day.intervals):
            mw = float(day.hourly.mw[interval // day.day.per_hour, line])
            if mw:
                yield lines.book[line], lines.run[line], lines.place[line], interval, mw
    for leg, row, interval in np.argwhere(day.legs.legs[:, : len(rows)]).tolist():
        mw = float(day.legs.legs[leg, row, interval])
        yield rows.book[row], leg, rows.location[row], interval, mw
