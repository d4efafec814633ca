"""A scenario out of a file: shifts, levels and percentages by hub, hour, month and resource."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from state.arrays import Matrix, Numbers
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.prices import RUN_INDEX
from state.messages import Block, FloatColumn, Run
from state.policy.stress import ForwardShock, PriceMove, PriceShock, ScenarioText, VolumeShock
from state.risk.kinds import DAY_ON_DAY, FMM_LESS_DA, KINDS, RTD_LESS_DA, RTD_LESS_FMM
from state.risk.scenario import clock_hours, hub_rows

_KINDS_OF: dict[Run, tuple[int, ...]] = {
    Run.DA: (DAY_ON_DAY,),
    Run.FMM: (FMM_LESS_DA,),
    Run.RTD: (RTD_LESS_DA, RTD_LESS_FMM),
}


def moved_by(move: PriceMove, marks: Matrix) -> Matrix:
    """Return by how many $/MWh marks move; NaN where a level or percentage has no mark.

    >>> moved_by(PriceMove(percent=50.0), np.array([-20.0, 40.0])).tolist()
    [10.0, 20.0]
    >>> moved_by(PriceMove(level=1000.0), np.array([80.0])).tolist()
    [920.0]
    """
    if move.shift is not None:
        return np.full(marks.shape, move.shift)
    if move.level is not None:
        return np.asarray(move.level - marks)
    return np.asarray(np.abs(marks) * ((move.percent or 0.0) / 100.0))


@dataclass(frozen=True)
class NamedScenario:
    """Applies one scenario of a file."""

    written: ScenarioText

    @property
    def name(self) -> str:
        """Its id."""
        return self.written.id

    @property
    def title(self) -> str:
        """Its title."""
        return self.written.title

    @property
    def text(self) -> str:
        """What happens, and why these numbers."""
        return self.written.text

    def hub_shocks(self, market: MarketBook, day: DeliveryDay) -> Matrix:
        """Return $/MWh by kind, hub and interval; a later shock replaces an earlier one.

        A location without a hub is reached by no shock; where one is for all hubs it is NaN.
        """
        hubs, _ = hub_rows(market)
        shocks = np.zeros((KINDS, len(hubs) + 1, day.day.intervals))
        names = [market.tables.locations.names[place] for place in hubs]
        for shock in self.written.prices:
            if not _means(shock.markets, market.market.market):
                continue
            when = _within(shock.hours, day)
            rows = np.array([row for row, name in enumerate(names) if _means(shock.hubs, name)])
            for kind in _KINDS_OF[shock.run]:
                if len(rows):
                    places = np.array(hubs)[rows]
                    marks = day.prices.marks(places, slice(None))[RUN_INDEX[shock.run]][:, when]
                    shocks[kind][np.ix_(rows, when)] = moved_by(shock, marks)
                if shock.hubs == "all":
                    shocks[kind, len(hubs), when] = np.nan
        return shocks

    def basis_shocks(self, market: MarketBook) -> Matrix:
        """Return zeros: locations keep their distance from their hub."""
        return np.zeros((KINDS, len(market.tables.locations)))

    def curve_shocks(
        self, market: MarketBook, hub: str, block: Block, marks: FloatColumn
    ) -> FloatColumn:
        """Return $/MWh by forward month; NaN for a month that is meant and has no mark."""
        moves = np.zeros(len(marks))
        for shock in self.written.forward:
            hits = _means(shock.hubs, hub) and _means(shock.markets, market.market.market)
            if hits and block in shock.blocks:
                months = _months(shock, market)
                moves[months] = np.where(np.isnan(marks), np.nan, moved_by(shock, marks))[months]
        return moves

    def volume_moves(self, market: MarketBook, day: DeliveryDay) -> Matrix:
        """Return MW by resource and interval, 0 where it is delivered."""
        expected = day.volumes.expected
        moves = np.zeros(expected.shape)
        for shock in self.written.volumes:
            when = _within(shock.hours, day)
            when = when[when >= day.delivered]
            for number in _resources(shock, market):
                moves[number, when] = _volume_moved(shock, expected[number, when])
        return moves

    def unknown(self, markets: Sequence[MarketBook]) -> list[str]:
        """Name hubs, markets and resources that nothing is known of."""
        hubs = {book.tables.locations.names[p] for book in markets for p in hub_rows(book)[0]}
        held = {book.market.market for book in markets}
        records = [record for book in markets for record in book.tables.resources.records]
        lines: list[str] = []
        shocks: list[PriceShock | ForwardShock] = [*self.written.prices, *self.written.forward]
        for shock in shocks:
            lines += [f"hub {name} is unknown" for name in _missing(shock.hubs, hubs)]
            lines += [f"market {name} is unknown" for name in _missing(shock.markets, held)]
        for volume in self.written.volumes:
            named = {record.resource for record in records}
            lines += [f"resource {n} is unknown" for n in _missing(volume.resources, named)]
            kinds = {str(record.resource_kind) for record in records}
            wanted = tuple(map(str, volume.kinds))
            lines += [f"there is no resource of kind {n}" for n in _missing(wanted, kinds)]
        return list(dict.fromkeys(lines))


def _means(names: Literal["all"] | tuple[str, ...], name: str) -> bool:
    return names == "all" or name in names


def _missing(names: Literal["all"] | tuple[str, ...], known: set[str]) -> list[str]:
    return [] if names == "all" else [name for name in names if name not in known]


def _within(hours: tuple[int, int], day: DeliveryDay) -> Numbers:
    ending = clock_hours(day) + 1
    return np.flatnonzero((ending >= hours[0]) & (ending <= hours[1]))


def _months(shock: ForwardShock, market: MarketBook) -> Numbers:
    names = market.forward.months if market.forward is not None else []
    if shock.months is not None:
        return np.array([n for n, name in enumerate(names) if name in shock.months], dtype=np.int64)
    first, last = shock.months_ahead or (0, 0)
    running = names.index(f"{market.today:%Y-%m}") if market.today else 0
    return np.arange(min(running + first, len(names)), min(running + last + 1, len(names)))


def _resources(shock: VolumeShock, market: MarketBook) -> list[int]:
    return [
        number
        for number, record in enumerate(market.tables.resources.records)
        if record.resource in shock.resources or record.resource_kind in shock.kinds
    ]


def _volume_moved(shock: VolumeShock, expected: FloatColumn) -> FloatColumn:
    if shock.limit_mw is not None:
        return np.asarray(np.minimum(expected, shock.limit_mw) - expected)
    return np.asarray(expected * ((shock.percent or 0.0) / 100.0))
