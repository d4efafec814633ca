"""Locations without any mark: no price of a run and no curve of the hub tells what MWh are worth.

A house whose curves reach as far as its contracts has none (docs/meanings.md, "Marks").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from state.market.delivery_day import DeliveryDay
from state.market.prices import DA

Flags = NDArray[np.bool_]


def unmarked_places(day: DeliveryDay) -> Flags:
    """Say at which locations a leg that settles day-ahead has no mark in some interval of a day.

    Where that leg has one, every other has: the mark of each falls back on it.
    """
    prices = day.prices
    without = np.isnan(prices.curve)
    found: Flags = without.any(axis=0)
    places = np.flatnonzero(found)
    if len(places):
        missing = np.isnan(prices.by_interval[DA][:, places])
        missing &= without[:, places].repeat(day.day.per_hour, axis=0)
        found[places] = missing.any(axis=0)
    return found
