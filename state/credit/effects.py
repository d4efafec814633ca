"""What a contract would do to the credit limits of its counterparty, before it is made (§6.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from state.credit.loops import LATE, MWH, owed_of
from state.limits import credit
from state.messages import FloatColumn
from state.policy.schema import Limit

SHARES = (credit.OWED_SHARE.name, credit.VOLUME_SHARE.name)
"""The shares, in the order of their wholes."""

_ROWS = {rule.name: row for row, rule in enumerate(credit.RULES[:6])}


class Effect(NamedTuple):
    """What a contract would do to one credit limit of its counterparty.

    A contract yet to be delivered lowers the shares of all others, or leaves them, so that
    only its own counterparty's limits can be exceeded by it.

    Attributes:
        limit: id; figure: name of the rule.
        ceiling: may not be exceeded.
        part, part_per_lot: the counterparty's own amount, and what a lot adds.
        whole, whole_per_lot: the same of all, of a share; 1 and 0 of an amount.
        least_whole: what a share is measured against at least.
    """

    limit: str
    figure: str
    ceiling: float
    part: float
    part_per_lot: float
    whole: float
    whole_per_lot: float
    least_whole: float

    def value(self, lots: float) -> float:
        """Return the figure with so many lots of the contract; of none it is that of now."""
        whole = max(self.whole + lots * self.whole_per_lot, self.least_whole)
        part = self.part + lots * self.part_per_lot
        return part / whole if part > 0.0 else 0.0


class Parts(NamedTuple):
    """What a figure is made of.

    Attributes:
        own: amounts of the counterparty now; change: by one lot.
        netted: 1 where its contracts are netted.
        wholes: of all, then the least wholes.
    """

    own: FloatColumn
    change: FloatColumn
    netted: FloatColumn
    wholes: FloatColumn


def effects_on(limits: Iterable[Limit], counterparty: str, parts: Parts) -> list[Effect]:
    """Return the effect of one lot on each credit limit that binds a counterparty."""
    own, change = parts.own, parts.change
    now, then = (owed_of(amounts[:, None], parts.netted, 0) for amounts in (own, own + change))
    amounts = [(now, then - now)]
    amounts += [(float(own[row]), float(change[row])) for row in range(2, LATE)]
    wholes = parts.wholes.tolist()
    found = []
    for limit in limits:
        ceiling = limit.edges_of(counterparty).ceiling
        if ceiling is None or not limit.binds(counterparty) or limit.rule == credit.SUSPENDED.name:
            continue
        if limit.rule in SHARES:
            share = SHARES.index(limit.rule)
            part = amounts[0 if share == 0 else MWH - 1]
            whole = wholes[share], part[1], wholes[2 + share]
        else:
            part, whole = amounts[_ROWS[limit.rule]], (1.0, 0.0, 1.0)
        found.append(Effect(limit.id, limit.rule, ceiling, *part, *whole))
    return found
