"""Figures as the limits read them: one function a figure, from the markets to a reading."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from state.calendar import HOUR_NS, MarketDay, local_midnight_ns
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
        self._tick_ns = tick_ns

    def stale(self, names: Sequence[str]) -> str:
        """Return why figures on these feeds cannot be trusted; empty if they can."""
        for name in names:
            expected = self._expected.get(name)
            age = self._feeds.age_seconds(name, self._tick_ns)
            if expected is not None and age > expected.stale_after_seconds:
                market, _, feed = name.partition("/")
                return f"{market} {feed.replace('_', ' ')} is {age_text(age)} old"
        return ""


def coverage(books: Sequence[MarketBook], freshness: Freshness, tick_ns: int) -> list[Reading]:
    """Read the coverage of every undelivered hour of every market with a load."""
    readings = []
    for book in books:
        scope = FIRM if len(books) == 1 else f"{book.market.market}/{FIRM}"
        inputs = (f"{book.market.market}/load_forecast",)
        stale = freshness.stale(inputs)
        for day, grid in book.open_days():
            if not grid.volumes.is_load.any():
                continue
            first = max(0, (tick_ns - grid.day.start_ns) // HOUR_NS)
            left = range(min(first, grid.day.hours), grid.day.hours)
            ratio, unknown = coverage_figures(grid, book.tables)
            starts = [grid.day.start_ns + hour * HOUR_NS for hour in left]
            values = ratio[left.start :]
            reading = Reading(
                figure="coverage",
                unit="ratio",
                scopes=(scope,) * len(left),
                periods=tuple(f"{day} HE{grid.day.hour_labels[hour]}" for hour in left),
                period_starts_ns=tuple(starts),
                period_ends_ns=tuple(start + HOUR_NS for start in starts),
                values=values,
                unknown=tuple(unknown[hour] or stale for hour in left),
                applicable=np.isfinite(values),
                inputs=(FEED_SEPARATOR.join(inputs),) * len(left),
            )
            readings.append(reading)
    return readings


def pnl_today(
    books: Sequence[MarketBook], names: list[str], pnl: FloatColumn, freshness: Freshness
) -> list[Reading]:
    """Read the P&L of the market day of every book and of the firm; none before it begins."""
    first = next(iter(books), None)
    today = first.today if first else None
    if first is None or today is None:
        return []
    zone = first.calendar.time_zone
    inputs = [f"{book.market.market}/RTD" for book in books]
    reading = _by_node(
        names,
        pnl,
        figure="pnl_today",
        period=(
            today.isoformat(),
            local_midnight_ns(today, zone),
            local_midnight_ns(today + timedelta(days=1), zone),
        ),
        unknown=[freshness.stale(inputs)] * (len(names) + 1),
        inputs=FEED_SEPARATOR.join(inputs),
    )
    return [reading]


def value_at_risk(names: list[str], portfolio: Portfolio) -> Reading:
    """Read VaR of every book and of the firm, both horizons together."""
    var, _ = portfolio.figures()
    complete = portfolio.complete()[TOTAL]
    reasons = ["" if whole else "some exposure is not covered" for whole in complete]
    if not portfolio.scenarios.dates:
        reasons = ["no factor history"] * len(reasons)
    return _by_node(names, var[TOTAL], figure="var", period=("", 0, 0), unknown=reasons, inputs="")


def _by_node(
    names: list[str],
    values: FloatColumn,
    *,
    figure: str,
    period: tuple[str, int, int],
    unknown: list[str],
    inputs: str,
) -> Reading:
    count = len(names) + 1
    return Reading(
        figure=figure,
        unit="$",
        scopes=(*names, FIRM),
        periods=(period[0],) * count,
        period_starts_ns=(period[1],) * count,
        period_ends_ns=(period[2],) * count,
        values=values,
        unknown=tuple(unknown),
        applicable=np.ones(count, dtype=np.bool_),
        inputs=(inputs,) * count,
    )


def hub_prices(book: MarketBook, feeds: Feeds, freshness: Freshness) -> list[Reading]:
    """Read the newest real-time price of every hub, and its spread to day-ahead."""
    newest_ns = feeds.newest_ns(f"{book.market.market}/{Run.RTD}")
    grid = next((day for _, day in book.open_days() if _holds(day.day, newest_ns)), None)
    hubs = book.tables.locations.hubs
    if grid is None or not hubs:
        return []
    interval = (newest_ns - grid.day.start_ns) // grid.day.step_ns
    rtd, da = grid.prices.published[RTD, hubs, interval], grid.prices.published[DA, hubs, interval]
    inputs = f"{book.market.market}/RTD"
    stale = freshness.stale([inputs])
    names = tuple(book.tables.locations.names[hub] for hub in hubs)
    return [
        Reading(
            figure=figure,
            unit="$/MWh",
            scopes=names,
            periods=("",) * len(names),
            period_starts_ns=(0,) * len(names),
            period_ends_ns=(0,) * len(names),
            values=values,
            unknown=tuple(
                "" if np.isfinite(value) and not stale else stale or "not published"
                for value in values
            ),
            applicable=np.ones(len(names), dtype=np.bool_),
            inputs=(inputs,) * len(names),
        )
        for figure, values in (("rtd_price", rtd), ("rtd_da_spread", rtd - da))
    ]


def _holds(day: MarketDay, at_ns: int) -> bool:
    return day.start_ns <= at_ns < day.end_ns


def feed_ages(names: Sequence[str], feeds: Feeds, tick_ns: int) -> Reading:
    """Read the age of feeds, s."""
    ages = np.array([feeds.age_seconds(name, tick_ns) for name in names])
    count = len(names)
    return Reading(
        figure="feed_age",
        unit="s",
        scopes=tuple(names),
        periods=("",) * count,
        period_starts_ns=(0,) * count,
        period_ends_ns=(0,) * count,
        values=ages,
        unknown=("",) * count,
        applicable=np.ones(count, dtype=np.bool_),
        inputs=tuple(names),
    )
