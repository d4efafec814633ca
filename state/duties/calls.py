"""What a breach, or a contract that cures one, calls for: duties of the written policy, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from state.business_days import BusinessDays, business_days
from state.calendar import local_date
from state.contracts.execution import executed_by
from state.limits import credit, data_quality, price_spike, reconciliation
from state.limits.instances import Instances
from state.messages import Trade
from state.moments import SECOND_NS
from state.policy.risk_policy import Duty, Fulfilment, RiskPolicy, Trigger
from state.policy.schema import Materiality
from state.screens.cases_seen import CaseRow, DutyRow

if TYPE_CHECKING:
    from state.desk import Desk

MONITOR = "Tieline"
"""Who did what the monitor does of itself."""

NOP = "nop_"
"""Begins the figures of net open positions."""

_OF_NO_LIMIT = frozenset(
    rule.figure
    for rule in (
        price_spike.PRICE,
        price_spike.SPREAD,
        data_quality.PRICE,
        data_quality.UNIT_PRICE,
        data_quality.CAPACITY_PRICE,
        data_quality.QUANTITY,
        data_quality.COMPONENTS,
        data_quality.DEAD_LETTERS,
    )
)
"""Figures that say something about a market or about data, and nothing that the company did."""

_DIFFERENCES = frozenset(rule.figure for rule in reconciliation.RULES)
_EXCEEDED = frozenset(rule.figure for rule in credit.RULES) - {credit.SUSPENDED.figure}


BEYOND_AUTHORITY: set[Trigger] = {"breach", "material_breach"}
"""What a trade that came beyond authority is: §1 names unauthorised trades among the breaches."""


class Executed(NamedTuple):
    """A contract executed while a net open position is out of tolerance.

    Attributes:
        out: the version that no longer counts, if one did.
        into: the one that counts.
    """

    executed_ns: int
    out: Trade | None
    into: Trade

    @property
    def key(self) -> str:
        """The business key of what was executed."""
        return self.into.key


def executed_ns(out: Trade | None, into: Trade, at_ns: int) -> int:
    """Return when what a version says was executed, now at the latest.

    A version that does not say, or says of its contract what the one before said, was agreed when
    it came.

    Args:
        out: the version before, if one counted.
        into: the version.
        at_ns: the clock.
    """
    if out is not None and out.executed_at_ns == into.executed_at_ns:
        return at_ns
    return executed_by(into, at_ns)


OwedBy = tuple[str, str, int]
"""Id of a duty, who owes it, and the second until which it is done in time: one alert."""


def owed_by(duty: DutyRow) -> OwedBy:
    """Return under what a duty that is late is told, together with others."""
    return duty.duty, duty.by, duty.due_ns // SECOND_NS


def triggers_of(table: Instances) -> set[Trigger]:
    """Return what a breach of a limit is, in the words of the policy."""
    figure = table.rule.figure
    if figure in _OF_NO_LIMIT:
        return set()
    found: set[Trigger] = {"discrepancy" if figure in _DIFFERENCES else "breach"}
    if table.limit.materiality is not Materiality.MINOR:
        found.add("material_breach")
    if figure.startswith(NOP):
        found.add("nop_notice")
    if figure in _EXCEEDED:
        found.add("credit_exceedance")
    return found


def begun(desk: Desk, called: set[Trigger], row: CaseRow, at_ns: int) -> list[DutyRow]:
    """Return what a breach calls for anew; what is owed still is not called for twice.

    Args:
        desk: whose policies are in force.
        called: what the breach is.
        row: its case.
        at_ns: the clock.
    """
    return [
        _begun(desk, policy, duty, row, at_ns)
        for policy in desk.written_policies.values()
        for duty in policy.duties
        if duty.after in called and not owes(row, duty.id)
    ]


def owes(row: CaseRow, name: str) -> bool:
    """Say whether a duty of a case is owed."""
    return any(one.duty == name and not one.done_ns for one in row.duties)


def _begun(desk: Desk, policy: RiskPolicy, duty: Duty, row: CaseRow, at_ns: int) -> DutyRow:
    called = called_for(desk, policy, duty, at_ns, row.cause_key)
    suspended = row.scope in desk.credit_limits.suspensions.by_name
    fulfilled = duty.monitor is Fulfilment.SUSPENDS and suspended
    return done_by_monitor(called, at_ns) if fulfilled else called


def called_for(desk: Desk, policy: RiskPolicy, duty: Duty, called_ns: int, about: str) -> DutyRow:
    """Return a duty as it is owed from a moment on.

    Args:
        desk: whose.
        policy: that asks for it.
        duty: what it asks for.
        called_ns: when it was called for; of a periodic duty, when it was last done.
        about: key of the message that called for it.
    """
    days = _days(desk, policy, called_ns)
    return DutyRow(
        duty=duty.id,
        clause=f"{policy.name.upper()} {duty.at}",
        policy=policy.label,
        by=_body(duty.by),
        to=" and ".join(_body(one) for one in duty.to),
        does=duty.does,
        deadline=", ".join(one.replace("_", " ") for one in duty.deadlines if one != "always"),
        about=about,
        called_ns=called_ns,
        due_ns=days.first_due_ns(duty.deadlines, called_ns, every_months=duty.every_months) or 0,
    )


def after_cure(desk: Desk, row: CaseRow, executed: Executed, at_ns: int) -> list[DutyRow]:
    """Return what is owed after a contract that cures; those of a day are told of together."""
    known = {(one.duty, one.due_ns, bool(one.done_ns)) for one in row.duties}
    found = []
    for policy in desk.written_policies.values():
        for duty in policy.duties:
            if duty.after == "cure_executed":
                one = called_for(desk, policy, duty, executed.executed_ns, executed.key)
                if duty.monitor is Fulfilment.UPDATES_NOP:
                    one = done_by_monitor(one, at_ns)
                if (one.duty, one.due_ns, bool(one.done_ns)) not in known:
                    found.append(one)
    return found


def _days(desk: Desk, policy: RiskPolicy, at_ns: int) -> BusinessDays:
    zone = desk.time_zone
    return business_days(policy.working_days, zone, local_date(at_ns, zone).year)


def _body(name: str) -> str:
    """Write a body of the policy.

    >>> _body("risk_oversight_committee")
    'Risk Oversight Committee'
    """
    return name.replace("_", " ").title()


def done_by_monitor(row: DutyRow, at_ns: int) -> DutyRow:
    """Return a duty as done by the monitor."""
    return replace(row, done_ns=at_ns, done_by=MONITOR)


def back_in_tolerance(desk: Desk, row: CaseRow, at_ns: int) -> list[DutyRow]:
    """Return the duties of a case, those done that ask for a position back in its tolerance."""
    kept = {
        duty.id
        for policy in desk.written_policies.values()
        for duty in policy.duties
        if duty.monitor is Fulfilment.NOP_KEPT
    }
    return [
        done_by_monitor(one, at_ns) if one.duty in kept and not one.done_ns else one
        for one in row.duties
    ]
