"""The credit limits of every counterparty, live: figures, shares of the whole, suspensions (§6).

A contract with one counterparty moves its figures and everyone's shares. Its own rows are held
against their limits at once. The others' shares are too when the whole passes a value at which one
of them turns; in between they only follow, and are written at the next tick.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from state.arrays import Places
from state.contracts.trades import Versions, newly_with
from state.credit.beside import CreditBeside, netted
from state.credit.loops import (
    AMOUNTS,
    FIGURES,
    LATE,
    MWH_ROW,
    OWED_ROW,
    OWED_SHARE_ROW,
    PAYABLE,
    RECEIVABLE,
    VOLUME_SHARE_ROW,
    enter,
    share_of,
    write_all,
    write_shares,
)
from state.credit.owed import Deliveries
from state.credit.sums import Change, CounterpartySums
from state.credit.suspensions import Suspensions
from state.limits import credit
from state.limits.reading import Cause, Reading
from state.limits.sheet import Sheet
from state.messages import Action
from state.policy.schema import Limit, LimitPolicy
from state.screens.views import Transition

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook

CREDIT_FIGURES = frozenset(rule.name for rule in credit.RULES)
"""Figures, and rules, of the credit limits."""

SHARES = (credit.OWED_SHARE.name, credit.VOLUME_SHARE.name)
"""The shares, in the order of their wholes."""

_SHARES = slice(OWED_SHARE_ROW, VOLUME_SHARE_ROW + 1)
_NOBODY = np.zeros(0)
_NO_PLACES = np.zeros(0, dtype=np.int64)
_OTHERS = Cause(kind="trade", key="tick", text="contracts with any counterparty")
_DELIVERY = Cause(kind="time", key="tick", text="delivery")


class CreditLimits:
    """Holds the figures of all counterparties against the limits the policies set.

    Attributes:
        in_force: whether any policy sets a credit limit; nothing is kept otherwise.
        behind: whether shares are to be written, or all is to be summed anew, at the next tick.
        suspensions: with whom no new contract may be made.
        delivered: what contracts have delivered, by market; not saved.
    """

    def __init__(self) -> None:
        self.in_force = self.behind = False
        self.suspensions = Suspensions()
        self.delivered: dict[str, Deliveries] = {}
        self._sums = CounterpartySums()
        self._numbers: dict[str, Places] = {}
        self._built = False
        self._policies: tuple[LimitPolicy, ...] = ()
        self._wholes = np.zeros(4)
        self._sheet: Sheet | None = None
        self._figures = np.zeros((FIGURES, 0))
        self._netted = np.zeros(0)
        self._marks = np.zeros((2, 0, 0))
        self._bounds = np.zeros((2, 2))
        self._loose = np.ones(2, dtype=np.int8)

    def adopt(self, policies: Iterable[LimitPolicy]) -> None:
        """Keep what the limits of the policies in force need."""
        self._policies = tuple(policies)
        self.in_force = any(
            limit.rule in CREDIT_FIGURES for policy in self._policies for limit in policy.limits
        )
        stated = [policy.credit for policy in self._policies if policy.credit is not None]
        self._wholes[2] = max((one.least_owed_usd for one in stated), default=0.0)
        self._wholes[3] = max((one.least_volume_mwh for one in stated), default=0.0)
        self._sheet = None
        self._built, self.behind = self._built and self.in_force, self.behind and self.in_force

    def forget(self) -> None:
        """Sum every contract anew: what they are measured by has changed."""
        self._built, self._sheet, self.behind = False, None, self.in_force

    def renew(self) -> None:
        """Lay the figures out anew: the record of a counterparty came."""
        self._sheet = None

    # Messages ------------------------------------------------------------------------------------

    def trade(
        self,
        desk: Desk,
        market: MarketBook,
        versions: Versions,
        cause: Cause,
        moment: tuple[int, int],
    ) -> list[Transition]:
        """Take in a version of a contract, and hold what it moves against the limits.

        Args:
            desk: whose.
            market: of the contract.
            versions: what goes out and what comes in.
            cause: the message.
            moment: the clock and the log position.
        """
        newly = newly_with(versions)
        if not self._built:
            if newly in self.suspensions.by_name:  # of no contract it can be summed anew
                number = self._sums.number(newly)
                self._sums.amounts[LATE, number] += 1.0
            return self.read(desk, cause, moment)
        sums, found = self._sums, dict[str, Change]()
        for trade, sign in zip(versions, (-1.0, 1.0), strict=True):
            if trade is not None and trade.counterparty:
                name = trade.counterparty
                if name not in found:
                    found[name] = [0.0] * AMOUNTS
                    sums.number(name)
                sums.enter(market, trade, sign, found[name])
        if newly in self.suspensions.by_name:
            found[newly][LATE] += 1.0
        return self._move(desk, found, cause, moment)

    def _move(
        self, desk: Desk, changes: dict[str, Change], cause: Cause, moment: tuple[int, int]
    ) -> list[Transition]:
        """Move what some counterparties come to, and hold it against the limits."""
        sums, sheet, transitions = self._sums, self._sheet, list[Transition]()
        if sheet is None or sums.amounts.shape[1] != self._figures.shape[1]:
            # Somebody new: what they and whoever had the contract owe is read with all the rest.
            for name, change in changes.items():
                sums.amounts[:, sums.names[name]] += change
            return self.read(desk, cause, moment)
        for name, change in changes.items():
            number = sums.names[name]
            crossed = enter(
                sums.amounts, self._netted, self._wholes, self._figures, self._marks, self._bounds,
                self._loose, number, np.array(change),
            )  # fmt: skip
            self.behind = True
            held = desk.alerts.hold(sheet, cause, *moment, of=number)
            if crossed:
                held += self._hold_shares(desk, cause, moment)
            transitions += self._suspend(desk, held, moment[0])
        return transitions

    def _hold_shares(self, desk: Desk, cause: Cause, moment: tuple[int, int]) -> list[Transition]:
        self.behind = False
        if self._sheet is None:
            return []
        write_shares(self._wholes, self._figures, self._marks, self._bounds, self._loose)
        return desk.alerts.hold(self._sheet, cause, *moment, of=_SHARES)

    def tick(self, desk: Desk, moment: tuple[int, int], *, due: bool) -> list[Transition]:
        """Let delivery pass where an interval is over; write shares that contracts have moved."""
        if not self.in_force:
            return []
        if not self._built or due:
            return self.read(desk, _DELIVERY, moment)
        if not self.behind:
            return []
        return self._suspend(desk, self._hold_shares(desk, _OTHERS, moment), moment[0])

    def read(self, desk: Desk, cause: Cause, moment: tuple[int, int]) -> list[Transition]:
        """Bring every figure up to date, and hold all of them against the limits."""
        at_ns = moment[0]
        if not self.in_force or not at_ns:
            return []
        sums, step_ns = self._sums, min((m.step_ns for m in desk.markets.values()), default=1)
        if not self._built:
            sums.know(desk.markets)
            sums.build(at_ns // step_ns * step_ns)
            self._built = True
        sums.roll(at_ns // step_ns * step_ns)
        for name in desk.counterparties:
            sums.number(name)
        self._note_owed(desk)
        if self._sheet is None or self._figures.shape[1] != len(sums.names):
            self._make_sheet(desk)
        if self._sheet is None:
            return []
        write_all(
            sums.amounts, self._netted, self._wholes, self._figures, self._marks, self._bounds,
            self._loose,
        )  # fmt: skip
        self.behind = False
        found = desk.alerts.hold(self._sheet, cause, *moment)
        return self._suspend(desk, found, at_ns)

    def _note_owed(self, desk: Desk) -> None:
        found = []
        for name, market in desk.markets.items():
            followed = self.delivered.get(name)
            if followed is None or followed.market is not market:
                followed = self.delivered[name] = Deliveries(market)
            owed = followed.owed()
            found.append((self._numbers_of(name, owed.names), owed))
        amounts = self._sums.amounts
        amounts[RECEIVABLE : PAYABLE + 1] = 0.0
        for numbers, owed in found:
            own = numbers >= 0
            amounts[RECEIVABLE, numbers[own]] += owed.receivable_usd[own]
            amounts[PAYABLE, numbers[own]] += owed.payable_usd[own]

    def _numbers_of(self, market: str, names: list[str]) -> Places:
        """Return our numbers of a market's counterparties, which stay; −1 of nobody."""
        known = self._numbers.get(market, _NO_PLACES)
        if len(known) < len(names):
            more = [self._sums.number(name) if name else -1 for name in names[len(known) :]]
            known = self._numbers[market] = np.append(known, more)
        return known

    def _make_sheet(self, desk: Desk) -> None:
        names = tuple(self._sums.names.told)
        count = len(names)
        if not count:
            return
        nothing, never = ("",) * count, (0,) * count
        always = np.ones(count, dtype=np.bool_)
        self._sheet = Sheet(
            [
                Reading(rule.figure, rule.unit, names, nothing, never, never, np.zeros(count),
                        nothing, always, nothing)
                for rule in credit.RULES
            ],
            "credit",
        )  # fmt: skip
        self._figures = self._sheet.values.reshape(FIGURES, count)
        self._marks = self._marks_of(names)
        self._netted = netted(names, desk.counterparties)

    def _marks_of(self, names: tuple[str, ...]) -> Any:
        """Return at which shares a limit may turn, shape (2, marks, counterparties)."""
        found = []
        for share in SHARES:
            rows = []
            for limit in (limit for limit in self._limits() if limit.rule == share):
                highs = np.array([limit.edges_of(name).ceiling or np.nan for name in names])
                turns = {1.0, limit.clear_at, limit.warn_at, limit.clear_at * limit.warn_at}
                rows += [highs * turn for turn in sorted(turns)]
            found.append(rows)
        most = max(1, *map(len, found))
        empty = np.full(len(names), np.nan)
        return np.array([[*rows, *[empty] * (most - len(rows))] for rows in found])

    # Suspension ----------------------------------------------------------------------------------

    def refusal(self, desk: Desk, action: Action) -> str:
        """Say why a suspension cannot be lifted; empty if it can."""
        return self.suspensions.refusal(action, desk.alerts, self._limits())

    def lift(self, desk: Desk, action: Action, moment: tuple[int, int]) -> list[Transition]:
        """Let trading with a counterparty go on, as somebody decided; its count begins anew."""
        name = self.suspensions.named(action)
        self.suspensions.lift(name)
        if name not in self._sums.names:
            return []
        change, number = [0.0] * AMOUNTS, self._sums.names[name]
        change[LATE] = -self._sums.amounts[LATE, number]
        text = f"{action.action_kind} by {action.actor}"
        cause = Cause(kind="action", key=action.key, text=text, active=True)
        if self._built:
            return self._move(desk, {name: change}, cause, moment)
        self._sums.amounts[:, number] += change
        return self.read(desk, cause, moment)

    def _suspend(self, desk: Desk, found: list[Transition], at_ns: int) -> list[Transition]:
        if found:
            self.suspensions.note(found, desk.alerts, self._limits(), at_ns)
        return found

    def _limits(self) -> list[Limit]:
        every = (limit for policy in self._policies for limit in policy.limits)
        return [limit for limit in every if limit.rule in CREDIT_FIGURES]

    # Before a trade ------------------------------------------------------------------------------

    def beside(self, desk: Desk, names: Iterable[str]) -> CreditBeside | None:
        """Return what was booked, to enter contracts beside it.

        Args:
            desk: whose.
            names: counterparties that may have no contract yet.

        Returns:
            None where everything is to be summed anew at the next tick.
        """
        if not self._built:
            return None
        known = self._netted if self._sheet is not None else _NOBODY
        return CreditBeside(self._sums, self._wholes, desk.counterparties, names, known)

    def figures(self, counterparty: str) -> dict[str, float]:
        """Return every figure of a counterparty as of the last contract, by its rule's name."""
        number, wholes = self._sums.names.get(counterparty), self._wholes.tolist()
        if number is None or number >= self._figures.shape[1]:
            return {}
        values = self._figures[:, number].tolist()
        for share, part in enumerate((values[OWED_ROW], values[MWH_ROW])):
            whole = max(wholes[share], wholes[2 + share])
            values[OWED_SHARE_ROW + share] = share_of(part, whole)
        return dict(zip((rule.name for rule in credit.RULES), values, strict=True))

    # Saving --------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        return {
            "suspended": self.suspensions.snapshot(),
            "built": self._built,
            "behind": self.behind,
            "wholes": self._wholes.copy(),
            "bounds": self._bounds.copy(),
            "sums": self._sums.snapshot() if self._built or self._sums.names.told else None,
            "figures": self._figures.copy() if self._sheet is not None else None,
        }

    def restore(self, desk: Desk, saved: dict[str, Any]) -> None:
        """Go on, bit for bit, from what :meth:`snapshot` returned; the policies are in force."""
        self.suspensions.restore(saved["suspended"])
        self._built, self.behind = saved["built"], saved["behind"]
        if saved["sums"] is not None:
            self._sums.restore(saved["sums"])
            self._sums.know(desk.markets)
        if saved["figures"] is not None:
            self._make_sheet(desk)
            self._figures[:] = saved["figures"]
        self._wholes[:], self._bounds[:] = saved["wholes"], saved["bounds"]
