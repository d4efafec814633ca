"""What contracts gain in the scenarios of the VaR, contract by contract.

A leg moves as an exposure does (docs/meanings.md, "Risk"): within the days held by the price that
is still to come, beyond them by its hub's curve, what is held by the marks of its kind. An
as-generated contract is the index less its price on its share of the output, as it is for exposure
(``state.contracts.structured.contract_value``). Options, floors and storage move by their delta.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from state.contracts.contingent_lines import entered
from state.contracts.holdings import settlement_run
from state.contracts.structured import beyond_mwh, own_legs
from state.credit.kinds_left import kinds_left
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.forward import ForwardBook
from state.market.horizon import BLOCKS, HORIZON_DAYS, HubBlock
from state.messages import Block, FloatColumn, ProductTrade, Trade
from state.products import PRODUCTS
from state.products.product import contract_mw
from state.risk.factors import MarketShocks
from state.risk.kinds import KINDS
from state.risk.to_come import SETTLED

_NOTHING = 1e-6
"""MWh, or units, that rounding leaves of legs that set each other off."""


@dataclass
class Gains:
    """What is gained in each scenario, $.

    Attributes:
        usd: by scenario.
        missing: MWh or units, without sign, by the factor that no scenario moves.
    """

    usd: FloatColumn
    missing: dict[str, float] = field(default_factory=dict)

    def miss(self, factor: str, amount: float) -> None:
        """Note an exposure that no scenario moves."""
        if abs(amount) > _NOTHING:
            self.missing[factor] = self.missing.get(factor, 0.0) + abs(amount)


class ContractGains:
    """Adds up what single contracts of a market gain.

    Args:
        market: as it stands; nothing in it changes.
        shocks: of the market; None where no history has any.
        scenarios: how many there are.
    """

    def __init__(self, market: MarketBook, shocks: MarketShocks | None, scenarios: int) -> None:
        self._market = market
        self._shocks = shocks
        self._scenarios = scenarios

    def of(self, trade: Trade) -> Gains:
        """Return what a contract that counts gains."""
        gains = Gains(np.zeros(self._scenarios))
        product = PRODUCTS[trade.product]
        if product.measure:
            self._add_held(gains, trade)
            return gains
        for grid in self._market.days.values():
            span = grid.day.span(trade.delivery_start_ns, trade.delivery_end_ns)
            if span[0] < span[1]:
                for place, run, mw in self._legs_of_day(grid, trade, span):
                    self._add_intervals(gains, grid, (place, run), mw)
        if self._market.forward is not None:
            self._add_beyond(gains, self._market.forward, trade)
        return gains

    def _add_held(self, gains: Gains, trade: Trade) -> None:
        if isinstance(trade, ProductTrade):
            for factor, period, units in self._market.certificates.at_risk(trade):
                self._add_curve(gains, (factor, Block.FLAT, period), units)

    def _add_curve(self, gains: Gains, factor: tuple[str, Block, str], amount: float) -> None:
        shock = None if self._shocks is None else self._shocks.curve.get(factor)
        if shock is None:
            hub, block, period = factor
            market = self._market.market.market
            gains.miss(f"{market}/{hub}/curve/{block.value}/{period}", amount)
        else:
            gains.usd += shock * amount

    # Days held -----------------------------------------------------------------------------------

    def _legs_of_day(
        self, grid: DeliveryDay, trade: Trade, span: tuple[int, int]
    ) -> Iterator[tuple[int, int, FloatColumn]]:
        """Yield location, run and MW by interval of what a contract is within a day."""
        tables, product = self._market.tables, PRODUCTS[trade.product]
        mw = np.zeros(grid.day.intervals)
        mw[slice(*span)] = contract_mw(trade, grid.day, span=span)
        run = grid.trade_run(settlement_run(trade.settles_at))
        if product.as_generated:
            mw *= grid.volumes.expected[tables.resources.index[trade.resource]]
        for leg in own_legs(trade):
            yield tables.locations.index[leg.location], run, leg.share * mw
        payoff = product.payoff
        if payoff is not None and isinstance(trade, ProductTrade) and payoff.applies(trade):
            contingent = self._market.contingent
            terms = contingent.terms_of(trade, payoff)
            quotes = contingent.quotes(grid, terms, run, slice(0, grid.day.intervals))
            deltas, _ = entered(terms, quotes, mw, np.zeros(len(mw)), grid.hours_per_interval)
            for row, amounts in zip(terms.rows, deltas, strict=True):
                yield int(tables.rows.location[row]), run, amounts

    def _add_intervals(
        self, gains: Gains, grid: DeliveryDay, at: tuple[int, int], mw: FloatColumn
    ) -> None:
        place, run = at
        kinds = kinds_left(grid, place, run)
        left = np.flatnonzero((kinds != SETTLED) & (mw != 0.0))
        if not len(left):
            return
        hour = left // grid.day.per_hour
        by_hour = np.bincount(
            kinds[left] * grid.day.hours + hour, mw[left], KINDS * grid.day.hours
        ).reshape(KINDS, grid.day.hours)
        moved, hours = np.nonzero(by_hour)
        mwh = by_hour[moved, hours] * grid.hours_per_interval
        clock, places = grid.day.clock_hours[hours], np.full(len(hours), place)
        name, shocks = self._market.market.market, self._shocks
        if shocks is None:
            location = self._market.tables.locations.names[place]
            for one, amount in zip(clock.tolist(), mwh.tolist(), strict=True):
                gains.miss(f"{name}/{location}/HE{one + 1:02d}", amount)
            return
        gains.usd += np.add.reduce(shocks.at(moved, places, clock) * mwh[:, None], axis=0)
        for number in np.flatnonzero(~shocks.covered(moved, places, clock)).tolist():
            for factor in shocks.missing_factors(int(moved[number]), place, int(clock[number])):
                gains.miss(f"{name}/{factor}", float(mwh[number]))

    # Beyond --------------------------------------------------------------------------------------

    def _add_beyond(self, gains: Gains, forward: ForwardBook, trade: Trade) -> None:
        product, tables = PRODUCTS[trade.product], self._market.tables
        payoff = product.payoff
        if payoff is not None and payoff.by_day:
            self._miss_days(gains, forward, trade)
            return
        volumes = self._volumes(forward, trade)
        for leg in own_legs(trade):
            place = tables.locations.beyond(tables.locations.index[leg.location])
            for block, mwh in volumes.items():
                self._add_months(gains, forward, (place, block), leg.share * mwh)
        if payoff is None or not isinstance(trade, ProductTrade) or not payoff.applies(trade):
            return
        for block, mwh in volumes.items():
            if mwh.any():
                terms = self._market.contingent.terms_of(trade, payoff)
                quotes = self._market.contingent.quotes_beyond(forward, terms, block)
                deltas, _ = entered(terms, quotes, mwh, np.zeros(len(mwh)), 1.0)
                for row, amounts in zip(terms.rows, deltas, strict=True):
                    place = tables.locations.beyond(int(tables.rows.location[row]))
                    self._add_months(gains, forward, (place, block), amounts)

    def _volumes(self, forward: ForwardBook, trade: Trade) -> dict[Block, FloatColumn]:
        """Return signed MWh by day from the first that lies beyond the days held."""
        found = {block: np.zeros(HORIZON_DAYS) for block in BLOCKS}
        for block, at, mwh in beyond_mwh(self._market, forward, trade):
            inside = mwh[max(0, -at) : max(0, HORIZON_DAYS - at)]
            found[block][max(0, at) : max(0, at) + len(inside)] += inside
        for mwh in found.values():
            mwh[: forward.first] = 0.0
        return found

    def _add_months(
        self, gains: Gains, forward: ForwardBook, row: HubBlock, by_day: FloatColumn
    ) -> None:
        place, block = row
        by_month = np.bincount(forward.month_of, by_day, len(forward.months))
        name = self._market.tables.locations.names[place]
        for number in np.flatnonzero(by_month).tolist():
            factor = (name, block, forward.months[number])
            self._add_curve(gains, factor, float(by_month[number]))

    def _miss_days(self, gains: Gains, forward: ForwardBook, trade: Trade) -> None:
        """Name what chooses among the hours of a day: beyond the grid there are none."""
        if not isinstance(trade, ProductTrade):
            return
        at, hours = forward.horizon.block_mwh(
            Block.FLAT, trade.delivery_start_ns, trade.delivery_end_ns, 1.0, of=Block.FLAT
        )
        days = np.flatnonzero(hours[max(0, forward.first - at) :]) + max(at, forward.first)
        place = self._market.tables.locations.beyond(
            self._market.tables.locations.index[trade.location]
        )
        for day in days[days < HORIZON_DAYS].tolist():
            month = forward.months[int(forward.month_of[day])]
            factor = (self._market.tables.locations.names[place], Block.FLAT, month)
            self._add_curve(gains, factor, trade.energy_mwh)
