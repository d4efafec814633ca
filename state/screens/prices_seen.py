"""What the screens read of a market's prices."""

from __future__ import annotations

import numpy as np

from state.arrays import Matrix
from state.messages import FloatColumn
from state.screens.view import View


class PriceView(View, kw_only=True, tag="price"):
    """The price ladder of one market: the latest interval of each run, by location.

    Attributes:
        da, fmm, rtd: $/MWh of the interval named by ``*_interval_ns`` (DA: the running hour).
        spread: $/MWh, RTD less the day-ahead price of its own hour.
        rtd_history: last two hours of RTD, shape (intervals, locations); an interval keeps its row
            until one of two hours later takes it.
        rtd_newest: row of the newest interval.
        *_received_ns: when that run's latest publication arrived; 0 when none has.
        day_da, day_rtd: today's prices at all intervals of the grid, for charts.
    """

    market: str
    time_zone: str
    locations: list[str]
    kinds: list[str]
    da: FloatColumn
    fmm: FloatColumn
    rtd: FloatColumn
    spread: FloatColumn
    da_interval_ns: int
    fmm_interval_ns: int
    rtd_interval_ns: int
    da_received_ns: int
    fmm_received_ns: int
    rtd_received_ns: int
    rtd_history: Matrix
    rtd_newest: int

    def history_of(self, location: int) -> FloatColumn:
        """Return the last two hours of RTD at a location, oldest first."""
        return np.roll(self.rtd_history[:, location], -self.rtd_newest - 1)
