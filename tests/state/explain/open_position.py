"""The open position from the legs and contracts themselves, for tests that hold the core to it."""

from __future__ import annotations

import numpy as np

from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.prices import DA, FMM


def open_mwh(market: MarketBook) -> float:
    """The open position of the undelivered intervals of today and tomorrow, MWh."""
    return sum((_of_day(market, day) for _, day in market.open_days()), 0.0)


def _of_day(market: MarketBook, day: DeliveryDay) -> float:
    lines, held = market.tables.lines, day.hourly.mw
    total = float(np.add.reduce(day.legs.open[:, day.delivered :], axis=None))
    for interval in range(day.delivered, day.day.intervals):
        for line in range(len(lines)):
            mw = held[interval // day.day.per_hour, line]
            if mw and _counts(day, int(lines.run[line]), int(lines.place[line]), interval):
                total += float(mw)
    return total * day.hours_per_interval


def _counts(day: DeliveryDay, run: int, place: int, interval: int) -> bool:
    if run == DA:
        return not day.volumes.scheduled[interval]
    if run == FMM:
        return bool(np.isnan(day.prices.published[FMM, place, interval]))
    return not day.realised[place, interval]
