"""Limits become alerts: readings in, transitions of cases out.

:class:`Alerts` holds the policies in force, the instances of every limit, and the cases. It is
pure: the same readings in the same order give the same transitions, whatever machine or clock.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from state.alerts.case_changes import change_of
from state.alerts.cases import CaseBook, Moment, refresh
from state.errors import ConfigError
from state.limits.board import Board, Of, Plan
from state.limits.facts import (
    arithmetic_of,
    facts_of,
    identity_of,
    identity_text,
    row_view,
    unread_views,
)
from state.limits.instances import Instances
from state.limits.marks import marks_of
from state.limits.reading import Cause, Identity, Reading
from state.limits.sheet import Sheet
from state.limits.urgency import by_urgency
from state.messages import Action
from state.policy.in_force import taken_id
from state.policy.schema import LimitPolicy
from state.screens.cases_seen import CaseRow
from state.screens.limits_seen import LimitRow
from state.screens.views import Transition

_PERIOD_OVER = Cause(kind="time", key="tick", text="the period ended")
_DEAD = frozenset(("breach", "unknown"))
_ROWS_SHOWN = 200


class Alerts:
    """All limits and their cases.

    Attributes:
        book: the cases.
        tables: the rows of every limit in force, by its id.
        plans: into which rows the last sheet of each name goes.

    Call order within one moment: readings of feed ages first, so that what is unknown behind a
    dead feed folds into the feed's case.

    >>> alerts = Alerts()
    >>> alerts.cases()
    []
    """

    def __init__(self) -> None:
        self._policies: dict[str, LimitPolicy] = {}
        self.tables: dict[str, Instances] = {}
        self._by_figure: dict[str, list[Instances]] = {}
        self._marks: dict[tuple[str, str], list[float]] = {}
        self.book = CaseBook()
        self._dead_feeds: dict[str, list[Identity]] = {}
        self._next_end_ns = 0
        self._board: Board | None = None
        self.plans: dict[str, Plan] = {}

    @property
    def policies(self) -> list[str]:
        """``name version`` of each policy in force."""
        return [policy.label for policy in self._policies.values()]

    def adopt(
        self, policy: LimitPolicy, cause: Cause, at_ns: int, position: int
    ) -> list[Transition]:
        """Put a policy in force, in place of the one of its name.

        States follow at the next reading of each figure. Cases keep their identity; those of a
        limit or scope no longer bound expire.

        Raises:
            ConfigError: a limit's id belongs to another policy in force.
        """
        moment = Moment(cause, at_ns, position)
        if taken := taken_id(policy, self._policies.values()):
            raise ConfigError(taken)
        self._forget_layout()
        self._marks.clear()
        former = self._policies.get(policy.name)
        self._policies[policy.name] = policy
        kept = {limit.id for limit in policy.limits}
        gone = [limit.id for limit in former.limits if limit.id not in kept] if former else []
        transitions = [change for name in gone for change in self._withdraw(name, moment)]
        for limit in policy.limits:
            table = self.tables.get(limit.id)
            if table is None or table.limit.rule != limit.rule:
                transitions += self._withdraw(limit.id, moment)
                self.tables[limit.id] = Instances(limit, policy.label)
            else:
                table.adopt(limit, policy.label)
                transitions += self._end(table, table.unbound_rows(), moment)
        self._note_next_end()
        self._note_dead_feeds()
        return transitions

    def read(self, reading: Reading, cause: Cause, at_ns: int, position: int) -> list[Transition]:
        """Take in a figure that changed.

        Args:
            reading: the figure as it stands.
            cause: the message behind it.
            at_ns: the fold's time.
            position: log position of that message.

        Raises:
            StateError: the reading's unit is not the rule's.
        """
        transitions = self.expire(at_ns, position)
        plan = self._lay(Sheet((reading,)), at_ns)
        if plan.settle(cause.kind):
            transitions += self.take_settled(plan, Moment(cause, at_ns, position))
        return transitions

    def hold(
        self, sheet: Sheet, cause: Cause, at_ns: int, position: int, *, of: Of = None
    ) -> list[Transition]:
        """Take in a sheet of figures, whichever of them changed; the same sheet is laid out once.

        Its figures enter by no other way.

        Args:
            sheet: the figures as they stand.
            cause: the message behind what changed.
            at_ns: the fold's time.
            position: log position of that message.
            of: what may have changed; None for everything.

        Raises:
            StateError: the unit of a figure is not the rule's.
        """
        transitions = self.expire(at_ns, position)
        plan = self.plans.get(sheet.name)
        if plan is None or plan.sheet is not sheet:
            fits = plan is not None and plan.fits(sheet)
            plan = plan.on(sheet) if plan and fits else self._lay(sheet, at_ns)
            self.plans[sheet.name] = plan
        if of is not None:
            plan = plan.part(of)
        if plan.settle(cause.kind):
            transitions += self.take_settled(plan, Moment(cause, at_ns, position))
        return transitions

    def _lay(self, sheet: Sheet, at_ns: int) -> Plan:
        """Find the rows of a sheet; no plan of before is left if there are new ones."""
        edition = sum(table.edition for table in self.tables.values())
        taken = [
            [(table, *table.rows_of(reading, at_ns)) for table in self.on_figure(reading.figure)]
            for reading in sheet.readings
        ]
        if sum(table.edition for table in self.tables.values()) != edition:
            self._forget_layout()
            self._note_next_end()
        if self._board is None:
            self._board = Board(list(self.tables.values()))
        return self._board.lay(sheet, taken)

    def _forget_layout(self) -> None:
        self._by_figure.clear()
        self._board = None
        self.plans.clear()

    def on_figure(self, figure: str) -> list[Instances]:
        """Return the limits on a figure."""
        tables = self._by_figure.get(figure)
        if tables is None:
            tables = [table for table in self.tables.values() if table.rule.figure == figure]
            self._by_figure[figure] = tables
        return tables

    def expire(self, at_ns: int, position: int) -> list[Transition]:
        """End the conditions whose period is over; a tick with nothing due costs a comparison."""
        if not 0 < self._next_end_ns <= at_ns:
            return []
        moment = Moment(_PERIOD_OVER, at_ns, position)
        transitions = []
        for table in self.tables.values():
            transitions += self._end(table, table.ended_rows(at_ns), moment)
        self._note_next_end()
        return transitions

    def act(self, action: Action, position: int) -> list[Transition]:
        """Carry out what a person did to a case; nothing when :meth:`refusal` has a reason."""
        cause = Cause(kind="action", key=action.key, text=f"{action.action_kind} by {action.actor}")
        return self.book.act(action, Moment(cause, action.at_ns, position))

    def refusal(self, action: Action) -> str:
        """Say why an action cannot be carried out; empty if it can."""
        return self.book.refusal(action)

    def marks(self, figure: str, scope: str) -> list[float]:
        """Return the values at which a ceiling on a figure warns and breaks, ascending.

        Between them nothing changes, so that whoever feeds a value that only grows (an age)
        needs to read it no more often.
        """
        kept = self._marks.get((figure, scope))
        if kept is None:
            limits = [table.limit for table in self.on_figure(figure)]
            kept = self._marks[figure, scope] = marks_of(limits, scope)
        return kept

    @property
    def total(self) -> int:
        """Count the rows :meth:`rows` would have without a cap."""
        return sum(max(1, len(table)) for table in self.tables.values())

    def rows(self, most: int = _ROWS_SHOWN, also: Container[str] = ()) -> list[LimitRow]:
        """Return breaches, unknowns and warnings first, then the rest by utilisation.

        Args:
            most: how many at the most.
            also: figures of which the others follow.
        """
        tables = list(self.tables.values())
        unread, idle = unread_views(tables)
        places, breaches = by_urgency(tables)
        room = max(min(breaches, most), most - len(unread))
        views = [self._row_view(*place) for place in places[:room]]
        rest = (place for place in places[room:] if place[0].rule.figure in also)
        shown = [*views[:breaches], *unread, *views[breaches:], *idle][:most]
        return shown + [self._row_view(*place) for place in rest]

    def cases(self) -> list[CaseRow]:
        """Return the cases not closed with their latest values, then the last closed ones."""
        rows = self.book.rows()
        for row in rows:
            self._refresh(row)
        return rows

    def arithmetic(self, limit: str, scope: str, period: str) -> list[str]:
        """Return how a value stands against its limit, line by line; as of the case when over."""
        found = self.held((limit, scope, period))
        return arithmetic_of(*found) if found else self.book.arithmetic((limit, scope, period))

    def state_of(self, limit: str, scope: str, period: str) -> str:
        """Return the state of a row; empty if none is held."""
        found = self.held((limit, scope, period))
        return found[0].state_of(found[1]) if found else ""

    def standing(self, identity: Identity) -> str:
        """Return ``ok``, ``warn`` or ``breach``; of a row that is not held it is ``ok``."""
        found = self.held(identity)
        return found[0].standing_of(found[1]) if found else "ok"

    def figure_of(self, limit: str) -> str:
        """Return the figure a limit in force binds; empty where there is no such limit."""
        table = self.tables.get(limit)
        return "" if table is None else table.rule.figure

    def held(self, identity: Identity) -> tuple[Instances, int] | None:
        """Return the limit and the row of an identity; None where no row is held."""
        limit, scope, period = identity
        table = self.tables.get(limit)
        row = None if table is None else table.row_of(scope, period)
        return None if table is None or row is None else (table, row)

    def snapshot(self) -> dict[str, Any]:
        """Return the whole state as plain values and arrays, for ``state.wire.encode_state``."""
        return {
            "policies": [msgspec.to_builtins(policy) for policy in self._policies.values()],
            "tables": {name: table.snapshot() for name, table in self.tables.items()},
            "cases": self.book.snapshot(),
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Go on, bit for bit, from what :meth:`snapshot` returned."""
        policies = [msgspec.convert(policy, LimitPolicy) for policy in saved["policies"]]
        self._policies = {policy.name: policy for policy in policies}
        limits = {limit.id: (limit, policy) for policy in policies for limit in policy.limits}
        self._forget_layout()
        self._marks.clear()
        self.tables = {}
        for name, rows in saved["tables"].items():
            limit, policy = limits[name]
            self.tables[name] = Instances(limit, policy.label)
            self.tables[name].restore(rows)
        self.book = CaseBook()
        self.book.restore(saved["cases"])
        self._note_next_end()
        self._note_dead_feeds()

    # What values do ------------------------------------------------------------------------------

    def take_settled(self, plan: Plan, moment: Moment) -> list[Transition]:
        """Carry the cases of rows into which the values of a plan have been settled."""
        transitions, of_feeds = [], False
        for table, row in plan.changed(moment.at_ns):
            of_feeds = of_feeds or table.rule.is_feed
            transition = self._settle(table, row, moment)
            if transition is not None:
                transitions.append(transition)
        if of_feeds:
            self._note_dead_feeds()
        return transitions

    def _settle(self, table: Instances, row: int, moment: Moment) -> Transition | None:
        """Carry the case of a row whose state may have changed to that state."""
        identity = identity_of(table, row)
        state, standing = table.state_of(row), table.standing_of(row)
        folded = state == "unknown" and not table.rule.is_feed and self._fold(table, row)
        case = self.book.open_case(identity)
        change = change_of(case, state=state, standing=standing, folded=folded)
        if not change:
            return None
        behind = table.rule.is_feed and state in _DEAD
        members = self._standing_on(table.scopes[row]) if behind else []
        return self.book.record(change, facts_of(table, row), moment, members=members)

    # Feeds ----------------------------------------------------------------------------------

    def restless_feeds(self) -> set[str]:
        """Return the feeds whose age is anything but within its limit."""
        found = self._feed_rows()
        return {table.scopes[row] for table, row in found if table.state_of(row) != "ok"}

    @property
    def next_end_ns(self) -> int:
        """When the period of a condition ends next; 0 when none does."""
        return self._next_end_ns

    def _feed_rows(self) -> Iterator[tuple[Instances, int]]:
        for table in self.tables.values():
            if table.rule.is_feed:
                yield from ((table, row) for row in range(len(table)))

    def _note_dead_feeds(self) -> None:
        """Find the feeds with a firing case; what stood on one that came back is looked at anew."""
        before, self._dead_feeds = self._dead_feeds, {}
        for table, row in self._feed_rows():
            if table.state_of(row) in _DEAD:
                self._dead_feeds.setdefault(table.scopes[row], []).append(identity_of(table, row))
        if before.keys() - self._dead_feeds.keys():
            for table in self.tables.values():
                table.unsettle_unknown()

    def _fold(self, table: Instances, row: int) -> bool:
        """Make a row a member of the cases of the dead feeds it stands on, if there are any."""
        dead = [feed for feed in table.feeds_of(row) if feed in self._dead_feeds]
        for feed in dead:
            for identity in self._dead_feeds[feed]:
                case = self.book.open_case(identity)
                if case is not None:
                    self.book.fold(case, [identity_text(identity_of(table, row))])
        return bool(dead)

    def _standing_on(self, feed: str) -> list[str]:
        """Return the identities that are unknown and stand on a feed."""
        return [
            identity_text(identity_of(table, row))
            for table in self.tables.values()
            if not table.rule.is_feed
            for row in table.unknown_rows()
            if feed in table.feeds_of(row)
        ]

    # Policies and periods ------------------------------------------------------------------------

    def _withdraw(self, limit: str, moment: Moment) -> list[Transition]:
        self._forget_layout()
        table = self.tables.pop(limit, None)
        return [] if table is None else self._end(table, list(range(len(table))), moment)

    def _end(self, table: Instances, rows: list[int], moment: Moment) -> list[Transition]:
        if not rows:
            return []
        self._forget_layout()
        identities = [identity_of(table, row) for row in rows]
        table.drop(rows)
        return [change for identity in identities for change in self.book.end(identity, moment)]

    def _note_next_end(self) -> None:
        ends = (table.next_end_ns() for table in self.tables.values())
        self._next_end_ns = min((end for end in ends if end), default=0)

    # Screens -------------------------------------------------------------------------------------

    def _refresh(self, case: CaseRow) -> None:
        found = self.held((case.limit, case.scope, case.period))
        if found is not None and case.status != "closed":
            refresh(case, facts_of(*found))

    def _row_view(self, table: Instances, row: int) -> LimitRow:
        case = self.book.open_case(identity_of(table, row))
        view = row_view(table, row, case.row.case if case else "")
        waiver = case.row.waiver if case else None
        return replace(view, waived_until_ns=waiver.until_ns) if waiver else view
