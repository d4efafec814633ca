"""Figures that messages move, kept on one sheet: coverage, P&L, VaR and the newest prices.

What a message moves is written over what was there; the sheet is made anew only when what stands
beside the values changed: another hour or day, a feed that grew stale, another book, another
reason. Both ways give the same figures, which follow from the state alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from state.alerts import readings
from state.alerts.feeds import Feeds
from state.alerts.readings import NEVER_NS, Freshness
from state.limits.reading import Reading
from state.limits.sheet import Sheet
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.hours import row_coverage
from state.market.unmarked import told_of
from state.messages import FIRM, FloatColumn, Run
from state.moments import HOUR_NS
from state.risk.portfolio import TOTAL

if TYPE_CHECKING:
    from state.desk import Desk

_NEVER = (-1, -1)
_NO_COVERAGE = np.zeros((0, 0)), np.zeros(0)


class Figures:
    """Follows the desk.

    Attributes:
        until_ns: before when time changes no more of the sheet than values.
    """

    def __init__(self) -> None:
        self._sheet: Sheet | None = None
        self.until_ns = self._hour_ns = 0
        self._news = 0
        self._markets: list[tuple[MarketBook, list[DeliveryDay]]] = []
        self._layouts = self._rows = 0
        self._reasons: dict[str, str] = {}
        self._coverages: list[_Coverage] = []
        self._prices: list[_HubPrices] = []
        self._complete = np.zeros(0, dtype=np.bool_)
        self._var_unknown: tuple[str, ...] = ()
        self._unmarked: tuple[str, ...] = ()
        self._gained = self._var = np.zeros(0)

    def forget(self) -> None:
        """Make the sheet anew the next time."""
        self._sheet = None

    def follow(self, desk: Desk, at_ns: int) -> Sheet:
        """Return the figures as they stand.

        Args:
            desk: whose.
            at_ns: the clock.
        """
        sheet = self._sheet
        if sheet is None or at_ns >= self.until_ns or not self._keeps(desk, at_ns):
            return self._make(desk, at_ns)
        anew, gained = True, self._gained
        for market, _ in self._markets:
            market.value.follow(gained, anew=anew)
            anew = False
        self._var[:] = desk.portfolio.figures()[0][TOTAL]
        return sheet

    def stands(self, desk: Desk, at_ns: int) -> Sheet | None:
        """Return the sheet if a contract on lines can move nothing of it but values.

        Args:
            desk: whose; all that came before has been followed.
            at_ns: the clock.
        """
        layouts = 0
        for market, _ in self._markets:
            layouts += market.layouts
        same = layouts == self._layouts and desk.feeds.news == self._news
        return self._sheet if same and at_ns < self.until_ns else None

    def arrays(self, day: DeliveryDay) -> tuple[FloatColumn, ...]:
        """Return what contracts on a day's lines move on the sheet.

        P&L and VaR by book and firm; and of the day what its rows cover, and its coverage, both
        without hours where it has no load.
        """
        found = (each.arrays for each in self._coverages if each.day is day)
        return self._gained, self._var, *next(found, _NO_COVERAGE)

    def _keeps(self, desk: Desk, at_ns: int) -> bool:
        """Follow coverage and prices; say whether all but values is what it was."""
        layouts = rows = 0
        for market, days in self._markets:
            layouts += market.layouts
            for day in days:
                rows += day.edition
        news, portfolio = desk.feeds.news != self._news, desk.portfolio
        if layouts != self._layouts or (news and not self._keeps_feeds(desk, at_ns)):
            return False
        for coverage in self._coverages:
            if not coverage.follow():
                return False
        if rows != self._rows or news:
            self._rows = rows
            for prices in self._prices:
                if not prices.follow():
                    return False
        if self._unmarked != told_of([market for market, _ in self._markets], len(desk.books)):
            return False
        return portfolio.complete() is self._complete or self._keeps_var(desk)

    def _keeps_feeds(self, desk: Desk, at_ns: int) -> bool:
        self._news = desk.feeds.news
        fresh = Freshness(desk.feeds, desk.feed_watch.expected(), at_ns)
        same = all(fresh.reason(name) == reason for name, reason in self._reasons.items())
        self.until_ns = min(self._hour_ns, fresh.until_ns)
        return same

    def _keeps_var(self, desk: Desk) -> bool:
        self._complete = desk.portfolio.complete()
        return readings.var_reasons(desk.portfolio) == self._var_unknown

    # Another sheet -------------------------------------------------------------------------------

    def _make(self, desk: Desk, at_ns: int) -> Sheet:
        markets, freshness = list(desk.markets.values()), _freshness(desk, at_ns)
        loads, gained, found, prices = _read(desk, markets, freshness)
        var = len(loads) + (found[len(loads)].figure == "pnl_today")
        self._sheet = sheet = Sheet(found)
        self._gained = sheet.values_of(len(loads)) if var > len(loads) else gained
        self._var = sheet.values_of(var)
        self._complete, self._var_unknown = desk.portfolio.complete(), found[var].unknown
        self._coverages = [
            _Coverage(*load, sheet.values_of(number)) for number, load in enumerate(loads)
        ]
        for each in prices:
            each.write_to(sheet)
        self._prices = prices
        self._markets = [(market, [day for _, day in market.open_days()]) for market in markets]
        self._unmarked = told_of(markets, len(desk.books))
        self._layouts = sum(market.layouts for market in markets)
        self._rows = sum(day.edition for _, days in self._markets for day in days)
        self._note_feeds(desk, freshness)
        self._hour_ns = min((_hour_end_ns(day, at_ns) for _, day in loads), default=NEVER_NS)
        self.until_ns = min(self._hour_ns, freshness.until_ns)
        return sheet

    def _note_feeds(self, desk: Desk, freshness: Freshness) -> None:
        self._reasons = freshness.reasons
        desk.feeds.watched = frozenset(self._reasons)
        self._news = desk.feeds.news


def sheet_of(desk: Desk, at_ns: int) -> Sheet:
    """Return the figures of a desk as they stand, on a sheet that nobody goes on to write."""
    _, _, found, _ = _read(desk, list(desk.markets.values()), _freshness(desk, at_ns))
    return Sheet(found)


def _freshness(desk: Desk, at_ns: int) -> Freshness:
    return Freshness(desk.feeds, desk.feed_watch.expected(), at_ns)


def _read(
    desk: Desk, markets: list[MarketBook], freshness: Freshness
) -> tuple[list[tuple[MarketBook, DeliveryDay]], FloatColumn, list[Reading], list[_HubPrices]]:
    """Return the days with load, P&L by book and firm, all readings in order, and the prices."""
    gained = np.zeros(len(desk.books) + 1)
    for number, market in enumerate(markets):
        market.value.follow(gained, anew=not number)
    loads = [
        (market, day) for market in markets for _, day in market.open_days() if day.volumes.has_load
    ]
    found = [
        readings.coverage(market, day, _scope(market, markets), freshness) for market, day in loads
    ]
    found += readings.pnl_today(markets, desk.books, gained, freshness)
    found.append(readings.value_at_risk(desk.books, desk.portfolio))
    prices = [_HubPrices(market, desk.feeds) for market in markets]
    for each in prices:
        found.extend(each.read(freshness, len(found)))
    return loads, gained, found, prices


def _scope(market: MarketBook, markets: list[MarketBook]) -> str:
    return FIRM if len(markets) == 1 else f"{market.market.market}/{FIRM}"


def _hour_end_ns(day: DeliveryDay, at_ns: int) -> int:
    first = readings.first_hour(day, at_ns)
    return NEVER_NS if first == day.day.hours else day.day.start_ns + (first + 1) * HOUR_NS


class _Coverage:
    """Writes the coverage of a day.

    Args:
        market: whose.
        day: of the market.
        values: where to, by undelivered hour.
    """

    def __init__(self, market: MarketBook, day: DeliveryDay, values: FloatColumn) -> None:
        self._tables, self.day, self._values = market.tables, day, values
        self._rows = row_coverage(day, market.tables)
        self._edition, self._lines_edition = day.supply_edition, day.hourly.edition

    @property
    def arrays(self) -> tuple[FloatColumn, FloatColumn]:
        """What the rows cover by hour, and where coverage is written."""
        return self._rows.parts, self._values

    def follow(self) -> bool:
        """Write coverage if it moved; False if more than its values changed."""
        day = self.day
        if day.supply_edition != self._edition:
            self._edition = day.supply_edition
            before, self._rows = self._rows, row_coverage(day, self._tables)
            if self._rows is not before:
                first = before.parts.shape[1] - len(self._values)
                if before.unknown[first:] != self._rows.unknown[first:]:
                    return False
                if (before.obliged != self._rows.obliged)[first:].any():
                    return False
        elif day.hourly.edition == self._lines_edition:
            return True
        self._lines_edition = day.hourly.edition
        self._rows.write_ratio(day.hourly.physical_mw, self._values)
        return True


class _HubPrices:
    """Writes the newest prices of a market's hubs.

    Args:
        market: whose.
        feeds: what has arrived.
    """

    def __init__(self, market: MarketBook, feeds: Feeds) -> None:
        self._market, self._feeds = market, feeds
        self._feed = f"{market.market.market}/{Run.RTD}"
        self._last = readings.newest_prices(market, feeds.newest_ns(self._feed))
        self._first = 0
        self._seen = _NEVER
        self._written: list[FloatColumn] = []

    def read(self, freshness: Freshness, number: int) -> list[Reading]:
        """Return the readings; ``number`` is that of the first of them on the sheet."""
        self._first = number
        if self._last is None:
            return []
        return readings.hub_prices(self._market, self._last, freshness)

    def write_to(self, sheet: Sheet) -> None:
        """Write values on a sheet from now on."""
        if self._last is not None and len(self._last[0]):
            self._written = [sheet.values_of(self._first + number) for number in range(2)]

    def follow(self) -> bool:
        """Write prices; False if more than their values changed."""
        newest_ns, edition = self._feeds.newest_ns(self._feed), 0
        for _, day in self._market.open_days():
            edition += day.prices.edition
        if (newest_ns, edition) == self._seen:
            return True
        self._seen = newest_ns, edition
        before, self._last = self._last, readings.newest_prices(self._market, newest_ns)
        if before is None or self._last is None:
            return before is self._last
        for room, one, other in zip(self._written, before, self._last, strict=False):
            if (np.isfinite(one) != np.isfinite(other)).any():
                return False
            room[:] = other
        return True
