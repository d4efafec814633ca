"""What current exposure leaves out: what nothing marks, output that nobody foretells.

Without a mark an hour's cost is left out together with its value, so that the exposure is of the
rest: it says so, with the MWh (docs/credit.md). A delivered physical MWh is owed at its price,
whatever it is worth; one with a floor lacks what that pays back. All of it is looked at only where
a mark is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from state.arrays import Flags, Numbers
from state.contracts.holdings import BLOCK_NUMBER, settlement_run
from state.contracts.output import output_of
from state.contracts.structured import beyond, own_legs, payoff_of, unmarked_mw
from state.credit.exposure import ContractColumns, columns_of, days_ahead, running
from state.market.delivery_day import DeliveryDay
from state.market.forward import NOTHING, ForwardBook
from state.market.horizon import BLOCKS, HORIZON_DAYS
from state.messages import Block, FloatColumn, ProductTrade, Trade
from state.products import PRODUCTS
from state.products.product import contract_mw

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook


def left_out_of(desk: Desk) -> dict[str, list[str]]:
    """Return by counterparty what its exposure leaves out, in words; none of whom nothing is."""
    found: dict[str, list[str]] = {}
    mwh: dict[str, float] = {}
    for market in desk.markets.values():
        if not len(market.contracts.trades):
            continue
        columns = columns_of(market)
        by_contract, names = unmarked_of(market, columns), columns.names
        if by_contract is not None:
            for number in np.flatnonzero(by_contract > NOTHING).tolist():
                name = names[columns.counterparty[number]]
                mwh[name] = mwh.get(name, 0.0) + float(by_contract[number])
        for number, words in untold_of(market, columns).items():
            found.setdefault(names[number], []).append(words)
        for (number, product, kind), units in held_unmarked_of(market, columns).items():
            words = f"{units:,.10g} {PRODUCTS[product].measure} of {product} {kind}".rstrip()
            found.setdefault(names[number], []).append(f"{words} have no mark")
    for name, amount in mwh.items():
        found.setdefault(name, []).insert(0, f"{amount:,.10g} MWh have no mark")
    return found


def unmarked_of(market: MarketBook, columns: ContractColumns) -> FloatColumn | None:
    """Return MWh without a mark by contract; None where every contract is marked."""
    forward, days = market.forward, market.days.values()
    lacking = [day for day in days if day.prices.lacks_marks]
    count = len(market.books)
    if not lacking and (forward is None or not forward.unmarked_by_book(count).any()):
        return None
    mwh, counted = np.zeros(len(columns.place)), columns.counterparty >= 0
    plain = np.flatnonzero(columns.plain & counted)
    for day in lacking:
        _add_day(day, columns, plain, mwh)
    singly = counted & ~columns.plain
    if forward is not None:
        singly[plain[_add_beyond(market, forward, columns, plain, mwh)]] = True
    numbers = np.flatnonzero(singly)
    for number, trade in zip(numbers.tolist(), columns.records.trades(numbers), strict=True):
        grid = 0.0 if columns.plain[number] else _on_days(market, trade)
        mwh[number] += grid + beyond(market, trade).unmarked_mwh
    return mwh


def untold_of(market: MarketBook, columns: ContractColumns) -> dict[int, str]:
    """Return by a counterparty's number the first output from today on that nothing foretells."""
    found: dict[int, str] = {}
    from_ns = min((day.day.start_ns for _, day in market.open_days()), default=0)
    own = (columns.counterparty >= 0) & columns.records.of_form(
        lambda form: PRODUCTS[form.product].as_generated
    )
    numbers = np.flatnonzero(own)
    for number, trade in zip(numbers.tolist(), columns.records.trades(numbers), strict=True):
        words = output_of(market, trade, from_ns=from_ns).without_mwh
        if words:
            found.setdefault(int(columns.counterparty[number]), words)
    return found


def held_unmarked_of(
    market: MarketBook, columns: ContractColumns
) -> dict[tuple[int, str, str], float]:
    """Return units held that nothing marks, by a counterparty's number, product and kind."""
    found: dict[tuple[int, str, str], float] = {}
    own = (columns.counterparty >= 0) & columns.records.of_form(
        lambda form: bool(PRODUCTS[form.product].measure)
    )
    numbers = np.flatnonzero(own)
    for number, trade in zip(numbers.tolist(), columns.records.trades(numbers), strict=True):
        units = market.certificates.units_unmarked(trade)
        if units and isinstance(trade, ProductTrade):
            key = int(columns.counterparty[number]), trade.product, trade.unit_kind
            found[key] = found.get(key, 0.0) + units
    return found


def _add_day(day: DeliveryDay, columns: ContractColumns, plain: Numbers, mwh: FloatColumn) -> None:
    step, grid, without = day.day.step_ns, day.day, day.prices.unmarked
    first = np.clip(-(-(columns.start_ns[plain] - grid.start_ns) // step), 0, None)
    last = np.clip(-(-(columns.end_ns[plain] - grid.start_ns) // step), None, grid.intervals)
    first = np.where(columns.physical[plain], np.maximum(first, day.delivered), first)
    inside = (first < last) & without[columns.place[plain]]
    plain, first, last = plain[inside], first[inside], last[inside]
    places, place = np.unique(columns.place[plain], return_inverse=True)
    missing = np.isnan(day.prices.marks(places, slice(None)))
    for run in range(3):
        for number, block in enumerate(Block):
            own = np.flatnonzero((columns.run[plain] == run) & (columns.block[plain] == number))
            lacks = running(missing[day.trade_run(run)] & grid.block_mask(block))
            hours = lacks[place[own], last[own]] - lacks[place[own], first[own]]
            mwh[plain[own]] += np.abs(columns.mw[plain[own]]) * hours * day.hours_per_interval


def _add_beyond(
    market: MarketBook,
    forward: ForwardBook,
    columns: ContractColumns,
    plain: Numbers,
    mwh: FloatColumn,
) -> Flags:
    """Add what blocks of whole days lack beyond the grid; return which are none."""
    first, last, ragged = days_ahead(forward, columns, plain)
    first, last = np.clip(first, forward.first, HORIZON_DAYS), np.clip(last, 0, HORIZON_DAYS)
    table = market.tables.locations
    places = table.curve_place[columns.place[plain]]
    for place in np.unique(places).tolist():
        for block in BLOCKS:
            blocks = BLOCK_NUMBER[Block.FLAT], BLOCK_NUMBER[block]
            wanted = (places == place) & np.isin(columns.block[plain], blocks)
            own = np.flatnonzero(wanted & (first < last) & ~ragged)
            without = np.isnan(forward.curve_by_day(table.names[place], block))
            lacks = running(np.where(without, forward.horizon.hours[block], 0.0)[None])[0]
            hours = lacks[last[own]] - lacks[first[own]]
            mwh[plain[own]] += np.abs(columns.mw[plain[own]]) * hours
    return ragged


def _on_days(market: MarketBook, trade: Trade) -> float:
    if PRODUCTS[trade.product].measure:
        return 0.0
    return sum(_on_day(market, day, trade) for day in market.days.values())


def _on_day(market: MarketBook, day: DeliveryDay, trade: Trade) -> float:
    product, first = PRODUCTS[trade.product], 0
    begin, end = day.day.span(trade.delivery_start_ns, trade.delivery_end_ns)
    if not product.financial and payoff_of(trade) is None:
        first = day.delivered
    if max(begin, first) >= end:
        return 0.0
    mw: FloatColumn = np.zeros(day.day.intervals)
    mw[begin:end] = contract_mw(trade, day.day, span=(begin, end))
    if product.as_generated:
        mw *= day.volumes.expected[market.tables.resources.index[trade.resource]]
    run, total = day.trade_run(settlement_run(trade.settles_at)), 0.0
    for leg in own_legs(trade):
        place = np.array([market.tables.locations.index[leg.location]])
        without = np.isnan(day.prices.marks(place, slice(None))[run, 0, first:])
        total += abs(leg.share) * float(np.add.reduce(np.abs(mw[first:][without])))
    payoff = payoff_of(trade)
    if payoff is not None and isinstance(trade, ProductTrade):
        terms, whole = market.contingent.terms_of(trade, payoff), slice(0, day.day.intervals)
        quotes = market.contingent.quotes(day, terms, run, whole)
        value, _ = payoff.value(terms, quotes)
        total += float(
            np.add.reduce(unmarked_mw(payoff, quotes, value)[first:] * np.abs(mw[first:]))
        )
    return total * day.hours_per_interval
