"""The credit figures of all counterparties with some more contracts, beside those that are (§6.3).

A contract is measured and entered by the very code that books it, into copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from state.arrays import Matrix, with_room
from state.contracts.trades import Versions
from state.credit.loops import AMOUNTS, FIGURES, PAYABLE, RECEIVABLE, enter, write_every
from state.credit.sums import CounterpartySums
from state.messages import Counterparty, FloatColumn

if TYPE_CHECKING:
    from state.market.book import MarketBook


class Standing(NamedTuple):
    """What counterparties come to.

    Attributes:
        amounts: shape (``AMOUNTS``, counterparties).
        wholes: dollars owed and MWh of all, then the least whole of each.
    """

    amounts: Matrix
    wholes: FloatColumn


class CreditBeside:
    """Enters contracts beside what was booked.

    Args:
        sums: of what was booked, up to date.
        wholes: theirs.
        records: of counterparties, by name.
        more: counterparties that may have no contract yet.
        known: whether contracts are netted, 1 or 0, of as many counterparties as have been asked.

    Attributes:
        names: all counterparties, by number.
        netted: 1 where contracts are netted.
        now: what is booked.
    """

    def __init__(
        self,
        sums: CounterpartySums,
        wholes: FloatColumn,
        records: Mapping[str, Counterparty],
        more: Iterable[str],
        known: FloatColumn,
    ) -> None:
        self._sums = sums
        told = sums.names.told
        self._more: dict[str, int] = {}
        for name in more:
            if name not in sums.names:
                self._more.setdefault(name, len(told) + len(self._more))
        self.names = [*told, *self._more]
        self.netted = known
        if len(known) < len(self.names):
            self.netted = np.append(known, netted(self.names[len(known) :], records))
        no_marks = np.zeros((2, 0, len(self.names)))
        self._no_marks = no_marks, np.zeros((2, 2)), np.zeros(2, dtype=np.int8)
        amounts = with_room(sums.amounts.copy(), len(self.names), axis=1)
        self.now = Standing(amounts, wholes.copy())

    def number(self, name: str) -> int:
        """Return the number of a counterparty."""
        known = self._sums.names.get(name)
        return self._more[name] if known is None else known

    def entered(self, before: Standing, market: MarketBook, versions: Versions) -> Standing:
        """Return what they come to with a version of a contract in place of another."""
        changes: dict[str, list[float]] = {}
        for trade, sign in zip(versions, (-1.0, 1.0), strict=True):
            if trade is not None and trade.counterparty:
                change = changes.setdefault(trade.counterparty, [0.0] * AMOUNTS)
                self._sums.measure(market, trade, sign, change)
        amounts, wholes = before.amounts.copy(), before.wholes.copy()
        figures = np.empty((FIGURES, len(self.names)))
        for name, change in changes.items():
            enter(
                amounts, self.netted, wholes, figures, *self._no_marks,
                self.number(name), np.array(change),
            )  # fmt: skip
        return Standing(amounts, wholes)

    def figures(self, standing: Standing, numbers: Sequence[int]) -> Matrix:
        """Return the figures of some counterparties, in their order."""
        figures = np.zeros((FIGURES, len(numbers)))
        own = np.take(standing.amounts, numbers, axis=1), np.take(self.netted, numbers)
        write_every(*own, standing.wholes, figures)
        return figures

    def signed_usd(self, standing: Standing, number: int) -> float:
        """Return what is owed, by us below 0 where contracts are netted."""
        receivable = float(standing.amounts[RECEIVABLE, number])
        payable = float(standing.amounts[PAYABLE, number])
        return receivable - payable if self.netted[number] else receivable + payable


def netted(names: Iterable[str], records: Mapping[str, Counterparty]) -> FloatColumn:
    """Return 1 for each counterparty whose contracts are netted, 0 for the others."""
    found = (records.get(name) for name in names)
    return np.array([float(one is not None and one.netting) for one in found])
