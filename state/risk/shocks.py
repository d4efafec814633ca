"""How far a scenario moves the prices of one day, and what that does to what the day holds."""

from __future__ import annotations

import numpy as np

from state.arrays import Matrix, Numbers
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.exposures import RUNS
from state.messages import FloatColumn
from state.risk.held_day import HeldDay, exposed_mwh, published_at
from state.risk.kinds import DAY_ON_DAY, FMM_LESS_DA, KINDS, RTD_LESS_DA, RTD_LESS_FMM
from state.risk.scenario import Scenario, hub_rows
from state.risk.shock_loops import shock_lines


class DayShocks:
    """How far the prices of one day move, by hub and location.

    Attributes:
        hub: $/MWh by kind, hub row and interval; NaN is what the scenario cannot say.
        basis: $/MWh by kind and location.
        hubs: locations of the hubs, by row; the row after the last is for none.
        hub_row: of every location.
    """

    def __init__(self, market: MarketBook, day: DeliveryDay, scenario: Scenario) -> None:
        self._tables = market.tables
        self._day = day
        self.hub = scenario.hub_shocks(market, day)
        self.basis = scenario.basis_shocks(market)
        self.hubs, self.hub_row = hub_rows(market)

    def of_kinds(self, rows: Numbers) -> Matrix:
        """Return $/MWh by kind, row and interval: what the scenario cannot say moves nothing."""
        places = self._tables.rows.location[rows]
        return np.asarray(
            known(self.hub)[:, self.hub_row[places]] + known(self.basis)[:, places, None]
        )

    def price_usd(self, held: HeldDay) -> Matrix:
        """Return $ by row and hour; looks only where both shock and holding are not zero."""
        tables, day = self._tables, self._day
        hub_row, basis = self.hub_row[tables.rows.location], known(self.basis)
        hubs = known(self.hub).reshape(KINDS, -1, day.day.hours, day.day.per_hour)
        even = (hubs == hubs[..., :1]).all(axis=(1, 3))
        usd = np.zeros((len(hub_row), day.day.hours))
        for kind in range(KINDS):
            own = basis[kind, tables.rows.location, None]
            moving = (hubs[kind] != 0.0).any(axis=(0, 2)) | bool(own.any())
            hours = np.flatnonzero(moving & held.active[kind] & even[kind])
            shock = hubs[kind, :, hours, 0].T[hub_row] + own
            usd[:, hours] += held.mwh[kind][:, hours] * shock
            for hour in np.flatnonzero(moving & held.active[kind] & ~even[kind]).tolist():
                usd[:, hour] += self._uneven_usd(kind, hour, hubs[kind, :, hour][hub_row] + own)
        return usd

    def _uneven_usd(self, kind: int, hour: int, shock: Matrix) -> FloatColumn:
        """Return $ by row of an hour whose shock differs between its intervals."""
        per_hour = self._day.day.per_hour
        part = slice(hour * per_hour, (hour + 1) * per_hour)
        exposed = exposed_mwh(self._day, self._tables, part)[kind]
        return np.asarray(np.add.reduce(exposed * shock, axis=1))

    def usd_per_mw(self, held: HeldDay) -> Matrix:
        """Return what a MW of a line gains, $, by hour, run and location.

        All lines of a run at a location have the same, so that no line is looked at.
        """
        day = self._day.day
        per_mw = np.zeros((day.hours, RUNS, len(self.hub_row)))
        shocks, basis = known(self.hub), known(self.basis)
        if len(held.line_places) and (shocks.any() or basis.any()):
            by_hour = shocks.reshape(KINDS, -1, day.hours, day.per_hour)
            even = (by_hour == by_hour[..., :1]).all(axis=(0, 3))
            shock_lines(
                (self._day.prices.out, self._day.realised),
                self._day.hourly.weight,
                (held.line_places, self.hub_row),
                (shocks, even),
                basis,
                per_mw,
            )
        return per_mw

    def of_legs(self, rows: Numbers) -> Matrix:
        """Return $/MWh by leg (DA, FMM, RTD, LOAD), row and interval; 0 where it is priced."""
        kinds = self.of_kinds(rows)
        da, fmm, rtd = published_at(self._day, self._tables.rows.location[rows], slice(None))
        early = np.where(fmm, 0.0, np.where(da, kinds[FMM_LESS_DA], kinds[DAY_ON_DAY]))
        late = np.where(fmm, kinds[RTD_LESS_FMM], kinds[RTD_LESS_DA])
        late = np.where(rtd, 0.0, np.where(da, late, kinds[DAY_ON_DAY]))
        weight = self._tables.fmm_weight
        load = weight * early + (1.0 - weight) * late
        return np.array([np.where(da, 0.0, kinds[DAY_ON_DAY]), early, late, load])


def known(shocks: Matrix) -> Matrix:
    """Return shocks with 0 for what the scenario cannot say."""
    return np.where(np.isnan(shocks), 0.0, shocks)
