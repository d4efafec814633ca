"""Limits of §6.3 of a written policy that nobody set the counterparty's number of.

Such a limit is not known to be kept. A trade that adds nothing to what it counts passes whatever
its number were; every other gets no decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from state.credit.loops import AMOUNTS, LEFT_MW, LEFT_MWH, MW, MWH, PAYABLE, RECEIVABLE, VALUE
from state.credit.sums import amounts_of
from state.limits import credit
from state.limits.instances import Instances
from state.messages import Trade
from state.policy.risk_policy import CreditLimit, RiskPolicy
from state.pretrade.bounds import Found, ShareBound
from state.pretrade.situation import Situation
from state.screens.checks_seen import LimitEffect, Outcome

_DELIVERED = (RECEIVABLE, PAYABLE)
_COUNTED = {
    "owed": (*_DELIVERED, VALUE, MWH),
    "undelivered_volume": (LEFT_MWH, LEFT_MW),
    "transaction_value": (VALUE,),
    "transaction_volume": (MWH, MW),
}
"""Which amounts a contract adds to a limit; what is to come is owed once it is delivered."""


def numberless(situation: Situation) -> Found:
    """Return an unknown effect for every limit without a number that the trade adds to."""
    found, (out, into) = Found(), situation.versions
    if into is None or into.counterparty not in situation.desk.counterparties:
        return found  # nothing comes in; who has no record is rejected for that
    limits = list(_without_number(situation, into.counterparty))
    if not limits:
        return found
    same = out is not None and out.counterparty == into.counterparty
    more = _amounts(situation, into)
    less = _amounts(situation, out if same else None)
    netted = situation.desk.counterparties[into.counterparty].netting
    for policy, limit in limits:
        counted = _COUNTED[limit.figure]
        if any(_adds(row, more[row], less[row], netted=netted) for row in counted):
            found.effects.append(_unknown(policy, limit, into.counterparty))
        else:  # it may add where it is larger
            found.sizing.extend(
                _at_most(policy, limit, into.counterparty, (more[row], less[row]))
                for row in counted
                if more[row]
            )
    return found


def _amounts(situation: Situation, trade: Trade | None) -> list[float]:
    """Return what a version is of each amount of its counterparty."""
    if trade is None:
        return [0.0] * AMOUNTS
    return amounts_of(situation.desk.markets, trade, situation.at_ns)


def _adds(row: int, more: float, less: float, *, netted: bool) -> bool:
    if netted and row in _DELIVERED:
        return bool(more or less)  # either way, as it falls against what is owed already
    return more > less


def _without_number(situation: Situation, name: str) -> Iterator[tuple[RiskPolicy, CreditLimit]]:
    for policy in situation.desk.written_policies.values():
        for limit in policy.credit_limits:
            rules = credit.RULES_ON[limit.figure, limit.relative]
            tables = [table for rule in rules for table in situation.desk.alerts.on_figure(rule)]
            if not any(_has_number(table, name) for table in tables):
                yield policy, limit


def _has_number(table: Instances, counterparty: str) -> bool:
    limit = table.limit
    return limit.binds(counterparty) and limit.edges_of(counterparty).ceiling is not None


def _unknown(policy: RiskPolicy, limit: CreditLimit, name: str) -> LimitEffect:
    rules = " or ".join(credit.RULES_ON[limit.figure, limit.relative])
    return LimitEffect(
        limit=limit.id,
        clause=str(limit.at),
        policy=policy.label,
        scope=name,
        outcome=Outcome.UNKNOWN,
        reason=f"{limit.title}: {name} has no number; set one in a policy of limits, rule {rules}",
    )


def _at_most(
    policy: RiskPolicy, limit: CreditLimit, name: str, amounts: tuple[float, float]
) -> ShareBound:
    """Return what keeps the sizes that pass to those that add nothing."""
    more, less = amounts
    return ShareBound(
        limit=limit.id,
        clause=str(limit.at),
        policy=policy.label,
        scope=name,
        unit="",
        part=0.0,
        part_after=more,
        own=0.0,
        own_after=0.0,
        rest=-inf,
        least_whole=1.0,
        ceiling=less,
        before=less,
        after=more,
    )
