"""Potential exposure: what counterparties could owe besides, should prices move for a day.

Historical simulation with the scenarios of the VaR: what the forward contracts with a counterparty
would gain on each date, and of that the quantile at the VaR's confidence. Netted contracts add up;
without netting purchases and sales gain apart, and neither sets off the other's loss. Plain blocks
beyond the days held count, at the hub their price follows; the days held move exposure itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from state.compiled import compiled
from state.contracts.holdings import BLOCK_NUMBER
from state.credit.exposure import columns_of
from state.market.horizon import BLOCKS, HORIZON_DAYS
from state.market.locations import NO_HUB
from state.messages import Block, Counterparty, FloatColumn
from state.risk.conventions import figures_of

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook
    from state.market.forward import ForwardBook

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]
_BOUGHT, _SOLD = range(2)


class _Gains:
    """Gains of bought and sold contracts with one counterparty by scenario, $."""

    def __init__(self, scenarios: int) -> None:
        self.usd = np.zeros((2, scenarios))
        self.covered = True


def potential_usd(desk: Desk) -> dict[str, float]:
    """Return by counterparty what it could owe besides; NaN where a price has no scenario."""
    scenarios = desk.portfolio.scenarios
    count = len(scenarios.dates)
    if not count:
        return {}
    found: dict[str, _Gains] = {}
    for name, market in desk.markets.items():
        shocks = scenarios.shocks.get(name)
        if market.forward is not None and len(market.contracts.trades):
            curve = {} if shocks is None else shocks.curve
            _add_market(found, market, market.forward, curve, count)
    confidence = desk.portfolio.parameters.confidence
    return {
        name: _quantile(gains, desk.counterparties.get(name), confidence)
        for name, gains in found.items()
    }


def _quantile(gains: _Gains, record: Counterparty | None, confidence: float) -> float:
    if not gains.covered:
        return math.nan
    netted = record is not None and record.netting
    usd = gains.usd if netted else np.maximum(gains.usd, 0.0)
    # What it gains for us is what it owes: the loss of the other side.
    return max(0.0, figures_of(-(usd[_BOUGHT] + usd[_SOLD]), confidence=confidence)[0])


def _add_market(
    found: dict[str, _Gains],
    market: MarketBook,
    forward: ForwardBook,
    curve: Mapping[tuple[str, Block, str], FloatColumn],
    scenarios: int,
) -> None:
    columns = columns_of(market)
    plain = np.flatnonzero(columns.plain & (columns.counterparty >= 0))
    starts, table = forward.horizon.day_starts_ns, market.tables.locations
    first = np.searchsorted(starts, columns.start_ns[plain]).clip(forward.first, HORIZON_DAYS)
    last = np.searchsorted(starts, columns.end_ns[plain]).clip(0, HORIZON_DAYS)
    places = table.hub[columns.place[plain]]
    places = np.where(places == NO_HUB, columns.place[plain], places)
    numbers, count = columns.counterparty[plain], len(columns.names)
    flat = columns.block[plain] == BLOCK_NUMBER[Block.FLAT]
    blocks = {each: flat | (columns.block[plain] == BLOCK_NUMBER[each]) for each in BLOCKS}
    gains, missing = np.zeros((2, count, scenarios)), np.zeros(count, dtype=np.bool_)
    for place in np.unique(places).tolist():
        for block in BLOCKS:
            shocks, known = _shocks(curve, table.names[place], block, forward.months, scenarios)
            for side in (_BOUGHT, _SOLD):
                wanted = (places == place) & (first < last) & blocks[block]
                own = np.flatnonzero(wanted & ((columns.mw[plain] < 0.0) == bool(side)))
                if not len(own):
                    continue
                mwh = np.zeros((count, len(forward.months)))
                spans = numbers[own], first[own], last[own], columns.mw[plain[own]]
                add_months(*spans, forward.horizon.hours[block], forward.month_of, mwh)
                missing |= ((mwh != 0.0) & ~known).any(axis=1)
                add_gains(mwh, shocks, gains[side])
    for number in np.unique(numbers).tolist():
        name = columns.names[number]
        if name:
            own_gains = found.setdefault(name, _Gains(scenarios))
            own_gains.usd += gains[:, number]
            own_gains.covered &= not missing[number]


def _shocks(
    curve: Mapping[tuple[str, Block, str], FloatColumn],
    hub: str,
    block: Block,
    months: Iterable[str],
    scenarios: int,
) -> tuple[Matrix, NDArray[np.bool_]]:
    """Return changes of the curve by month and scenario, and for which months there are any."""
    told = [curve.get((hub, block, month)) for month in months]
    none = np.zeros(scenarios)
    return (
        np.array([none if each is None else each for each in told]),
        np.array([each is not None for each in told]),
    )


@compiled
def add_months(
    numbers: Numbers,
    first: Numbers,
    last: Numbers,
    mw: FloatColumn,
    hours: FloatColumn,
    month_of: Numbers,
    mwh: Matrix,
) -> None:
    """Add contracts to the MWh of their counterparties by month.

    Args:
        numbers: of each contract's counterparty.
        first: day on which it begins to deliver.
        last: day on which it no more does.
        mw: of each.
        hours: of its block, by day.
        month_of: number of each day's month.
        mwh: by counterparty and month, which this adds to.
    """
    for at in range(len(numbers)):
        for day in range(first[at], last[at]):
            mwh[numbers[at], month_of[day]] += mw[at] * hours[day]


@compiled
def add_gains(mwh: Matrix, shocks: Matrix, gains: Matrix) -> None:
    """Add what MWh by month would gain in each scenario."""
    for number in range(mwh.shape[0]):
        for month in range(mwh.shape[1]):
            if mwh[number, month] != 0.0:
                for scenario in range(shocks.shape[1]):
                    gains[number, scenario] += mwh[number, month] * shocks[month, scenario]
