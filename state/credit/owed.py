"""What was delivered and is not settled: gross, by counterparty, followed as time passes.

A physical block is owed at its price, so what it comes to moves only while it delivers: an interval
that is over asks for the contracts under way in it, and for those that came since. Whatever is
valued at marks or by terms of its own is valued anew each time. Sums run over contracts in
order of their numbers, so that what is followed has the very bits of what is worked out anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from state.arrays import Floats, Numbers, with_room
from state.compiled import compiled
from state.contracts.columns import Form, TradeColumns
from state.contracts.holdings import BLOCK_NUMBER, is_flat
from state.contracts.structured import delivered_value
from state.contracts.trades import counts
from state.credit.exposure import add_day, columns_of, running
from state.market.delivery_day import DeliveryDay
from state.messages import Block, FloatColumn
from state.products import PRODUCTS

if TYPE_CHECKING:
    from datetime import date

    from state.market.book import MarketBook


_KEPT = "start_ns", "end_ns", "counterparty"
_START, _END, _COUNTERPARTY, _BLOCK = range(4)
"""Terms of a contract; the block is −1 of one that is no physical block, or does not count."""

_MW, _PRICE = range(2)


class Owed(NamedTuple):
    """What counterparties owe and are owed for what was delivered, $, by their number.

    Attributes:
        names: the counterparties; an empty name stands for nobody.
    """

    names: list[str]
    receivable_usd: FloatColumn
    payable_usd: FloatColumn


class Deliveries:
    """Follows what the contracts of a market have delivered: 56 bytes a contract, room for twice.

    Args:
        market: whose.
    """

    def __init__(self, market: MarketBook) -> None:
        self.market = market
        self._known = self._replaced = 0
        self._until: dict[date, int] = {}
        self._usd = np.zeros(0)
        self._terms = np.zeros((4, 0), dtype=np.int64)
        self._amounts = np.zeros((2, 0))

    def owed(self) -> Owed:
        """Return what is owed by now."""
        columns = self.market.contracts.trades.columns
        self._follow()
        usd = self._usd[: self._known]
        if any(counts(form) and not _is_kept(form) for form in columns.forms):
            usd = self._with_others(usd)
        names = columns.counterparties.told
        receivable, payable = np.zeros((2, len(names)))
        _share_out(usd, self._terms[_COUNTERPARTY], receivable, payable)
        return Owed(names, receivable, payable)

    def _follow(self) -> None:
        """Work out what has delivered since the last time, or all where versions were replaced."""
        columns, market = self.market.contracts.trades.columns, self.market
        days = {day: grid.delivered for day, grid in market.days.items() if grid.delivered}
        if columns.replaced != self._replaced or self._until.keys() - days.keys():
            self._until, self._replaced, self._known = {}, columns.replaced, 0
        self._take(columns)
        grids = [market.days[day] for day in days]
        edges = [
            (grid.day.start_ns, grid.day.step_ns, grid.delivered, self._until.get(day, 0))
            for day, grid in zip(days, grids, strict=True)
        ]
        _deliver(
            self._terms,
            self._amounts,
            (self._known, len(columns)),
            np.array(edges, dtype=np.int64).reshape(-1, 4),
            np.array([grid.hours_per_interval for grid in grids]),
            _hours_of(grids),
            self._usd,
        )
        self._until, self._known = days, len(columns)

    def _take(self, columns: TradeColumns) -> None:
        """Take in the terms of contracts that are not known yet."""
        count, rows = len(columns), columns.rows[self._known :]
        if count > len(self._usd):
            self._usd = with_room(self._usd, 2 * count, axis=0)
            self._terms = with_room(self._terms, 2 * count, axis=1)
            self._amounts = with_room(self._amounts, 2 * count, axis=1)
        new = slice(self._known, count)
        for place, name in enumerate(_KEPT):
            self._terms[place, new] = rows[name]
        blocks = [BLOCK_NUMBER[form.block] if _is_kept(form) else -1 for form in columns.forms]
        self._terms[_BLOCK, new] = np.array(blocks, dtype=np.int64)[rows["form"]]
        self._amounts[_MW, new], self._amounts[_PRICE, new] = rows["mw"], rows["price"]
        self._usd[new] = 0.0

    def _with_others(self, usd: FloatColumn) -> FloatColumn:
        """Return the same with contracts that are valued at marks or by terms of their own."""
        columns = columns_of(self.market)
        delivered, unused = usd.copy(), np.zeros(len(usd))
        financial = np.flatnonzero(columns.plain & ~columns.physical)
        begun = np.zeros(len(usd), dtype=np.bool_)
        for day in self.market.days.values():
            if day.delivered:
                add_day(day, columns, financial, (delivered, unused))
                over_ns = day.day.start_ns + day.delivered * day.day.step_ns
                begun |= (columns.start_ns < over_ns) & (columns.end_ns > day.day.start_ns)
        by_day = columns.records.of_form(lambda form: not PRODUCTS[form.product].measure)
        for number, trade in columns.with_terms(columns.others & begun & by_day):
            delivered[number] = delivered_value(self.market, trade)
        return delivered


def _is_kept(form: Form) -> bool:
    """Say whether contracts of a form are physical blocks that count."""
    return counts(form) and is_flat(form) and not PRODUCTS[form.product].financial


def _hours_of(days: list[DeliveryDay]) -> Floats:
    """Return how many intervals of each block there are before each interval of days."""
    most = max((day.day.intervals for day in days), default=0)
    hours = np.zeros((len(days), len(Block), most + 1))
    for at, day in enumerate(days):
        for number, block in enumerate(Block):
            inside = np.where(day.day.block_mask(block), 1.0, 0.0)
            hours[at, number, : len(inside) + 1] = running(inside[None])[0]
    return hours


@compiled
def _deliver(
    terms: Numbers,
    amounts: Floats,
    counts: tuple[int, int],
    days: Numbers,
    shares: FloatColumn,
    hours: Floats,
    usd: FloatColumn,
) -> None:
    """Write what physical blocks have delivered, at their prices, of those it may have moved of.

    Args:
        terms: of all contracts, with room for more.
        amounts: their MW and price.
        counts: how many were known the last time, and are now.
        days: start, length of an interval, intervals delivered by now and the last time.
        shares: hours of an interval, by day.
        hours: of :func:`_hours_of`.
        usd: by contract, written.
    """
    known, count = counts
    for number in range(count):
        block, start_ns, end_ns = terms[_BLOCK, number], terms[_START, number], terms[_END, number]
        if block < 0:
            continue
        moved = number >= known
        for at in range(len(days)):
            begin_ns = days[at, 0] + days[at, 1] * days[at, 3]
            over_ns = days[at, 0] + days[at, 1] * days[at, 2]
            moved |= begin_ns < over_ns and start_ns < over_ns and end_ns > begin_ns
        if not moved:
            continue
        usd[number] = 0.0
        for at in range(len(days)):
            origin_ns, step_ns, delivered = days[at, 0], days[at, 1], days[at, 2]
            if start_ns < origin_ns + delivered * step_ns and end_ns > origin_ns:
                first = min(max(-(-(start_ns - origin_ns) // step_ns), 0), delivered)
                last = min(max(-(-(end_ns - origin_ns) // step_ns), first), delivered)
                inside = hours[at, block, last] - hours[at, block, first]
                mw = amounts[_MW, number] * shares[at]
                usd[number] += mw * (-amounts[_PRICE, number] * inside)


@compiled
def _share_out(
    usd: FloatColumn, counterparty: Numbers, receivable: FloatColumn, payable: FloatColumn
) -> None:
    """Add what each contract has delivered to what its counterparty owes, or is owed."""
    for number in range(len(usd)):
        if not usd[number] <= 0.0:
            receivable[counterparty[number]] += usd[number]
        if not usd[number] >= 0.0:
            payable[counterparty[number]] -= usd[number]
