"""The business state as a whole, hashed once an hour: markets and risk.

No receipt counts, no log positions, no trade records (their effects are there), no vectors that
follow from what is hashed. A part that nobody touched since the last hour keeps its fingerprint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from state.proof.digest import state_digest
from state.proof.fingerprint import fingerprint
from state.saving import MARKET_TOTALS
from state.wire import encode

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook
    from state.market.delivery_day import DeliveryDay

_KEPT = "business state"
_BASE = ("base_lines", "base_ends", "base_amounts", "_base_marks")

NOT_HASHED = ("foreseen", "begun")
"""Of volumes: forecasts kept to be held against the meter, on which no position or value stands."""

Still = dict[tuple[str, ...], tuple[NDArray[Any], bytes]]
"""Fingerprints of arrays that are replaced and never changed in place, with what they are of."""


class BusinessState:
    """Hashes a desk; what it remembers only saves work."""

    def __init__(self) -> None:
        self._still: Still = {}
        self._before: Still = {}

    def digest(self, desk: Desk) -> bytes:
        """Return the hash of everything.

        >>> from state.desk import Desk
        >>> BusinessState().digest(Desk()) == BusinessState().digest(Desk())
        True
        """
        self._before, self._still = self._still, {}
        portfolio = desk.portfolio
        uncovered = [[*key, mwh] for key, mwh in portfolio.uncovered.items()]
        markets = [self._market(market) for market in desk.markets.values()]
        closed = desk.closes.canonical
        return state_digest([desk.books, portfolio.pnl, uncovered, markets, *closed])

    def _market(self, market: MarketBook) -> list[Any]:
        tables = market.tables
        return [
            encode(market.market),
            tables.locations.snapshot(),
            [tables.rows.book, tables.rows.location],
            tables.lines.columns[:, : len(tables.lines)],
            tables.resources.snapshot(),
            market.contracts.snapshot(with_trades=False),
            market.today.isoformat() if market.today else "",
            [self._day(market, day) for day in market.days.values()],
            market.forward.snapshot() if market.forward else None,
            market.waiting.snapshot(),
            [getattr(market, name) for name in MARKET_TOTALS],
        ]

    def _day(self, market: MarketBook, day: DeliveryDay) -> bytes:
        tables = market.tables
        held = (len(tables.rows), len(tables.lines), len(tables.locations), len(tables.resources))
        stamp = (day.edition, day.hourly.edition, *held, len(market.books))
        kept = day.kept.get(_KEPT)
        if kept is not None and kept[0] == stamp:
            return bytes(kept[1])
        state, hourly = day.snapshot(with_base=False), day.hourly
        for name in NOT_HASHED:
            del state["volumes"][name]
        lines = state["hourly"]
        over = -(-day.delivered // day.day.per_hour)
        lines["at_end"] = lines["at_end"][:over]  # nothing has ended in the hours to come
        where = market.market.market, day.day.day.isoformat()
        if hourly.base is not None:
            cells, marks = hourly.base
            still: list[NDArray[Any]] = [cells.lines, cells.ends, cells.amounts, marks]
            for name, array in zip(_BASE, still, strict=True):
                lines[name] = self._of_still((*where, name), array)
        found = state_digest([where, state])
        day.kept[_KEPT] = (stamp, found)
        return found

    def _of_still(self, key: tuple[str, ...], array: NDArray[Any]) -> bytes:
        known = self._before.get(key)
        found = known[1] if known is not None and known[0] is array else fingerprint(array)
        self._still[key] = (array, found)
        return found
