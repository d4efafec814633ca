"""How near forecasts come to the meter: MAPE and bias by resource and horizon.

MAPE = mean of |forecast − metered| / metered over hours (Makridakis, Wheelwright and Hyndman,
"Forecasting: methods and applications"); bias = Σ (forecast − metered) / Σ metered. An hour counts
once all of its intervals are metered and were forecast, and where the meter is above zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from state.market.delivery_day import DeliveryDay
from state.market.volume_loops import METERED, SCHEDULED_DA
from state.market.volumes import AT_DAY, AT_INTERVAL
from state.messages import FloatColumn, ResourceKind
from state.screens.performance_seen import ForecastRow

if TYPE_CHECKING:
    from state.market.book import MarketBook

HORIZONS = ("day-ahead schedule", "day's start", "interval's start")
ALL_LOADS = "all loads"

_FORECAST_KINDS = (ResourceKind.LOAD, ResourceKind.SOLAR, ResourceKind.WIND)
"""What somebody forecasts: other plants do as they are told."""

SHOWN = 20
"""How many resources have rows of their own: the largest."""

NAN = float("nan")


class Errors:
    """Adds up errors, hour by hour.

    >>> errors = Errors()
    >>> errors.add(np.array([110.0, 90.0]), np.array([100.0, 100.0]))
    >>> errors.mape, errors.hours, errors.bias
    (0.1, 2, 0.0)
    """

    def __init__(self) -> None:
        self.hours = 0
        self._relative = self._over = self._metered = 0.0

    def add(self, forecast: FloatColumn, metered: FloatColumn) -> None:
        """Count the hours of which both are known, MW by hour."""
        known = np.isfinite(forecast) & (metered > 0.0)
        over = forecast[known] - metered[known]
        self.hours += int(known.sum())
        self._relative += float(np.add.reduce(np.abs(over) / metered[known]))
        self._over += float(np.add.reduce(over))
        self._metered += float(np.add.reduce(metered[known]))

    @property
    def mape(self) -> float:
        """Mean of the relative errors, 1.0 = 100 %; NaN of no hours."""
        return self._relative / self.hours if self.hours else NAN

    @property
    def bias(self) -> float:
        """What was forecast too much, relative to what was metered."""
        return self._over / self._metered if self.hours else NAN


def forecast_rows(market: MarketBook) -> Iterator[ForecastRow]:
    """Yield a row a horizon: of all loads, then of the largest loads and varying plants."""
    records = market.tables.resources.records
    loads = [number for number, one in enumerate(records) if one.resource_kind == "load"]
    groups = {ALL_LOADS: loads} if loads else {}
    forecast = [
        number for number, one in enumerate(records) if one.resource_kind in _FORECAST_KINDS
    ]
    largest = sorted(forecast, key=lambda number: -records[number].capacity_mw)[:SHOWN]
    groups |= {records[number].resource: [number] for number in sorted(largest)}
    for name, numbers in groups.items():
        for horizon, told in enumerate(HORIZONS):
            yield _row(market, name, numbers, (horizon, told))


def _row(
    market: MarketBook, name: str, numbers: Sequence[int], horizon: tuple[int, str]
) -> ForecastRow:
    today, held = Errors(), Errors()
    for date, day in market.days.items():
        if market.today is None or date > market.today:
            continue
        forecast, metered = _by_hour(day, numbers, horizon[0])
        held.add(forecast, metered)
        if date == market.today:
            today.add(forecast, metered)
    return ForecastRow(
        market=market.market.market,
        resource=name,
        horizon=horizon[1],
        today=today.mape,
        today_hours=today.hours,
        held=held.mape,
        held_hours=held.hours,
        bias=held.bias,
    )


def _by_hour(
    day: DeliveryDay, numbers: Sequence[int], horizon: int
) -> tuple[FloatColumn, FloatColumn]:
    """Return forecast and metered MW by hour, NaN where any part is not known."""
    volumes = day.volumes
    told = (volumes.stage[SCHEDULED_DA], volumes.foreseen[AT_DAY], volumes.foreseen[AT_INTERVAL])
    shape = (len(numbers), day.day.hours, day.day.per_hour)
    forecast, metered = (
        np.add.reduce(stage[list(numbers)].reshape(shape).mean(axis=2), axis=0)
        for stage in (told[horizon], volumes.stage[METERED])
    )
    return forecast, metered
