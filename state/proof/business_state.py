"""The business state as a whole, hashed once an hour: markets and risk.

No receipt counts, no log positions, no trade records (their effects are there), no vectors that
follow from what is hashed. A part that nobody touched since the last hour keeps its fingerprint:
of large tables a part is a block of lines in an hour, an interval of a run's prices, a forward row
(``state.market.resting``), and what stands for the table are the fingerprints of all its parts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from state.arrays import Words
from state.market.resting import Resting, blocks_of
from state.proof.digest import state_digest
from state.proof.fingerprint import fingerprint, mix_lines
from state.saving import MARKET_TOTALS
from state.wire import encode

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook
    from state.market.delivery_day import DeliveryDay
    from state.market.forward import ForwardBook
    from state.market.hourly import HourlyPositions
    from state.market.lines import LineTable
    from state.market.prices import PriceGrid

_KEPT = "business state"
_FULL = 1024  # lines whose columns are a part
_LINES = ("mw", "cost", "at_end")
_BASE = ("base_lines", "base_ends", "base_amounts", "_base_marks")

NOT_HASHED = ("foreseen", "begun")
"""Of volumes: forecasts kept to be held against the meter, on which no position or value stands."""

Still = dict[tuple[str, ...], tuple[NDArray[Any], bytes]]
"""Fingerprints of arrays that are replaced and never changed in place, with what they are of."""


class BusinessState:
    """Hashes a desk; what it remembers only saves work."""

    def __init__(self) -> None:
        self._full: dict[str, tuple[LineTable, list[bytes]]] = {}
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
            self._columns(market.market.market, tables.lines),
            tables.resources.snapshot(),
            market.contracts.snapshot(with_trades=False),
            market.today.isoformat() if market.today else "",
            [self._day(market, day) for day in market.days.values()],
            _forward(market.forward) if market.forward else None,
            market.waiting.snapshot(),
            [getattr(market, name) for name in MARKET_TOTALS],
            *([unmarked] if (unmarked := market.base_unmarked_mwh).any() else []),
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
        for name in _LINES:
            del lines[name]
        lines["lines"] = _lines(hourly)
        state["prices"]["published"] = _published(day.prices)
        where = market.market.market, day.day.day.isoformat()
        if hourly.base is not None:
            cells, marks = hourly.base
            still: list[NDArray[Any]] = [cells.lines, cells.ends, cells.amounts, marks]
            for name, array in zip(_BASE, still, strict=True):
                lines[name] = self._of_still((*where, name), array)
        found = state_digest([where, state])
        day.kept[_KEPT] = (stamp, found)
        return found

    def _columns(self, market: str, lines: LineTable) -> list[bytes]:
        """Return what stands for the columns of lines: a line never moves, so parts are at rest."""
        columns, count = lines.columns, len(lines)
        known, found = self._full.get(market, (lines, []))
        if known is not lines:
            found = []
        for begin in range(_FULL * len(found), count - _FULL + 1, _FULL):
            found.append(fingerprint(columns[:, begin : begin + _FULL]))
        self._full[market] = (lines, found)
        return [*found, fingerprint(columns[:, _FULL * len(found) : count])]

    def _of_still(self, key: tuple[str, ...], array: NDArray[Any]) -> bytes:
        known = self._before.get(key)
        found = known[1] if known is not None and known[0] is array else fingerprint(array)
        self._still[key] = (array, found)
        return found


def _lines(hourly: HourlyPositions) -> Words:
    """Return what stands for MW, cost and ends of lines: fingerprints by hour and block."""
    count, resting = len(hourly.lines), hourly.resting
    mix_lines(hourly.mw, hourly.cost, hourly.at_end, count, resting.flags, resting.numbers)
    return resting.numbers[:, : blocks_of(count)]


def _published(prices: PriceGrid) -> Words:
    """Return what stands for published prices: fingerprints by run and interval."""
    return _mixed(prices.resting, lambda run, interval: prices.by_interval[run, interval])


def _forward(forward: ForwardBook) -> dict[str, Any]:
    """Return the forward position, what rows hold by day as their fingerprints."""
    state = forward.snapshot()
    daily = state["daily"]
    return {**state, "daily": _mixed(forward.resting, lambda _, row: daily[:, row])}


def _mixed(resting: Resting, part: Callable[[int, int], NDArray[Any]]) -> Words:
    """Return the fingerprints of all parts of a table, which rest from now on."""
    for at in zip(*(where.tolist() for where in np.nonzero(~resting.flags)), strict=True):
        resting.numbers[at] = int.from_bytes(fingerprint(part(*at)), "little")
    resting.flags[:] = True
    return resting.numbers
