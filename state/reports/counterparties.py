"""Counterparty summary: with whom, what is owed, what is left, which limits were exceeded (§7)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from state.contracts.output import output_of
from state.contracts.size import is_repeated, sides_mwh, sides_usd
from state.credit.limits import CREDIT_FIGURES
from state.credit.unmarked import left_out_of
from state.market.book import MarketBook
from state.messages import Trade
from state.products import PRODUCTS
from state.reports.exceptions import violations
from state.reports.heading import heading, state_text
from state.reports.table import Column, Report, Table, Value

if TYPE_CHECKING:
    from state.company import Company
    from state.credit.exposure import Exposure
    from state.messages import Counterparty

_COLUMNS = (
    Column("Counterparty"),
    Column("Name"),
    Column("Rating"),
    Column("Agreement"),
    Column("Contracts", "number"),
    Column("Bought", "MWh"),
    Column("Sold", "MWh"),
    Column("Still to be delivered", "MWh"),
    Column("Value of transactions", "$"),
    Column("Share of all transactions", "%", 1),
    Column("Receivables less payables", "$"),
    Column("Mark-to-market", "$"),
    Column("Receivables counted", "$"),
    Column("Mark-to-market counted", "$"),
    Column("Collateral held", "$"),
    Column("Exposure beyond collateral", "$"),
    Column("Suspended"),
)

_LIMIT_COLUMNS = (
    Column("Counterparty"),
    Column("Limit"),
    Column("Clause"),
    Column("Value"),
    Column("Approved limit"),
    Column("Left"),
    Column("State"),
)


@dataclass
class _Sums:
    contracts: int = 0
    bought_mwh: float = 0.0
    sold_mwh: float = 0.0
    remaining_mwh: float = 0.0
    notional_usd: float = 0.0
    by_output: int = 0


def report(company: Company) -> Report:
    """Return a row a counterparty with a live contract or a record, by name."""
    sums = _sums(company)
    whole = sum(each.notional_usd for each in sums.values())
    exposures = {
        each.counterparty: each
        for each in company.desk.credit.exposures(list(company.desk.markets.values()))
    }
    rows: list[tuple[Value, ...]] = []
    for name in sorted({*sums, *company.counterparties}):
        own, owed, record = (
            sums.get(name, _Sums()),
            exposures.get(name),
            company.counterparties.get(name),
        )
        share = 100.0 * own.notional_usd / whole if whole else math.nan
        rows.append(
            (
                name,
                record.name if record else "no record" if name else "none is named",
                record.rating if record else "",
                record.agreement if record else "",
                float(own.contracts),
                own.bought_mwh,
                own.sold_mwh,
                own.remaining_mwh,
                own.notional_usd,
                share,
                *_exposure(name, owed, record),
                company.desk.credit_limits.suspensions.reason(name),
            )
        )
    tables = (
        _table(rows, sums, left_out_of(company.desk)), _limits(company), _exceeded(company)
    )  # fmt: skip
    return heading(company, "counterparties", "Counterparty summary", "policy §7", tables)


def _exposure(name: str, owed: Exposure | None, record: Counterparty | None) -> tuple[float, ...]:
    """Return the exposure to a counterparty: none without a contract; nobody's is not known."""
    if not name:
        return (math.nan,) * 6
    if owed is None:
        return 0.0, 0.0, 0.0, 0.0, record.collateral_usd if record else 0.0, 0.0
    return (
        owed.delivered_usd,
        owed.to_come_usd,
        owed.receivables_usd,
        owed.mtm_usd,
        owed.collateral_usd,
        owed.uncovered_usd,
    )


def _limits(company: Company) -> Table:
    """Return approved limits, current amounts and what is left, by counterparty (§6.3)."""
    alerts = company.desk.alerts
    rows = [row for row in alerts.rows(alerts.total) if row.figure in CREDIT_FIGURES and row.scope]
    return Table(
        title="Credit limits",
        columns=_LIMIT_COLUMNS,
        rows=tuple(
            (row.scope, row.title, row.clause, row.value_text, row.limit_text, row.headroom_text,
             state_text(company, row.state, row.waived_until_ns))
            for row in sorted(rows, key=lambda row: (row.scope, row.limit))
        ),
        empty="No policy in force sets a credit limit.",
        notes=("What counts for each limit: docs/credit.md.",),
    )  # fmt: skip


def _exceeded(company: Company) -> Table:
    """Return the transactions that exceeded credit limits, with what was done about them."""
    alerts = company.desk.alerts
    cases = [
        case
        for case in alerts.cases()
        if case.severity != "warn" and alerts.figure_of(case.limit) in CREDIT_FIGURES
    ]
    empty = "No credit limit was exceeded."
    return violations(company, cases, "Transactions that exceeded credit limits", empty)


def _table(
    rows: list[tuple[Value, ...]], sums: dict[str, _Sums], left_out: dict[str, list[str]]
) -> Table:
    by_output = {name: each.by_output for name, each in sorted(sums.items()) if each.by_output}
    notes = [
        "Value of transactions is price × quantity over the whole delivery, purchases and sales "
        "together, of what is held (capacity, certificates) that of its units, and it has no MWh; "
        "receivables are those of the days held (the last 14 and today). Exposure counts both "
        "sums where contracts are netted, else of each contract what is positive alone."
    ]
    if by_output:
        notes.append(
            f"{sum(by_output.values())} as-generated contracts are on an output that is not known "
            f"from their begin to their end: not counted in the rows of {', '.join(by_output)}."
        )
    notes += [
        f"Exposure to {name} is incomplete: {'; '.join(words)}."
        for name, words in sorted(left_out.items())
        if name
    ]
    return Table(
        title="Counterparties",
        columns=_COLUMNS,
        rows=tuple(rows),
        empty="There is neither a contract nor a record of a counterparty.",
        notes=tuple(notes),
    )


def _sums(company: Company) -> dict[str, _Sums]:
    sums: dict[str, _Sums] = {}
    for market in company.desk.markets.values():
        for trade in market.contracts.trades.live():
            own = sums.setdefault(trade.counterparty, _Sums())
            own.contracts += 1
            _add(own, market, trade, company.tick_ns)
    return sums


def _add(own: _Sums, market: MarketBook, trade: Trade, now_ns: int) -> None:
    """Add a contract, a shape of both signs on both sides; what delivers another adds nothing."""
    if is_repeated(trade):
        return
    calendar, generated = market.calendar, PRODUCTS[trade.product].as_generated
    whole, left = (
        output_of(market, trade, from_ns=from_ns).expected_mwh if generated else math.nan
        for from_ns in (0, now_ns)
    )
    mwh = sides_mwh(trade, calendar, expected_mwh=whole)
    if math.isnan(mwh.both):
        own.by_output += 1
        return
    own.bought_mwh += mwh.bought
    own.sold_mwh += mwh.sold
    own.remaining_mwh += sides_mwh(trade, calendar, from_ns=now_ns, expected_mwh=left).both
    own.notional_usd += sides_usd(trade, calendar, expected_mwh=whole).both
