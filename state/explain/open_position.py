"""The firm's open position over the undelivered intervals of today and tomorrow, MWh.

Taken anew only of days that changed. It follows from the state alone, to the last bit: what rows
hold open is summed in whole multiples of 2^-24 MW (``DeliveryDay.rows_open_mw``), and what lines
hold open is kept by interval and saved.
"""

from __future__ import annotations

from collections.abc import Iterable

from state.explain.loops import undelivered
from state.market.delivery_day import DeliveryDay


class OpenPosition:
    """Sums days.

    Args:
        days: all that count.
    """

    def __init__(self, days: Iterable[DeliveryDay]) -> None:
        self._days = [(day, day.hourly, _Kept()) for day in days]

    def mwh(self) -> float:
        """Return the open position as it stands."""
        total = 0.0
        for day, lines, kept in self._days:
            # All three only grow.
            edition = day.edition + lines.edition + day.delivered
            if kept.edition != edition:
                kept.edition = edition
                mw = undelivered(day.rows_open_mw, lines.open_mw, day.delivered)
                kept.mwh = mw * day.hours_per_interval
            total += kept.mwh
        return total


class _Kept:
    """The open position of a day, as of an edition of it."""

    __slots__ = ("edition", "mwh")

    def __init__(self) -> None:
        self.edition, self.mwh = -1, 0.0
