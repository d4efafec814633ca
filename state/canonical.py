"""The canonical figures: those whose history the digest proves, by their fingerprints.

Position by interval, value and realised value by book, of every day held; what lies beyond the
days; VaR and ES. Everything a message does not touch keeps its fingerprint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.fingerprint import fingerprints

if TYPE_CHECKING:
    from state.delivery_day import DeliveryDay
    from state.desk import Desk
    from state.market_book import MarketBook

_KEPT = "canonical"


def figures_fingerprint(desk: Desk) -> bytes:
    """Return the fingerprints of all canonical figures.

    >>> from state.desk import Desk
    >>> len(figures_fingerprint(Desk()))
    16
    """
    parts = [_of_market(market) for market in desk.markets.values()]
    parts.append(fingerprints(*(part.reshape(-1) for part in desk.portfolio.figures())))
    return b"".join(parts)


def _of_market(market: MarketBook) -> bytes:
    parts = [_of_day(day) for day in market.days.values()]
    columns = [market.closed_usd, market.base_usd]
    if market.forward is not None:
        columns.append(market.forward.value_by_book(len(market.books)))
    if market.certificates.holdings:
        columns.append(market.certificates.value_by_book(len(market.books)))
    return b"".join((*parts, fingerprints(*columns)))


def _of_day(day: DeliveryDay) -> bytes:
    stamp, kept = (day.edition, day.hourly.edition, len(day.value_usd)), day.kept.get(_KEPT)
    if kept is not None and kept[0] == stamp:
        return bytes(kept[1])
    found = fingerprints(day.rows_open_mw, day.hourly.open_mw, day.value_usd, day.realised_usd)
    day.kept[_KEPT] = (stamp, found)
    return found
