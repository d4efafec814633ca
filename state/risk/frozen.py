"""The book as it stood when its VaR was struck, and what it gained by the prices that came.

Exposures and price differences are those of the scenarios (docs/meanings.md, "Risk" and
"Backtest"): each leg moves by the mean, over the intervals it was exposed in, of the price still
to come less the price it was marked at; a leg without a day-ahead price by the day-ahead price of
its hour less that of the date before. Nothing that happens to the position later changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from state.arrays import Flags, Matrix, Numbers
from state.contracts.certificates import factor_of
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.forward import NOTHING
from state.market.prices import DA, FMM, RTD
from state.messages import Block, FloatColumn
from state.risk.held_day import exposed_mwh
from state.risk.kinds import DAY_ON_DAY, FMM_LESS_DA, KINDS, RTD_LESS_DA, RTD_LESS_FMM

PlacesHours = tuple[Numbers, Numbers]
Factor = tuple[str, Block, str]
Position = tuple[Factor, int, float]
"""Risk factor, book and quantity."""

_TO_COME = {DAY_ON_DAY: DA, FMM_LESS_DA: FMM, RTD_LESS_DA: RTD, RTD_LESS_FMM: RTD}
_MARKED_AT = {FMM_LESS_DA: DA, RTD_LESS_DA: DA, RTD_LESS_FMM: FMM}
_CLOCK_HOURS = 24

_LEG_COLUMNS = ("kinds", "places", "books", "hours", "members", "mwh", "mark")


@dataclass(eq=False)
class FrozenLegs:
    """The exposures of one market day: columns of one length, by kind, place, book and hour.

    What is not level over the exposed intervals of an hour is a leg for each of them.

    Attributes:
        kinds: of shock (``state.risk.factors``).
        hours: of the day, from 0.
        members: bit i is set where the leg was exposed in interval i of the hour.
        mwh: exposed, + long.
        mark: $/MWh, the mean of what its intervals were marked at; NaN where not known then.
    """

    market: str
    day: date
    kinds: Numbers
    places: Numbers
    books: Numbers
    hours: Numbers
    members: Numbers
    mwh: FloatColumn
    mark: FloatColumn

    @property
    def waits_for_delivery(self) -> bool:
        """Whether any leg settles at a real-time price."""
        return bool((self.kinds != DAY_ON_DAY).any())

    def observed(self, market: MarketBook) -> tuple[Numbers, FloatColumn]:
        """Return the book of each leg and what it gained, $; NaN where a price has not come."""
        return self.books, self.observed_usd(market)

    def observed_usd(self, market: MarketBook) -> FloatColumn:
        """Return what each leg gained, $; NaN where a price has not come (yet)."""
        grid = market.days.get(self.day)
        if grid is None:
            return np.full(len(self.mwh), np.nan)
        to_come = np.full(len(self.mwh), np.nan)
        for kind in _TO_COME:
            legs = np.flatnonzero(self.kinds == kind)
            at = self.places[legs], self.hours[legs]
            to_come[legs] = mean_to_come(grid, kind, at, self.members[legs])
        mark = np.where(np.isnan(self.mark), self.mark_of_date_before(market), self.mark)
        return np.asarray(self.mwh * (to_come - mark))

    def mark_of_date_before(self, market: MarketBook) -> FloatColumn:
        """Return what each leg on the change from day to day is marked at; NaN for the others."""
        mark = np.full(len(self.mwh), np.nan)
        legs = np.flatnonzero(self.kinds == DAY_ON_DAY)
        mark[legs] = day_ahead_before(market, self.day, (self.places[legs], self.hours[legs]))
        return mark

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restored` needs."""
        columns = {name: getattr(self, name) for name in _LEG_COLUMNS}
        return {"market": self.market, "day": self.day.isoformat(), **columns}

    @classmethod
    def restored(cls, saved: dict[str, Any]) -> FrozenLegs:
        """Take over a snapshot."""
        columns = {name: saved[name] for name in _LEG_COLUMNS}
        return cls(market=saved["market"], day=date.fromisoformat(saved["day"]), **columns)


def freeze_legs(market: MarketBook) -> list[FrozenLegs]:
    """Return the intraday exposures of a market as they stand."""
    frozen = (_freeze_day(market, day, grid) for day, grid in market.days.items())
    return [legs for legs in frozen if legs is not None]


def _freeze_day(market: MarketBook, day: date, grid: DeliveryDay) -> FrozenLegs | None:
    rows = market.tables.rows
    if grid.realised[rows.location].all():
        return None
    by_interval = _by_hour(grid, exposed_mwh(grid, market.tables, slice(None)))
    kinds, held, hours = np.nonzero(by_interval.any(axis=-1))
    if not len(kinds):
        return None
    exposed = exposed_intervals(grid)[kinds, rows.location[held], hours]
    legs, members, mwh = _legs_of(by_interval[kinds, held, hours], exposed)
    kinds, held, hours = kinds[legs], held[legs], hours[legs]
    places = rows.location[held]
    frozen = FrozenLegs(
        market=market.market.market,
        day=day,
        kinds=kinds,
        places=places,
        books=rows.book[held],
        hours=hours,
        members=members,
        mwh=mwh,
        mark=np.full(len(kinds), np.nan),
    )
    for kind in _MARKED_AT:
        legs = np.flatnonzero(kinds == kind)
        frozen.mark[legs] = mark_of_kind(grid, kind, (places[legs], hours[legs]), members[legs])
    before = frozen.mark_of_date_before(market)
    frozen.mark = np.where(kinds == DAY_ON_DAY, before, frozen.mark)
    return frozen


def _legs_of(mwh: Matrix, exposed: Flags) -> tuple[Numbers, Numbers, FloatColumn]:
    """Return the legs of hours: one each where they are level, else one an interval.

    Args:
        mwh: by hour and interval.
        exposed: in which intervals, of the same shape.

    Returns:
        Of each leg its hour, its intervals as bits, and MWh.
    """
    most = np.max(mwh, axis=1, where=exposed, initial=-np.inf)
    level = most == np.min(mwh, axis=1, where=exposed, initial=np.inf)
    whole = np.flatnonzero(level)
    uneven, at = np.nonzero(np.where(level[:, None], 0.0, mwh))
    members = np.append(members_of(exposed[whole]), np.left_shift(1, at))
    amounts = np.append(np.add.reduce(mwh[whole], axis=1), mwh[uneven, at])
    return np.append(whole, uneven), members, amounts


def exposed_intervals(grid: DeliveryDay) -> Flags:
    """Return in which intervals a kind of shock counts, (kinds, places, hours, per hour)."""
    da, fmm, rtd = np.isfinite(grid.prices.published)
    exposed = np.zeros((KINDS, *da.shape), dtype=np.bool_)
    exposed[DAY_ON_DAY] = ~da
    exposed[FMM_LESS_DA] = da & ~fmm
    exposed[RTD_LESS_DA] = da & ~fmm & ~rtd
    exposed[RTD_LESS_FMM] = da & fmm & ~rtd
    return np.asarray(_by_hour(grid, exposed & ~grid.realised))


def members_of(exposed: Flags) -> Numbers:
    """Return the exposed intervals of each hour, the last axis, as bits: bit i of interval i."""
    bits = np.left_shift(1, np.arange(exposed.shape[-1]))
    return np.asarray(np.add.reduce(np.where(exposed, bits, 0), axis=-1))


def _by_hour(grid: DeliveryDay, columns: Any) -> Any:
    return columns.reshape(*columns.shape[:-1], grid.day.hours, grid.day.per_hour)


def mean_to_come(grid: DeliveryDay, kind: int, at: PlacesHours, members: Numbers) -> FloatColumn:
    """Return the price a kind of exposure waits for: the mean over the intervals in ``members``.

    Args:
        grid: the day.
        kind: of shock.
        at: places and hours of the day, columns of one length.
        members: bit i of interval i of the hour.

    Returns:
        $/MWh; NaN where a price of one of the intervals is not published.
    """
    return _mean_price(grid, _TO_COME[kind], at, members)


def mark_of_kind(grid: DeliveryDay, kind: int, at: PlacesHours, members: Numbers) -> FloatColumn:
    """Return what a kind of exposure is marked at, likewise; not for day on day."""
    return _mean_price(grid, _MARKED_AT[kind], at, members)


def _mean_price(grid: DeliveryDay, run: int, at: PlacesHours, members: Numbers) -> FloatColumn:
    prices = _by_hour(grid, grid.prices.published[run])[at]
    chosen = (members[:, None] >> np.arange(grid.day.per_hour)) & 1 == 1
    count = np.add.reduce(chosen, axis=1)
    total = np.add.reduce(np.where(chosen, prices, 0.0), axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def day_ahead_before(market: MarketBook, day: date, at: PlacesHours) -> FloatColumn:
    """Return the day-ahead price of the date before in the same clock hours, NaN if unknown."""
    places, hours = at
    levels = day_ahead_levels(market, day - timedelta(days=1))
    found = np.full(len(places), np.nan)
    known = places < len(levels)
    clock = market.days[day].day.clock_hours[hours]
    found[known] = levels[places[known], clock[known]]
    return found


def day_ahead_levels(market: MarketBook, day: date) -> Matrix:
    """Return a date's day-ahead price by place and local clock hour, NaN where unknown.

    As in the factor history: of a repeated hour the first, for a skipped hour the one before.
    """
    grid = market.days.get(day)
    if grid is None:
        return np.full((len(market.tables.locations), _CLOCK_HOURS), np.nan)
    by_hour = _by_hour(grid, grid.prices.published[DA])
    prices = np.add.reduce(by_hour, axis=2) / grid.day.per_hour
    levels = np.full((len(prices), _CLOCK_HOURS), np.nan)
    for number in reversed(range(grid.day.hours)):
        levels[:, grid.day.clock_hours[number]] = prices[:, number]
    for skipped in sorted(set(range(1, _CLOCK_HOURS)) - set(grid.day.clock_hours.tolist())):
        levels[:, skipped] = levels[:, skipped - 1]
    return levels


@dataclass(eq=False)
class FrozenForward:
    """What one market holds that is marked by one feed: columns of one length.

    That is its forward position, or what is held rather than delivered.

    Attributes:
        keys: of the risk factors: hub name, block and delivery month, or ``product:kind``, flat
            and period.
        quantity: MWh or units, + long.
        mark: $ each as it stood.
        feed: the marks come by.
        publications: how many times they had come by then.
    """

    market: str
    keys: list[Factor]
    books: Numbers
    quantity: FloatColumn
    mark: FloatColumn
    feed: str
    publications: int

    def observed_usd(self, market: MarketBook) -> FloatColumn:
        """Return what each position gained by the marks there are now, $."""
        return self.quantity * (_marks(market, self.keys) - self.mark)

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restored` needs."""
        return {**vars(self), "keys": [list(key) for key in self.keys]}

    @classmethod
    def restored(cls, saved: dict[str, Any]) -> FrozenForward:
        """Take over a snapshot."""
        keys = [(name, Block(block), period) for name, block, period in saved["keys"]]
        return cls(**(saved | {"keys": keys}))


def freeze_forward(market: MarketBook, published: Callable[[str], int]) -> list[FrozenForward]:
    """Return what a market holds beyond tomorrow and rather than delivered, as it stands.

    Args:
        market: whose.
        published: how many times a feed has come.
    """
    name = market.market.market
    by_feed = {f"{name}/curve": _forward(market), f"{name}/product_marks": _units(market)}
    found = []
    for feed, positions in by_feed.items():
        if positions:
            keys, books, quantity = zip(*positions, strict=True)
            frozen = FrozenForward(
                market=name,
                keys=list(keys),
                books=np.array(books, dtype=np.int64),
                quantity=np.array(quantity),
                mark=_marks(market, keys),
                feed=feed,
                publications=published(feed),
            )
            found.append(frozen)
    return found


def _forward(market: MarketBook) -> list[Position]:
    forward, names = market.forward, market.tables.locations.names
    if forward is None:
        return []
    holders = list(forward.keys)
    found: list[Position] = []
    for row, month in zip(*np.nonzero(forward.mwh[: len(holders)]), strict=True):
        book, hub, block = holders[row]
        key = names[hub], block, forward.months[month]
        found.append((key, book, float(forward.mwh[row, month])))
    return found


def _units(market: MarketBook) -> list[Position]:
    return [
        (factor_of(key[1:]), key[0], units)
        for key, units in market.certificates.exposed()
        if abs(units) > NOTHING
    ]


def _marks(market: MarketBook, keys: Iterable[Factor]) -> FloatColumn:
    """Return the mark of each factor, NaN without one; no block of a curve is flat."""
    marks = {factor_of(mark): price for mark, price in market.certificates.marks.items()}
    if market.forward is not None:
        marks |= market.forward.marks
    return np.array([marks.get(key, np.nan) for key in keys])
