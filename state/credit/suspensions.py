"""With whom trading is suspended since a credit limit was exceeded (risk policy §6.5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from state.alerts.case_actions import lack
from state.limits.credit import SUSPENDED
from state.messages import Action
from state.moments import from_ns
from state.policy.schema import Limit
from state.screens.views import Transition

if TYPE_CHECKING:
    from state.alerts.alerts import Alerts

_BEGINNINGS = frozenset(("breached", "reopened"))


class Suspension(msgspec.Struct, frozen=True):
    """Why no new contract may be made with a counterparty (risk policy §6.5).

    Attributes:
        limit: that was exceeded; case: what it opened.
    """

    counterparty: str
    since_ns: int
    limit: str
    case: str


class Suspensions:
    """Begins with an exceedance, at once; ends by a recorded decision and by nothing else.

    Attributes:
        by_name: by counterparty.
    """

    def __init__(self) -> None:
        self.by_name: dict[str, Suspension] = {}

    def note(
        self, found: Iterable[Transition], alerts: Alerts, limits: Iterable[Limit], at_ns: int
    ) -> None:
        """Suspend trading with whoever has newly exceeded a credit limit.

        Args:
            found: transitions.
            alerts: they came from.
            limits: the credit limits in force.
            at_ns: when.
        """
        credit = {limit.id for limit in limits}
        for transition in found:
            row = transition.row
            began = transition.change in _BEGINNINGS and row.limit in credit
            if began and alerts.standing((row.limit, row.scope, row.period)) == "breach":
                new = Suspension(row.scope, at_ns, row.limit, row.case)
                self.by_name.setdefault(row.scope, new)

    def reason(self, counterparty: str) -> str:
        """Say why no new contract may be made with a counterparty; empty if one may."""
        one = self.by_name.get(counterparty)
        if one is None:
            return ""
        since = f"{from_ns(one.since_ns):%Y-%m-%d %H:%M} UTC"
        return f"suspended since {since}: {one.limit} exceeded, case {one.case} (policy §6.5)"

    def case_of(self, counterparty: str) -> str:
        """Return the case that suspended a counterparty; empty if none did."""
        one = self.by_name.get(counterparty)
        return one.case if one is not None else ""

    def named(self, action: Action) -> str:
        """Return whose suspension an action means: it names a counterparty, or the case."""
        meant = (name for name, one in self.by_name.items() if one.case == action.case)
        return action.counterparty or next(meant, "")

    def refusal(self, action: Action, alerts: Alerts, limits: Iterable[Limit]) -> str:
        """Say why a suspension cannot be lifted; empty if it can."""
        name = self.named(action)
        if name not in self.by_name:
            return f"counterparty {name or action.case!r} is not suspended; name one that is"
        left = lack(action)
        if left:
            return f"lifting the suspension of {name} lacks {left}; write it"
        for limit in limits:
            over = alerts.standing((limit.id, name, "")) == "breach"
            if over and limit.rule != SUSPENDED.name:
                return f"{name} still exceeds {limit.id}; cure that first"
        return ""

    def lift(self, counterparty: str) -> None:
        """Let trading go on."""
        del self.by_name[counterparty]

    def snapshot(self) -> list[Any]:
        """Return what :meth:`restore` needs."""
        return [msgspec.to_builtins(one) for one in self.by_name.values()]

    def restore(self, saved: list[Any]) -> None:
        """Take over what :meth:`snapshot` returned."""
        known = (msgspec.convert(one, Suspension) for one in saved)
        self.by_name = {one.counterparty: one for one in known}
