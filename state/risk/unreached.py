"""What a scenario cannot reach: MWh where it cannot say how far their price moves, by name."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from state.arrays import Matrix
from state.risk.held_day import HeldDay
from state.risk.kinds import KINDS
from state.risk.shocks import DayShocks

_KIND_NAMES = ("DA", "FMM", "RTD", "RTD")


def unreached(held: HeldDay, shocks: DayShocks) -> Iterator[tuple[str, float]]:
    """Yield names and MWh, each book's without sign; one name may come several times."""
    day = held.day.day
    by_hour = np.isnan(shocks.hub).reshape(KINDS, -1, day.hours, day.per_hour)
    hubs = np.logical_or.reduce(by_hour, axis=3)[:, shocks.hub_row]
    basis = np.isnan(shocks.basis)
    if hubs.any():
        yield from _of_hubs(held, shocks, np.where(hubs, held.unsigned_mwh, 0.0))
    if basis.any():
        by_place = np.add.reduce(held.unsigned_mwh, axis=2)
        yield from _of_basis(held, np.where(basis, by_place, 0.0))


def _of_hubs(held: HeldDay, shocks: DayShocks, mwh: Matrix) -> Iterator[tuple[str, float]]:
    market, names = held.market.market.market, held.market.tables.locations.names
    by_hub = np.zeros((KINDS, len(shocks.hubs) + 1, mwh.shape[2]))
    for kind in range(KINDS):
        np.add.at(by_hub[kind], shocks.hub_row, mwh[kind])
    for kind, row, hour in zip(*np.nonzero(by_hub[:, :-1]), strict=True):
        ending = int(held.day.day.clock_hours[hour]) + 1
        name = f"{market}/{names[shocks.hubs[row]]}/{_KIND_NAMES[kind]}/HE{ending:02d}"
        yield name, float(by_hub[kind, row, hour])
    by_place = np.add.reduce(mwh, axis=(0, 2))
    lonely = (shocks.hub_row == len(shocks.hubs)) & (by_place != 0.0)
    for place in np.flatnonzero(lonely).tolist():
        yield f"{market}/{names[place]} has no hub", float(by_place[place])


def _of_basis(held: HeldDay, mwh: Matrix) -> Iterator[tuple[str, float]]:
    market, names = held.market.market.market, held.market.tables.locations.names
    for kind, place in zip(*np.nonzero(mwh), strict=True):
        yield f"{market}/{names[place]}/basis/{_KIND_NAMES[kind]}", float(mwh[kind, place])
