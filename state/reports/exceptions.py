"""Exceptions: every violation with its seven facts and what was done (policy §7, §6.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from state.alerts.case_actions import owed
from state.alerts.frozen import contract_behind
from state.credit.limits import CREDIT_FIGURES
from state.reports.heading import heading, local_text
from state.reports.table import Column, Report, Table, Value

if TYPE_CHECKING:
    from state.company import Company
    from state.limits.instances import Instances
    from state.policy.risk_policy import Duty
    from state.screens.views import CaseRow

_COLUMNS = (
    Column("Counterparty"),
    Column("Type"),
    Column("Amount", "$"),
    Column("Quantity", "MW", 1),
    Column("Volume", "MWh", 1),
    Column("Limit exceeded"),
    Column("Root cause"),
    Column("Resolution"),
    Column("Opened"),
    Column("Value"),
    Column("Cause"),
    Column("Change since kept"),
    Column("Duties"),
    Column("Waiver"),
    Column("State"),
    Column("Case"),
)
_UNITS = {"$": 0, "MW": 1, "MWh": 2}
"""Units of limits by the column of amounts they are shown in."""

_NOTES = (
    "Counterparty, amount (price × quantity over the whole delivery), quantity and volume are of "
    "the contract that caused a breach; otherwise what the limit measures, of the counterparty "
    "whose limit it is. A breach that prices, volumes or time caused has no contract.",
    "Value, amounts and change are those at the beginning of the breach while a written policy is "
    "in force, else the latest.",
)


def report(company: Company) -> Report:
    """Return breaches and unknown figures, the open ones first, newest first."""
    cases = [row for row in company.desk.alerts.cases() if row.severity != "warn"]
    table = Table(
        title="Violations and their mitigation",
        columns=_COLUMNS,
        rows=tuple(_row(company, case) for case in cases),
        empty="No limit was breached.",
        notes=_NOTES,
    )
    return heading(company, "exceptions", "Exceptions", "policy §7, §6.5", (table,))


def _row(company: Company, case: CaseRow) -> tuple[Value, ...]:
    held = company.desk.alerts.held((case.limit, case.scope, case.period))
    begun = case.frozen or case
    return (
        *_counterparty_and_type(company, case, held[0] if held else None),
        f"{case.clause}: {begun.limit_text}",
        case.root_cause or "not stated yet",
        case.resolution or _taken(case),
        local_text(company, case.opened_ns),
        f"{case.headline}: {begun.value_text}",
        f"{'passive' if case.passive else 'active'}: {case.cause}",
        ", ".join(f"{kind} {amount:+,.6g}" for kind, amount in begun.attribution),
        _duties(case),
        _waiver(company, case),
        f"{case.severity}, {case.condition}, {case.status}",
        case.case,
    )


def _counterparty_and_type(
    company: Company, case: CaseRow, table: Instances | None
) -> tuple[Value, ...]:
    """Return counterparty, type, amount, MW and MWh of an exceedance."""
    frozen = case.frozen
    if frozen is None:
        found = contract_behind(company.desk, case.cause_key)
    else:
        found = (
            frozen.counterparty, frozen.notional_usd, frozen.quantity_mw, frozen.volume_mwh,
        )  # fmt: skip
    counterparty, *amounts = found
    figure, title = (table.rule.figure, table.limit.title) if table else ("", case.limit)
    if any(each.id == case.limit for each in _every_duty(company)):
        title = "Late duty"
    own = _UNITS.get(frozen.unit) if frozen and not counterparty else None
    if frozen and own is not None:
        amounts[own] = frozen.value
    if figure in CREDIT_FIGURES:
        counterparty = case.scope
    return (counterparty or "–", title, *amounts)


def _every_duty(company: Company) -> Iterator[Duty]:
    for policy in company.desk.written_policies.values():
        yield from policy.duties


def _taken(case: CaseRow) -> str:
    return f"acknowledged by {case.acknowledged_by}" if case.acknowledged_by else "open"


def _duties(case: CaseRow) -> str:
    left = owed(case)
    late = sum(duty.late for duty in case.duties)
    told = f"{len(case.duties) - len(left)} of {len(case.duties)} done"
    return f"{told}, {late} late" if late else told if case.duties else ""


def _waiver(company: Company, case: CaseRow) -> str:
    waiver = case.waiver
    if waiver is None:
        return ""
    until = local_text(company, waiver.until_ns)
    return f"until {until}, approved by {waiver.approver}: {waiver.reason}"
