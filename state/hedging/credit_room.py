"""Which counterparties have no room for a contract, before a check is spent on one of them (§6.3).

The credit limits count amounts that every contract adds to alike, whoever it is with. What one
would add is measured once, by the code that books it; a name that it would carry beyond a ceiling
for certain is passed over. Shares, and amounts within rounding of a ceiling, are the check's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from state.limits import credit
from state.messages import Trade

if TYPE_CHECKING:
    from state.desk import Desk

_SLACK = 1e-9
_RULES = (credit.LEFT_MWH, credit.LEFT_MW, credit.VALUE, credit.MWH, credit.MW)
"""What a contract adds to with whomever it is; in the order of the amounts, after two others."""


class CreditRoom:
    """Holds what a contract would add against what counterparties have left.

    Args:
        desk: whose.
        trade: the contract, with any counterparty.
        done: trades that count as booked.
    """

    def __init__(self, desk: Desk, trade: Trade, done: Sequence[Trade]) -> None:
        self._desk = desk
        self._suspended = desk.credit_limits.suspensions.by_name
        self._numbers: dict[str, int] = {}
        self._tables = [
            (1 + credit.RULES.index(rule), table.limit)
            for rule in _RULES
            for table in desk.alerts.on_figure(rule.figure)
        ]
        names = [trade.counterparty, *(one.counterparty for one in done if one.counterparty)]
        beside = desk.credit_limits.beside(desk, names) if self._tables else None
        if beside is None:
            return
        now = beside.now
        for one in done:
            market = desk.markets[one.market]
            now = beside.entered(now, market, market.contracts.trades.superseded(one))
        after = beside.entered(now, desk.markets[trade.market], (None, trade))
        self._numbers = {name: number for number, name in enumerate(beside.names)}
        self._amounts = now.amounts
        mine = self._numbers[trade.counterparty]
        self._added = after.amounts[:, mine] - now.amounts[:, mine]

    def holds(self, name: str) -> bool:
        """Say whether a contract with a counterparty may pass: false only where it cannot."""
        return self.share(name) >= 1.0 - _SLACK

    def share(self, name: str) -> float:
        """Return which part of the contract a counterparty has room for; −1 while suspended."""
        if name in self._suspended:
            return -1.0
        number, least = self._numbers.get(name), math.inf
        for row, limit in self._tables if self._numbers else ():
            ceiling, added = limit.edges_of(name).ceiling, float(self._added[row])
            if ceiling is not None and limit.binds(name) and added > 0.0:
                had = 0.0 if number is None else float(self._amounts[row, number])
                least = min(least, (ceiling - had) / added)
        return least
