"""Transaction summary: what was executed this month, of which types, with which effect (§7)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from state.calendar import local_date
from state.contracts.execution import executed_by, traded_ns
from state.contracts.output import output_of
from state.contracts.size import is_repeated, sides_mwh, sides_usd, signed_size_of
from state.market.book import MarketBook
from state.messages import Trade
from state.nop.energy import MarketEnergy
from state.nop.rows import MONITORED
from state.nop.watch import today_of
from state.periods import PERIODS, Span
from state.products import PRODUCTS
from state.reports.heading import heading, local_text
from state.reports.table import Column, Report, Table, Value
from state.reports.wording import transaction_text

if TYPE_CHECKING:
    from state.company import Company

_SUMS = (
    Column("Market"),
    Column("Transaction"),
    Column("Contracts", "number"),
    Column("Bought", "MWh"),
    Column("Sold", "MWh"),
    Column("Value", "$"),
)
_LIST = (
    Column("Contract"),
    Column("Executed"),
    Column("Trader"),
    Column("Counterparty"),
    Column("Transaction"),
    Column("Delivery begins"),
    Column("Delivery ends"),
    Column("Quantity", "MW", 1),
    Column("Bought", "MWh"),
    Column("Sold", "MWh"),
    Column("Value", "$"),
    Column("Change of the energy NOP", "MWh"),
)
_NOTES = (
    "Contracts that count at the moment of the report and were executed since the first of the "
    "month in the company's time; one that does not say when counts from its arrival, and so does "
    "one that says it was executed later. Value is "
    "price × quantity over the whole delivery. The change is the MWh that count in the net open "
    "position of energy, + bought: of physical contracts, before failure rates and without option "
    "deltas.",
)
_NONE = "Nothing was executed this month."


@dataclass(frozen=True)
class Executed:
    """A contract, its MWh by side, and price × quantity; none of what delivers another."""

    market: MarketBook
    trade: Trade
    bought_mwh: float
    sold_mwh: float
    usd: float


@dataclass
class _Sum:
    """Contracts of one market and type."""

    contracts: int = 0
    bought_mwh: float = 0.0
    sold_mwh: float = 0.0
    usd: float = 0.0
    trades: list[Trade] = field(default_factory=list)


class _Month(NamedTuple):
    """What was executed in the running month, and the energy of each market by now.

    Attributes:
        today: None before the first tick.
        executed: in the order of their execution.
        energy: by market.
    """

    today: date | None
    executed: list[Executed]
    energy: dict[str, MarketEnergy]

    @classmethod
    def of(cls, company: Company) -> _Month:
        """Return that of a company."""
        desk, today = company.desk, today_of(company.desk)
        found = [] if today is None else _since(company, today.replace(day=1))
        executed = sorted(found, key=lambda each: (_executed_ns(each.trade), each.trade.identity))
        return cls(
            today, executed, {each.market.market.market: each for each in desk.nop.energy(desk)}
        )

    def moved(self, market: str, trades: list[Trade], spans: Sequence[Span]) -> list[float]:
        """Return by how many MWh contracts of a market moved the position of each period."""
        energy = self.energy.get(market)
        return [math.nan] * len(spans) if energy is None else energy.brought(trades, spans)


def report(company: Company) -> Report:
    """Return what was executed in the running month, by type and one by one."""
    month = _Month.of(company)
    whole = () if month.today is None else PERIODS["through_five_years"].spans(month.today)
    rows = tuple(_line(company, each, month, whole) for each in month.executed)
    tables = (_by_type(month), Table("Transactions", _LIST, rows, _NONE))
    return heading(company, "transactions", "Transaction summary", "policy §7", tables)


def by_type(company: Company) -> Table:
    """Return the transactions of the running month by type, and by how much each moved the NOP."""
    return _by_type(_Month.of(company))


def _by_type(month: _Month) -> Table:
    today = month.today
    found = {} if today is None else {name: PERIODS[name].spans(today) for name in MONITORED}
    spans = {name: own[0] for name, own in found.items() if own}
    sums: dict[tuple[str, str], _Sum] = {}
    for each in month.executed:
        kind = each.market.market.market, transaction_text(each.trade)
        own = sums.setdefault(kind, _Sum())
        own.contracts += 1
        own.bought_mwh += each.bought_mwh
        own.sold_mwh += each.sold_mwh
        own.usd += each.usd
        own.trades.append(each.trade)
    rows: list[tuple[Value, ...]] = [
        (
            *kind, float(own.contracts), own.bought_mwh, own.sold_mwh, own.usd,
            *month.moved(kind[0], own.trades, list(spans.values())),
        )
        for kind, own in sorted(sums.items())
    ]  # fmt: skip
    when = "this month" if today is None else f"in {today:%Y-%m}"
    changes = (Column(f"Change of the {PERIODS[name].title}", "MWh") for name in spans)
    return Table(
        f"Transactions executed {when}, and the change to the energy NOP",
        (*_SUMS, *changes),
        tuple(rows),
        _NONE,
        _NOTES,
    )


def _since(company: Company, first: date) -> Iterator[Executed]:
    for market in company.desk.markets.values():
        for trade in market.contracts.trades.live():
            if local_date(_executed_ns(trade), company.desk.time_zone) >= first:
                yield sized(market, trade)


def _executed_ns(trade: Trade) -> int:
    """Return when a contract was executed: as it says, and not later than it came."""
    came_ns = trade.received_at_ns
    return executed_by(trade, came_ns) if came_ns else traded_ns(trade)


def sized(market: MarketBook, trade: Trade) -> Executed:
    """Return a contract with its MWh by side and its value."""
    if is_repeated(trade):  # what delivers another contract has that one's MWh
        return Executed(market, trade, 0.0, 0.0, 0.0)
    generated = PRODUCTS[trade.product].as_generated
    expected = output_of(market, trade).expected_mwh if generated else math.nan
    mwh = sides_mwh(trade, market.calendar, expected_mwh=expected)
    usd = sides_usd(trade, market.calendar, expected_mwh=expected)
    return Executed(market, trade, mwh.bought, mwh.sold, usd.both)


def _line(
    company: Company, each: Executed, month: _Month, whole: Sequence[Span]
) -> tuple[Value, ...]:
    trade = each.trade
    moved = month.moved(trade.market, [trade], whole)
    return (
        trade.identity,
        local_text(company, _executed_ns(trade)),
        trade.trader,
        trade.counterparty,
        transaction_text(trade),
        local_text(company, trade.delivery_start_ns),
        local_text(company, trade.delivery_end_ns),
        signed_size_of(trade),
        each.bought_mwh,
        each.sold_mwh,
        each.usd,
        moved[0] if moved else math.nan,
    )
