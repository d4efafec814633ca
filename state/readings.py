"""Figures as the limits read them: one function a figure, from the markets to a reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from state.calendar import HOUR_NS, MarketDay, local_midnight_ns
from state.delivery_day import DeliveryDay
from state.feeds import Feeds, age_text
from state.hours import coverage_figures
from state.limits.reading import FEED_SEPARATOR, Reading
from state.market_book import MarketBook
from state.messages import FloatColumn, Run
from state.policy.schema import Feed
from state.prices import DA, RTD
from state.risk.portfolio import TOTAL, Portfolio

FIRM = "firm"


class Freshness:
    """Says which feeds a figure cannot stand on at the tick.

    Args:
        feeds: what has arrived.
        expected: what the policies expect, by feed.
        tick_ns: the clock.
    """

    def __init__(self, feeds: Feeds, expected: dict[str, Feed], tick_ns: int) -> None:
        self._feeds = feeds
        self._expected = expected
        self.tick_ns = tick_ns
        self._reasons: dict[str, str] = {}

    def newest_ns(self, name: str) -> int:
        """Return the start of a feed's newest interval."""
        return self._feeds.newest_ns(name)

    def stale(self, names: Sequence[str]) -> str:
        """Return why figures on these feeds cannot be trusted; empty if they can."""
        for name in names:
            reason = self._reasons.get(name)
            if reason is None:
                reason = self._reasons[name] = self._stale(name)
            if reason:
                return reason
        return ""

    def _stale(self, name: str) -> str:
        expected = self._expected.get(name)
        age = self._feeds.age_seconds(name, self.tick_ns)
        if expected is None or not age > expected.stale_after_seconds:
            return ""
        market, _, feed = name.partition("/")
        return f"{market} {feed.replace('_', ' ')} is {age_text(age)} old"


class _Columns(NamedTuple):
    """What stays the same of a reading while its values move."""

    scopes: tuple[str, ...]
    periods: tuple[str, ...]
    starts_ns: tuple[int, ...]
    ends_ns: tuple[int, ...]
    inputs: tuple[str, ...]

    def reading(
        self,
        figure: str,
        unit: str,
        values: FloatColumn,
        unknown: tuple[str, ...],
        applicable: NDArray[np.bool_],
    ) -> Reading:
        """Return a reading of these columns."""
        return Reading(
            figure,
            unit,
            self.scopes,
            self.periods,
            self.starts_ns,
            self.ends_ns,
            values,
            unknown,
            applicable,
            self.inputs,
        )


class Readings:
    """Reads the figures of the desk; what did not move since the last time is the same object."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[tuple[Any, ...], list[Reading]]] = {}

    def forget(self) -> None:
        """Read everything anew the next time."""
        self._kept.clear()

    def read(
        self,
        markets: Sequence[MarketBook],
        names: list[str],
        portfolio: Portfolio,
        value_usd: FloatColumn,
        freshness: Freshness,
    ) -> Iterator[Reading]:
        """Yield the figures that moved: coverage, P&L, VaR, hub prices."""
        for book in markets:
            yield from self._coverage(book, freshness, alone=len(markets) == 1)
        yield from pnl_today(markets, names, value_usd, freshness)
        yield value_at_risk(names, portfolio)
        for book in markets:
            yield from self._hub_prices(book, freshness)

    def _moved(
        self, slot: str, stamp: tuple[Any, ...], read: Callable[[], list[Reading]]
    ) -> list[Reading]:
        kept = self._kept.get(slot)
        if kept is not None and kept[0] == stamp:
            return []
        found = read()
        self._kept[slot] = (stamp, found)
        return found

    def _coverage(
        self, book: MarketBook, freshness: Freshness, *, alone: bool
    ) -> Iterator[Reading]:
        name = book.market.market
        stale = freshness.stale((f"{name}/load_forecast",))
        scope = FIRM if alone else f"{name}/{FIRM}"
        for day, grid in book.open_days():
            if grid.volumes.has_load:
                first = max(0, (freshness.tick_ns - grid.day.start_ns) // HOUR_NS)
                first = min(first, grid.day.hours)
                lines = grid.hourly.physical_mw.tobytes()
                stamp = (grid.supply_edition, lines, first, stale, scope)
                read = partial(_coverage, book, grid, scope, first, stale)
                yield from self._moved(f"coverage/{name}/{day}", stamp, read)

    def _hub_prices(self, book: MarketBook, freshness: Freshness) -> list[Reading]:
        feed = f"{book.market.market}/{Run.RTD}"
        newest_ns, stale = freshness.newest_ns(feed), freshness.stale((feed,))
        grid = next((day for _, day in book.open_days() if _holds(day.day, newest_ns)), None)
        if grid is None:
            return []
        stamp = (grid.day.day, grid.edition, newest_ns, stale, len(book.tables.locations))
        read = partial(_hub_prices, book, grid, newest_ns, stale)
        return self._moved(f"hub_prices/{feed}", stamp, read)


@lru_cache(maxsize=64)
def _hour_columns(day: MarketDay, scope: str, first: int, feed: str) -> _Columns:
    left = range(first, day.hours)
    starts = tuple(day.start_ns + hour * HOUR_NS for hour in left)
    return _Columns(
        scopes=(scope,) * len(left),
        periods=tuple(f"{day.day} HE{day.hour_labels[hour]}" for hour in left),
        starts_ns=starts,
        ends_ns=tuple(start + HOUR_NS for start in starts),
        inputs=(feed,) * len(left),
    )


@lru_cache(maxsize=64)
def _reasons(unknown: tuple[str, ...], stale: str) -> tuple[str, ...]:
    return tuple(reason or stale for reason in unknown)


def _coverage(
    book: MarketBook, grid: DeliveryDay, scope: str, first: int, stale: str
) -> list[Reading]:
    """Read the coverage of every undelivered hour."""
    ratio, unknown = coverage_figures(grid, book.tables)
    columns = _hour_columns(grid.day, scope, first, f"{book.market.market}/load_forecast")
    values = ratio[first:]
    reasons = _reasons(unknown[first:], stale)
    return [columns.reading("coverage", "ratio", values, reasons, np.isfinite(values))]


def pnl_today(
    books: Sequence[MarketBook], names: list[str], pnl: FloatColumn, freshness: Freshness
) -> list[Reading]:
    """Read the P&L of the market day of every book and of the firm; none before it begins."""
    first = next(iter(books), None)
    today = first.today if first else None
    if first is None or today is None:
        return []
    inputs = tuple(f"{book.market.market}/RTD" for book in books)
    nodes = _node_columns(
        tuple(names), today, first.calendar.time_zone, FEED_SEPARATOR.join(inputs)
    )
    unknown = (freshness.stale(inputs),) * len(pnl)
    return [nodes.reading("pnl_today", "$", pnl, unknown, _all_apply(len(pnl)))]


def value_at_risk(names: list[str], portfolio: Portfolio) -> Reading:
    """Read VaR of every book and of the firm, both horizons together."""
    var, _ = portfolio.figures()
    unknown = _var_reasons(portfolio.complete()[TOTAL].tobytes(), bool(portfolio.scenarios.dates))
    nodes = _node_columns(tuple(names), None, "", "")
    return nodes.reading("var", "$", var[TOTAL], unknown, _all_apply(len(unknown)))


@lru_cache(maxsize=64)
def _var_reasons(complete: bytes, has_history: bool) -> tuple[str, ...]:  # noqa: FBT001 - a key
    if not has_history:
        return ("no factor history",) * len(complete)
    return tuple("" if whole else "some exposure is not covered" for whole in complete)


@lru_cache(maxsize=16)
def _all_apply(count: int) -> NDArray[np.bool_]:
    return np.ones(count, dtype=np.bool_)


@lru_cache(maxsize=64)
def _node_columns(names: tuple[str, ...], day: date | None, time_zone: str, feeds: str) -> _Columns:
    """Return the columns of a figure of every book and of the firm, of a market day or of none."""
    period, start_ns, end_ns = "", 0, 0
    if day is not None:
        period, start_ns = day.isoformat(), local_midnight_ns(day, time_zone)
        end_ns = local_midnight_ns(day + timedelta(days=1), time_zone)
    count = len(names) + 1
    return _Columns(
        scopes=(*names, FIRM),
        periods=(period,) * count,
        starts_ns=(start_ns,) * count,
        ends_ns=(end_ns,) * count,
        inputs=(feeds,) * count,
    )


def _hub_prices(book: MarketBook, grid: DeliveryDay, newest_ns: int, stale: str) -> list[Reading]:
    """Read the newest real-time price of every hub, and its spread to day-ahead."""
    hubs = book.tables.locations.hubs
    interval = (newest_ns - grid.day.start_ns) // grid.day.step_ns
    rtd, da = grid.prices.published[RTD, hubs, interval], grid.prices.published[DA, hubs, interval]
    count, names = len(hubs), tuple(book.tables.locations.names[hub] for hub in hubs)
    feeds = (f"{book.market.market}/RTD",) * count
    columns = _Columns(names, ("",) * count, (0,) * count, (0,) * count, feeds)
    return [
        columns.reading(
            figure,
            "$/MWh",
            values,
            tuple(stale or ("" if np.isfinite(value) else "not published") for value in values),
            _all_apply(count),
        )
        for figure, values in (("rtd_price", rtd), ("rtd_da_spread", rtd - da))
        if count
    ]


def _holds(day: MarketDay, at_ns: int) -> bool:
    return day.start_ns <= at_ns < day.end_ns


def feed_ages(names: Sequence[str], feeds: Feeds, tick_ns: int) -> Reading:
    """Read the age of feeds, s."""
    ages = np.array([feeds.age_seconds(name, tick_ns) for name in names])
    count, own = len(names), tuple(names)
    columns = _Columns(own, ("",) * count, (0,) * count, (0,) * count, own)
    return columns.reading("feed_age", "s", ages, ("",) * count, _all_apply(count))
