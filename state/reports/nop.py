"""NOP summary: each position by period and type, its value, what bites next, what moved it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from state.nop.watch import nop_view
from state.reports.heading import heading, state_text
from state.reports.nop_closing import executed, strategies
from state.reports.table import Column, Report, Table, Value
from state.reports.transactions import by_type
from state.screens.nop_seen import NopRow

if TYPE_CHECKING:
    from state.company import Company

_POSITIONS = (
    Column("Type"),
    Column("Period"),
    Column("Dates"),
    Column("Unit"),
    Column("Obligation", "unit of the figure"),
    Column("Supply, firm", "unit of the figure"),
    Column("Supply, expected", "unit of the figure"),
    Column("Coverage, firm", "%", 1),
    Column("Coverage", "%", 1),
    Column("Minimum", "%", 1),
    Column("Maximum", "%", 1),
    Column("Headroom", "percentage points", 1),
    Column("State"),
    Column("Clause"),
    Column("Remark"),
)
_VALUES = (
    Column("Period"),
    Column("Dates"),
    Column("Load, mean", "MW", 1),
    Column("Supply, mean", "MW", 1),
    Column("Load at a fixed cost", "MWh"),
    Column("Load at a fixed cost", "%", 1),
    Column("Load at a fixed revenue", "MWh"),
    Column("Load at a fixed revenue", "%", 1),
    Column("Customers", "number"),
    Column("Customers, against now", "%", 1),
    Column("Hedging effectiveness", "%", 1),
    Column("Open (+ long)", "MWh"),
    Column("On-peak", "MW", 1),
    Column("Off-peak", "MW", 1),
    Column("Blocks that close it"),
    Column("Value at the curve", "$"),
    Column("Impact on rates", "$/MWh", 2),
)
_NOTES = (
    "Coverage is supply / obligation; open = supply − obligation, + long (the policy's NOP is its "
    "negative). Firm supply leaves out the delta of units at call.",
    "The cost of load is fixed where firm supply or a swap or contract for differences covers it, "
    "and floats with the market elsewhere; above 100 % more is fixed than there is load.",
    "Hedging effectiveness is the share of the variance of P&L over one day that contracts take "
    "from loads and own resources, by the scenarios of the VaR; below 0 they add to it.",
    "Revenue of load is fixed where the company states that it sells at a fixed price; customers "
    "are those of the period's last month, as stated, against those of the running month.",
    "Capacity is that of the month nearest to its limit, of the least covered month where nothing "
    "binds; RPS under a tolerance is cumulative over its years, else of one year by itself.",
)


def report(company: Company) -> Report:
    """Return the positions of today, their value, and what binds from the next roll on."""
    view = nop_view(company.desk)
    energy = [row for row in view.rows if row.nop == "energy"]
    ahead = [row for row in view.ahead if row.state in {"breach", "warn", "unknown"}]
    var = _dollars(view.var_usd, view.var_reason)
    risk = f"VaR of the unhedged open position: {var} ({view.var_basis})."
    tables = (
        Table(
            "Net open position by period and type",
            _POSITIONS,
            tuple(_position(company, row) for row in view.rows),
            "There is no market yet.",
            (*_NOTES, *([f"Contracts (§4.4): {view.failures}."] if view.failures else [])),
        ),
        Table(
            "Value of the energy NOP",
            _VALUES,
            tuple(map(_value, energy)),
            "There is no market yet.",
            (risk,) if view.today else (),
        ),
        Table(
            f"Out of tolerance from the next roll on{f', {view.roll}' if view.roll else ''}",
            _POSITIONS,
            tuple(_position(company, row) for row in ahead),
            "Nothing is out of tolerance then with the position of now.",
        ),
        by_type(company),
        strategies(company),
        executed(company),
    )
    return heading(company, "nop", "NOP summary", "policy §7, §4", tables)


def _position(company: Company, row: NopRow) -> tuple[Value, ...]:
    return (
        f"{row.nop.replace('_', '-')} {row.kind}".strip(),
        row.title,
        row.period,
        row.unit,
        row.obligation,
        row.firm,
        row.supply,
        100.0 * row.firm_coverage,
        100.0 * row.coverage,
        100.0 * row.floor,
        100.0 * row.ceiling,
        100.0 * row.headroom,
        state_text(company, row.state, row.waived_until_ns),
        row.clause,
        row.reason or row.note,
    )


def _value(row: NopRow) -> tuple[Value, ...]:
    return (
        row.title,
        row.period,
        row.obligation_mw,
        row.supply_mw,
        row.fixed,
        100.0 * row.fixed / row.obligation if row.obligation > 0.0 else math.nan,
        row.fixed_revenue,
        100.0 * row.fixed_revenue / row.obligation if row.obligation > 0.0 else math.nan,
        row.customers,
        100.0 * row.customers_change,
        100.0 * row.effectiveness,
        row.open,
        row.on_peak_mw,
        row.off_peak_mw,
        row.blocks,
        row.value_usd,
        row.rate_usd_per_mwh,
    )


def _dollars(usd: float, reason: str) -> str:
    return f"not known, {reason}" if reason else f"${usd:,.0f}"
