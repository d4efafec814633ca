"""How a contract enters a market: by hour, by interval, or as its product says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from state.arrays import Numbers
from state.contracts import holdings, structured
from state.contracts.columns import Form
from state.market.covered_days import Hours
from state.market.delivery_day import DeliveryDay
from state.market.hour_loops import LineContracts
from state.market.lines import LineKey, key_of
from state.messages import ProductTrade, Trade
from state.moments import HOUR_NS
from state.products import PRODUCTS
from state.products.product import hourly_mw

if TYPE_CHECKING:
    from state.market.book import MarketBook


def enter(market: MarketBook, trade: Trade, sign: float) -> None:
    """Enter a contract into the days held, beyond them and into what is held; −1 takes it out."""
    if isinstance(trade, ProductTrade):
        for day in market.days.values():
            structured.enter_day(market, day, trade, sign)
        structured.enter_forward(market, trade, sign)
        market.certificates.enter(trade, sign)
    else:
        for day, hours in market.covered.days_of(trade.delivery_start_ns, trade.delivery_end_ns):
            _enter_day(market, day, trade, sign, hours)
        forward = market.forward
        if forward is not None and trade.delivery_end_ns > forward.first_ns:
            _enter_beyond(market, trade, sign)  # days of the grid and before count in no month


def _enter_day(
    market: MarketBook, day: DeliveryDay, trade: Trade, sign: float, hours: Hours | None
) -> None:
    if hours is None or PRODUCTS[trade.product].as_generated:
        tables = market.tables
        book, place = market.book_numbers[trade.book], tables.locations.index[trade.location]
        holdings.enter_trade(day, trade, sign, row=market.row(book, place), tables=tables)
        return
    line = line_of(market, trade)
    first, last = hours
    mw = hourly_mw(trade, day.day, first, last)
    day.add_line(line, first, mw if sign > 0.0 else -mw, trade.price_usd_per_mwh)


def line_of(market: MarketBook, trade: Trade) -> int:
    """Return the line that a contract with MW of its own is on, one made for it if need be."""
    tables, financial = market.tables, PRODUCTS[trade.product].financial
    book, place = market.book_numbers[trade.book], tables.locations.index[trade.location]
    run = tables.trade_run(holdings.settlement_run(trade.settles_at))
    return line_at(market, (book, place, run, financial))


def line_at(market: MarketBook, key: LineKey) -> int:
    """Return the line of a key, with room for it in every day; one is made if need be."""
    make_room(market)
    return market.tables.lines.line(key)


def make_room(market: MarketBook, lines: int = 1) -> None:
    """Make room in every day for so many lines more, if there is none."""
    table = market.tables.lines
    if len(table) + lines > table.capacity:
        table.make_room(lines)
        market.grow_lines()


def _enter_beyond(market: MarketBook, trade: Trade, sign: float) -> None:
    entries, outlooks = market.entries, market.contracts.outlooks
    if entries is None:
        return
    if not PRODUCTS[trade.product].as_generated:
        entries.trade(trade, sign)
    elif trade.resource in outlooks:
        entries.generation(trade, outlooks[trade.resource], sign)


# All at once -----------------------------------------------------------------------------------


def enter_all(market: MarketBook, day: DeliveryDay) -> None:
    """Enter every contract that counts into a day that holds none.

    Flat blocks of whole hours enter first and all at once, in the order of the records and to the
    bits they would have one by one; the others after them, in the same order.
    """
    records, grid = market.contracts.trades, day.day
    if not len(records):
        return
    columns, counting = records.columns, records.counting()
    start_ns, end_ns = columns.rows["start_ns"], columns.rows["end_ns"]
    here = counting & (start_ns < grid.end_ns) & (end_ns > grid.start_ns)
    by_hour = here & columns.of_form(holdings.is_flat) & grid.on_the_hour(start_ns, end_ns)
    _enter_lines(market, day, columns.rows[by_hour])
    others = (here | (counting & columns.of_form(_has_terms))) & ~by_hour
    for trade in columns.trades(np.flatnonzero(others)):
        if isinstance(trade, ProductTrade):
            structured.enter_day(market, day, trade, 1.0)
        elif trade.delivery_start_ns < grid.end_ns and trade.delivery_end_ns > grid.start_ns:
            hours = grid.whole_hours(trade.delivery_start_ns, trade.delivery_end_ns)
            _enter_day(market, day, trade, 1.0, hours)


def enter_all_forward(market: MarketBook) -> None:
    """Enter every contract that counts into a forward book that holds none."""
    records, forward = market.contracts.trades, market.forward
    if forward is None or not len(records):
        return
    columns = records.columns
    beyond = columns.rows["end_ns"] > forward.first_ns
    wanted = records.counting() & (beyond | columns.of_form(_has_terms))
    for trade in columns.trades(np.flatnonzero(wanted)):
        if isinstance(trade, ProductTrade):
            structured.enter_forward(market, trade, 1.0)
        elif trade.delivery_end_ns > forward.first_ns:
            _enter_beyond(market, trade, 1.0)


def _has_terms(form: Form) -> bool:
    return form.terms


def _enter_lines(market: MarketBook, day: DeliveryDay, rows: NDArray[Any]) -> None:
    if not len(rows):
        return
    forms, grid = market.contracts.trades.columns.forms, day.day
    blocks = np.array([holdings.BLOCK_NUMBER[form.block] for form in forms])
    day.hourly.add_all(
        LineContracts(
            line=_lines(market, rows),
            first=np.maximum(0, (rows["start_ns"] - grid.start_ns) // HOUR_NS),
            last=np.minimum(grid.hours, (rows["end_ns"] - grid.start_ns) // HOUR_NS),
            mw=rows["mw"].copy(),
            price=rows["price"].copy(),
            block=blocks[rows["form"]],
        )
    )


def _lines(market: MarketBook, rows: NDArray[Any]) -> Numbers:
    """Return the line of each contract; new ones get the numbers they would get one by one."""
    columns, tables = market.contracts.trades.columns, market.tables
    books = np.array([market.book_numbers[name] for name in columns.books.told])
    places = np.array([tables.locations.index.get(name, -1) for name in columns.locations.told])
    said = (holdings.settlement_run(form.settles_at) for form in columns.forms)
    runs = np.array([tables.trade_run(run) for run in said])
    financial = np.array([PRODUCTS[form.product].financial for form in columns.forms])
    of_form = (by_form[rows["form"]] for by_form in (runs, financial))
    lines, room = tables.lines, tables.lines.capacity
    numbers = lines.lines(key_of(books[rows["book"]], places[rows["location"]], *of_form))
    if lines.capacity > room:
        market.grow_lines()
    return numbers
