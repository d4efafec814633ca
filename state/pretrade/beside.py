"""The desk as it would be with some more trades, beside the desk as it is.

The trades are entered by the very code that books them, into copies of the arrays they move, so
that every figure is to the bit what booking would make of it; everything else is shared and read
only. A contract of whole hours moves a few short arrays, one for what is held (a certificate, MW of
capacity) its positions. Any other (an option, part of an hour, a share of a plant's output) moves
more than is worth listing: its market is copied, but for prices and the contracts of whole hours.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from state.alerts.figures import sheet_of
from state.contracts import entry as contract_entry
from state.contracts.holdings import ForwardEntries
from state.limits.sheet import Sheet
from state.market.book import MarketBook
from state.market.changes import Changes
from state.market.covered_days import CoveredDays
from state.market.forward import RowKey
from state.market.likeness import alike
from state.market.lines import LineTable
from state.market.valuation import MarketValue
from state.messages import Block, ProductTrade, Trade
from state.nop.energy import MarketEnergy
from state.nop.volumes import PhysicalVolumes
from state.nop.watch import today_of
from state.products import PRODUCTS

if TYPE_CHECKING:
    from state.desk import Desk


class DeskBeside:
    """Enters trades beside a desk.

    Args:
        desk: whose exposures have been followed.
        trades: every one that is to be entered.

    Attributes:
        desk: the one that holds the trades.
    """

    def __init__(self, desk: Desk, trades: Sequence[Trade]) -> None:
        copied = {
            trade.market for trade in trades if not _is_linear(desk.markets[trade.market], trade)
        }
        self.desk = alike(
            desk,
            markets={
                name: _copied(market, trades) if name in copied else _beside(market)
                for name, market in desk.markets.items()
            },
            portfolio=desk.portfolio.beside(),
        )
        self._trades = trades
        self._own: set[tuple[str, object]] = set()
        self._copied = copied
        self._entered: list[tuple[Trade, float]] = []
        self._volumes: dict[str, PhysicalVolumes] | None = None

    def enter(self, trade: Trade, sign: float = 1.0) -> None:
        """Enter a trade; −1 takes it out."""
        market = self.desk.markets[trade.market]
        if trade.market not in self._copied:
            self._hold(market, trade)
        contract_entry.enter(market, trade, sign)
        self.desk.follow_exposures_of(market)
        self._entered.append((trade, sign))

    def energy(self) -> list[MarketEnergy]:
        """Return the energy of every market by month, as it stands."""
        if self._volumes is None:
            self._volumes = self.desk.nop.beside(self.desk)
        for trade, sign in self._entered:
            if trade.market in self._volumes:
                self._volumes[trade.market].enter(trade, sign)
        self._entered.clear()
        today = today_of(self.desk)
        return [MarketEnergy(volumes, today) for volumes in self._volumes.values()]

    def sheet(self, at_ns: int) -> Sheet:
        """Return the figures as they stand, on a sheet of their own."""
        return sheet_of(self.desk, at_ns)

    def let_go(self) -> None:
        """Part the markets from their values, which know them: all of it goes at once.

        Otherwise every tenth check would wait for a collection of garbage.
        """
        for market in self.desk.markets.values():
            del market.value

    def _hold(self, market: MarketBook, trade: Trade) -> None:
        """Let what a contract of whole hours moves be this desk's own."""
        name, own = market.market.market, len(self._own)
        if PRODUCTS[trade.product].measure:
            if (name, "held") not in self._own:
                self._own.add((name, "held"))
                market.certificates = market.certificates.beside()
                market.value = MarketValue(market)
            return
        for day, grid in market.days.items():
            reached = trade.delivery_start_ns < grid.day.end_ns
            reached &= trade.delivery_end_ns > grid.day.start_ns
            if reached and (name, day) not in self._own:
                self._own.add((name, day))
                market.days[day] = grid.beside(market.tables)
        market.covered = CoveredDays(market.days)
        forward = market.forward
        beyond = forward is not None and trade.delivery_end_ns > forward.first_ns
        if forward is not None and beyond and (name, "forward") not in self._own:
            self._own.add((name, "forward"))
            market.forward = forward = forward.beside(_rows_beyond(market, self._trades))
            market.entries = ForwardEntries(forward, market.tables, market.books, market.contingent)
        if len(self._own) != own:
            market.value = MarketValue(market)


def _rows_beyond(market: MarketBook, trades: Iterable[Trade]) -> Iterator[RowKey]:
    """Yield the rows beyond the days held that the trades of a market may reach."""
    locations = market.tables.locations
    for trade in trades:
        if trade.market == market.market.market:
            second = trade.second_location if isinstance(trade, ProductTrade) else ""
            for name in (trade.location, second):
                if name in locations.index:
                    place = locations.beyond(locations.index[name])
                    yield from ((market.book_numbers[trade.book], place, block) for block in Block)


def _beside(market: MarketBook) -> MarketBook:
    """Return a market of which nothing is its own yet but where books keep their value."""
    days = {
        day: alike(grid, hourly=alike(grid.hourly), kept=dict(grid.kept))
        for day, grid in market.days.items()
    }
    tables = replace(market.tables, lines=LineTable(), changes=Changes())
    other = alike(market, days=days, tables=tables, covered=CoveredDays(days), _leaving=[])
    other.value = MarketValue(other)
    return other


def _is_linear(market: MarketBook, trade: Trade) -> bool:
    """Say whether a trade is held by line in every day it reaches, and by month beyond.

    What is held rather than delivered moves neither: its positions alone are copied.
    """
    if PRODUCTS[trade.product].measure:
        return True
    if type(trade) is not Trade or PRODUCTS[trade.product].as_generated:
        return False
    start_ns, end_ns = trade.delivery_start_ns, trade.delivery_end_ns
    return all(
        grid.day.on_the_hour(start_ns, end_ns)
        for grid in market.days.values()
        if start_ns < grid.day.end_ns and end_ns > grid.day.start_ns
    )


def _copied(market: MarketBook, trades: Iterable[Trade]) -> MarketBook:
    """Return a market of its own; records, calendars, prices and what they make are shared.

    Lines, which are most of it, are shared as well: contracts of whole hours enter others beside.
    """
    contingent, tables, days = market.contingent, market.tables, market.days.values()
    shared = [market.contracts, market.calendar, market.market, market.plain_forms, market.books]
    shared += [tables.locations, tables.resources, contingent.time_value, contingent.congestion]
    shared += [part for grid in days for part in (grid.day, grid.prices)]
    memo: dict[int, object] = {id(thing): thing for thing in shared}
    memo[id(tables.lines)] = lines = LineTable()
    for grid in days:
        memo[id(grid.hourly)] = hourly = grid.hourly.beside(lines)
        memo[id(grid.open_lines)] = grid.open_lines.beside(hourly)
    if market.forward is not None:
        memo[id(market.forward)] = market.forward.beside(_rows_beyond(market, trades))
    other = copy.deepcopy(market, memo)
    other.value = MarketValue(other)
    return other
