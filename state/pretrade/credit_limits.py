"""The credit limits of counterparties (risk policy §6.3), and with whom no contract is made.

That is who is suspended (§6.5), and who is not vetted (§6.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from state.contracts.trades import Versions, newly_with
from state.credit.beside import CreditBeside, Standing
from state.credit.limits import SHARES
from state.credit.loops import MWH, PAYABLE, RECEIVABLE
from state.limits import credit
from state.limits.instances import Instances
from state.pretrade.bounds import Found, ShareBound
from state.pretrade.situation import Situation
from state.screens.checks_seen import LimitEffect, Outcome

_RULES = tuple(rule for rule in credit.RULES if rule is not credit.SUSPENDED)
_OWED = (credit.OWED.name, credit.OWED_SHARE.name)
_ROWS = {rule.name: 1 + number for number, rule in enumerate(credit.RULES)}
_ROWS[credit.VOLUME_SHARE.name] = MWH
"""Which of the amounts each limit counts, dollars owed aside."""


def credit_limits(situation: Situation) -> Found:
    """Return a bound for every credit limit the trade moves, and whether trading is let be.

    A trade moves the limits of its own counterparty, and everyone's shares. Those of others are
    listed where they rise, as they may when a contract goes out.
    """
    desk, found = situation.desk, Found(effects=[*_suspended(situation), *_unvetted(situation)])
    own = [one.counterparty for one in situation.versions if one is not None and one.counterparty]
    if not own or not desk.credit_limits.in_force:
        return found
    kept = [one for pair in situation.reserved for one in pair if one is not None]
    more = (one.counterparty for one in kept if one.counterparty)
    beside = desk.credit_limits.beside(desk, [*more, *own])
    if beside is None:
        found.effects.extend(_unknown(situation, own[-1]))
        return found
    steps = _Steps(situation, beside, own)
    for figure, rule in enumerate(_RULES):
        for table in desk.alerts.on_figure(rule.figure):
            steps.hold(table, figure, found)
    return found


def _unknown(situation: Situation, counterparty: str) -> Iterator[LimitEffect]:
    for rule in _RULES:
        for table in situation.desk.alerts.on_figure(rule.figure):
            if table.limit.binds(counterparty):
                yield LimitEffect(
                    limit=table.limit.id,
                    clause=table.limit.clause,
                    policy=table.policy,
                    scope=counterparty,
                    unit=table.rule.unit,
                    outcome=Outcome.UNKNOWN,
                    reason="what counterparties come to is summed anew at the next tick",
                )


def _entered(
    situation: Situation, beside: CreditBeside, before: Standing, versions: Versions
) -> Standing:
    market = next((one.market for one in versions if one is not None), None)
    if market is None:
        return before
    return beside.entered(before, situation.desk.markets[market], versions)


def _suspended(situation: Situation) -> Iterator[LimitEffect]:
    suspensions, name = situation.desk.credit_limits.suspensions, newly_with(situation.versions)
    one = suspensions.by_name.get(name)
    if one is not None:
        tables = (
            table for rule in _RULES for table in situation.desk.alerts.on_figure(rule.figure)
        )
        yield LimitEffect(
            limit=one.limit,
            clause="§6.5",
            policy=next((table.policy for table in tables if table.limit.id == one.limit), ""),
            scope=name,
            outcome=Outcome.PROHIBITED,
            reason=suspensions.reason(name),
        )


def _unvetted(situation: Situation) -> Iterator[LimitEffect]:
    """Yield what is still to be done before a contract with a counterparty that is new (§6.2)."""
    desk, name = situation.desk, newly_with(situation.versions)
    for policy, duty in desk.duties.standing.before_trades_with(desk, name) if name else ():
        yield LimitEffect(
            limit=duty.id,
            clause=str(duty.at),
            policy=policy.label,
            scope=name,
            outcome=Outcome.REFERRED,
            reason=f"{name}: {duty.by.replace('_', ' ')} is yet to {duty.does}",
        )


class _Steps:
    """What counterparties come to now, without the trade, and with it.

    Args:
        situation: of the trade.
        beside: to enter contracts in.
        own: counterparties of the versions that go out and come in, at least one.
    """

    def __init__(self, situation: Situation, beside: CreditBeside, own: list[str]) -> None:
        self._beside = beside
        self._own = [beside.number(name) for name in own]
        before = beside.now
        for pair in situation.reserved:
            before = _entered(situation, beside, before, pair)
        out, _ = situation.versions
        self._before = self._start = before
        if out is not None:
            self._start = _entered(situation, beside, before, (out, None))
        self._after = _entered(situation, beside, before, situation.versions)
        owed = slice(RECEIVABLE, PAYABLE + 1)
        delivered = (self._start.amounts[owed] != self._after.amounts[owed]).any()
        self._lessened = self._start is not self._before or bool(delivered)
        """Whether a version goes out, or the trade has been delivered in part."""

        self._mine = sorted(set(self._own))
        told = range(len(beside.names)) if self._lessened else self._mine
        self._places = {number: place for place, number in enumerate(told)}
        steps = self._before, self._after
        self._figures = [beside.figures(each, list(told)) for each in steps]

    def hold(self, table: Instances, figure: int, found: Found) -> None:
        """Hold every counterparty the trade moves to one limit."""
        limit, lessened = table.limit, self._lessened
        everyone = lessened and table.rule.name in SHARES
        for number in self._places if everyone else self._mine:
            name = self._beside.names[number]
            ceiling = limit.edges_of(name).ceiling
            if ceiling is None or not limit.binds(name):
                continue
            before, after = self._both(figure, number)
            if after != before if number in self._own else after > before:
                found.bounds.append(self._bound(table, figure, number, ceiling))
            elif lessened:  # of another size it may be moved, or rise
                found.sizing.append(self._bound(table, figure, number, ceiling))

    def _bound(self, table: Instances, figure: int, number: int, ceiling: float) -> ShareBound:
        part, part_after = (
            self._part(standing, table, number) for standing in (self._start, self._after)
        )
        own = own_after = 0.0
        rest, least_whole = -inf, 1.0
        if table.rule.name in SHARES:
            whole = SHARES.index(table.rule.name)
            own, own_after = (
                self._part(standing, table, self._own[-1])
                for standing in (self._start, self._after)
            )
            rest = float(self._start.wholes[whole]) - abs(own)
            least_whole = float(self._start.wholes[2 + whole])
        before, after = self._both(figure, number)
        return ShareBound(
            limit=table.limit.id,
            clause=table.limit.clause,
            policy=table.policy,
            scope=self._beside.names[number],
            unit=table.rule.unit,
            part=part,
            part_after=part_after,
            own=own,
            own_after=own_after,
            rest=rest,
            least_whole=least_whole,
            ceiling=ceiling,
            before=before,
            after=after,
        )

    def _both(self, figure: int, number: int) -> tuple[float, float]:
        """Return a figure of a counterparty now, and with the trade."""
        place = self._places[number]
        before, after = self._figures
        return before.item(figure, place), after.item(figure, place)

    def _part(self, standing: Standing, table: Instances, number: int) -> float:
        """Return what a limit counts of a counterparty; dollars that we owe as less than 0."""
        if table.rule.name in _OWED:
            return self._beside.signed_usd(standing, number)
        return float(standing.amounts[_ROWS[table.rule.name], number])
