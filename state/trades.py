"""The trade records: which version of each contract counts.

The highest version wins, in whatever order versions arrive; a cancel is a version that counts
nothing. The same version with other content is a conflict and is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from state.messages import Trade, TradeAction
from state.wire import content_digest, decode, encode


class TradeRecords:
    """Keeps the last accepted version of every contract."""

    def __init__(self) -> None:
        self._last: dict[str, Trade] = {}
        self._changed: dict[str, Trade] = {}

    def __len__(self) -> int:
        return len(self._last)

    def live(self) -> Iterator[Trade]:
        """Go through the contracts that count, in order of their first version's arrival."""
        return (trade for trade in self._last.values() if trade.action is not TradeAction.CANCEL)

    def live_of(self, books: set[str]) -> list[Trade]:
        """Return the contracts of some books that count, in the same order."""
        cancel = TradeAction.CANCEL
        held = self._last.values()
        return [trade for trade in held if trade.book in books and trade.action is not cancel]

    def holds(self, trade: Trade) -> bool:
        """Say whether a version of the same contract counts here."""
        return self.holds_identity(trade.identity)

    def holds_identity(self, identity: str) -> bool:
        """Say whether a version of a contract counts here."""
        known = self._last.get(identity)
        return known is not None and known.action is not TradeAction.CANCEL

    def conflict(self, trade: Trade) -> str:
        """Say why a version cannot be accepted, or return an empty text."""
        known = self._last.get(trade.identity)
        if known is None or known.version != trade.version:
            return ""
        if content_digest(known) == content_digest(trade):
            return ""
        return (
            f"trade {trade.identity} version {trade.version} came again with other content; "
            "the first is kept, send the change as a new version"
        )

    def supersede(self, trade: Trade) -> tuple[Trade | None, Trade | None]:
        """Record a version.

        Returns:
            The version that no longer counts and the one that now counts, either may be None.
        """
        known = self._last.get(trade.identity)
        if known is not None and known.version >= trade.version:
            return None, None
        self._last[trade.identity] = self._changed[trade.identity] = trade
        return _counting(known), _counting(trade)

    def drain_changed(self) -> list[Trade]:
        """Return the contracts of which a version arrived since the last call."""
        changed, self._changed = list(self._changed.values()), {}
        return changed

    def snapshot(self) -> list[bytes]:
        """Return what :meth:`restore` needs."""
        return [encode(trade) for trade in self._last.values()]

    def restore(self, saved: list[bytes]) -> None:
        """Take over a snapshot."""
        for data in saved:
            trade = decode(data)
            if isinstance(trade, Trade):
                self._last[trade.identity] = self._changed[trade.identity] = trade


def _counting(trade: Trade | None) -> Trade | None:
    return None if trade is None or trade.action is TradeAction.CANCEL else trade
