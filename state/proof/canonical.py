"""The canonical figures: those whose history the digest proves, by their fingerprints.

Position by interval, value and realised value by book, of every day held; what lies beyond the
days; VaR and ES. Everything a message does not touch keeps its fingerprint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from state.arrays import Words
from state.messages import FloatColumn
from state.proof.fingerprint import mix_column, mix_day, mix_two

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook


_OF_A_DAY = 4
_NEVER = (-1, -1)


class CanonicalFigures:
    """Takes the fingerprints of a desk's figures; what it remembers only saves work."""

    def __init__(self) -> None:
        self._laid: list[tuple[int, bool]] | None = None
        self._markets: list[_MarketFigures] = []
        self._numbers = self._risk = np.zeros(0, dtype=np.uint64)

    def fingerprint(self, desk: Desk) -> bytes:
        """Return the fingerprints of all canonical figures, one after the other.

        >>> from state.desk import Desk
        >>> len(CanonicalFigures().fingerprint(Desk()))
        16
        """
        laid = [(one.layouts, bool(one.certificates.holdings)) for one in desk.markets.values()]
        if laid != self._laid:
            self._laid = laid
            self._lay(desk)
        for market in self._markets:
            market.follow()
        var, es = desk.portfolio.figures()
        mix_two(self._risk, var.reshape(-1), es.reshape(-1))
        return self._numbers.tobytes()

    def _lay(self, desk: Desk) -> None:
        self._markets = [_MarketFigures(market) for market in desk.markets.values()]
        sizes = [market.size for market in self._markets]
        self._numbers, first = np.zeros(sum(sizes) + 2, dtype=np.uint64), 0
        for market, size in zip(self._markets, sizes, strict=True):
            market.write_to(self._numbers[first : first + size])
            first += size
        self._risk = self._numbers[first:]


class _MarketFigures:
    """Writes the fingerprints of a market as it is laid out: its days, what lies beyond them.

    A day is looked at again when its edition is another; what lies beyond the days with the
    forward's edition and the market's midnight, and always where certificates are held.
    """

    def __init__(self, market: MarketBook) -> None:
        self._market = market
        self._days = list(market.days.values())
        self._seen = [_NEVER] * len(self._days)
        self._midnight: FloatColumn | None = None
        self._forward = -1
        self.size = _OF_A_DAY * len(self._days) + len(self._amounts())

    def write_to(self, room: Words) -> None:
        """Write there from now on."""
        days, width = len(self._days), _OF_A_DAY
        self._rooms = [room[width * day : width * (day + 1)] for day in range(days)]
        self._rest = room[width * days :]

    def _amounts(self) -> list[FloatColumn]:
        market, books = self._market, len(self._market.books)
        amounts = [market.closed_usd, market.base_usd]
        if market.forward is not None:
            amounts.append(market.forward.value_by_book(books))
        if market.certificates.holdings:
            amounts.append(market.certificates.value_by_book(books))
        return amounts

    def follow(self) -> None:
        """Write what moved."""
        for at, day in enumerate(self._days):
            seen = (day.edition, day.hourly.edition)
            if seen != self._seen[at]:
                self._seen[at] = seen
                mix_day(self._rooms[at], *day.canonical)
        market = self._market
        midnight, forward = market.base_usd, market.forward
        edition = -1 if forward is None else forward.edition
        anew = midnight is not self._midnight or edition != self._forward
        if anew or market.certificates.holdings:
            self._midnight, self._forward = midnight, edition
            for at, amounts in enumerate(self._amounts()):
                self._rest[at] = mix_column(amounts)
