"""The trade records: which version of each contract counts.

The highest version wins, in whatever order versions arrive; a cancel is a version that counts
nothing. The same version with other content is a conflict and is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from state.arrays import Flags
from state.contracts.columns import Form, TradeColumns
from state.contracts.deal_columns import DealColumns
from state.contracts.identities import IdentityIndex
from state.errors import WireError
from state.messages import Trade, TradeAction
from state.wire import content_digest, decode, encode

Versions = tuple[Trade | None, Trade | None]
"""The version of a contract that goes out and the one that comes in."""


class TradeRecords:
    """Keeps the last accepted version of every contract.

    Attributes:
        columns: the versions, in order of their contract's first.
    """

    def __init__(self) -> None:
        self.columns = TradeColumns()
        self._index = IdentityIndex()
        self._asked: tuple[Trade | None, int, int] = (None, -1, 0)

    def __len__(self) -> int:
        return len(self.columns)

    # What counts ---------------------------------------------------------------------------------

    def counting(self) -> Flags:
        """Return which contracts count, by number."""
        if not len(self):
            return np.zeros(0, dtype=np.bool_)
        return self.columns.of_form(counts)

    def live(self) -> Iterator[Trade]:
        """Go through the contracts that count, in order of their first version's arrival."""
        return self.columns.trades(np.flatnonzero(self.counting()))

    def live_of_resource(self, resource: str) -> list[Trade]:
        """Return the contracts about a resource that count, in the same order."""
        if all(form.resource != resource for form in self.columns.forms):
            return []
        wanted = self.columns.of_form(lambda form: form.resource == resource and counts(form))
        return list(self.columns.trades(np.flatnonzero(wanted)))

    def any_with(self, counterparty: str) -> bool:
        """Say whether a contract with a counterparty counts."""
        number = self.columns.counterparties.get(counterparty)
        own = self.columns.rows["counterparty"] == number
        return number is not None and bool((own & self.counting()).any())

    def any_of(self, trader: str) -> bool:
        """Say whether a contract of a trader counts."""
        if all(form.trader != trader for form in self.columns.forms):
            return False
        return bool(self.columns.of_form(lambda form: form.trader == trader and counts(form)).any())

    def holds(self, trade: Trade) -> bool:
        """Say whether a version of the same contract counts here."""
        return self._counts(self._number(trade))

    def holds_identity(self, identity: str) -> bool:
        """Say whether a version of a contract counts here."""
        return self._counts(self.number_of(identity))

    def counting_of(self, identity: str) -> Trade | None:
        """Return the version of a contract that counts; None if none does."""
        number = self.number_of(identity)
        return self.columns.trade(number) if self._counts(number) else None

    def number_of(self, identity: str) -> int:
        """Return the number of a contract, −1 if there is none."""
        return self._find(identity, hash(identity))

    def _counts(self, number: int) -> bool:
        return number >= 0 and counts(self.columns.form(number))

    # Versions ------------------------------------------------------------------------------------

    def repeats(self, trade: Trade) -> bool:
        """Say whether the last version accepted of the contract has the same number."""
        number = self._number(trade)
        return number >= 0 and self.columns.version(number) == trade.version

    def is_new(self, trade: Trade) -> bool:
        """Say whether no version of the contract has come."""
        return self._number(trade) < 0

    def conflict(self, trade: Trade) -> str:
        """Say why a version cannot be accepted, or return an empty text."""
        if not self.repeats(trade):
            return ""
        number = self._number(trade)
        # Held as it would be read back: whole numbers where the kind says so, floats elsewhere.
        if content_digest(self.columns.trade(number)) == content_digest(decode(encode(trade))):
            return ""
        return (
            f"trade {trade.identity} version {trade.version} came again with other content; "
            "the first is kept, send the change as a new version"
        )

    def supersede(self, trade: Trade) -> Versions:
        """Record a version.

        Returns:
            The version that no longer counts and the one that now counts, either may be None.
        """
        number = self._number(trade)
        if number < 0:
            self.add(trade)
            return None, _counting(trade)
        versions = self.superseded(trade)
        if self.columns.version(number) < trade.version:
            self.columns.replace(number, trade)
        return versions

    def add(self, trade: Trade, form: int = -1) -> None:
        """Record the first version of a contract that :meth:`is_new`, and its form if known."""
        number = self._number(trade)
        self._index.add(self._asked[2], number)
        self.columns.append(trade, form)
        self._asked = (None, -1, 0)

    def extend(self, deals: DealColumns, forms: Sequence[int]) -> None:
        """Record the first versions of contracts that are new, and their forms."""
        self._index.extend(deals.hashes)
        self.columns.extend(deals, forms)
        self._asked = (None, -1, 0)

    def first_known(self, deals: DealColumns) -> int:
        """Return the place of the first deal that may not be new, or how many there are."""
        return self._index.first_known(deals.hashes)

    def superseded(self, trade: Trade) -> Versions:
        """Return what :meth:`supersede` would, and record nothing."""
        number = self._number(trade)
        if number < 0:
            return None, _counting(trade)
        if self.columns.version(number) >= trade.version:
            return None, None
        return _counting(self.columns.trade(number)), _counting(trade)

    def _number(self, trade: Trade) -> int:
        # Whoever asks whether a trade may enter, and then enters it, finds it once.
        asked, number, _ = self._asked
        if asked is not trade:
            identity = f"{trade.source}/{trade.trade}"
            hashed = hash(identity)
            number = self._index.find(hashed)
            if number >= 0:
                number = self._find(identity, hashed)
            self._asked = (trade, number, hashed)
        return number

    def _find(self, identity: str, hashed: int) -> int:
        number = self._index.find(hashed)
        while number >= 0 and self.columns.identity(number) != identity:
            number = self._index.find(hashed, number)
        return number

    # Saving --------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        return self.columns.snapshot()

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot.

        Raises:
            WireError: it is damaged.
        """
        self.columns.restore(saved)
        for identity in self.columns.identities():
            hashed = hash(identity)
            room = self._find(identity, hashed)
            if room >= 0:
                reason = f"saved contract {identity} is there twice"
                raise WireError(reason)
            self._index.add(hashed, room)


def newly_with(versions: Versions) -> str:
    """Return with whom a version is new business: a contract that is new, or was another's.

    Args:
        versions: what no longer counts, and what counts instead.

    Returns:
        Empty where nothing new is with anybody.
    """
    out, into = versions
    if into is None or (out is not None and out.counterparty == into.counterparty):
        return ""
    return into.counterparty


def counts(form: Form) -> bool:
    """Say whether contracts of a form count: all but the cancelled."""
    return form.action is not TradeAction.CANCEL


def _counting(trade: Trade | None) -> Trade | None:
    return None if trade is None or trade.action is TradeAction.CANCEL else trade
