"""The firm's open position over the undelivered intervals of today and tomorrow, MWh.

Taken anew only of days that changed. It follows from the state alone, to the last bit: what rows
hold open is summed in whole multiples of 2^-24 MW (``DeliveryDay.rows_open_mw``), and what lines
hold open is kept by interval and saved.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from state.explain.loops import undelivered
from state.market.delivery_day import DeliveryDay
from state.messages import FloatColumn


class OpenPosition:
    """Sums days.

    Args:
        days: all that count.

    Attributes:
        by_day: MWh of each day as last looked at.
    """

    def __init__(self, days: Iterable[DeliveryDay]) -> None:
        self._days = [(day, day.hourly) for day in days]
        self._editions = [-1] * len(self._days)
        self.by_day: FloatColumn = np.zeros(len(self._days))
        # To read one number of an array's memory takes half the time of reading the array.
        self._known: Any = self.by_day.data

    def mwh(self) -> float:
        """Return the open position as it stands."""
        total, editions, known = 0.0, self._editions, self._known
        for at, (day, lines) in enumerate(self._days):
            # All three only grow.
            edition = day.edition + lines.edition + day.delivered
            if editions[at] != edition:
                editions[at] = edition
                mw = undelivered(day.rows_open_mw, lines.open_mw, day.delivered)
                known[at] = mw * day.hours_per_interval
            total += known[at]
        return total

    def place_of(self, day: DeliveryDay) -> int:
        """Return which of the days it is, −1 if it counts no more."""
        found = (at for at, (own, _) in enumerate(self._days) if own is day)
        return next(found, -1)
