"""Drift: whether the running figures still equal what the primary inputs give anew.

Running totals are moved by differences; here everything is computed once more from contracts,
volumes, published prices and curves, and compared. A difference is relative to what the figure is
the sum of, without signs, and at least to ``LEAST_MW`` or ``LEAST_USD``: a book of a million
dollars either way that nets to nothing is as exact as one that does not. Books are recomputed one
slice at a time; the firm is held against the sum of its books as they are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from state.drift.certificates import add_certificates
from state.drift.contracts import contracts_of, held_by, told_of
from state.drift.days import BookDay, of_day
from state.drift.difference import LEAST_USD, Difference, Index, largest
from state.drift.forward import forward_differences
from state.drift.holders import Holders
from state.drift.scenario_sums import ScenarioSums
from state.limits.reading import Cause, Reading
from state.messages import FIRM
from state.risk.portfolio import HORIZONS

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook
    from state.market.delivery_day import DeliveryDay

FIGURES = ("position", "exposure", "forward", "value", "realised", "scenario P&L")
"""What is compared; each is one instance of the limit."""

_PER_BILLION = 1e9


def differences(desk: Desk) -> list[Difference]:
    """Recompute everything; return the largest difference of each figure.

    >>> from state.desk import Desk
    >>> {difference.relative for difference in differences(Desk())}
    {0.0}
    """
    everyone, holders = range(len(desk.books)), Holders()
    found = [*of_books(desk, everyone, holders), *of_firm(desk)]
    for market in desk.markets.values():
        for grid in market.days.values():
            found += [*of_books_on(market, grid, everyone, holders), *of_day(market, grid)]
    return worst_of(nothing(), found)


def nothing() -> list[Difference]:
    """Return no difference of any figure."""
    return [Difference(figure, 0.0, "nowhere", 0.0, 0.0) for figure in FIGURES]


def worst_of(known: list[Difference], found: Iterable[Difference]) -> list[Difference]:
    """Return the largest difference of each figure."""
    worst = {one.figure: one for one in known}
    for one in found:
        if one.relative > worst[one.figure].relative:
            worst[one.figure] = one
    return list(worst.values())


def reading_of(found: list[Difference]) -> Reading:
    """Return differences as the limit reads them, in parts per billion."""
    count = len(found)
    return Reading(
        figure="drift",
        unit="ppb",
        scopes=tuple(difference.figure for difference in found),
        periods=("",) * count,
        period_starts_ns=(0,) * count,
        period_ends_ns=(0,) * count,
        values=np.array([_PER_BILLION * difference.relative for difference in found]),
        unknown=("",) * count,
        applicable=np.ones(count, dtype=np.bool_),
        inputs=("",) * count,
    )


def cause_of(found: list[Difference]) -> Cause:
    """Return the worst difference as the cause of an alert."""
    worst = max(found, key=lambda difference: difference.relative)
    return Cause(kind="drift", key=f"drift/{worst.figure}", text=worst.text)


def of_books_on(
    market: MarketBook, grid: DeliveryDay, books: range, holders: Holders
) -> Iterator[Difference]:
    """Recompute some books on a day of a market."""
    contracts = contracts_of(market, grid.day, held_by(market, books, holders))
    return BookDay(market, grid, books, contracts).differences()


def of_books(desk: Desk, books: range, holders: Holders) -> Iterator[Difference]:
    """Recompute some books beyond the days; hold what is theirs in all against its parts.

    The parts on days are taken as they are kept: they are held against the recompute by
    :func:`of_books_on`, and what is exposed of an hour by :func:`state.drift.days.of_hours`.
    """
    sums = ScenarioSums(desk, books)
    mine = slice(books.start, books.stop)
    total = np.array([desk.opening_usd.get(book, 0.0) for book in desk.books])
    gross = np.abs(total)
    for market in desk.markets.values():
        held = held_by(market, books, holders)
        told = told_of(market, held)
        for grid in market.days.values():
            sums.add_day(market, grid, held)
            total += grid.value_usd
            gross += np.abs(grid.value_usd)
        total += market.closed_usd
        gross += np.abs(market.closed_usd)
        add_certificates(market, told, sums, (total, gross))
        if market.forward is not None and market.forward.keys:
            yield from forward_differences(market, books, told, sums, (total, gross))
    kept = desk.value_usd()[:-1]
    names_of = partial(_book_at, desk, books.start)
    yield largest("value", (kept[mine], total[mine]), gross[mine], LEAST_USD, names_of)
    sums.strike()
    for part_of, horizon in enumerate(HORIZONS[:2]):
        yield largest(
            "scenario P&L",
            (desk.portfolio.pnl[part_of, mine], sums.pnl[part_of]),
            sums.gross[part_of][:, None],
            LEAST_USD,
            partial(_scenario_at, desk, horizon, books.start),
        )


def of_firm(desk: Desk) -> Iterator[Difference]:
    """Hold the scenario P&L of the firm against the sum of its books as they are kept."""
    pnl = desk.portfolio.pnl
    summed = np.add.reduce(pnl[:, :-1], axis=1)
    gross = np.add.reduce(np.abs(pnl[:, :-1]), axis=1)
    for part, horizon in enumerate(HORIZONS[:2]):
        pair = (pnl[part, -1:], summed[part : part + 1])
        place = partial(_scenario_at, desk, horizon, len(desk.books))
        # What came and went again has left rounding of its size, which no sum shows any more.
        largest_held = np.max(gross[part], initial=0.0)
        yield largest("scenario P&L", pair, np.array([[largest_held]]), LEAST_USD, place)


def _book_at(desk: Desk, first: int, at: Index) -> str:
    return f"book {desk.books[first + at[0]]}"


def _scenario_at(desk: Desk, horizon: str, first: int, at: Index) -> str:
    node = [*desk.books, FIRM][first + at[0]]
    return f"{horizon}, {node}, scenario {desk.portfolio.scenarios.dates[at[1]]}"
