"""Any day as a scenario: its published prices against what they were marked at, hour by hour.

It moves the book as the same date of a history moves it in VaR (docs/meanings.md, "Risk"): DA
from the day before, FMM and RTD against DA or FMM, by the local clock hour; a location by its hub
and its basis; forward months from the marks of the day before. What the day did not publish is
NaN, and named where something is held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from state.arrays import Matrix
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.messages import Block, FloatColumn, LocationKind, Run
from state.risk.kinds import KINDS
from state.risk.scenario import clock_hours, hub_rows

_CLOCK_HOURS = 24
_RUNS = tuple(Run)


@dataclass(frozen=True)
class DayLevels:
    """Factor levels of a date and of the date before, by the names of ``FactorHistory``.

    Attributes:
        day: ISO date.
        levels, before: $/MWh by factor (``caiso/HUB/RTD/HE19``, ``caiso/NODE/basis/RTD``,
            ``caiso/HUB/curve/on_peak/2026-10``); what was not published is not there.
    """

    day: str
    levels: Mapping[str, float]
    before: Mapping[str, float]

    def changes(self, factors: Sequence[str]) -> Matrix:
        """Return the shocks of one place by kind from its DA, FMM and RTD factors."""
        da, fmm, rtd = (self.levels.get(factor, np.nan) for factor in factors)
        return np.array([da - self.before.get(factors[0], np.nan), fmm - da, rtd - da, rtd - fmm])


@dataclass(frozen=True, eq=False)
class DayScenario:
    """Applies a day's prices to the book.

    Attributes:
        title: of the day.
    """

    name: str
    title: str
    levels: DayLevels

    @property
    def text(self) -> str:
        """Say what it does."""
        return f"the prices of {self.levels.day}, as a dated scenario of VaR applies them"

    def hub_shocks(self, market: MarketBook, day: DeliveryDay) -> Matrix:
        """Return $/MWh by kind, hub and interval; NaN for what the day did not publish."""
        return self._by_clock_hour(market)[:, :, clock_hours(day)]

    def _by_clock_hour(self, market: MarketBook) -> Matrix:
        hubs, _ = hub_rows(market)
        shocks = np.full((KINDS, len(hubs) + 1, _CLOCK_HOURS), np.nan)
        for row, place in enumerate(hubs):
            hub = f"{market.market.market}/{market.tables.locations.names[place]}"
            for hour in range(_CLOCK_HOURS):
                factors = [f"{hub}/{run}/HE{hour + 1:02d}" for run in _RUNS]
                shocks[:, row, hour] = self.levels.changes(factors)
        return shocks

    def basis_shocks(self, market: MarketBook) -> Matrix:
        """Return $/MWh by kind and location; hubs have none."""
        table = market.tables.locations
        _, rows = hub_rows(market)
        shocks = np.zeros((KINDS, len(table)))
        for place, name in enumerate(table.names):
            if table.kinds[place] is not LocationKind.HUB and rows[place] < len(table.hubs):
                factors = [f"{market.market.market}/{name}/basis/{run}" for run in _RUNS]
                shocks[:, place] = self.levels.changes(factors)
        return shocks

    def curve_shocks(
        self, market: MarketBook, hub: str, block: Block, marks: FloatColumn
    ) -> FloatColumn:
        """Return $/MWh by forward month: the day's marks less those of the day before."""
        months = market.forward.months if market.forward is not None else []
        names = [f"{market.market.market}/{hub}/curve/{block}/{month}" for month in months]
        levels, before = self.levels.levels, self.levels.before
        moved = [levels.get(name, np.nan) - before.get(name, np.nan) for name in names]
        return np.array(moved[: len(marks)])

    def volume_moves(self, market: MarketBook, day: DeliveryDay) -> Matrix:
        """Return zeros: volumes stay as they are expected."""
        del market
        return np.zeros(day.volumes.expected.shape)

    def unknown(self, markets: Sequence[MarketBook]) -> list[str]:
        """Name the markets the day says nothing of."""
        told = {factor.partition("/")[0] for factor in self.levels.levels}
        held = [book.market.market for book in markets if book.market.market not in told]
        return [f"market {name} is not in {self.levels.day}" for name in held]
