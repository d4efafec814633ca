"""Units at call in the net open position: their option delta, less what of it suppliers fail to.

The right to a unit's MW is no physical contract; how much of it is to be expected is its delta. A
unit that is called and does not run leaves the gap of a purchase that is not delivered, so what is
bought of the delta counts with 1 − failure rate where the rate is known (risk policy §4.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from state.arrays import Matrix, Numbers
from state.contracts.contingent_lines import DayLines, entered
from state.contracts.size import bought_part
from state.market.delivery_day import DeliveryDay
from state.market.forward import ForwardBook
from state.market.horizon import BLOCKS, HORIZON_DAYS, HubBlock
from state.market.likeness import alike
from state.messages import Block, FloatColumn, ProductTrade, Trade
from state.periods import month_after
from state.products import PRODUCTS
from state.products.payoff import Quotes, Terms
from state.products.product import contract_mw

if TYPE_CHECKING:
    from state.market.book import MarketBook

Amounts = tuple[HubBlock, Numbers, FloatColumn]
"""Hub and block, the numbers of months, and as many MWh."""

AT_CALL = frozenset(("dispatchable",))
"""Products whose option delta is expected supply."""


class UnitsAtCall:
    """Follows the units at call of suppliers whose failure rate is known.

    Args:
        market: whose.
    """

    def __init__(self, market: MarketBook) -> None:
        self._market = market
        self._bought: dict[str, ProductTrade] = {}
        records = market.contracts.trades
        if len(records) and market.contracts.deliveries.suppliers:
            of_kind = records.columns.of_form(lambda form: form.product in AT_CALL)
            for trade in records.columns.trades(np.flatnonzero(records.counting() & of_kind)):
                self.enter(trade, 1)

    def beside(self, market: MarketBook) -> UnitsAtCall:
        """Return the same of a market like this one, to enter contracts in."""
        return alike(self, _market=market, _bought=dict(self._bought))

    def enter(self, trade: Trade, sign: int) -> None:
        """Take in a contract, of whatever product; −1 takes it out."""
        if sign < 0:
            self._bought.pop(trade.identity, None)
        elif trade.product in AT_CALL and self._market.contracts.deliveries.supplier_of(trade):
            bought = bought_part(trade, 1)
            if isinstance(bought, ProductTrade):
                self._bought[trade.identity] = bought

    def failing(self, forward: ForwardBook, today: date | None) -> Iterator[Amounts]:
        """Yield the MWh that suppliers are expected to fail to, in an order that stays."""
        deliveries = self._market.contracts.deliveries
        for _, trade in sorted(self._bought.items()):
            supplier, payoff = deliveries.supplier_of(trade), PRODUCTS[trade.product].payoff
            if supplier is None or payoff is None:
                continue
            terms = self._market.contingent.terms_of(trade, payoff)
            rate = deliveries.rate_of(supplier)
            yield from self._beyond(forward, trade, terms, rate)
            yield from self._on_days(forward, trade, terms, rate, today)

    def _beyond(
        self, forward: ForwardBook, trade: ProductTrade, terms: Terms, rate: float
    ) -> Iterator[Amounts]:
        for block in BLOCKS:
            quotes = self._market.contingent.quotes_beyond(forward, terms, block)
            legs = _delta(terms, quotes, rate * _mwh_beyond(forward, trade, block))
            legs[:, : forward.first] = 0.0
            for number, hub in enumerate(_hubs(self._market, terms)):
                yield (hub, block), forward.month_of, legs[number]

    def _on_days(
        self,
        forward: ForwardBook,
        trade: ProductTrade,
        terms: Terms,
        rate: float,
        today: date | None,
    ) -> Iterator[Amounts]:
        contingent = self._market.contingent
        for grid, _ in _held_to_come(self._market, today):
            span = grid.day.span(trade.delivery_start_ns, trade.delivery_end_ns)
            if span[0] >= span[1]:
                continue
            mw = np.zeros(grid.day.intervals)
            mw[slice(*span)] = rate * contract_mw(trade, grid.day, span=span)
            run, whole = grid.trade_run(terms.run), slice(0, grid.day.intervals)
            legs = _delta(terms, contingent.quotes(grid, terms, run, whole), mw)
            yield from _on_day(self._market, forward, grid, terms, legs)


def option_mwh(
    units: UnitsAtCall, market: MarketBook, rows: list[HubBlock], today: date | None
) -> tuple[Matrix, Matrix]:
    """Return the delta of units at call, and what of it fails, by row and month.

    Months count whole: the first day of one to come counts where it is held by interval as well.

    Args:
        units: of the market.
        market: whose.
        rows: hubs and blocks; those of units at call join them.
        today: the company's date, by which months are to come; a market's own may be another.
    """
    forward = market.forward
    if forward is None:
        return np.zeros((len(rows), 0)), np.zeros((len(rows), 0))
    whole = _by_row(forward, _deltas(market, forward, today))
    failing = _by_row(forward, units.failing(forward, today))
    rows.extend(key for key in {**whole, **failing} if key not in rows)
    return _matrix(whole, forward, rows), _matrix(failing, forward, rows)


def options_edition(market: MarketBook, today: date | None) -> tuple[Any, ...]:
    """Return what changes with the delta of units at call on days held of months to come."""
    return tuple(lines.stamp for _, lines in _held_to_come(market, today))


def _by_row(forward: ForwardBook, amounts: Iterable[Amounts]) -> dict[HubBlock, FloatColumn]:
    found: dict[HubBlock, FloatColumn] = {}
    for key, months, mwh in amounts:
        monthly = found.setdefault(key, np.zeros(len(forward.months)))
        np.add.at(monthly, months, mwh)
    return found


def _matrix(
    found: dict[HubBlock, FloatColumn], forward: ForwardBook, rows: list[HubBlock]
) -> Matrix:
    none = np.zeros(len(forward.months))
    return np.array([found.get(key, none) for key in rows]).reshape(len(rows), len(none))


def _deltas(market: MarketBook, forward: ForwardBook, today: date | None) -> Iterator[Amounts]:
    """Yield MWh of units at call."""
    for (terms, block), line in market.contingent.forward.items():
        if terms.product in AT_CALL:
            for number, hub in enumerate(_hubs(market, terms)):
                yield (hub, block), forward.month_of, line.legs[number]
    for grid, held in _held_to_come(market, today):
        for terms, line in held.lines.items():
            if terms.product in AT_CALL:
                yield from _on_day(market, forward, grid, terms, line.legs)


def _on_day(
    market: MarketBook, forward: ForwardBook, grid: DeliveryDay, terms: Terms, legs: Matrix
) -> Iterator[Amounts]:
    """Yield MW by interval of a day as MWh of its month."""
    month = np.array([forward.months.index(f"{grid.day.day:%Y-%m}")])
    for number, hub in enumerate(_hubs(market, terms)):
        mwh = legs[number] * grid.hours_per_interval
        for block in BLOCKS:
            own = np.add.reduce(mwh[grid.day.block_mask(block)], keepdims=True)
            yield (hub, block), month, own


def _delta(terms: Terms, quotes: Quotes, volume: FloatColumn) -> Matrix:
    return entered(terms, quotes, volume, np.zeros(len(volume)), 1.0)[0]


def _mwh_beyond(forward: ForwardBook, trade: ProductTrade, block: Block) -> FloatColumn:
    """Return MWh of a block by day of the horizon."""
    mw = trade.profile_mw if len(trade.profile_mw) else float(trade.quantity_mw)
    at, mwh = forward.horizon.block_mwh(
        block, trade.delivery_start_ns, trade.delivery_end_ns, mw, of=trade.block
    )
    by_day, mwh, at = np.zeros(HORIZON_DAYS), mwh[max(0, -at) :], max(0, at)
    by_day[at : at + len(mwh)] = mwh[: max(0, HORIZON_DAYS - at)]
    return by_day


def _hubs(market: MarketBook, terms: Terms) -> list[int]:
    tables = market.tables
    return [tables.locations.beyond(int(tables.rows.location[row])) for row in terms.rows]


def _held_to_come(market: MarketBook, today: date | None) -> Iterator[tuple[DeliveryDay, DayLines]]:
    """Yield the days of months to come that are held by interval, with contracts of payoffs."""
    for day, held in market.contingent.days.items():
        if today is not None and held.lines and month_after(today, 1) <= day:
            yield market.days[day], held
