"""Duties that no breach calls for: what is owed every so many months, after trades, after records.

Risk policy §1, §3.1, §3.4, §5.2, §6.2, §6.3 and §7. A periodic duty is owed a period after it was
last done, the first time a period after the policy came into force. Contracts call for one duty a
day of execution, however many they are; a record that is new calls for those of its trader or
counterparty, which are due with the first contract. What has no deadline that ends (``always``, on
request) opens nothing: nobody could say when it is late.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from state.alerts.cases import case_id
from state.calendar import local_date
from state.duties.calls import called_for, done_by_monitor, owed_by
from state.limits import credit
from state.messages import Action, ActionKind, Counterparty, Trade
from state.policy.risk_policy import Deadline, Duty, RiskPolicy, Trigger
from state.screens.cases_seen import DutyRow, StandingDuty
from state.trading.traders import Trader

if TYPE_CHECKING:
    from state.desk import Desk

Key = tuple[str, str, str]
"""Name of the policy, id of the duty, and what it is about; empty of a periodic one."""

DONE_KEPT = 50
"""How many that were done stay on the screen."""

_ENDLESS = frozenset((Deadline.ALWAYS, Deadline.ON_REQUEST, Deadline.AS_SOON_AS_PRACTICAL))
_CAPTURE_SYSTEM = "capture_system"
_YEAR = 12
_CHANGED = "the policy changed"
_LIMITED = frozenset(rule.figure for rule in credit.RULES) - {credit.SUSPENDED.figure}


class StandingDuties:
    """Keeps the duties of the written policies in force that belong to no case.

    Attributes:
        behind: whether the next tick is to look at the policies anew.
        due_ns: when one is late next; 0 when none ever is.
    """

    def __init__(self) -> None:
        self._open: dict[Key, StandingDuty] = {}
        self._done: list[StandingDuty] = []
        self._of_trades: list[tuple[RiskPolicy, Duty]] = []
        self._waiting: set[str] = set()
        self._called = 0
        self.behind = False
        self.due_ns = 0

    def rows(self) -> list[StandingDuty]:
        """Return those that are owed, then those done last."""
        return [*self._open.values(), *reversed(self._done)]

    # Policies ------------------------------------------------------------------------------------

    def read_anew(self) -> None:
        """Look at the policies at the next tick: one came into force."""
        self.behind = True

    def begin(self, desk: Desk, at_ns: int) -> list[DutyRow]:
        """Start the clocks of periodic duties; those that run go on from when they were last done.

        Returns:
            Those told as late that no policy in force asks for any more, or for another day.
        """
        self.behind = False
        self._note_of_trades(desk)
        before, self._open = self._open, {}
        for policy, duty in _duties(desk):
            if duty.every_months is not None and Deadline.PERIODIC in duty.deadlines:
                self._begin(desk, (policy, duty), before, at_ns)
        asked = {(policy.name, duty.id) for policy, duty in _duties(desk)}
        kept = {key: one for key, one in before.items() if key[2] and key[:2] in asked}
        labels = {policy.name: policy.label for policy in desk.written_policies.values()}
        for key, one in kept.items():
            self._open[key] = replace(one, duty=replace(one.duty, policy=labels[key[0]]))
        over = [
            replace(one, duty=replace(done_by_monitor(one.duty, at_ns), note=_CHANGED))
            for key, one in before.items()
            if key not in kept and one.duty.late
        ]
        self._done += over  # cut once their alerts are settled, see cut_done
        for key in list(kept):
            self._fulfil_limits(desk, key, at_ns)
        self._note_due()
        return [one.duty for one in over]

    def _begin(
        self,
        desk: Desk,
        asked: tuple[RiskPolicy, Duty],
        before: dict[Key, StandingDuty],
        at_ns: int,
    ) -> None:
        """Start a clock, or let it run on; one that is due at another time now stays behind."""
        policy, duty = asked
        key = policy.name, duty.id, ""
        known = before.get(key)
        called_ns = at_ns if known is None else known.duty.called_ns
        about = f"policy/{policy.name}" if known is None else known.duty.about
        found = self._call(desk, asked, "", called_ns, about)
        if known is not None and known.duty.due_ns == found.duty.due_ns:
            late = known.duty.late
            self._open[key] = replace(known, duty=replace(found.duty, late=late))
            del before[key]

    def _note_of_trades(self, desk: Desk) -> None:
        self._of_trades = [
            (policy, duty)
            for policy, duty in _called_by(desk, "trade")
            if duty.by != _CAPTURE_SYSTEM  # that is the product: it compares every contract
        ]

    def _call(
        self, desk: Desk, asked: tuple[RiskPolicy, Duty], scope: str, called_ns: int, about: str
    ) -> StandingDuty:
        policy, duty = asked
        row, key = called_for(desk, policy, duty, called_ns, about), (policy.name, duty.id, scope)
        if Deadline.BEFORE_TRADE in duty.deadlines and "/" in scope and not _trades(desk, scope):
            row = replace(row, due_ns=0)  # the first contract says when; late if there is one
        what = _words(scope) or f"every {_months(duty.every_months)}"
        self._called += 1
        name = case_id((policy.name, duty.id, scope), self._called)
        made = StandingDuty(name=name, what=what, duty=row, periodic=not scope)
        self._open[key] = made
        return made

    # Trades and records --------------------------------------------------------------------------

    def note_contract(self, desk: Desk, trade: Trade, executed_ns: int, *, checked: bool) -> None:
        """Take in a new contract: one duty a day of execution, with their number.

        Args:
            desk: whose.
            trade: the contract.
            executed_ns: when it was executed.
            checked: whether it was asked about before; then nothing was owed before it.
        """
        day, began = local_date(executed_ns, desk.time_zone).isoformat(), False
        for policy, duty in self._of_trades:
            if checked and duty.deadlines == (Deadline.BEFORE_TRADE,):
                continue
            key = policy.name, duty.id, day
            known = self._open.get(key)
            if known is None:
                self._call(desk, (policy, duty), day, executed_ns, trade.key)
                began = True
            else:
                self._open[key] = replace(known, count=known.count + 1)
        if began:
            self._note_due()

    def note_business(self, trade: Trade, executed_ns: int) -> None:
        """Take in whose contract a version is, and with whom: another's before, or a new one."""
        scopes = {f"trader/{trade.trader}", f"counterparty/{trade.counterparty}"} & self._waiting
        for scope in scopes:
            self._end_waiting(scope, executed_ns)
        if scopes:
            self._note_due()

    def _end_waiting(self, scope: str, executed_ns: int) -> None:
        """Let what was to be done before the first contract be due at it."""
        for key, one in self._open.items():
            if key[2] == scope and not one.duty.due_ns:
                due_ns = max(executed_ns, one.duty.called_ns)
                self._open[key] = replace(one, duty=replace(one.duty, due_ns=due_ns))

    def note_trader(self, desk: Desk, trader: Trader, *, is_new: bool, at_ns: int) -> bool:
        """Take in a trader's record: who is new and not verified whole is to be verified.

        Returns:
            Whether a duty began or ended.
        """
        scope, before = f"trader/{trader.trader}", len(self._open)
        if is_new and trader.missing_facts():
            for asked in _called_by(desk, "new_trader"):
                self._call(desk, asked, scope, at_ns, scope)
        elif not trader.missing_facts():
            for key in [key for key in self._open if key[2] == scope]:
                self._finish(key, done_by_monitor(self._open[key].duty, at_ns))
        self._note_due()
        return len(self._open) != before

    def note_counterparty(self, desk: Desk, record: Counterparty, at_ns: int) -> None:
        """Take in the record of a counterparty that is new: it is to be vetted and determined."""
        scope = f"counterparty/{record.counterparty}"
        for asked in _called_by(desk, "new_counterparty"):
            self._call(desk, asked, scope, at_ns, record.key)
        self._note_due()

    def _determined(self, desk: Desk, scope: str, at_ns: int) -> None:
        """Call for what is owed once a counterparty is vetted; its limits may be there already."""
        for policy, duty in _called_by(desk, "counterparty_determined"):
            self._call(desk, (policy, duty), scope, at_ns, scope)
            self._fulfil_limits(desk, (policy.name, duty.id, scope), at_ns)

    def note_limits(self, desk: Desk, at_ns: int) -> None:
        """Take in that limits came into force: counterparties may be entered with theirs now."""
        for key in [key for key in self._open if key[2].startswith("counterparty/")]:
            self._fulfil_limits(desk, key, at_ns)
        self._note_due()

    def _fulfil_limits(self, desk: Desk, key: Key, at_ns: int) -> None:
        """Count a counterparty as entered with its limits where a limit has a number for it."""
        entered = {
            (policy.name, duty.id) for policy, duty in _called_by(desk, "counterparty_determined")
        }
        if key[:2] in entered and _has_limit(desk, key[2].partition("/")[2]):
            self._finish(key, done_by_monitor(self._open[key].duty, at_ns))

    def before_trades_with(self, desk: Desk, counterparty: str) -> list[tuple[RiskPolicy, Duty]]:
        """Return what is owed still that is to be done before a trade with a counterparty."""
        scope = f"counterparty/{counterparty}"
        return [
            (policy, duty)
            for policy, duty in _before_trades(desk)
            if (policy.name, duty.id, scope) in self._open
        ]

    def owed_before_trades(self, desk: Desk) -> set[str]:
        """Return the counterparties with whom anything is owed still before a trade."""
        before = {(policy.name, duty.id) for policy, duty in _before_trades(desk)}
        keys = (key for key in self._open if key[:2] in before)
        return {scope.partition("/")[2] for *_, scope in keys if scope.startswith("counterparty/")}

    # People --------------------------------------------------------------------------------------

    def names(self, name: str) -> bool:
        """Say whether a name is that of a standing duty, owed or done."""
        return any(one.name == name for one in self.rows())

    def refusal(self, action: Action) -> str:
        """Say why an action on a standing duty cannot be carried out; empty if it can."""
        one = next((one for one in self._open.values() if one.name == action.case), None)
        if one is None:
            return f"duty {action.case} is done already; reload the list of duties"
        if action.action_kind is not ActionKind.DONE:
            return f"{action.case} is duty {one.duty.duty} and no case; it can be done, no more"
        if action.duty != one.duty.duty:
            return f"{action.case} is duty {one.duty.duty}, not {action.duty or 'one unnamed'}"
        return ""

    def do(self, desk: Desk, action: Action) -> DutyRow:
        """Record a duty as done; a periodic one is owed again a period later.

        Args:
            desk: whose.
            action: that is not refused.
        """
        key, one = next(item for item in self._open.items() if item[1].name == action.case)
        done_ns = max(action.at_ns, one.duty.called_ns)
        row = replace(one.duty, done_ns=done_ns, done_by=action.actor, note=action.text)
        self._finish(key, row)
        if one.periodic:
            for asked in _duties(desk):
                if (asked[0].name, asked[1].id) == key[:2]:
                    self._call(desk, asked, "", done_ns, action.key)
        vetting = {(policy.name, duty.id) for policy, duty in _called_by(desk, "new_counterparty")}
        left = any(each[:2] in vetting and each[2] == key[2] for each in self._open)
        if key[:2] in vetting and not left:
            self._determined(desk, key[2], done_ns)
        self._note_due()
        return row

    def _finish(self, key: Key, row: DutyRow) -> None:
        self._done.append(replace(self._open.pop(key), duty=row))
        self.cut_done()

    def cut_done(self) -> None:
        """Let go of the oldest that were done, but of none an alert tells, or will tell of."""
        over = len(self._done) - DONE_KEPT
        if over <= 0:
            return
        owed = {owed_by(one.duty) for one in self._open.values() if one.duty.late}
        told = [
            one
            for one in self._done[:over]
            if (owed_by(one.duty) in owed if one.duty.late else one.duty.is_late(one.duty.done_ns))
        ]
        self._done = told + self._done[over:]

    # Time ----------------------------------------------------------------------------------------

    def take_late(self, at_ns: int) -> list[DutyRow]:
        """Return what was not done in time and was not told as late before."""
        found = []
        for key, one in self._open.items():
            if one.duty.is_late(at_ns) and not one.duty.late:
                self._open[key] = late = replace(one, duty=replace(one.duty, late=True))
                found.append(late.duty)
        for number, one in enumerate(self._done):
            if one.duty.is_late(at_ns) and not one.duty.late:
                self._done[number] = late = replace(one, duty=replace(one.duty, late=True))
                found.append(late.duty)
        self._note_due()
        return found

    def _note_due(self) -> None:
        duties = [one.duty for one in self._open.values()]
        told = (one.duty for one in self._done if one.duty.is_late(one.duty.done_ns))
        untold = [one.due_ns + 1 for one in (*duties, *told) if one.due_ns and not one.late]
        self.due_ns = min(untold, default=0)
        self._waiting = {
            key[2] for key, one in self._open.items() if key[2] and not one.duty.due_ns
        }

    # Saving --------------------------------------------------------------------------------------

    def saved(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs, where there is anything."""
        if not (self._open or self._done or self.behind or self._called):
            return {}
        owed = [[*key, msgspec.to_builtins(one)] for key, one in self._open.items()]
        done = [msgspec.to_builtins(one) for one in self._done]
        return {"standing": [owed, done, self.behind, self._called]}

    def restore(self, desk: Desk, saved: list[Any] | None) -> None:
        """Take over what :meth:`saved` returned; a policy that none were kept of begins anew."""
        if saved is None:
            self.behind = bool(desk.written_policies)
            return
        owed, done, self.behind, self._called = saved
        self._open = {
            (policy, duty, scope): msgspec.convert(one, StandingDuty)
            for policy, duty, scope, one in owed
        }
        self._done = [msgspec.convert(one, StandingDuty) for one in done]
        self._note_of_trades(desk)
        self._note_due()


def _duties(desk: Desk) -> Iterator[tuple[RiskPolicy, Duty]]:
    for policy in desk.written_policies.values():
        yield from ((policy, duty) for duty in policy.duties)


def _before_trades(desk: Desk) -> Iterator[tuple[RiskPolicy, Duty]]:
    """Yield the duties that are to be done before a trade with a counterparty."""
    for policy, duty in _duties(desk):
        if Deadline.BEFORE_TRADE in duty.deadlines:
            yield policy, duty


def _called_by(desk: Desk, trigger: Trigger) -> Iterator[tuple[RiskPolicy, Duty]]:
    """Yield the duties that something calls for, those alone of which one can be late."""
    for policy, duty in _duties(desk):
        if duty.after == trigger and not _ENDLESS.issuperset(duty.deadlines):
            yield policy, duty


def _trades(desk: Desk, scope: str) -> bool:
    """Say whether a contract of a trader, or with a counterparty, counts."""
    kind, _, name = scope.partition("/")
    records = (market.contracts.trades for market in desk.markets.values())
    return any(each.any_of(name) if kind == "trader" else each.any_with(name) for each in records)


def _has_limit(desk: Desk, counterparty: str) -> bool:
    """Say whether a credit limit in force has a number for a counterparty."""
    return any(
        limit.binds(counterparty) and limit.edges_of(counterparty).ceiling is not None
        for figure in sorted(_LIMITED)
        for limit in (table.limit for table in desk.alerts.on_figure(figure))
    )


def _words(scope: str) -> str:
    """Write what a duty is about.

    >>> _words("counterparty/CP-01"), _words("2026-06-15"), _words("")
    ('counterparty CP-01', 'contracts of 2026-06-15', '')
    """
    if not scope or "/" in scope:
        return scope.replace("/", " ", 1)
    return f"contracts of {scope}"


def _months(count: int | None) -> str:
    """Write a period.

    >>> _months(3), _months(24)
    ('3 months', '2 years')
    """
    if count is None or count % _YEAR:
        return f"{count} months"
    return "year" if count == _YEAR else f"{count // _YEAR} years"
