"""By which kind of shock the prices of a day's intervals still move, as exposures have it."""

from __future__ import annotations

import numpy as np

from state.arrays import Numbers
from state.market.delivery_day import DeliveryDay
from state.market.prices import DA, FMM, RTD
from state.risk.kinds import DAY_ON_DAY, FMM_LESS_DA, RTD_LESS_DA, RTD_LESS_FMM
from state.risk.to_come import SETTLED


def kinds_left(grid: DeliveryDay, place: int | Numbers, run: int) -> Numbers:
    """Return by which kind of shock the price of a run still moves, by interval.

    Args:
        grid: the day.
        place: a location, or several; of several the result has a row each.
        run: as the market has it.
    """
    da, fmm, rtd = np.isfinite(grid.prices.published[:, place])
    own = np.array((da, fmm, rtd))[run] | grid.realised[place]
    later = {
        DA: np.full(da.shape, SETTLED),
        FMM: np.full(da.shape, FMM_LESS_DA),
        RTD: np.where(fmm, RTD_LESS_FMM, RTD_LESS_DA),
    }[run]
    return np.where(own, SETTLED, np.where(da, later, DAY_ON_DAY))
