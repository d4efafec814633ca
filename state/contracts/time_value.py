"""How far an option's price may still move: what its time value is made of.

The standard deviation, $/MWh, of the price or spread between now and its settlement. A contract
that states a volatility has it from that; else the policy may take it from the history of prices
(``risk: {volatility: history}``); else there is none, and an option is worth what it would pay.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from state.arrays import Numbers
from state.market.delivery_day import DeliveryDay
from state.market.forward import ForwardBook
from state.market.horizon import HORIZON_DAYS
from state.messages import Block, FloatColumn
from state.moments import HOUR_NS
from state.products import PRODUCTS
from state.products.payoff import Terms

_YEAR_HOURS = 365.0 * 24.0
_YEAR_DAYS = 365.0


class Deviations(Protocol):
    """Standard deviations out of a history; NaN where it has none."""

    def of_day(self, grid: DeliveryDay, places: Numbers, run: int, part: slice) -> FloatColumn:
        """Return that of the first place's price less the second's, by interval."""

    def yearly(self, hubs: list[str], block: Block, month: str) -> float:
        """Return that of a forward price, or of a spread of two, over a year."""


class TimeValue:
    """Says the deviations of the lines of a market; NaN where none is known.

    Attributes:
        now_ns: beginning of the present settlement interval.
        history: where they come from for contracts that state no volatility; None if nowhere.
    """

    def __init__(self) -> None:
        self.now_ns = 0
        self.history: Deviations | None = None

    def of_day(self, day: DeliveryDay, terms: Terms, places: Numbers, part: slice) -> FloatColumn:
        """Return the deviation until each interval of a day settles, $/MWh."""
        if terms.volatility > 0.0:
            starts = day.day.start_ns + np.arange(part.start, part.stop) * day.day.step_ns
            years = np.maximum(starts - self.now_ns, 0) / HOUR_NS / _YEAR_HOURS
            return np.asarray(terms.volatility * np.sqrt(years))
        if self.history is None or not PRODUCTS[terms.product].bends_alone:
            return np.full(part.stop - part.start, np.nan)
        return self.history.of_day(day, places, day.trade_run(terms.run), part)

    def beyond(
        self, terms: Terms, hubs: list[str], block: Block, forward: ForwardBook
    ) -> FloatColumn:
        """Return the deviation until each day beyond the grid begins, $/MWh."""
        ahead = np.maximum(np.arange(HORIZON_DAYS) - (forward.first - 2), 0) / _YEAR_DAYS
        if terms.volatility > 0.0:
            return np.asarray(terms.volatility * np.sqrt(ahead))
        if self.history is None or not PRODUCTS[terms.product].bends_alone:
            return np.full(HORIZON_DAYS, np.nan)
        yearly = np.array([self.history.yearly(hubs, block, month) for month in forward.months])
        return np.asarray(yearly[forward.month_of] * np.sqrt(ahead))
