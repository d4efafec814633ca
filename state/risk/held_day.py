"""What a day holds that is not fixed, by interval and by hour: what a scenario can move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from state.arrays import Flags, Matrix, Numbers
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.lines import pair_of
from state.market.prices import DA, FMM, LOAD, RTD
from state.market.tables import MarketTables
from state.risk.kinds import DAY_ON_DAY, FMM_LESS_DA, KINDS, RTD_LESS_DA, RTD_LESS_FMM
from state.risk.shock_loops import net_lines


@dataclass(frozen=True, eq=False)
class HeldDay:
    """What a day holds that is not fixed: the same for every scenario struck together.

    Attributes:
        mwh: of rows, by kind of shock, row and hour, as VaR holds it.
        active: by kind and hour, whether any row holds anything.
        line_places: locations of lines where something is still exposed.
        open_mwh: of the firm over the undelivered intervals, rows and lines.
    """

    market: MarketBook
    day: DeliveryDay
    mwh: Matrix
    active: Flags
    line_places: Numbers
    open_mwh: float

    @cached_property
    def unsigned_mwh(self) -> Matrix:
        """MWh without sign by kind, place and hour: a book's nets at a place, books do not."""
        tables, hourly = self.market.tables, self.day.hourly
        lines, rows = tables.lines, tables.rows
        of_rows = lines.pairs_of(pair_of(*key) for key in rows.index)
        alone = np.flatnonzero(of_rows < 0)
        pairs = lines.pair_count + len(alone)
        of_rows[alone] = np.arange(lines.pair_count, pairs)
        places = np.empty(pairs, dtype=np.int64)
        places[lines.pair], places[of_rows] = lines.place, rows.location
        total = np.zeros((KINDS, len(tables.locations), self.day.day.hours))
        for hour in range(self.day.day.hours):
            net = np.zeros((KINDS, pairs))
            net[:, of_rows] = self.mwh[:, :, hour]
            weight = np.ascontiguousarray(hourly.weight[:, :, hour])
            net_lines(hourly.mw[hour], lines.columns, len(lines), weight, net)
            for kind in range(KINDS):
                size = np.abs(net[kind])
                total[kind, :, hour] = np.bincount(places, size, len(tables.locations))
        return total


def hold(markets: Sequence[MarketBook]) -> list[HeldDay]:
    """Return what every day holds that is not fixed."""
    days = ((market, day) for market in markets for day in market.days.values())
    return [held for market, day in days if (held := _held(market, day)) is not None]


def _held(market: MarketBook, day: DeliveryDay) -> HeldDay | None:
    mwh = day.exposure[:, : len(market.tables.rows)]
    active = (mwh != 0.0).any(axis=1)
    places = _exposed_places(day, market.tables)
    if day.delivered == day.day.intervals and not active.any() and not len(places):
        return None
    left = np.add.reduce(day.open_mw[day.delivered :])
    return HeldDay(
        market=market,
        day=day,
        mwh=mwh,
        active=active,
        line_places=places,
        open_mwh=float(left) * day.hours_per_interval,
    )


def _exposed_places(day: DeliveryDay, tables: MarketTables) -> Numbers:
    places = np.flatnonzero(np.bincount(tables.lines.place, minlength=1))
    exposed = (day.hourly.weight[:, places] != 0.0).any(axis=(0, 2))
    return np.asarray(places[exposed])


def published_at(day: DeliveryDay, places: Numbers, part: slice) -> Flags:
    """Say whether DA, FMM and RTD are out, shape (3, places, intervals)."""
    return np.asarray(np.isfinite(day.prices.published[:, places, part]))


def exposed_mwh(day: DeliveryDay, tables: MarketTables, part: slice) -> Matrix:
    """Return MWh by kind of shock, row and interval: docs/meanings.md, "Risk", as VaR has it."""
    places = tables.rows.location
    da, fmm, rtd = published_at(day, places, part)
    legs = day.legs.legs[:, : len(places), part]
    weight = tables.fmm_weight
    early = np.where(fmm, 0.0, legs[FMM] + weight * legs[LOAD])
    late = np.where(rtd, 0.0, legs[RTD] + (1.0 - weight) * legs[LOAD])
    exposed = np.zeros((KINDS, *da.shape))
    exposed[DAY_ON_DAY] = np.where(da, 0.0, legs[DA] + early + late)
    exposed[FMM_LESS_DA] = np.where(da, early, 0.0)
    exposed[RTD_LESS_DA] = np.where(da & ~fmm, late, 0.0)
    exposed[RTD_LESS_FMM] = np.where(da & fmm, late, 0.0)
    waiting = ~day.realised[places, part]
    return np.where(waiting, exposed, 0.0) * day.hours_per_interval
