"""Exceptions: every violation with its seven facts and what was done (policy §7, §6.5)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from state.alerts.case_actions import owed
from state.alerts.cases import CLOSED_KEPT
from state.alerts.causes import describe
from state.alerts.frozen import contract_behind, message_behind
from state.credit.limits import CREDIT_FIGURES
from state.limits.texts import NOT_KNOWN
from state.messages import Award, AwardKind, Trade
from state.reports.heading import heading, local_text
from state.reports.table import Column, Report, Table, Value
from state.reports.wording import transaction_text

if TYPE_CHECKING:
    from state.company import Company
    from state.desk import Desk
    from state.policy.risk_policy import Duty
    from state.screens.cases_seen import CaseRow

_COLUMNS = (
    Column("Counterparty"),
    Column("Transaction"),
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

_SECONDS_PER_HOUR = 3600.0

_NOTES = (
    "Counterparty, amount (price × quantity over the whole delivery), quantity and volume are of "
    "the contract that caused a breach; otherwise what the limit measures, of the counterparty "
    "whose limit it is; where a contract with another moved its share, the transaction says with "
    "whom. A breach that prices, volumes or time caused has no contract. Of several "
    "that came without authority on one day each has a row, as it stands; the newest 50 of a case.",
    "Value, amounts and change are those at the beginning of the breach while a written policy is "
    "in force, else the latest.",
)


def report(company: Company) -> Report:
    """Return breaches and unknown figures, the open ones first, newest first."""
    cases = [row for row in company.desk.alerts.cases() if row.severity != "warn"]
    table = violations(company, cases, "Violations and their mitigation", "No limit was breached.")
    return heading(company, "exceptions", "Exceptions", "policy §7, §6.5", (table,))


def violations(company: Company, cases: list[CaseRow], title: str, empty: str) -> Table:
    """Return the seven facts of some cases, and what was done, transaction by transaction."""
    rows = tuple(row for case in cases for row in _rows(company, case))
    notes = (*_NOTES, *_left_out(company))
    return Table(title=title, columns=_COLUMNS, rows=rows, empty=empty, notes=notes)


def _left_out(company: Company) -> tuple[str, ...]:
    """Say how many closed cases the state no longer holds."""
    count = company.desk.alerts.book.let_go
    if not count:
        return ()
    return (
        f"Of closed cases, warnings among them, the last {CLOSED_KEPT} are held; {count:,} closed "
        "before are left out: a report as of an earlier moment has them.",
    )


def _rows(company: Company, case: CaseRow) -> Iterator[tuple[Value, ...]]:
    """Yield a row of what began a case, and one of every other trade or award it is about."""
    begun, said = case.frozen or case, (case.limit, case.scope, case.period)
    cause = f"{'passive' if case.passive else 'active'}: {case.cause}"
    change = ", ".join(f"{kind} {amount:+,.6g}" for kind, amount in begun.attribution)
    told = (*_counterparty(company, case), f"{case.headline}: {begun.value_text}")
    yield _row(company, case, told, cause, change)
    for name in case.members:
        key = name if name.startswith("award/") else f"trade/{name}/"
        other, began = message_behind(company.desk, key), case.cause_key
        if other is None or began == key or (key.endswith("/") and began.startswith(key)):
            continue
        line = next(
            (
                line.removeprefix(f"{name}: ")
                for line in company.desk.alerts.arithmetic(*said)
                if line.startswith(f"{name}: ")
            ),
            "",
        )
        counterparty, usd, mw, mwh = _facts(company.desk, key)
        own = (counterparty or NOT_KNOWN, transaction_text(other), usd, mw, mwh, line)
        zone = company.desk.markets[other.market].market.time_zone
        yield _row(company, case, own, f"active: {describe(other, zone)}", "")


def _row(
    company: Company, case: CaseRow, told: tuple[Value, ...], cause: str, change: str
) -> tuple[Value, ...]:
    *facts, value = told
    return (
        *facts,
        f"{case.clause}: {_limit(company, case)}",
        case.root_cause or "not stated yet",
        case.resolution or _taken(case),
        local_text(company, case.opened_ns),
        value,
        cause,
        change,
        _duties(case),
        _waiver(company, case),
        f"{case.severity}, {case.condition}, {case.status}",
        case.case,
    )


def _facts(desk: Desk, key: str) -> tuple[str, float, float, float]:
    """Return counterparty, $, MW and MWh of a trade, or of an award: its market's, no $ yet."""
    message = message_behind(desk, key)
    if not isinstance(message, Award):
        return contract_behind(desk, key)
    sign = 1.0 if message.award_kind is AwardKind.VIRTUAL_DEMAND else -1.0
    mw = np.nan_to_num(message.mw)
    mwh = float(np.sum(mw)) * message.interval_seconds / _SECONDS_PER_HOUR
    return message.market, math.nan, sign * float(np.max(mw, initial=0.0)), sign * mwh


def _limit(company: Company, case: CaseRow) -> str:
    """Return what limit it is, and what it allows."""
    table = company.desk.alerts.tables.get(case.limit)
    title = table.limit.title if table is not None else ""
    if any(each.id == case.limit for each in _every_duty(company)):
        title = "Late duty"
    text = (case.frozen or case).limit_text
    return f"{title}, {text}" if title else text


def _counterparty(company: Company, case: CaseRow) -> tuple[Value, ...]:
    """Return counterparty, transaction, amount, MW and MWh of an exceedance."""
    frozen, message = case.frozen, message_behind(company.desk, case.cause_key)
    transaction = transaction_text(message)
    if frozen is None or case.cause_key.startswith("award/"):
        found = _facts(company.desk, case.cause_key)
    else:
        found = (
            frozen.counterparty, frozen.notional_usd, frozen.quantity_mw, frozen.volume_mwh,
        )  # fmt: skip
    counterparty, *amounts = found
    own = _UNITS.get(frozen.unit) if frozen and not counterparty else None
    if frozen and own is not None:
        amounts[own] = frozen.value
    if company.desk.alerts.figure_of(case.limit) in CREDIT_FIGURES:
        counterparty = case.scope
        if isinstance(message, Trade) and message.counterparty not in {"", case.scope}:
            transaction += f" with {message.counterparty}"  # which moved the whole of its share
    return (counterparty or NOT_KNOWN, transaction, *amounts)


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
