"""Figures as the limits read them: one function a figure, from the markets to a reading."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from state.alerts.feeds import Feeds, age_text
from state.arrays import Flags
from state.calendar import MarketDay, local_midnight_ns
from state.limits.reading import FEED_SEPARATOR, Reading
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.hours import row_coverage
from state.market.prices import DA, RTD
from state.market.unmarked import told_of
from state.messages import FIRM, FloatColumn, Run
from state.moments import HOUR_NS, SECOND_NS
from state.policy.schema import Feed
from state.risk.portfolio import TOTAL, Portfolio

NEVER_NS = 2**62
"""Later than any tick."""


class Freshness:
    """Says which feeds a figure cannot stand on at the tick.

    Args:
        feeds: what has arrived.
        expected: what the policies expect, by feed.
        tick_ns: the clock.

    Attributes:
        reasons: why figures on a feed cannot be trusted, of every feed asked about; empty if
            they can.
        until_ns: before then, none of them changes unless something arrives.
    """

    def __init__(self, feeds: Feeds, expected: dict[str, Feed], tick_ns: int) -> None:
        self._feeds = feeds
        self._expected = expected
        self.tick_ns = tick_ns
        self.reasons: dict[str, str] = {}
        self.until_ns = NEVER_NS

    def stale(self, names: Sequence[str]) -> str:
        """Return why figures on these feeds cannot be trusted; empty if they can."""
        return next(filter(None, [self.reason(name) for name in names]), "")

    def reason(self, name: str) -> str:
        """Return why figures on a feed cannot be trusted; empty if they can."""
        found = self.reasons.get(name)
        if found is None:
            found = self.reasons[name] = self._reason(name)
        return found

    def _reason(self, name: str) -> str:
        expected = self._expected.get(name)
        if expected is None:
            return ""
        age, most = self._feeds.age_seconds(name, self.tick_ns), expected.stale_after_seconds
        if not age > most:
            left_ns = int((most - age) * SECOND_NS)
            self.until_ns = min(self.until_ns, self.tick_ns + max(1, left_ns))
            return ""
        self.until_ns = self.tick_ns + 1  # it says how old the feed is
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
        applicable: Flags,
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


def coverage(market: MarketBook, grid: DeliveryDay, scope: str, freshness: Freshness) -> Reading:
    """Read the coverage of every undelivered hour of a day."""
    feed, first = f"{market.market.market}/load_forecast", first_hour(grid, freshness.tick_ns)
    rows = row_coverage(grid, market.tables)
    reasons = _reasons(rows.unknown[first:], freshness.stale((feed,)))
    columns = _hour_columns(grid.day, scope, first, feed)
    values = rows.ratio(grid.hourly.physical_mw)[first:]
    return columns.reading("coverage", "ratio", values, reasons, rows.obliged[first:])


def first_hour(grid: DeliveryDay, tick_ns: int) -> int:
    """Return the first hour of a day that is not over; one more than the last if all are."""
    return min(max(0, (tick_ns - grid.day.start_ns) // HOUR_NS), grid.day.hours)


def pnl_today(
    books: Sequence[MarketBook], names: list[str], pnl: FloatColumn, freshness: Freshness
) -> list[Reading]:
    """Read the P&L of the market day of every book and of the firm; none before it begins.

    It is not known of a book that holds MWh without a mark (``state.market.unmarked``).
    """
    first = next(iter(books), None)
    today = first.today if first else None
    if first is None or today is None:
        return []
    inputs = tuple(f"{book.market.market}/RTD" for book in books)
    nodes = _node_columns(
        tuple(names), today, first.calendar.time_zone, FEED_SEPARATOR.join(inputs)
    )
    unknown = _reasons(told_of(books, len(names)), freshness.stale(inputs))
    return [nodes.reading("pnl_today", "$", pnl, unknown, _all_apply(len(pnl)))]


def value_at_risk(names: list[str], portfolio: Portfolio) -> Reading:
    """Read VaR of every book and of the firm, both horizons together."""
    var, _ = portfolio.figures()
    unknown = var_reasons(portfolio)
    nodes = _node_columns(tuple(names), None, "", "")
    return nodes.reading("var", "$", var[TOTAL], unknown, _all_apply(len(unknown)))


def var_reasons(portfolio: Portfolio) -> tuple[str, ...]:
    """Return why VaR of each book and of the firm cannot be trusted; empty where it can."""
    return _var_reasons(portfolio.complete()[TOTAL].tobytes(), bool(portfolio.scenarios.dates))


@lru_cache(maxsize=64)
def _var_reasons(complete: bytes, has_history: bool) -> tuple[str, ...]:  # noqa: FBT001 - a key
    if not has_history:
        return ("no factor history",) * len(complete)
    return tuple("" if whole else "some exposure is not covered" for whole in complete)


@lru_cache(maxsize=16)
def _all_apply(count: int) -> Flags:
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


def newest_prices(market: MarketBook, newest_ns: int) -> tuple[FloatColumn, FloatColumn] | None:
    """Return the newest real-time price of every hub and its spread to day-ahead, $/MWh.

    Args:
        market: whose.
        newest_ns: start of the newest interval.

    Returns:
        Both, by hub; None when no day that is not over holds the interval.
    """
    days = (day for _, day in market.open_days())
    grid = next((day for day in days if day.day.start_ns <= newest_ns < day.day.end_ns), None)
    if grid is None:
        return None
    interval = (newest_ns - grid.day.start_ns) // grid.day.step_ns
    at = market.tables.locations.hubs, interval
    rtd, da = grid.prices.published[RTD, *at], grid.prices.published[DA, *at]
    return rtd, rtd - da


def hub_prices(
    market: MarketBook, prices: tuple[FloatColumn, FloatColumn], freshness: Freshness
) -> list[Reading]:
    """Read the newest real-time price of every hub, and its spread to day-ahead."""
    locations, feed = market.tables.locations, f"{market.market.market}/{Run.RTD}"
    count, stale = len(locations.hubs), freshness.stale((feed,))
    names = tuple(locations.names[hub] for hub in locations.hubs)
    columns = _Columns(names, ("",) * count, (0,) * count, (0,) * count, (feed,) * count)
    return [
        columns.reading(
            figure,
            "$/MWh",
            values,
            tuple(stale or ("" if np.isfinite(value) else "not published") for value in values),
            _all_apply(count),
        )
        for figure, values in zip(("rtd_price", "rtd_da_spread"), prices, strict=True)
        if count
    ]


def feed_ages(names: Sequence[str], feeds: Feeds, tick_ns: int) -> Reading:
    """Read the age of feeds, s."""
    ages = np.array([feeds.age_seconds(name, tick_ns) for name in names])
    count, own = len(names), tuple(names)
    columns = _Columns(own, ("",) * count, (0,) * count, (0,) * count, own)
    return columns.reading("feed_age", "s", ages, ("",) * count, _all_apply(count))
