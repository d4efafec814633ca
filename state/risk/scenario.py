"""What a stress scenario is to the revaluation: how far every price and volume moves.

The kinds of shock are those of VaR (``state.risk.factors``; docs/meanings.md, "Risk"): what is not
priced day-ahead moves by the scenario's DA shock, what is by the FMM and RTD shocks. A location is
its hub plus a basis. NaN is "the scenario cannot say": it is named, and never a zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from state.arrays import Matrix, Numbers
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.messages import Block, FloatColumn


class Scenario(Protocol):
    """One scenario, of whatever origin."""

    @property
    def name(self) -> str:
        """Its id, unique among the scenarios shown."""

    @property
    def title(self) -> str:
        """A few words."""

    @property
    def text(self) -> str:
        """What happens, and why these numbers."""

    def hub_shocks(self, market: MarketBook, day: DeliveryDay) -> Matrix:
        """Return $/MWh by kind, hub and interval of a day; the row after the hubs is for none."""

    def basis_shocks(self, market: MarketBook) -> Matrix:
        """Return $/MWh by kind and location that a location moves beyond its hub."""

    def curve_shocks(
        self, market: MarketBook, hub: str, block: Block, marks: FloatColumn
    ) -> FloatColumn:
        """Return $/MWh by forward month of a hub and block marked at ``marks``."""

    def volume_moves(self, market: MarketBook, day: DeliveryDay) -> Matrix:
        """Return MW by resource and interval, in each one's own direction."""

    def unknown(self, markets: Sequence[MarketBook]) -> list[str]:
        """Name what the scenario speaks of and the company does not know."""


def hub_rows(market: MarketBook) -> tuple[list[int], Numbers]:
    """Return the hubs' places, and the row of each location's hub (after the last for none)."""
    table = market.tables.locations
    hubs = table.hubs
    row = {place: number for number, place in enumerate(hubs)}
    return hubs, np.array([row.get(own, len(hubs)) for own in table.hub.tolist()], dtype=np.int64)


def clock_hours(day: DeliveryDay) -> Numbers:
    """Return the local clock hour, 0 to 23, of each interval of a day."""
    return np.repeat(day.day.clock_hours, day.day.per_hour)
