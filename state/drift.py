"""Drift: whether the running figures still equal what the primary inputs give anew.

Running totals are moved by differences; here everything is computed once more from contracts,
volumes, published prices and curves, and compared. A difference is relative to what the figure is
the sum of, without signs, and at least to ``LEAST_MW`` or ``LEAST_USD``: a book of a million
dollars either way that nets to nothing is as exact as one that does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from state.delivery_day import DeliveryDay
from state.limits.reading import Cause, Reading
from state.market_book import MarketBook
from state.messages import FloatColumn
from state.recompute_days import DayAnew, by_book, days_anew
from state.recompute_forward import forward_anew
from state.risk.portfolio import FORWARD, HORIZONS, INTRADAY

if TYPE_CHECKING:
    from state.desk import Desk

Matrix = NDArray[np.float64]
Index = tuple[int, ...]

FIGURES = ("position", "exposure", "forward", "value", "realised", "scenario P&L")
"""What is compared; each is one instance of the limit."""

LEAST_MW = 100.0
"""MW or MWh to which a difference is relative at least."""

LEAST_USD = 10_000.0
"""$ to which a difference is relative at least."""

_PER_BILLION = 1e9
_LEGS = ("DA", "FMM", "RTD", "LOAD")


@dataclass(frozen=True)
class Difference:
    """The largest difference of one figure.

    Attributes:
        relative: |kept − anew| / scale; 1 where one of the two is no number.
        place: where, in words.
    """

    figure: str
    relative: float
    place: str
    kept: float
    anew: float

    @property
    def text(self) -> str:
        """The difference in words."""
        return f"{self.figure}, {self.place}: kept {self.kept!r}, recomputed {self.anew!r}"


def differences(desk: Desk) -> list[Difference]:
    """Recompute everything; return the largest difference of each figure.

    >>> from state.desk import Desk
    >>> {difference.relative for difference in differences(Desk())}
    {0.0}
    """
    worst = {figure: Difference(figure, 0.0, "nowhere", 0.0, 0.0) for figure in FIGURES}
    for found in _all_differences(desk):
        if found.relative > worst[found.figure].relative:
            worst[found.figure] = found
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


def _all_differences(desk: Desk) -> Iterator[Difference]:
    total = np.array([desk.opening_usd.get(book, 0.0) for book in desk.books])
    gross = np.abs(total)
    scenarios = _ScenarioSums(desk)
    for market in desk.markets.values():
        for grid, anew in days_anew(market):
            yield from _day_differences(market, grid, anew)
            scenarios.add(market, grid, anew)
            total += by_book(market, anew.value)
            gross += by_book(market, anew.gross_usd)
        total += market.closed_usd
        gross += np.abs(market.closed_usd)
        if market.forward is not None:
            yield from _forward_differences(market, scenarios, total, gross)
    kept = desk.value_usd()[:-1]
    yield _largest("value", kept, total, gross, LEAST_USD, lambda at: f"book {desk.books[at[0]]}")
    for part, horizon in enumerate(HORIZONS[:2]):
        yield _largest(
            "scenario P&L",
            desk.portfolio.pnl[part],
            scenarios.pnl[part],
            scenarios.gross[part][:, None],
            LEAST_USD,
            partial(scenarios.place, horizon),
        )


def _day_differences(market: MarketBook, grid: DeliveryDay, anew: DayAnew) -> Iterator[Difference]:
    rows = len(market.tables.rows)
    gross_mw = anew.gross_mw[:, None]
    day = f"{market.market.market} {grid.day.day}"

    def row_at(at: Index) -> str:
        table = market.tables
        book = market.books[table.rows.book[at[-2]]]
        return f"{day}, {book} at {table.locations.names[table.rows.location[at[-2]]]}"

    def interval_at(at: Index) -> str:
        hour, number = divmod(at[-1], grid.day.per_hour)
        leg = f"{_LEGS[at[0]]} leg, " if len(at) > 2 else ""  # noqa: PLR2004 - legs, rows, …
        return f"{leg}{row_at(at)}, HE{grid.day.hour_labels[hour]} interval {number + 1}"

    def hour_at(at: Index) -> str:
        return f"{row_at(at)}, HE{grid.day.hour_labels[at[-1]]}"

    def book_at(at: Index) -> str:
        return f"{day}, {market.books[at[0]]}"

    kept = grid.legs
    yield _largest("position", kept.legs[:, :rows], anew.legs, gross_mw, LEAST_MW, interval_at)
    yield _largest("position", kept.open[:rows], anew.open, gross_mw, LEAST_MW, interval_at)
    yield _largest("value", grid.value[:rows], anew.value, anew.gross_usd, LEAST_USD, interval_at)
    yield _largest("exposure", grid.exposure[:, :rows], anew.exposure, gross_mw, LEAST_MW, hour_at)
    gross = by_book(market, anew.gross_usd)
    worth = by_book(market, anew.value)
    yield _largest("value", grid.value_usd, worth, gross, LEAST_USD, book_at)
    realised = anew.realised[market.tables.rows.location]
    base = grid.base[:rows]
    gained = by_book(market, np.where(realised, anew.value - base, 0.0))
    gross = gross + by_book(market, np.abs(base))
    yield _largest("realised", grid.realised_usd, gained, gross, LEAST_USD, book_at)


def _forward_differences(
    market: MarketBook, scenarios: _ScenarioSums, total: FloatColumn, gross: FloatColumn
) -> Iterator[Difference]:
    forward = market.forward
    if forward is None or not forward.keys:
        return
    anew = forward_anew(market, forward)
    keys, names = list(forward.keys), market.tables.locations.names

    def place(at: Index) -> str:
        book, hub, block = keys[at[0]]
        return f"{market.books[book]} {names[hub]} {block} {forward.months[at[1]]}"

    def usd_place(at: Index) -> str:
        return f"cost of {place(at)}"

    yield _largest("forward", forward.mwh, anew.mwh, anew.gross_mwh, LEAST_MW, place)
    yield _largest("forward", forward.cost_usd, anew.cost_usd, anew.gross_usd, LEAST_USD, usd_place)
    yield _largest("forward", forward.mark, anew.mark, np.zeros(1), LEAST_MW, place)
    if anew.unplaced_mwh:
        yield Difference("forward", 1.0, "rows that are missing", 0.0, anew.unplaced_mwh)
    known = np.isfinite(anew.mark)
    mark = np.where(known, anew.mark, 0.0)
    worth = np.where(known, anew.mwh * mark - anew.cost_usd, 0.0)
    size = np.where(known, anew.gross_mwh * np.abs(mark) + anew.gross_usd, 0.0)
    holders = np.array([key[0] for key in keys])
    total += np.bincount(holders, np.add.reduce(worth, axis=1), len(total))
    gross += np.bincount(holders, np.add.reduce(size, axis=1), len(total))
    scenarios.add_forward(market, anew.mwh)


class _ScenarioSums:
    """Sums the scenario P&L of recomputed exposures, by horizon and book.

    Attributes:
        pnl: $, shape (2 horizons, books, scenarios).
        gross: $, what the largest of them is the sum of, without signs; (2 horizons, books).
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._scenarios = desk.portfolio.scenarios
        self.pnl = np.zeros((2, len(desk.books), len(self._scenarios.dates)))
        self.gross = np.zeros((2, len(desk.books)))

    def place(self, horizon: str, at: Index) -> str:
        return f"{horizon}, {self._desk.books[at[0]]}, scenario {self._scenarios.dates[at[1]]}"

    def add(self, market: MarketBook, grid: DeliveryDay, anew: DayAnew) -> None:
        shocks = self._scenarios.shocks.get(market.market.market)
        if shocks is None or not self.pnl.size:
            return
        rows = market.tables.rows
        clock = grid.day.clock_hours
        for book in np.unique(rows.book).tolist():
            mine = np.flatnonzero(rows.book == book)
            held = anew.exposure[:, mine]
            kinds, which, hours = np.nonzero(held)
            mwh = held[kinds, which, hours]
            places = rows.location[mine[which]]
            self._add_sum(book, mwh, (kinds, shocks.hub_row[places], clock[hours]), shocks.hub)
            self._add_sum(book, mwh, (kinds, places), shocks.basis)

    def _add_sum(
        self, book: int, mwh: FloatColumn, factors: tuple[NDArray[np.int64], ...], shocks: Matrix
    ) -> None:
        """Add up the MWh of each factor before they meet its shocks."""
        shape = shocks.shape[:-1]
        flat = np.ravel_multi_index(factors, shape)
        used = np.unique(flat)
        size = int(np.prod(shape))
        moved = shocks.reshape(size, -1)[used]
        amount = np.bincount(flat, mwh, size)[used]
        gross = np.bincount(flat, np.abs(mwh), size)[used]
        self.pnl[INTRADAY, book] += np.add.reduce(moved * amount[:, None], axis=0)
        worst = np.max(np.abs(moved), axis=1, initial=0.0)
        self.gross[INTRADAY, book] += float(np.add.reduce(worst * gross))

    def add_forward(self, market: MarketBook, mwh: Matrix) -> None:
        shocks = self._scenarios.shocks.get(market.market.market)
        forward = market.forward
        if shocks is None or forward is None or not self.pnl.size:
            return
        keys, names = list(forward.keys), market.tables.locations.names
        for row, month in zip(*np.nonzero(mwh), strict=True):
            book, hub, block = keys[row]
            shock = shocks.curve.get((names[hub], block, forward.months[month]))
            if shock is not None:
                moved = shock * mwh[row, month]
                self.pnl[FORWARD, book] += moved
                self.gross[FORWARD, book] += float(np.max(np.abs(moved)))


def _largest(
    figure: str,
    kept: Matrix,
    anew: Matrix,
    gross: Matrix,
    least: float,
    place: Callable[[Index], str],
) -> Difference:
    if not kept.size:
        return Difference(figure, 0.0, "nowhere", 0.0, 0.0)
    relative = np.abs(kept - anew) / np.maximum(gross, least)
    one_only = np.isnan(kept) != np.isnan(anew)
    relative = np.where(one_only, 1.0, np.minimum(np.nan_to_num(relative), 1.0))
    at = tuple(int(number) for number in np.unravel_index(int(np.argmax(relative)), kept.shape))
    worst = float(relative[at])
    where = place(at) if worst else "nowhere"
    return Difference(figure, worst, where, float(kept[at]), float(anew[at]))
