"""At which levels relative changes are struck: the prices of now, from interval to interval.

A relative scenario is a shock in $/MWh: a level times a past ratio. The level is the newest price
of the factor: of a forward price its mark; of an hour of a hub what its run published for the next
delivery of that clock hour, today's until it is over, else for the last one; before any of these
the last level of the history. All are looked at when scenarios are made and when a settlement
interval ends, and where one moved the scenario P&L is made anew: it is the same sum as ever, so
figures are as exact as those of absolute changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from state.arrays import Flags, Matrix, Numbers
from state.messages import Block
from state.risk.changes import Changes

if TYPE_CHECKING:
    from state.market.book import MarketBook
    from state.market.delivery_day import DeliveryDay

CurveKey = tuple[str, Block, str]

_RUNS, _CLOCK_HOURS = 3, 24


@dataclass
class Levels:
    """Prices of now, $/MWh.

    Attributes:
        hubs: by market, shape (3 runs, hubs, 24 clock hours); NaN where none is known.
        curves: by market, then hub, block and month.
    """

    hubs: dict[str, Matrix] = field(default_factory=dict)
    curves: dict[str, dict[CurveKey, float]] = field(default_factory=dict)

    def differs(self, other: Levels) -> bool:
        """Say whether any level is another one."""
        if self.curves != other.curves or self.hubs.keys() != other.hubs.keys():
            return True
        pairs = [(own, other.hubs[market]) for market, own in self.hubs.items()]
        return not all(np.array_equal(own, theirs, equal_nan=True) for own, theirs in pairs)

    def of_hub(self, market: str, row: int) -> Matrix:
        """Return the levels of a hub, shape (3 runs, 24 clock hours)."""
        known = self.hubs.get(market)
        return np.full((_RUNS, _CLOCK_HOURS), np.nan) if known is None else known[:, row]

    def of_curve(self, market: str, key: CurveKey) -> float:
        """Return the mark of a hub, block and month; NaN without."""
        return self.curves.get(market, {}).get(key, float("nan"))

    def saved(self) -> dict[str, Any]:
        """Return what :meth:`restored` needs; nothing where changes are absolute."""
        if not self.hubs and not self.curves:
            return {}
        curves = [
            [market, hub, str(block), month, level]
            for market, marks in self.curves.items()
            for (hub, block, month), level in marks.items()
        ]
        return {"struck": {"hubs": self.hubs, "markets": list(self.curves), "curves": curves}}

    @classmethod
    def restored(cls, saved: dict[str, Any] | None) -> Levels:
        """Take over what was saved."""
        if saved is None:
            return cls()
        curves: dict[str, dict[CurveKey, float]] = {market: {} for market in saved["markets"]}
        for market, hub, block, month, level in saved["curves"]:
            curves[market][hub, Block(block), month] = level
        return cls(saved["hubs"], curves)


def levels_now(markets: Iterable[MarketBook], *, hours: Changes, curves: Changes) -> Levels:
    """Return the levels of the factors whose changes are relative."""
    found = Levels()
    for market in markets:
        name = market.market.market
        if hours is Changes.RELATIVE:
            found.hubs[name] = _hubs_now(market)
        if curves is Changes.RELATIVE:
            marks = {} if market.forward is None else market.forward.marks
            found.curves[name] = {key: mark for key, mark in marks.items() if np.isfinite(mark)}
    return found


def _hubs_now(market: MarketBook) -> Matrix:
    hubs = np.array(market.tables.locations.hubs, dtype=np.int64)
    found = np.full((_RUNS, len(hubs), _CLOCK_HOURS), np.nan)
    days = [market.days[day] for day in sorted(market.days)]
    for grid in days:
        _put(grid, hubs, range(grid.delivered // grid.day.per_hour), found)
    for grid in reversed(days):
        _put(grid, hubs, range(grid.delivered // grid.day.per_hour, grid.day.hours), found)
    return found


def _put(grid: DeliveryDay, hubs: Numbers, hours: range, found: Matrix) -> None:
    """Write the mean of what is published of each hour; of a repeated one that of the first."""
    published = grid.prices.published[:, hubs].reshape(_RUNS, len(hubs), grid.day.hours, -1)
    known = np.isfinite(published)
    count = known.sum(axis=-1)
    total = np.add.reduce(np.where(known, published, 0.0), axis=-1)
    for hour in reversed(hours):
        clock, out = int(grid.day.clock_hours[hour]), count[:, :, hour] > 0
        found[:, :, clock][out] = total[:, :, hour][out] / count[:, :, hour][out]


# Changes -----------------------------------------------------------------------------------------


def change_in_usd(
    marked: Matrix, coming: Matrix, changes: Changes, *, levels: Matrix, now: Matrix | float
) -> Matrix:
    """Return $/MWh from one price to another, by date.

    Args:
        marked: levels of the history that a leg is marked at, the last axis by date.
        coming: those it settles at.
        changes: absolute, or relative at a level.
        levels: of the factor marked at, whose last known one counts before there is a price.
        now: its price of now, by factor; NaN where there is none.

    >>> price = np.array([40.0, 50.0])
    >>> change_in_usd(price[:-1], price[1:], Changes.RELATIVE, levels=price, now=60.0).tolist()
    [15.0]
    """
    if changes is Changes.ABSOLUTE:
        return np.asarray(coming - marked)
    positive = (marked > 0.0) & (coming > 0.0)
    ratio = np.full(marked.shape, np.nan)
    np.divide(coming, marked, out=ratio, where=positive)
    last, level = last_known(levels), np.asarray(now)[..., None]
    return np.asarray(np.where(np.isfinite(level), level, last) * (ratio - 1.0))


def last_known(levels: Matrix) -> Matrix:
    """Return the last level that is known, shape (…, 1); NaN where none is.

    >>> last_known(np.array([[40.0, 42.0, np.nan]])).tolist()
    [[42.0]]
    """
    known = np.isfinite(levels)
    at = levels.shape[-1] - 1 - np.argmax(known[..., ::-1], axis=-1)
    return np.take_along_axis(levels, at[..., None], axis=-1)


def has_no_relative_change(levels: Matrix) -> Flags:
    """Say of which factors a level is not positive."""
    return np.asarray((levels <= 0.0).any(axis=-1))
