"""Duties: who owes what after a breach, by when, and what is late.

Risk policy §1, §3.4, §4.6 and §6.5; what no breach calls for stands in ``standing.py``.
Nothing is owed without a written policy in force. A duty that is not done in time is an alert of
its own, told once: one for all that somebody owed by the same moment. It ends when the last of them
is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from state.alerts.cases import Moment
from state.alerts.frozen import frozen_of
from state.contracts.trades import Versions
from state.duties import lateness
from state.duties.calls import (
    BEYOND_AUTHORITY,
    NOP,
    Executed,
    after_cure,
    back_in_tolerance,
    begun,
    executed_ns,
    triggers_of,
)
from state.duties.curing import gained, side_of
from state.duties.standing import StandingDuties
from state.errors import WireError
from state.limits.instances import Instances
from state.limits.nop import CAPACITY
from state.limits.reading import Cause, Identity
from state.messages import Action, Trade
from state.pretrade.kept import Asked
from state.screens.views import Transition
from state.wire import decode, encode

if TYPE_CHECKING:
    from state.desk import Desk

_BEGINNINGS = frozenset(("breached", "reopened"))


class Duties:
    """Starts the duties of the policies in force and tells which are late; cases keep them.

    Attributes:
        standing: the duties that no breach calls for.
    """

    def __init__(self) -> None:
        self.standing = StandingDuties()
        self._executed: list[Executed] = []
        self._watching = False

    @property
    def is_behind(self) -> bool:
        """Whether a contract, or a policy that came, waits for the next tick."""
        return bool(self._executed) or self.standing.behind

    def due_ns(self, desk: Desk) -> int:
        """Return when a duty is late or a waiver over next; 0 when none ever is."""
        late_ns, own_ns = desk.alerts.book.due_ns, self.standing.due_ns
        return min(late_ns, own_ns) if late_ns and own_ns else late_ns or own_ns

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
            nop = desk.alerts.figure_of(transition.row.limit).startswith(NOP)
            if nop and transition.change == "resolved":
                self._cure(desk, transition, at_ns)
            moved = moved or nop or transition.change == "expired"
        if moved:
            self._watching = any(True for _ in _out_of_tolerance(desk))
        desk.alerts.book.note_due()

    def _begin(self, desk: Desk, transition: Transition, at_ns: int) -> None:
        row, book = transition.row, desk.alerts.book
        identity = row.limit, row.scope, row.period
        held, case = desk.alerts.held(identity), book.open_case(identity)
        beyond = desk.arrivals.count(identity)
        if case is None or case.standing != "breach" or (held is None and not beyond):
            return
        called, value, unit = BEYOND_AUTHORITY, float(beyond), "count"
        if held is not None:
            table, number = held
            called, value, unit = triggers_of(table), float(table.value[number]), table.rule.unit
        book.owe(
            case,
            begun(desk, called, case.row, at_ns),
            frozen_of(desk, transition, value, unit),
        )
        row.duties, row.frozen = case.row.duties, case.row.frozen

    def _cure(self, desk: Desk, transition: Transition, at_ns: int) -> None:
        row = transition.row
        case = desk.alerts.book.open_case((row.limit, row.scope, row.period))
        if case is not None:
            case.row.duties = row.duties = back_in_tolerance(desk, case.row, at_ns)

    # What cures a net open position --------------------------------------------------------------

    @property
    def follows_deals(self) -> bool:
        """Whether each deal is noted that may bring a position nearer to its tolerance."""
        return self._watching

    def note_trade(self, versions: Versions, at_ns: int) -> None:
        """Note a contract that may bring a position nearer to its tolerance (§4.6)."""
        out, into = versions
        if self._watching and into is not None:
            self._executed.append(Executed(executed_ns(out, into, at_ns), out, into))

    def note_new(self, desk: Desk, versions: Versions, asked: Asked | None, at_ns: int) -> None:
        """Take in a contract: a new one may call for duties of its day, any be somebody's first.

        Args:
            desk: whose.
            versions: what no longer counts, and what counts instead.
            asked: what was asked about it before.
            at_ns: the clock.
        """
        out, into = versions
        if into is None:
            return
        done_ns = executed_ns(out, into, at_ns)
        if out is None:
            checked = asked is not None and asked.is_about(into)
            self.standing.note_contract(desk, into, done_ns, checked=checked)
        self.standing.note_business(into, done_ns)

    def headrooms(self, desk: Desk) -> dict[Identity, tuple[float, int]]:
        """Return how far every position is out of tolerance before contracts count, and its side.

        The side is 1 where it wants more supply, −1 where it wants less.
        """
        found = _out_of_tolerance(desk) if self._executed else ()
        return {
            identity: (float(table.headroom[row]), side_of(table, row))
            for identity, table, row in found
        }

    def note_cures(
        self, desk: Desk, before: dict[Identity, tuple[float, int]], at_ns: int, position: int
    ) -> list[Transition]:
        """Start what is owed after contracts that brought a position nearer to its tolerance.

        Args:
            desk: whose positions count the contracts by now.
            before: what :meth:`headrooms` said.
            at_ns: the clock.
            position: log position of the tick.
        """
        transitions = []
        for identity, (headroom, side) in before.items():
            held, case = desk.alerts.held(identity), desk.alerts.book.open_case(identity)
            if held is None or case is None or not _may_be_nearer(*held, headroom, side):
                continue
            for one in self._executed:
                cures = side * gained(desk, one, *held) > 0.0
                if duties := after_cure(desk, case.row, one, at_ns) if cures else []:
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
        transitions = []
        if self.standing.behind:
            changed = Cause(kind="reference", key="policy", text="the policy changed")
            for duty in self.standing.begin(desk, at_ns):
                transitions += lateness.settle(desk, duty, Moment(changed, at_ns, position))
            self.standing.cut_done()
        if not 0 < self.due_ns(desk) <= at_ns:
            return transitions
        book = desk.alerts.book
        over = Cause(kind="time", key="tick", text="the time of the waiver is over")
        transitions += book.end_waivers(Moment(over, at_ns, position))
        late = [duty for _, duty in book.take_late(at_ns)] + self.standing.take_late(at_ns)
        for duty in lateness.by_moment(late):
            passed = Cause(kind="time", key=f"duty/{duty.duty}", text="the time for it is over")
            transitions += lateness.tell(desk, duty, Moment(passed, at_ns, position))
        return transitions

    def do_standing(self, desk: Desk, action: Action, moment: Moment) -> list[Transition]:
        """Record a duty that belongs to no case as done; its alert ends if it was told as late.

        Args:
            desk: whose.
            action: that is not refused.
            moment: when, and the action behind it.
        """
        done = self.standing.do(desk, action)
        return lateness.settle(desk, done, moment) if done.late else []

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
            for transition in lateness.settle(desk, duty, moment)
        ]

    def saved(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs, where there is anything."""
        executed = {"executed": list(map(_saved, self._executed))} if self._executed else {}
        return {**executed, **self.standing.saved()}

    def restore(self, desk: Desk, saved: dict[str, Any]) -> None:
        """Take over what :meth:`saved` returned; the cases are there."""
        self._executed = [_restored(*one) for one in saved.get("executed", [])]
        self._watching = bool(desk.written_policies) and any(True for _ in _out_of_tolerance(desk))
        self.standing.restore(desk, saved.get("standing"))


def _out_of_tolerance(desk: Desk) -> Iterator[tuple[Identity, Instances, int]]:
    for case in desk.alerts.book.open_cases():
        held = desk.alerts.held(case.identity) if case.standing == "breach" else None
        if held is not None and held[0].rule.figure.startswith(NOP):
            yield case.identity, *held


def _may_be_nearer(table: Instances, row: int, before: float, side: int) -> bool:
    """Say whether a contract on the side a position wanted has brought it nearer.

    It has where the position still wants that side, whatever else moved it farther meanwhile; of
    capacity only where the position moved, which is that of one month.
    """
    headroom = float(table.headroom[row])
    if headroom > before:
        return True
    return headroom < 0.0 and side_of(table, row) == side and table.rule.figure != CAPACITY.figure


def _saved(executed: Executed) -> list[Any]:
    return [executed.executed_ns, *(one and encode(one) for one in (executed.out, executed.into))]


def _restored(executed_ns: int, out: bytes | None, into: bytes) -> Executed:
    former, trade = out and decode(out), decode(into)
    if not isinstance(trade, Trade) or not isinstance(former, Trade | None):
        reason = f"saved as a contract: {trade.key}"
        raise WireError(reason)
    return Executed(executed_ns, former, trade)
