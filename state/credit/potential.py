"""Potential exposure: what counterparties could owe besides, should prices move for a day.

Historical simulation with the scenarios of the VaR: what everything held with a counterparty would
gain on each date, within the days held and beyond, and of that the quantile at the VaR's
confidence. Netted contracts add up. Without netting purchases and sales of plain blocks gain apart,
every other contract by itself, and neither sets off the other's loss. An exposure that no scenario
moves is named, never taken as zero: the figure is of the rest, and incomplete.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from state.arrays import Matrix, Numbers
from state.credit.exposure import columns_of
from state.credit.gains import ContractGains, Gains
from state.credit.plain_gains import SIDES, PlainGains
from state.messages import Trade
from state.risk.conventions import figures_of

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook


@dataclass(frozen=True)
class Potential:
    """What a counterparty could owe besides.

    Attributes:
        usd: of what some scenario moves; NaN where nothing of it does.
        missing: the rest: MWh or units, without sign, by factor that no scenario moves.
    """

    usd: float
    missing: dict[str, float]


@dataclass
class _Held:
    """What contracts with one counterparty gain, $.

    Attributes:
        netted: whether they set each other off.
        sides: bought and sold plain blocks, by scenario.
        gained: by scenario the sum of what counts, in the order in which it is added.
        moved: whether some scenario moves any of it.
        missing: as :class:`Potential` has it.
    """

    netted: bool
    sides: Matrix
    gained: Matrix
    moved: bool = False
    missing: dict[str, float] = field(default_factory=dict)

    def miss(self, missing: dict[str, float]) -> None:
        for factor, amount in missing.items():
            self.missing[factor] = self.missing.get(factor, 0.0) + amount

    def add(self, part: Matrix) -> None:
        """Add what one side, or one contract, gains."""
        self.moved = self.moved or bool(part.any())
        self.gained += part if self.netted else np.maximum(part, 0.0)

    def potential(self, confidence: float) -> Potential:
        if self.missing and not self.moved:
            return Potential(math.nan, self.missing)
        # What it gains for us is what it owes: the loss of the other side.
        usd = max(0.0, figures_of(-self.gained, confidence=confidence)[0])
        return Potential(usd, self.missing)


class _MarketGains:
    """What the contracts of a market gain: plain blocks first, then every other one by itself."""

    def __init__(self, market: MarketBook, desk: Desk, name: str) -> None:
        scenarios = desk.portfolio.scenarios
        shocks, count = scenarios.shocks.get(name), len(scenarios.dates)
        self._desk = desk
        self._columns = columns_of(market)
        self._plain = PlainGains(market, self._columns, shocks, count)
        self._singly = ContractGains(market, shocks, count)

    def add_blocks(self, found: dict[str, _Held]) -> None:
        """Add plain blocks to the sides of their counterparties."""
        columns, plain = self._columns, self._plain
        known = np.unique(columns.counterparty[columns.counterparty >= 0])
        for number in known.tolist():
            counterparty = columns.names[number]
            if counterparty:
                if counterparty not in found:
                    found[counterparty] = self._begin(counterparty)
                held = found[counterparty]
                held.sides += plain.usd[:, number]
                held.miss(plain.missing.get(number, {}))
        for trade, gains in self._gains_of(plain.edged):
            held = found[trade.counterparty]
            held.miss(gains.missing)
            held.sides[int(trade.quantity_mw < 0.0)] += gains.usd

    def _begin(self, counterparty: str) -> _Held:
        record, count = self._desk.counterparties.get(counterparty), self._plain.usd.shape[2]
        netted = record is not None and record.netting
        return _Held(netted, np.zeros((len(SIDES), count)), np.zeros(count))

    def add_others(self, found: dict[str, _Held]) -> None:
        """Add every contract that is no plain block, once the sides are complete."""
        columns = self._columns
        others = np.flatnonzero((columns.counterparty >= 0) & ~columns.plain)
        for trade, gains in self._gains_of(others):
            held = found[trade.counterparty]
            held.miss(gains.missing)
            held.add(gains.usd)

    def _gains_of(self, numbers: Numbers) -> Iterator[tuple[Trade, Gains]]:
        for trade in self._columns.records.trades(numbers):
            if trade.counterparty:
                yield trade, self._singly.of(trade)


def potentials(desk: Desk) -> dict[str, Potential]:
    """Return by counterparty of a live contract what it could owe besides.

    Empty where there are no scenarios at all.
    """
    if not len(desk.portfolio.scenarios.dates):
        return {}
    found: dict[str, _Held] = {}
    markets = [
        _MarketGains(market, desk, name)
        for name, market in desk.markets.items()
        if len(market.contracts.trades)
    ]
    for market in markets:
        market.add_blocks(found)
    for held in found.values():
        for side in held.sides:
            held.add(side)
    for market in markets:
        market.add_others(found)
    confidence = desk.portfolio.parameters.confidence
    return {name: held.potential(confidence) for name, held in found.items()}
