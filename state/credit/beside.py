"""The credit figures of all counterparties with some more contracts, beside those that are (§6.3).

A contract is measured and entered by the very code that books it, into copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from state.contracts.trades import Versions
from state.credit.loops import AMOUNTS, FIGURES, PAYABLE, RECEIVABLE, enter, write_shares
from state.credit.sums import CounterpartySums
from state.messages import Counterparty, FloatColumn

if TYPE_CHECKING:
    from state.market.book import MarketBook

Matrix = NDArray[np.float64]


class Standing(NamedTuple):
    """What counterparties come to.

    Attributes:
        amounts: shape (``AMOUNTS``, counterparties).
        wholes: dollars owed and MWh of all, then the least whole of each.
        figures: shape (``FIGURES``, counterparties).
    """

    amounts: Matrix
    wholes: FloatColumn
    figures: Matrix


class CreditBeside:
    """Enters contracts beside what was booked.

    Args:
        sums: of what was booked, up to date.
        wholes: theirs.
        records: of counterparties, by name.
        more: counterparties that may have no contract yet.

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
    ) -> None:
        self._sums = sums
        self.names = list(dict.fromkeys((*sums.names.told, *more)))
        self.netted = netted(self.names, records)
        count = len(self.names)
        amounts = np.pad(sums.amounts, ((0, 0), (0, count - sums.amounts.shape[1])))
        self.now = self._written(amounts, wholes.copy(), {})

    def entered(self, before: Standing, market: MarketBook, versions: Versions) -> Standing:
        """Return what they come to with a version of a contract in place of another."""
        changes: dict[str, list[float]] = {}
        for trade, sign in zip(versions, (-1.0, 1.0), strict=True):
            if trade is not None and trade.counterparty:
                change = changes.setdefault(trade.counterparty, [0.0] * AMOUNTS)
                self._sums.measure(market, trade, sign, change)
        return self._written(before.amounts.copy(), before.wholes.copy(), changes)

    def signed_usd(self, standing: Standing, number: int) -> float:
        """Return what is owed, by us below 0 where contracts are netted."""
        receivable = float(standing.amounts[RECEIVABLE, number])
        payable = float(standing.amounts[PAYABLE, number])
        return receivable - payable if self.netted[number] else receivable + payable

    def _written(
        self, amounts: Matrix, wholes: FloatColumn, changes: dict[str, list[float]]
    ) -> Standing:
        count = len(self.names)
        figures, marks, bounds = (
            np.zeros((FIGURES, count)),
            np.zeros((2, 0, count)),
            np.zeros((2, 2)),
        )
        for name, change in changes.items():
            number = self.names.index(name)
            enter(
                amounts, self.netted, wholes, figures, marks, bounds, number, np.array(change)
            )  # fmt: skip
        write_shares(amounts, self.netted, wholes, figures, marks, bounds)
        return Standing(amounts, wholes, figures)


def netted(names: Iterable[str], records: Mapping[str, Counterparty]) -> FloatColumn:
    """Return 1 for each counterparty whose contracts are netted, 0 for the others."""
    found = (records.get(name) for name in names)
    return np.array([float(one is not None and one.netting) for one in found])
