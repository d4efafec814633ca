"""Exceptions: every violation with its seven facts and what was done (policy §7, §6.5)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from state.contracts.size import notional_usd
from state.reports.heading import heading, local_text
from state.reports.table import Column, Report, Table, Value

if TYPE_CHECKING:
    from state.company import Company
    from state.screens.views import CaseRow

_COLUMNS = (
    Column("Opened"),
    Column("Counterparty"),
    Column("Type"),
    Column("Amount", "$"),
    Column("Quantity", "MW", 1),
    Column("Limit"),
    Column("Value"),
    Column("Root cause"),
    Column("Resolution"),
    Column("State"),
    Column("Case"),
)


def report(company: Company) -> Report:
    """Return breaches and unknown figures, the open ones first, newest first."""
    cases = [row for row in company.desk.alerts.cases() if row.severity != "warn"]
    table = Table(
        title="Violations and their mitigation",
        columns=_COLUMNS,
        rows=tuple(_row(company, case) for case in cases),
        empty="No limit was breached.",
        notes=(
            "Counterparty, amount (price × quantity over the whole delivery) and quantity are "
            "those of the contract that caused a breach; one caused by prices, volumes or time "
            "has none.",
        ),
    )
    return heading(company, "exceptions", "Exceptions", "policy §7, §6.5", (table,))


def _row(company: Company, case: CaseRow) -> tuple[Value, ...]:
    counterparty, usd, mw = _contract(company, case)
    return (
        local_text(company, case.opened_ns),
        counterparty,
        "passive" if case.passive else "active",
        usd,
        mw,
        f"{case.clause}: {case.headline}",
        f"{case.value_text} against {case.limit_text}",
        case.root_cause or case.cause,
        case.resolution or _taken(case),
        f"{case.severity}, {case.condition}, {case.status}",
        case.case,
    )


def _taken(case: CaseRow) -> str:
    return f"acknowledged by {case.acknowledged_by}" if case.acknowledged_by else "open"


def _contract(company: Company, case: CaseRow) -> tuple[str, float, float]:
    """Return counterparty, notional and MW of the contract that caused a case, as it stands."""
    kind, _, rest = case.cause_key.partition("/")
    identity = rest.rpartition("/")[0]
    for market in company.desk.markets.values() if kind == "trade" else ():
        for trade in market.contracts.trades.live():
            if trade.identity == identity:
                return (
                    trade.counterparty,
                    notional_usd(trade, market.calendar),
                    trade.quantity_mw,
                )
    return "–", math.nan, math.nan
