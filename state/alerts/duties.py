"""Duties: who owes what after a breach, by when, and what is late.

Risk policy §1, §3.4, §4.6 and §6.5. Nothing is owed without a written policy in force. A duty that
is not done in time is an alert of its own, told once: one for all that somebody owed by the same
moment. It ends when the last of them is done.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from state.alerts.cases import Case, Facts, Identity, Moment
from state.business_days import BusinessDays, business_days
from state.calendar import SECOND_NS, from_ns, local_date
from state.contracts.size import notional_usd, volume_mwh
from state.contracts.trades import Versions
from state.limits import credit, data_quality, price_spike
from state.limits.instances import Instances
from state.limits.reading import Cause
from state.messages import Action, Trade
from state.policy.risk_policy import Duty, Fulfilment, RiskPolicy, Trigger
from state.policy.schema import Materiality
from state.screens.case_rows import CaseRow, DutyRow, Frozen
from state.screens.views import Transition

if TYPE_CHECKING:
    from state.desk import Desk

MONITOR = "Tieline"
"""Who did what the monitor does of itself."""

_BEGINNINGS = frozenset(("breached", "reopened"))
_OF_NO_LIMIT = frozenset(
    rule.figure
    for rule in (
        price_spike.PRICE,
        price_spike.SPREAD,
        data_quality.PRICE,
        data_quality.QUANTITY,
        data_quality.DEAD_LETTERS,
    )
)
"""Figures that say something about a market or about data, and nothing that the company did."""

_NOP = "nop_"
"""Begins the figures of net open positions."""

_EXCEEDED = frozenset(rule.figure for rule in credit.RULES) - {credit.SUSPENDED.figure}


Late = tuple[Case, DutyRow]
"""A duty that was not done in time, and its case."""


class Executed(NamedTuple):
    """A contract executed while a net open position is out of tolerance."""

    key: str
    executed_ns: int
    ends_ns: int


class Duties:
    """Starts the duties of the policies in force and tells which are late; cases keep them."""

    def __init__(self) -> None:
        self._executed: list[Executed] = []
        self._watching = False

    @property
    def is_behind(self) -> bool:
        """Whether a contract waits for the next tick to show what it cured."""
        return bool(self._executed)

    def follow(self, desk: Desk, transitions: Iterable[Transition], at_ns: int) -> None:
        """Start what breaches that began call for; nothing without a written policy.

        Args:
            desk: whose.
            transitions: of which those that begin a breach count.
            at_ns: the clock.
        """
        if not desk.written_policies:
            return
        moved = False
        for transition in transitions:
            if transition.change in _BEGINNINGS and not transition.timing:
                self._begin(desk, transition, at_ns)
            nop = desk.alerts.figure_of(transition.row.limit).startswith(_NOP)
            moved = moved or nop or transition.change == "expired"
        if moved:
            self._watching = any(True for _ in _out_of_tolerance(desk))
        desk.alerts.book.note_due()

    def _begin(self, desk: Desk, transition: Transition, at_ns: int) -> None:
        row, book = transition.row, desk.alerts.book
        identity = row.limit, row.scope, row.period
        held, case = desk.alerts.held(identity), book.open_case(identity)
        if held is None or case is None or case.standing != "breach":
            return
        called = triggers_of(held[0])
        duties = [
            _begun(desk, policy, duty, row, at_ns)
            for policy in desk.written_policies.values()
            for duty in policy.duties
            if duty.after in called and not _owes(case.row, duty.id)
        ]
        book.owe(case, duties, _frozen(desk, case, transition))
        row.duties, row.frozen = case.row.duties, case.row.frozen

    # What cures a net open position --------------------------------------------------------------

    def note_trade(self, versions: Versions, trade: Trade, at_ns: int) -> None:
        """Note a contract that may bring a position nearer to its tolerance (§4.6)."""
        if self._watching and versions[1] is not None:
            executed_ns = min(trade.executed_at_ns or at_ns, at_ns)
            self._executed.append(Executed(trade.key, executed_ns, trade.delivery_end_ns))

    def headrooms(self, desk: Desk) -> dict[Identity, float]:
        """Return how far every position out of tolerance is from it, before contracts count."""
        found = _out_of_tolerance(desk) if self._executed else ()
        return {identity: float(table.headroom[row]) for identity, table, row in found}

    def note_cures(
        self, desk: Desk, before: dict[Identity, float], at_ns: int, position: int
    ) -> list[Transition]:
        """Start what is owed after contracts that brought a position nearer to its tolerance.

        Args:
            desk: whose positions count the contracts by now.
            before: what :meth:`headrooms` said.
            at_ns: the clock.
            position: log position of the tick.
        """
        transitions = []
        for identity, headroom in before.items():
            held, case = desk.alerts.held(identity), desk.alerts.book.open_case(identity)
            if held is None or case is None or not float(held[0].headroom[held[1]]) > headroom:
                continue
            for one in self._executed:
                duties = _after_cure(desk, case, one, at_ns) if _may_cure(one, *held) else []
                if duties:
                    desk.alerts.book.owe(case, duties)
                    cause = Cause(kind="trade", key=one.key, text=one.key.replace("/", " "))
                    moment = Moment(cause, at_ns, position)
                    transitions.append(desk.alerts.book.tell(case, "owed", moment))
        desk.alerts.book.note_due()
        return transitions

    # The clock -----------------------------------------------------------------------------------

    def tick(self, desk: Desk, at_ns: int, position: int) -> list[Transition]:
        """Tell what is late, and let breaches count again whose waiver is over."""
        self._executed.clear()
        book = desk.alerts.book
        if not 0 < book.due_ns <= at_ns:
            return []
        over = Cause(kind="time", key="tick", text="the time of the waiver is over")
        transitions = book.end_waivers(Moment(over, at_ns, position))
        for members in _by_moment(book.take_late(at_ns)):
            duty = members[0][1]
            passed = Cause(kind="time", key=f"duty/{duty.duty}", text="the time for it is over")
            moment = Moment(passed, at_ns, position)
            facts = _facts(desk, members, "breach")
            names = [case.row.case for case, _ in members]
            transitions.append(book.record("breached", facts, moment, members=names))
            transitions += self._settle(desk, duty, moment)
        return transitions

    def settle(self, desk: Desk, action: Action, moment: Moment) -> list[Transition]:
        """End the alerts of late duties of which an action was the last to be done.

        Args:
            desk: whose.
            action: that did a duty of a case.
            moment: when, and the action behind it.
        """
        book = desk.alerts.book
        case = next((one for one in book.open_cases() if one.row.case == action.case), None)
        done = case.row.duties if case is not None else []
        return [
            transition
            for duty in done
            if duty.duty == action.duty and duty.late
            for transition in self._settle(desk, duty, moment)
        ]

    def _settle(self, desk: Desk, duty: DutyRow, moment: Moment) -> list[Transition]:
        book = desk.alerts.book
        members = [
            (case, one)
            for case in book.open_cases()
            for one in case.row.duties
            if _owed_by(one) == _owed_by(duty)
        ]
        facts = _facts(desk, members, "ok")
        told = book.open_case(facts.identity)
        owed = any(not one.done_ns for _, one in members)
        if owed or told is None or told.standing != "breach":
            return []
        return [book.record("resolved", facts, moment)]

    def saved(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs, where there is anything."""
        return {"executed": [list(one) for one in self._executed]} if self._executed else {}

    def restore(self, desk: Desk, saved: dict[str, Any]) -> None:
        """Take over what :meth:`saved` returned; the cases are there."""
        self._executed = [Executed(*one) for one in saved.get("executed", [])]
        self._watching = bool(desk.written_policies) and any(True for _ in _out_of_tolerance(desk))


def triggers_of(table: Instances) -> set[Trigger]:
    """Return what a breach of a limit is, in the words of the policy."""
    figure = table.rule.figure
    if figure in _OF_NO_LIMIT:
        return set()
    found: set[Trigger] = {"breach"}
    if table.limit.materiality is not Materiality.MINOR:
        found.add("material_breach")
    if figure.startswith(_NOP):
        found.add("nop_notice")
    if figure in _EXCEEDED:
        found.add("credit_exceedance")
    return found


def _owes(row: CaseRow, name: str) -> bool:
    return any(one.duty == name and not one.done_ns for one in row.duties)


# Duties begin ------------------------------------------------------------------------------------


def _begun(desk: Desk, policy: RiskPolicy, duty: Duty, row: CaseRow, at_ns: int) -> DutyRow:
    begun = _row_of(desk, policy, duty, at_ns, row.cause_key)
    suspended = row.scope in desk.credit_limits.suspensions.by_name
    fulfilled = duty.monitor is Fulfilment.SUSPENDS and suspended
    return _done_by_monitor(begun, at_ns) if fulfilled else begun


def _row_of(desk: Desk, policy: RiskPolicy, duty: Duty, called_ns: int, about: str) -> DutyRow:
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
        due_ns=days.first_due_ns(duty.deadlines, called_ns) or 0,
    )


def _after_cure(desk: Desk, case: Case, executed: Executed, at_ns: int) -> list[DutyRow]:
    """Return what is owed after a contract that cures; those of a day are told of together."""
    known = {(one.duty, one.due_ns, bool(one.done_ns)) for one in case.row.duties}
    found = []
    for policy in desk.written_policies.values():
        for duty in policy.duties:
            if duty.after == "cure_executed":
                row = _row_of(desk, policy, duty, executed.executed_ns, executed.key)
                if duty.monitor is Fulfilment.UPDATES_NOP:
                    row = _done_by_monitor(row, at_ns)
                if (row.duty, row.due_ns, bool(row.done_ns)) not in known:
                    found.append(row)
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


def _done_by_monitor(row: DutyRow, at_ns: int) -> DutyRow:
    return replace(row, done_ns=at_ns, done_by=MONITOR)


def _frozen(desk: Desk, case: Case, transition: Transition) -> Frozen:
    row = transition.row
    held = desk.alerts.held(case.identity)
    counterparty, notional, quantity, volume = contract_behind(desk, row.cause_key)
    return Frozen(
        at_ns=transition.at_ns,
        position=transition.position,
        value=float(held[0].value[held[1]]) if held else math.nan,
        unit=held[0].rule.unit if held else "",
        value_text=row.value_text,
        limit_text=row.limit_text,
        attribution=row.attribution,
        arithmetic=desk.alerts.arithmetic(*case.identity),
        counterparty=counterparty,
        notional_usd=notional,
        quantity_mw=quantity,
        volume_mwh=volume,
    )


def contract_behind(desk: Desk, cause_key: str) -> tuple[str, float, float, float]:
    """Return counterparty, notional, MW and MWh of the contract that a case's cause names.

    As the contract stands, over its whole delivery; empty and NaN where none is named or counts.
    """
    kind, _, rest = cause_key.partition("/")
    identity = rest.rpartition("/")[0]
    for market in desk.markets.values() if kind == "trade" else ():
        trade = market.contracts.trades.counting_of(identity)
        if trade is not None:
            usd, mwh = notional_usd(trade, market.calendar), volume_mwh(trade, market.calendar)
            return trade.counterparty, usd, trade.quantity_mw, math.copysign(mwh, trade.quantity_mw)
    return "", math.nan, math.nan, math.nan


# Positions out of tolerance ----------------------------------------------------------------------


def _out_of_tolerance(desk: Desk) -> Iterator[tuple[Identity, Instances, int]]:
    for case in desk.alerts.book.open_cases():
        held = desk.alerts.held(case.identity) if case.standing == "breach" else None
        if held is not None and held[0].rule.figure.startswith(_NOP):
            yield case.identity, *held


def _may_cure(executed: Executed, table: Instances, row: int) -> bool:
    """Say whether a contract may deliver in a row's period; certificates count by vintage."""
    return table.rule.figure == "nop_rps" or int(table.starts_ns[row]) < executed.ends_ns


# What is late ------------------------------------------------------------------------------------


def _by_moment(late: list[Late]) -> list[list[Late]]:
    """Put duties together that one body owed by one moment, in their order."""
    found: dict[tuple[str, int], list[Late]] = {}
    for case, duty in late:
        found.setdefault(_owed_by(duty), []).append((case, duty))
    return list(found.values())


def _owed_by(duty: DutyRow) -> tuple[str, int]:
    """Return a duty and the second until which it is done in time."""
    return duty.duty, duty.due_ns // SECOND_NS


def _facts(desk: Desk, members: list[Late], state: str) -> Facts:
    zone, (case, duty) = ZoneInfo(desk.time_zone), members[0]
    to = f" to {duty.to}" if duty.to else ""
    due = _moment(duty.due_ns, zone)
    about = case.row.headline if len(members) == 1 else f"{len(members)} cases"
    left = sum(not one.done_ns for _, one in members)
    return Facts(
        identity=(duty.duty, duty.by, due),
        state=state,
        standing=state,
        clause=duty.clause,
        policy=duty.policy,
        materiality=str(Materiality.MATERIAL),
        headline=f"{duty.by}{to}, late: {duty.does} ({about})",
        value_text=f"{left} of {len(members)} not done" if left else "done",
        limit_text=f"due {due}",
        attribution=[],
        timing=False,
        arithmetic=lambda: [
            f"duty: {duty.by}{to}: {duty.does} ({duty.clause}, {duty.policy})",
            f"deadline: {duty.deadline}, that is {due}",
            *(_told(case.row.case, one, zone) for case, one in members),
        ],
    )


def _told(case: str, duty: DutyRow, zone: ZoneInfo) -> str:
    called = f"case {case}: called for {_moment(duty.called_ns, zone)} by {duty.about}"
    if not duty.done_ns:
        return f"{called}, not done"
    return f"{called}, done {_moment(duty.done_ns, zone)} by {duty.done_by}"


def _moment(at_ns: int, zone: ZoneInfo) -> str:
    return f"{from_ns(at_ns).astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
