"""Current credit exposure: what each counterparty would owe the company if it failed now.

Exposure = receivables for what was delivered (less payables) + mark-to-market of what is not, after
collateral (EEI Master Agreement, "exposure"; risk policy §6). A delivered physical MWh is owed at
its contract price, a financial one at its difference; a sale is owed to the company, a purchase by
it. With a netting agreement a counterparty's contracts add up, and only their sum can be owed;
without one every contract's receivable and every contract's mark-to-market counts where it is
positive, and nothing is set against it. Receivables are those of the days held (the last 14 and
today): what was delivered before is taken as paid.

Plain blocks are valued all at once, by trade number; contracts with a shape or terms of their own
one by one, when the figure is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from state.compiled import compiled
from state.delivery_day import DeliveryDay
from state.forward import BLOCKS, HORIZON_DAYS, ForwardBook
from state.holdings import settlement_run
from state.locations import NO_HUB
from state.messages import Block, Counterparty, FloatColumn, Trade, TradeAction
from state.products import PRODUCTS
from state.structured import beyond_value, contract_value

if TYPE_CHECKING:
    from state.market_book import MarketBook

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]

_BLOCK_NUMBER = {Block.FLAT: 0, Block.ON_PEAK: 1, Block.OFF_PEAK: 2}
_BLOCK = tuple(_BLOCK_NUMBER)


@dataclass(frozen=True)
class Exposure:
    """What one counterparty owes, $.

    Attributes:
        counterparty: its name.
        netting: whether its contracts are netted.
        receivables_usd: delivered and unpaid, less payables where netted.
        mtm_usd: of what is undelivered; without netting its positive part.
        collateral_usd: held from it.
        contracts: how many stand behind the figure.
    """

    counterparty: str
    netting: bool
    receivables_usd: float
    mtm_usd: float
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


class _Columns:
    """The contracts of a market by trade number; a later version takes its place."""

    NAMES = ("place", "run", "block", "start_ns", "end_ns", "mw", "price", "physical", "plain")

    def __init__(self) -> None:
        self.number: dict[str, int] = {}
        self.trades: list[Trade] = []
        self.rows: list[tuple[float, ...]] = []
        self.columns: dict[str, Any] = {}

    def take(self, trade: Trade, place: int) -> None:
        """Note a version of a contract."""
        number = self.number.setdefault(trade.identity, len(self.trades))
        if number == len(self.trades):
            self.trades.append(trade)
            self.rows.append(())
        self.trades[number] = trade
        plain = type(trade) is Trade and not len(trade.profile_mw)
        product = PRODUCTS[trade.product]
        plain = plain and not product.as_generated and trade.action is not TradeAction.CANCEL
        self.rows[number] = (
            place,
            settlement_run(trade.settles_at),
            _BLOCK_NUMBER[trade.block],
            trade.delivery_start_ns,
            trade.delivery_end_ns,
            trade.quantity_mw,
            trade.price_usd_per_mwh,
            float(not product.financial),
            float(plain),
        )
        self.columns = {}

    def column(self, name: str) -> Any:
        """Return a column over all contracts."""
        if not self.columns:
            kinds = (np.int64,) * 5 + (np.float64,) * 4
            parts = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.NAMES)
            self.columns = {
                own: np.array(part, dtype=kind)
                for own, part, kind in zip(self.NAMES, parts, kinds, strict=True)
            }
        return self.columns[name]


class Credit:
    """Computes exposures by counterparty from the contracts and marks of every market.

    Args:
        counterparties: their records, by name.
    """

    def __init__(self, counterparties: dict[str, Counterparty]) -> None:
        self._counterparties = counterparties
        self._columns: dict[str, _Columns] = {}

    def exposures(self, markets: list[MarketBook]) -> list[Exposure]:
        """Return the exposure to every counterparty of a live contract, by name."""
        owed: dict[str, list[tuple[FloatColumn, FloatColumn]]] = {}
        for market in markets:
            columns = self._follow(market)
            delivered, to_come = self._values(market, columns)
            names = [
                "" if trade.action is TradeAction.CANCEL else trade.counterparty
                for trade in columns.trades
            ]
            for name in sorted(set(names) - {""}):
                own = np.flatnonzero([one == name for one in names])
                owed.setdefault(name, []).append((delivered[own], to_come[own]))
        return [self._exposure(name, parts) for name, parts in sorted(owed.items())]

    def _exposure(self, name: str, parts: list[tuple[FloatColumn, FloatColumn]]) -> Exposure:
        record = self._counterparties.get(name)
        netting = record is not None and record.netting
        delivered = np.concatenate([part for part, _ in parts])
        to_come = np.concatenate([part for _, part in parts])
        if not netting:
            delivered, to_come = np.maximum(delivered, 0.0), np.maximum(to_come, 0.0)
        return Exposure(
            counterparty=name,
            netting=netting,
            receivables_usd=float(np.add.reduce(delivered)),
            mtm_usd=float(np.add.reduce(to_come)),
            collateral_usd=record.collateral_usd if record is not None else 0.0,
            contracts=len(delivered),
        )

    def _follow(self, market: MarketBook) -> _Columns:
        columns = self._columns.setdefault(market.market.market, _Columns())
        index = market.tables.locations.index
        for trade in market.contracts.trades.drain_changed():
            columns.take(trade, index.get(trade.location, 0))
        return columns

    def _values(self, market: MarketBook, columns: _Columns) -> tuple[FloatColumn, FloatColumn]:
        """Return what each contract's delivered and undelivered part is worth, $."""
        delivered, to_come = np.zeros((2, len(columns.trades)))
        plain = np.flatnonzero(columns.column("plain"))
        for day in market.days.values():
            _add_day(day, columns, plain, (delivered, to_come))
        if market.forward is not None:
            _add_forward(market, market.forward, columns, plain, to_come)
        others = np.flatnonzero(columns.column("plain") == 0.0)
        for number in others.tolist():
            trade = columns.trades[number]
            if trade.action is not TradeAction.CANCEL:
                delivered[number], to_come[number] = contract_value(market, trade)
        return delivered, to_come


def _add_day(
    day: DeliveryDay, columns: _Columns, plain: Numbers, sums: tuple[FloatColumn, FloatColumn]
) -> None:
    step, grid = day.day.step_ns, day.day
    first = np.clip(-(-(columns.column("start_ns")[plain] - grid.start_ns) // step), 0, None)
    last = np.clip(
        -(-(columns.column("end_ns")[plain] - grid.start_ns) // step), None, grid.intervals
    )
    inside = first < last
    plain, first, last = plain[inside], first[inside], last[inside]
    now = np.clip(day.delivered, first, last)
    for run in range(3):
        for number, block in enumerate(_BLOCK):
            own = np.flatnonzero(
                (columns.column("run")[plain] == run) & (columns.column("block")[plain] == number)
            )
            if len(own):
                part = (plain[own], first[own], now[own], last[own])
                _add_block(day, columns, (day.legs.trade_run(run), block), part, sums)


def _add_block(
    day: DeliveryDay,
    columns: _Columns,
    what: tuple[int, Block],
    part: tuple[Numbers, Numbers, Numbers, Numbers],
    sums: tuple[FloatColumn, FloatColumn],
) -> None:
    numbers, first, now, last = part
    run, block = what
    mw = columns.column("mw")[numbers] * day.hours_per_interval
    price, physical = columns.column("price")[numbers], columns.column("physical")[numbers]
    places, place = np.unique(columns.column("place")[numbers], return_inverse=True)
    inside = day.day.block_mask(block)
    marked, counted = np.zeros((2, len(places), day.day.intervals + 1))
    _run_marks(day.prices.mark[run, places], inside, marked, counted)
    hours = _running(np.where(inside, 1.0, 0.0)[None])[0]
    gain = (
        marked[place, now]
        - marked[place, first]
        - price * (counted[place, now] - counted[place, first])
    )
    owed = -price * (hours[now] - hours[first])
    sums[0][numbers] += mw * np.where(physical > 0.0, owed, gain)
    sums[1][numbers] += mw * (
        marked[place, last]
        - marked[place, now]
        - price * (counted[place, last] - counted[place, now])
    )


def _add_forward(
    market: MarketBook,
    forward: ForwardBook,
    columns: _Columns,
    plain: Numbers,
    to_come: FloatColumn,
) -> None:
    starts = forward.day_starts_ns()
    begin, end = columns.column("start_ns")[plain], columns.column("end_ns")[plain]
    first, last = np.searchsorted(starts, begin), np.searchsorted(starts, end)
    whole = np.append(starts, -1)
    ragged = (whole[first] != begin) & (first > forward.first)
    ragged |= (whole[last] != end) & (last < HORIZON_DAYS)
    ragged &= last > forward.first
    for number in plain[ragged].tolist():
        to_come[number] += beyond_value(market, columns.trades[number])
    first, last = np.clip(first, forward.first, HORIZON_DAYS), np.clip(last, 0, HORIZON_DAYS)
    ahead = (first < last) & ~ragged
    plain, first, last = plain[ahead], first[ahead], last[ahead]
    table = market.tables.locations
    places = table.hub[columns.column("place")[plain]]
    places = np.where(places == NO_HUB, columns.column("place")[plain], places)
    for place in np.unique(places).tolist():
        for block in BLOCKS:
            wanted = (places == place) & np.isin(
                columns.column("block")[plain], (0, _BLOCK_NUMBER[block])
            )
            own = np.flatnonzero(wanted)
            hours = forward.hours_by_day(block)
            mark = forward.curve_by_day(table.names[place], block)
            known = np.isfinite(mark)
            marked = _running(np.where(known, hours * mark, 0.0)[None])[0]
            counted = _running(np.where(known, hours, 0.0)[None])[0]
            price, mw = columns.column("price")[plain[own]], columns.column("mw")[plain[own]]
            gain = marked[last[own]] - marked[first[own]]
            to_come[plain[own]] += mw * (gain - price * (counted[last[own]] - counted[first[own]]))


@compiled
def _run_marks(mark: Matrix, inside: NDArray[np.bool_], marked: Matrix, counted: Matrix) -> None:
    """Write running sums of the marks inside a block, and of how many there are, from 0."""
    for place in range(mark.shape[0]):
        for interval in range(mark.shape[1]):
            price = mark[place, interval]
            known = inside[interval] and not np.isnan(price)
            marked[place, interval + 1] = marked[place, interval] + (price if known else 0.0)
            counted[place, interval + 1] = counted[place, interval] + (1.0 if known else 0.0)


def _running(amounts: Matrix) -> Matrix:
    """Return running sums along the last axis, beginning with 0."""
    return np.concatenate((np.zeros((len(amounts), 1)), np.add.accumulate(amounts, axis=1)), axis=1)
