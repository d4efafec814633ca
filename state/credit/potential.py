"""Potential exposure: what counterparties could owe besides, should prices move for a day.

Historical simulation with the scenarios of the VaR: what everything held with a counterparty would
gain on each date, within the days held and beyond, and of that the quantile at the VaR's
confidence. Netted contracts add up. Without netting purchases and sales of plain blocks gain apart,
every other contract by itself, and neither sets off the other's loss. An exposure that no scenario
moves is named, never taken as zero: the figure is of the rest, and incomplete.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from state.credit.exposure import columns_of
from state.credit.gains import ContractGains, Gains
from state.credit.plain_gains import SIDES, PlainGains
from state.messages import Counterparty
from state.risk.conventions import figures_of

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook

Matrix = NDArray[np.float64]


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
        sides: bought and sold plain blocks, by scenario.
        others: every other contract by itself.
        missing: as :class:`Potential` has it.
    """

    sides: Matrix
    others: list[Matrix] = field(default_factory=list)
    missing: dict[str, float] = field(default_factory=dict)

    def miss(self, missing: dict[str, float]) -> None:
        for factor, amount in missing.items():
            self.missing[factor] = self.missing.get(factor, 0.0) + amount

    def potential(self, record: Counterparty | None, confidence: float) -> Potential:
        netted = record is not None and record.netting
        parts = [*self.sides, *self.others]
        if self.missing and not any(part.any() for part in parts):
            return Potential(math.nan, self.missing)
        gained = np.zeros(self.sides.shape[1])
        for part in parts:
            gained += part if netted else np.maximum(part, 0.0)
        # What it gains for us is what it owes: the loss of the other side.
        usd = max(0.0, figures_of(-gained, confidence=confidence)[0])
        return Potential(usd, self.missing)


def potentials(desk: Desk) -> dict[str, Potential]:
    """Return by counterparty of a live contract what it could owe besides.

    Empty where there are no scenarios at all.
    """
    scenarios = desk.portfolio.scenarios
    count = len(scenarios.dates)
    if not count:
        return {}
    found: dict[str, _Held] = {}
    for name, market in desk.markets.items():
        if len(market.contracts.trades):
            _add_market(found, market, desk, name)
    confidence = desk.portfolio.parameters.confidence
    return {
        name: held.potential(desk.counterparties.get(name), confidence)
        for name, held in found.items()
    }


def _add_market(found: dict[str, _Held], market: MarketBook, desk: Desk, name: str) -> None:
    scenarios = desk.portfolio.scenarios
    shocks, count = scenarios.shocks.get(name), len(scenarios.dates)
    columns = columns_of(market)
    plain = PlainGains(market, columns, shocks, count)
    known = np.unique(columns.counterparty[columns.counterparty >= 0])
    numbers = {number: columns.names[number] for number in known.tolist()}
    for number, counterparty in numbers.items():
        if counterparty:
            held = found.setdefault(counterparty, _Held(np.zeros((len(SIDES), count))))
            held.sides += plain.usd[:, number]
            held.miss(plain.missing.get(number, {}))
    singly, edged = ContractGains(market, shocks, count), set(plain.edged.tolist())
    others = np.flatnonzero((columns.counterparty >= 0) & ~columns.plain)
    wanted = np.append(others, plain.edged)
    for number, trade in zip(wanted.tolist(), columns.records.trades(wanted), strict=True):
        if trade.counterparty:
            gains: Gains = singly.of(trade)
            held = found[trade.counterparty]
            held.miss(gains.missing)
            if number in edged:
                held.sides[int(trade.quantity_mw < 0.0)] += gains.usd
            else:
                held.others.append(gains.usd)
