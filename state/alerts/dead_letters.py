"""Dead letters as a figure: how many of each feed since midnight, read when another came."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from state.alerts.feeds import Feeds
from state.calendar import local_date, local_midnight_ns
from state.limits.data_quality import DEAD_LETTERS
from state.limits.reading import Reading


class DeadLetterCounts:
    """Counts what was refused of each feed since the local midnight."""

    def __init__(self) -> None:
        self._seen = 0
        self._day = ""
        self._base: dict[str, int] = {}
        self._last: dict[str, int] = {}

    def behind(self, feeds: Feeds) -> bool:
        """Say whether there is another letter."""
        return feeds.dead_letters != self._seen

    def read(self, feeds: Feeds, time_zone: str, at_ns: int) -> Reading | None:
        """Return the counts of the day when there is another letter; costs a comparison else.

        Args:
            feeds: what has arrived and what was refused.
            time_zone: whose midnight begins the day.
            at_ns: the tick.
        """
        if not self.behind(feeds):
            return None
        self._seen = feeds.dead_letters
        day = local_date(at_ns, time_zone)
        if day.isoformat() != self._day:
            self._day, self._base = day.isoformat(), self._last
        self._last = {feed: record.rejected for feed, record in feeds.records.items()}
        today = {feed: count - self._base.get(feed, 0) for feed, count in self._last.items()}
        return _reading({feed: count for feed, count in today.items() if count}, day, time_zone)

    def saved(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs; nothing while nothing was read."""
        if not self._seen:
            return {}
        state = {"seen": self._seen, "day": self._day, "base": self._base, "last": self._last}
        return {"dead_letters_read": state}

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over what :meth:`saved` returned."""
        self._seen, self._day = saved["seen"], saved["day"]
        self._base, self._last = saved["base"], saved["last"]


def _reading(counts: dict[str, int], day: date, time_zone: str) -> Reading:
    count = len(counts)
    end_ns = local_midnight_ns(day + timedelta(days=1), time_zone)
    return Reading(
        figure=DEAD_LETTERS.figure,
        unit=DEAD_LETTERS.unit,
        scopes=tuple(counts),
        periods=(day.isoformat(),) * count,
        period_starts_ns=(local_midnight_ns(day, time_zone),) * count,
        period_ends_ns=(end_ns,) * count,
        values=np.array(list(counts.values()), dtype=np.float64),
        unknown=("",) * count,
        applicable=np.ones(count, dtype=np.bool_),
        inputs=("",) * count,
    )
