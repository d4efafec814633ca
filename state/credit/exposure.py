"""Current credit exposure: what each counterparty would owe the company if it failed now.

Exposure = receivables for what was delivered (less payables) + mark-to-market of what is not, after
collateral (EEI Master Agreement, "exposure"; risk policy §6). A delivered physical MWh is owed at
its contract price (less what a floor pays back), a financial one at its difference; a sale is owed
to the company, a purchase by it. With a netting agreement a counterparty's contracts add up, and
only their sum can be owed; without one every contract's receivable and every contract's
mark-to-market counts where it is positive, and nothing is set against it. Receivables are those of
the days held (the last 14 and today): what was delivered before is taken as paid.

Plain blocks are valued all at once, by column; contracts with a shape or terms of their own
one by one, when the figure is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from state.arrays import Flags, Matrix, Numbers
from state.compiled import compiled
from state.contracts.columns import TradeColumns
from state.contracts.holdings import BLOCK_NUMBER, is_flat, settlement_run
from state.contracts.structured import beyond, contract_value
from state.market.delivery_day import DeliveryDay
from state.market.forward import ForwardBook
from state.market.horizon import BLOCKS, HORIZON_DAYS
from state.messages import Block, Counterparty, FloatColumn, Trade
from state.products import PRODUCTS

if TYPE_CHECKING:
    from state.market.book import MarketBook


@dataclass(frozen=True)
class Exposure:
    """What one counterparty owes, $.

    Attributes:
        counterparty: its name.
        netting: whether its contracts are netted.
        receivables_usd: delivered and unpaid, less payables where netted, as exposure counts it.
        mtm_usd: of what is undelivered, as exposure counts it; without netting its positive part.
        delivered_usd, to_come_usd: the same of all contracts, + to us, netted or not.
        collateral_usd: held from it.
        contracts: how many stand behind the figure.
    """

    counterparty: str
    netting: bool
    receivables_usd: float
    mtm_usd: float
    delivered_usd: float
    to_come_usd: float
    collateral_usd: float
    contracts: int

    @property
    def exposure_usd(self) -> float:
        """Return what is owed before collateral, never below 0."""
        return max(0.0, self.receivables_usd + self.mtm_usd)

    @property
    def uncovered_usd(self) -> float:
        """Return what is owed beyond the collateral held."""
        return max(0.0, self.exposure_usd - max(0.0, self.collateral_usd))


@dataclass(frozen=True)
class ContractColumns:
    """The contracts of a market by number.

    Attributes:
        place: their locations; 0 where the market does not know it.
        plain: whether a contract counts and is a flat block for MW of its own.
        counterparty: its number, −1 of a contract that does not count.
        names: the counterparties, by number.
    """

    records: TradeColumns
    place: Numbers
    run: Numbers
    block: Numbers
    start_ns: Numbers
    end_ns: Numbers
    mw: FloatColumn
    price: FloatColumn
    physical: Flags
    plain: Flags
    counterparty: Numbers
    names: list[str]

    @property
    def others(self) -> Flags:
        """Which count and have a shape or terms of their own."""
        return (self.counterparty >= 0) & ~self.plain

    def with_terms(self, wanted: Flags) -> Iterator[tuple[int, Trade]]:
        """Yield number and terms of some."""
        numbers = np.flatnonzero(wanted)
        yield from zip(numbers.tolist(), self.records.trades(numbers), strict=True)


def columns_of(market: MarketBook) -> ContractColumns:
    """Return the contracts of a market as columns."""
    trades = market.contracts.trades
    records, counting = trades.columns, trades.counting()
    rows, index = records.rows, market.tables.locations.index
    places = np.array([index.get(name, 0) for name in records.locations.told], dtype=np.int64)
    return ContractColumns(
        records=records,
        place=places[rows["location"]],
        run=records.of_form(lambda form: settlement_run(form.settles_at)),
        block=records.of_form(lambda form: BLOCK_NUMBER[form.block]),
        start_ns=rows["start_ns"],
        end_ns=rows["end_ns"],
        mw=rows["mw"],
        price=rows["price"],
        physical=records.of_form(lambda form: not PRODUCTS[form.product].financial),
        plain=counting & records.of_form(is_flat),
        counterparty=np.where(counting, rows["counterparty"], -1),
        names=records.counterparties.told,
    )


class Credit:
    """Computes exposures by counterparty from the contracts and marks of every market.

    Args:
        counterparties: their records, by name.
    """

    def __init__(self, counterparties: dict[str, Counterparty]) -> None:
        self._counterparties = counterparties

    def exposures(self, markets: list[MarketBook]) -> list[Exposure]:
        """Return the exposure to every counterparty of a live contract, by name."""
        owed: dict[str, list[tuple[FloatColumn, FloatColumn]]] = {}
        for market in markets:
            if not len(market.contracts.trades):
                continue
            columns = columns_of(market)
            delivered, to_come = self._values(market, columns)
            order = np.argsort(columns.counterparty, kind="stable")
            edges = np.arange(len(columns.names) + 1)
            begins = np.searchsorted(columns.counterparty[order], edges).tolist()
            for number, name in enumerate(columns.names):
                own = order[begins[number] : begins[number + 1]]
                if name and len(own):
                    owed.setdefault(name, []).append((delivered[own], to_come[own]))
        return [self._exposure(name, parts) for name, parts in sorted(owed.items())]

    def _exposure(self, name: str, parts: list[tuple[FloatColumn, FloatColumn]]) -> Exposure:
        record = self._counterparties.get(name)
        netting = record is not None and record.netting
        delivered = np.concatenate([part for part, _ in parts])
        to_come = np.concatenate([part for _, part in parts])
        delivered_usd, to_come_usd = (float(np.add.reduce(part)) for part in (delivered, to_come))
        if not netting:
            delivered, to_come = np.maximum(delivered, 0.0), np.maximum(to_come, 0.0)
        return Exposure(
            counterparty=name,
            netting=netting,
            receivables_usd=float(np.add.reduce(delivered)),
            mtm_usd=float(np.add.reduce(to_come)),
            delivered_usd=delivered_usd,
            to_come_usd=to_come_usd,
            collateral_usd=record.collateral_usd if record is not None else 0.0,
            contracts=len(delivered),
        )

    def _values(
        self, market: MarketBook, columns: ContractColumns
    ) -> tuple[FloatColumn, FloatColumn]:
        """Return what each contract's delivered and undelivered part is worth, $."""
        delivered, to_come = self._delivered(market, columns)
        if market.forward is not None:
            plain = np.flatnonzero(columns.plain)
            _add_forward(market, market.forward, columns, plain, to_come)
        return delivered, to_come

    def _delivered(
        self, market: MarketBook, columns: ContractColumns
    ) -> tuple[FloatColumn, FloatColumn]:
        """Return the same, of plain blocks without what lies beyond the days held."""
        delivered, to_come = np.zeros((2, len(columns.place)))
        plain = np.flatnonzero(columns.plain)
        for day in market.days.values():
            add_day(day, columns, plain, (delivered, to_come))
        for number, trade in columns.with_terms(columns.others):
            delivered[number], to_come[number] = contract_value(market, trade)
        return delivered, to_come


def add_day(
    day: DeliveryDay,
    columns: ContractColumns,
    plain: Numbers,
    sums: tuple[FloatColumn, FloatColumn],
) -> None:
    """Add what plain blocks are worth on a day, delivered and to come, at its marks.

    Args:
        day: held.
        columns: of all contracts.
        plain: numbers of some that are blocks.
        sums: by contract, written.
    """
    step, grid = day.day.step_ns, day.day
    first = np.clip(-(-(columns.start_ns[plain] - grid.start_ns) // step), 0, None)
    last = np.clip(-(-(columns.end_ns[plain] - grid.start_ns) // step), None, grid.intervals)
    inside = first < last
    plain, first, last = plain[inside], first[inside], last[inside]
    now = np.clip(day.delivered, first, last)
    places, place = np.unique(columns.place[plain], return_inverse=True)
    marks = day.prices.marks(places, slice(None))
    for run in range(3):
        for number, block in enumerate(Block):
            own = np.flatnonzero((columns.run[plain] == run) & (columns.block[plain] == number))
            if len(own):
                part = (plain[own], place[own], first[own], now[own], last[own])
                mark = marks[day.trade_run(run)]
                _add_block(day, columns, (mark, block), part, sums)


def _add_block(
    day: DeliveryDay,
    columns: ContractColumns,
    what: tuple[Matrix, Block],
    part: tuple[Numbers, Numbers, Numbers, Numbers, Numbers],
    sums: tuple[FloatColumn, FloatColumn],
) -> None:
    numbers, place, first, now, last = part
    mark, block = what
    mw = columns.mw[numbers] * day.hours_per_interval
    price, physical = columns.price[numbers], columns.physical[numbers]
    inside = day.day.block_mask(block)
    marked, counted = np.zeros((2, len(mark), day.day.intervals + 1))
    _run_marks(mark, inside, marked, counted)
    hours = running(np.where(inside, 1.0, 0.0)[None])[0]
    gain = (
        marked[place, now]
        - marked[place, first]
        - price * (counted[place, now] - counted[place, first])
    )
    owed = -price * (hours[now] - hours[first])
    sums[0][numbers] += mw * np.where(physical, owed, gain)
    sums[1][numbers] += mw * (
        marked[place, last]
        - marked[place, now]
        - price * (counted[place, last] - counted[place, now])
    )


def days_ahead(
    forward: ForwardBook, columns: ContractColumns, plain: Numbers
) -> tuple[Numbers, Numbers, Flags]:
    """Return on which days of the forward book contracts deliver.

    Args:
        forward: of their market.
        columns: of all contracts.
        plain: numbers of some.

    Returns:
        The first day of each, one past the last, and whether it begins or ends within a day that
        still counts.
    """
    starts = forward.horizon.day_starts_ns
    begin, end = columns.start_ns[plain], columns.end_ns[plain]
    first, last = np.searchsorted(starts, begin), np.searchsorted(starts, end)
    whole = np.append(starts, -1)
    ragged = (whole[first] != begin) & (first > forward.first)
    ragged |= (whole[last] != end) & (last < HORIZON_DAYS)
    return first, last, ragged & (last > forward.first)


def _add_forward(
    market: MarketBook,
    forward: ForwardBook,
    columns: ContractColumns,
    plain: Numbers,
    to_come: FloatColumn,
) -> None:
    first, last, ragged = days_ahead(forward, columns, plain)
    edged = plain[ragged]
    for number, trade in zip(edged.tolist(), columns.records.trades(edged), strict=True):
        to_come[number] += beyond(market, trade).usd
    first, last = np.clip(first, forward.first, HORIZON_DAYS), np.clip(last, 0, HORIZON_DAYS)
    ahead = (first < last) & ~ragged
    plain, first, last = plain[ahead], first[ahead], last[ahead]
    table = market.tables.locations
    places = table.curve_place[columns.place[plain]]
    for place in np.unique(places).tolist():
        for block in BLOCKS:
            wanted = (places == place) & np.isin(
                columns.block[plain], (BLOCK_NUMBER[Block.FLAT], BLOCK_NUMBER[block])
            )
            own = np.flatnonzero(wanted)
            hours = forward.horizon.hours[block]
            mark = forward.curve_by_day(table.names[place], block)
            known = np.isfinite(mark)
            marked = running(np.where(known, hours * mark, 0.0)[None])[0]
            counted = running(np.where(known, hours, 0.0)[None])[0]
            price, mw = columns.price[plain[own]], columns.mw[plain[own]]
            gain = marked[last[own]] - marked[first[own]]
            to_come[plain[own]] += mw * (gain - price * (counted[last[own]] - counted[first[own]]))


@compiled
def _run_marks(mark: Matrix, inside: Flags, marked: Matrix, counted: Matrix) -> None:
    """Write running sums of the marks inside a block, and of how many there are, from 0."""
    for place in range(mark.shape[0]):
        for interval in range(mark.shape[1]):
            price = mark[place, interval]
            known = inside[interval] and not np.isnan(price)
            marked[place, interval + 1] = marked[place, interval] + (price if known else 0.0)
            counted[place, interval + 1] = counted[place, interval] + (1.0 if known else 0.0)


def running(amounts: Matrix) -> Matrix:
    """Return running sums along the last axis, beginning with 0."""
    return np.concatenate((np.zeros((len(amounts), 1)), np.add.accumulate(amounts, axis=1)), axis=1)
