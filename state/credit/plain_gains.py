"""What plain blocks gain in the scenarios of the VaR, by counterparty, all of them at once.

Exposures are summed by what a shock belongs to first (hub and hour, location, hub and month), and
meet the scenarios last, so that the cost grows with counterparties and factors, not with contracts.
"""

from __future__ import annotations

import numpy as np

from state.arrays import Flags, Floats, Matrix, Numbers
from state.compiled import compiled
from state.contracts.holdings import BLOCK_NUMBER
from state.credit.exposure import ContractColumns, days_ahead
from state.credit.kinds_left import kinds_left
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.forward import ForwardBook
from state.market.horizon import BLOCKS, HORIZON_DAYS
from state.messages import Block, FloatColumn
from state.risk.factors import MarketShocks
from state.risk.kinds import KINDS
from state.risk.to_come import SETTLED

SIDES = BOUGHT, SOLD = range(2)
_CLOCK_HOURS = 24
_AT_ONCE = 4_096
"""Groups whose hours are in memory together."""

_MOST_NAMED = 20
"""Factors that are named of a counterparty, day, hub and block."""


class PlainGains:
    """Gains of bought and sold blocks with every counterparty of a market.

    Args:
        market: as it stands.
        columns: its contracts.
        shocks: of the market; None where no history has any.
        scenarios: how many there are.

    Attributes:
        usd: shape (2 sides, counterparties, scenarios).
        missing: by number of the counterparty, MWh by factor that no scenario moves.
    """

    def __init__(
        self,
        market: MarketBook,
        columns: ContractColumns,
        shocks: MarketShocks | None,
        scenarios: int,
    ) -> None:
        self._market = market
        self._columns = columns
        self._shocks = shocks
        self.usd = np.zeros((2, len(columns.names), scenarios))
        self.missing: dict[int, dict[str, float]] = {}
        self._plain = np.flatnonzero(columns.plain & (columns.counterparty >= 0))
        self._side = np.where(columns.mw < 0.0, SOLD, BOUGHT)
        self._edged = self._ragged()
        for grid in market.days.values():
            self._add_day(grid)
        if market.forward is not None:
            self._add_forward(market.forward)

    @property
    def edged(self) -> Numbers:
        """The blocks that begin or end within a day beyond the days held: not in the gains."""
        return self._plain[self._edged]

    def _ragged(self) -> Flags:
        forward, columns, plain = self._market.forward, self._columns, self._plain
        if forward is None:
            return np.zeros(len(plain), dtype=np.bool_)
        return days_ahead(forward, columns, plain)[2]

    def _miss(self, number: int, factor: str, mwh: float) -> None:
        own = self.missing.setdefault(number, {})
        own[factor] = own.get(factor, 0.0) + abs(mwh)

    # Days held -----------------------------------------------------------------------------------

    def _add_day(self, grid: DeliveryDay) -> None:
        columns, step, day = self._columns, grid.day.step_ns, grid.day
        own = self._plain[~self._edged]
        own = own[(columns.start_ns[own] < day.end_ns) & (columns.end_ns[own] > day.start_ns)]
        if not len(own):
            return
        first = np.clip(-(-(columns.start_ns[own] - day.start_ns) // step), 0, day.intervals)
        last = np.clip(-(-(columns.end_ns[own] - day.start_ns) // step), first, day.intervals)
        places, place = np.unique(columns.place[own], return_inverse=True)
        runs = np.array([grid.trade_run(run) for run in range(3)])
        kinds = np.array([kinds_left(grid, places, int(run)) for run in runs])
        inside = np.array([day.block_mask(block) for block in Block])
        keys = (self._columns.counterparty[own] * 2 + self._side[own]) * len(places) + place
        groups, group = np.unique(keys, return_inverse=True)
        order = np.argsort(group, kind="stable")
        contracts = np.array([group, place, columns.run[own], columns.block[own], first, last])
        contracts, mw = contracts[:, order], columns.mw[own[order]] * grid.hours_per_interval
        for begin in range(0, len(groups), _AT_ONCE):
            end = min(begin + _AT_ONCE, len(groups))
            part = slice(*np.searchsorted(contracts[0], (begin, end)).tolist())
            mwh = np.zeros((end - begin, KINDS, day.hours))
            told = np.ascontiguousarray(contracts[:, part])
            told[0] -= begin
            _add_intervals(told, mw[part], (kinds, inside), day.per_hour, mwh)
            held = np.flatnonzero(mwh.any(axis=(1, 2)))
            if len(held):
                self._add_groups(grid, groups[begin + held], places, mwh[held])

    def _add_groups(self, grid: DeliveryDay, groups: Numbers, places: Numbers, mwh: Floats) -> None:
        """Let the MWh of a day by counterparty, side and location meet the scenarios."""
        side, place = groups // len(places), places[groups % len(places)]
        clock, shocks = grid.day.clock_hours, self._shocks
        if shocks is None:
            self._name_hours(side // 2, place, mwh, clock)
            return
        rows, row = np.unique(side, return_inverse=True)
        by_hub = np.zeros((len(rows), KINDS, shocks.hub.shape[1], _CLOCK_HOURS))
        gains = np.zeros((len(rows), self.usd.shape[2]))
        _sum_by_hub(mwh, row, shocks.hub_row[place], clock, by_hub)
        _add_hubs(by_hub, shocks.hub, gains)
        _add_basis(mwh, row, place, shocks.basis, gains)
        self.usd[rows % 2, rows // 2] += gains
        gaps = np.flatnonzero(shocks.gaps[place])
        if len(gaps):
            self._name_gaps(shocks, side[gaps] // 2, place[gaps], mwh[gaps], clock)

    def _name_hours(self, who: Numbers, place: Numbers, mwh: Matrix, clock: Numbers) -> None:
        market, names = self._market.market.market, self._market.tables.locations.names
        for number, own in enumerate(mwh):
            for hour in np.flatnonzero(own.any(axis=0)).tolist()[:_MOST_NAMED]:
                factor = f"{market}/{names[place[number]]}/HE{int(clock[hour]) + 1:02d}"
                self._miss(int(who[number]), factor, float(np.add.reduce(own[:, hour])))

    def _name_gaps(
        self, shocks: MarketShocks, who: Numbers, place: Numbers, mwh: Matrix, clock: Numbers
    ) -> None:
        group, kind, hour = np.nonzero(mwh)
        gap = ~shocks.covered(kind, place[group], clock[hour])
        told: dict[int, int] = {}
        for at in np.flatnonzero(gap).tolist():
            number = int(who[group[at]])
            told[number] = told.get(number, 0) + 1
            if told[number] <= _MOST_NAMED:
                where = int(kind[at]), int(place[group[at]]), int(clock[hour[at]])
                for factor in shocks.missing_factors(*where):
                    name = f"{self._market.market.market}/{factor}"
                    self._miss(number, name, float(mwh[group[at], kind[at], hour[at]]))

    # Beyond --------------------------------------------------------------------------------------

    def _add_forward(self, forward: ForwardBook) -> None:
        columns, plain = self._columns, self._plain[~self._edged]
        starts = forward.horizon.day_starts_ns
        first = np.searchsorted(starts, columns.start_ns[plain])
        first = first.clip(forward.first, HORIZON_DAYS)
        last = np.searchsorted(starts, columns.end_ns[plain]).clip(0, HORIZON_DAYS)
        ahead = first < last
        plain, first, last = plain[ahead], first[ahead], last[ahead]
        table = self._market.tables.locations
        hub = {place: table.beyond(place) for place in np.unique(columns.place[plain]).tolist()}
        places = np.array([hub[place] for place in columns.place[plain].tolist()], dtype=np.int64)
        flat = columns.block[plain] == BLOCK_NUMBER[Block.FLAT]
        for place in np.unique(places).tolist():
            for block in BLOCKS:
                wanted = flat | (columns.block[plain] == BLOCK_NUMBER[block])
                own = np.flatnonzero((places == place) & wanted)
                if len(own):
                    spans = plain[own], first[own], last[own]
                    self._add_months(forward, (table.names[place], block), spans)

    def _add_months(
        self, forward: ForwardBook, factor: tuple[str, Block], spans: tuple[Numbers, ...]
    ) -> None:
        own, first, last = spans
        curve = {} if self._shocks is None else self._shocks.curve
        told = [curve.get((*factor, month)) for month in forward.months]
        none = np.zeros(self.usd.shape[2])
        shocks = np.array([none if each is None else each for each in told])
        unknown = np.array([each is None for each in told])
        hours = forward.horizon.hours[factor[1]]
        for side in SIDES:
            mine = self._side[own] == side
            if not mine.any():
                continue
            mwh = np.zeros((self.usd.shape[1], len(forward.months)))
            who = self._columns.counterparty[own[mine]]
            mw = self._columns.mw[own[mine]]
            _add_months_of(who, first[mine], last[mine], mw, hours, forward.month_of, mwh)
            _add_gains(mwh, shocks, self.usd[side])
            missing = np.argwhere((mwh != 0.0) & unknown)
            self._name_months(forward.months, factor, missing, mwh)

    def _name_months(
        self, months: list[str], factor: tuple[str, Block], missing: Numbers, mwh: Matrix
    ) -> None:
        hub, block = factor
        for number, month in missing.tolist():
            name = f"{self._market.market.market}/{hub}/curve/{block.value}/{months[month]}"
            self._miss(number, name, float(mwh[number, month]))


@compiled
def _add_intervals(
    contracts: Numbers,
    mwh_per_interval: FloatColumn,
    day: tuple[Numbers, Flags],
    per_hour: int,
    mwh: Matrix,
) -> None:
    """Add contracts to the MWh of their groups by kind of shock and hour.

    Args:
        contracts: group, number of the place, run, block, first interval and the one after the
            last of each, shape (6, contracts).
        mwh_per_interval: of each.
        day: kind of shock by run, place and interval; whether each interval is in a block.
        per_hour: intervals.
        mwh: by group, kind and hour, which this adds to.
    """
    kinds, inside = day
    for at in range(contracts.shape[1]):
        group, place = contracts[0, at], contracts[1, at]
        run, block = contracts[2, at], contracts[3, at]
        for interval in range(contracts[4, at], contracts[5, at]):
            kind = kinds[run, place, interval]
            if inside[block, interval] and kind != SETTLED:
                mwh[group, kind, interval // per_hour] += mwh_per_interval[at]


@compiled
def _sum_by_hub(
    mwh: Matrix, row: Numbers, hub_row: Numbers, clock_hours: Numbers, by_hub: Matrix
) -> None:
    """Add the MWh of groups to those of their counterparties and sides, by hub and clock hour."""
    for group in range(mwh.shape[0]):
        for kind in range(mwh.shape[1]):
            for hour in range(mwh.shape[2]):
                if mwh[group, kind, hour] != 0.0:
                    at = hub_row[group], clock_hours[hour]
                    by_hub[row[group], kind, at[0], at[1]] += mwh[group, kind, hour]


@compiled
def _add_hubs(by_hub: Matrix, shocks: Matrix, gains: Matrix) -> None:
    """Add what MWh by hub and hour gain with the prices of the hubs."""
    for row in range(by_hub.shape[0]):
        for kind in range(by_hub.shape[1]):
            for hub in range(by_hub.shape[2]):
                for hour in range(by_hub.shape[3]):
                    mwh = by_hub[row, kind, hub, hour]
                    if mwh != 0.0:
                        for scenario in range(gains.shape[1]):
                            gains[row, scenario] += mwh * shocks[kind, hub, hour, scenario]


@compiled
def _add_basis(mwh: Matrix, row: Numbers, place: Numbers, shocks: Matrix, gains: Matrix) -> None:
    """Add what the MWh of groups gain with the basis of their locations, alike in every hour."""
    for group in range(mwh.shape[0]):
        for kind in range(mwh.shape[1]):
            total = 0.0
            for hour in range(mwh.shape[2]):
                total += mwh[group, kind, hour]
            if total != 0.0:
                for scenario in range(gains.shape[1]):
                    gains[row[group], scenario] += total * shocks[kind, place[group], scenario]


@compiled
def _add_months_of(
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
def _add_gains(mwh: Matrix, shocks: Matrix, gains: Matrix) -> None:
    """Add what MWh by month would gain in each scenario."""
    for number in range(mwh.shape[0]):
        for month in range(mwh.shape[1]):
            if mwh[number, month] != 0.0:
                for scenario in range(shocks.shape[1]):
                    gains[number, scenario] += mwh[number, month] * shocks[month, scenario]
