"""Risk factors: from a history of price levels to the shocks of dated scenarios.

The kinds of shock, the treatment of missing dates and of clock changes follow docs/meanings.md,
"Risk". Nothing missing is ever zero: a factor without enough history is named as not covered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from state.arrays import Flags, Matrix, Numbers
from state.calendar import MarketCalendar, MarketDay
from state.market.locations import NO_HUB, LocationTable
from state.messages import Block, FactorHistory, FloatColumn, LocationKind
from state.risk.changes import MISSING_ALLOWED, Changes
from state.risk.kinds import KINDS
from state.risk.struck import Levels, change_in_usd, has_no_relative_change

_RUNS = ("DA", "FMM", "RTD")
_DA, _FMM, _RTD = range(3)
_KIND_RUNS = np.array([[_DA, _DA], [_FMM, _DA], [_RTD, _DA], [_RTD, _FMM]])
_BLOCKS = frozenset(Block)
_CLOCK_HOURS = 24
_NO_PRICES = np.full(len(_RUNS), np.nan)


class History:
    """Collects the factor levels of all markets, as published."""

    def __init__(self) -> None:
        self.dates: dict[str, tuple[str, ...]] = {}
        self.levels: dict[str, dict[str, Matrix]] = {}

    def messages(self) -> list[FactorHistory]:
        """Return the history as one message a market."""
        return [
            FactorHistory(
                market=market,
                factors=tuple(levels),
                dates=self.dates[market],
                levels=np.concatenate(list(levels.values())) if levels else np.empty(0),
            )
            for market, levels in self.levels.items()
        ]

    def apply(self, message: FactorHistory) -> None:
        """Take over a market's factors; a message with other dates replaces the earlier ones."""
        if self.dates.get(message.market) != message.dates:
            self.levels[message.market] = {}
        self.dates[message.market] = message.dates
        columns = message.levels.reshape(len(message.factors), len(message.dates))
        self.levels[message.market].update(zip(message.factors, columns, strict=True))

    def common_dates(self) -> tuple[str, ...]:
        """Return the dates that all markets have, ascending."""
        dated = [set(dates) for dates in self.dates.values()]
        return tuple(sorted(set.intersection(*dated))) if dated else ()

    def level(self, market: str, factor: str, dates: tuple[str, ...]) -> Matrix:
        """Return a factor's levels on some dates; NaN where it has none."""
        own = self.levels.get(market, {}).get(factor)
        if own is None:
            return np.full(len(dates), np.nan)
        if self.dates[market] == dates:
            return own
        place = {day: index for index, day in enumerate(self.dates[market])}
        return own[[place[day] for day in dates]]


@dataclass
class MarketShocks:
    """The shocks of one market, $/MWh.

    Attributes:
        hub: shape (4 kinds, hubs + 1, 24 clock hours, scenarios); the last row is zero, for
            locations without a hub.
        basis: shape (4 kinds, locations, scenarios); zero at hubs.
        curve: by (hub name, block, month), shape (scenarios,).
        hub_row: the row of ``hub`` by location.
        uncovered_hub: by run, row of ``hub`` and clock hour: the factor is not covered.
        uncovered_basis: by run and location.
        names, hub_names: of the locations, and of the rows of ``hub``.
        has_fmm: whether the market has a 15-minute run.
    """

    hub: Matrix
    basis: Matrix
    hub_row: Numbers
    uncovered_hub: Flags
    uncovered_basis: Flags
    names: list[str]
    hub_names: list[str]
    has_fmm: bool
    curve: dict[tuple[str, Block, str], Matrix]

    def at(
        self,
        kinds: Numbers,
        places: Numbers,
        clock_hours: Numbers,
    ) -> Matrix:
        """Return the shock of each (kind, location, hour) of three columns, by scenario."""
        return self.hub[kinds, self.hub_row[places], clock_hours] + self.basis[kinds, places]

    def covered(
        self,
        kinds: Numbers,
        places: Numbers,
        clock_hours: Numbers,
    ) -> Flags:
        """Say for each (kind, location, hour) whether all its factors have enough history."""
        missing = np.zeros(len(kinds), dtype=np.bool_)
        for runs in _KIND_RUNS.T:
            missing |= self.uncovered_hub[runs[kinds], self.hub_row[places], clock_hours]
            missing |= self.uncovered_basis[runs[kinds], places]
        return ~missing

    @cached_property
    def gaps(self) -> Flags:
        """Which locations stand on a factor with too little history, in some hour and run."""
        wanted = [_DA, _FMM, _RTD] if self.has_fmm else [_DA, _RTD]
        hub = np.asarray(self.uncovered_hub[wanted].any(axis=(0, 2)))[self.hub_row]
        return np.asarray(hub | self.uncovered_basis[wanted].any(axis=0))

    @cached_property
    def has_gaps(self) -> bool:
        """Whether any location stands on a factor with too little history."""
        return bool(self.gaps.any())

    @cached_property
    def hub_before(self) -> Matrix:
        """``hub`` summed over the clock hours before each, shape (4 kinds, hubs + 1, 25, …)."""
        before = np.zeros((*self.hub.shape[:2], _CLOCK_HOURS + 1, self.hub.shape[3]))
        np.cumsum(self.hub, axis=2, out=before[:, :, 1:])
        return before

    @cached_property
    def largest(self) -> tuple[FloatColumn, FloatColumn]:
        """The largest shock of each factor without its sign, of ``hub`` and ``basis``, flat."""
        flat = (shocks.reshape(-1, shocks.shape[-1]) for shocks in (self.hub, self.basis))
        hub, basis = (
            np.maximum(np.max(each, axis=1, initial=0.0), -np.min(each, axis=1, initial=0.0))
            for each in flat
        )
        return hub, basis

    def missing_factors(self, kind: int, place: int, clock_hour: int) -> list[str]:
        """Name the factors of a (kind, location, hour) that have too little history."""
        row = int(self.hub_row[place])
        if row == len(self.hub_names):
            return [f"{self.names[place]} has no hub"]
        hub = self.hub_names[row]
        names: list[str] = []
        for run in sorted(set(_KIND_RUNS[kind].tolist())):
            if self.uncovered_hub[run, row, clock_hour]:
                names.append(f"{hub}/{_RUNS[run]}/HE{clock_hour + 1:02d}")
            if self.uncovered_basis[run, place]:
                names.append(f"{self.names[place]}/basis/{_RUNS[run]}")
        return names


@dataclass(frozen=True)
class MarketFactors:
    """What the shocks of a market need to know of it."""

    market: str
    calendar: MarketCalendar
    locations: LocationTable
    has_fmm: bool


@dataclass
class Scenarios:
    """The dated scenarios of all markets.

    Attributes:
        dates: of the scenarios in use.
        left_out: how many dates since the oldest of them have no shock for some covered factor.
        shocks: by market.
    """

    dates: tuple[str, ...]
    left_out: int
    shocks: dict[str, MarketShocks]


def build_scenarios(
    history: History,
    markets: list[MarketFactors],
    *,
    window: int,
    hours: Changes = Changes.ABSOLUTE,
    curves: Changes = Changes.ABSOLUTE,
    now: Levels | None = None,
) -> Scenarios:
    """Make the scenarios of the last ``window`` usable dates.

    A relative change is struck at a level (``state.risk.struck``), so a shock is in $/MWh either
    way; a factor with a level in the window that is not positive has none and is not covered. Of an
    older one the dates are left out, should the window reach back to them.

    Args:
        history: factor levels.
        markets: which factors are wanted.
        window: number of scenarios at most.
        hours: which changes of the hourly prices of hubs; those of a basis are absolute always.
        curves: which changes of forward prices.
        now: the levels that relative changes are struck at; the history's last where unknown.
    """
    dates, struck = history.common_dates(), now or Levels()
    raw = {
        market.market: _raw_shocks(
            history, market, dates, struck, window=window, hours=hours, curves=curves
        )
        for market in markets
    }
    usable = np.ones(len(dates), dtype=np.bool_)
    usable[:1] = False
    for shocks in raw.values():
        usable &= _usable_dates(shocks)
    kept = np.flatnonzero(usable)[-window:]
    oldest = int(kept[0]) if len(kept) else 0
    return Scenarios(
        dates=tuple(dates[index] for index in kept),
        left_out=int((~usable[oldest:]).sum()),
        shocks={name: _cut(shocks, kept) for name, shocks in raw.items()},
    )


def _raw_shocks(
    history: History,
    market: MarketFactors,
    dates: tuple[str, ...],
    struck: Levels,
    *,
    window: int,
    hours: Changes,
    curves: Changes,
) -> MarketShocks:
    table = market.locations
    hubs = table.hubs
    hub = np.zeros((KINDS, len(hubs) + 1, _CLOCK_HOURS, len(dates)))
    uncovered_hub = np.ones((len(_RUNS), len(hubs) + 1, _CLOCK_HOURS), dtype=np.bool_)
    for row, place in enumerate(hubs):
        levels = _hub_levels(history, market, table.names[place], dates)
        uncovered_hub[:, row] = _not_covered(levels, window, has_fmm=market.has_fmm)
        now = struck.of_hub(market.market, row)
        if hours is Changes.RELATIVE:
            uncovered_hub[:, row] |= has_no_relative_change(_recent(levels, window))
            uncovered_hub[:_RTD, row] |= now[:_RTD] <= 0.0
        hub[:, row] = _shocks(levels, uncovered_hub[:, row], hours, now)
    basis, uncovered_basis = _basis_shocks(history, market, dates, window)
    rows = [hubs.index(own) if own in hubs else len(hubs) for own in table.hub.tolist()]
    return MarketShocks(
        hub=hub,
        basis=basis,
        hub_row=np.array(rows, dtype=np.int64),
        uncovered_hub=uncovered_hub,
        uncovered_basis=uncovered_basis,
        names=list(table.names),
        has_fmm=market.has_fmm,
        hub_names=[table.names[place] for place in hubs],
        curve=_curve_shocks(history, market.market, dates, struck, window=window, changes=curves),
    )


def _basis_shocks(
    history: History, market: MarketFactors, dates: tuple[str, ...], window: int
) -> tuple[Matrix, Flags]:
    table = market.locations
    basis = np.zeros((KINDS, len(table), len(dates)))
    uncovered = np.zeros((len(_RUNS), len(table)), dtype=np.bool_)
    for place, name in enumerate(table.names):
        if table.kinds[place] is LocationKind.HUB or table.hub[place] == NO_HUB:
            continue
        factors = [f"{market.market}/{name}/basis/{run}" for run in _RUNS]
        levels = np.array([history.level(market.market, factor, dates) for factor in factors])
        uncovered[:, place] = _not_covered(levels, window, has_fmm=market.has_fmm)
        basis[:, place] = _shocks(levels, uncovered[:, place], Changes.ABSOLUTE, _NO_PRICES)
    return basis, uncovered


def _hub_levels(
    history: History, market: MarketFactors, name: str, dates: tuple[str, ...]
) -> Matrix:
    levels = np.array(
        [
            [
                history.level(
                    market.market, f"{market.market}/{name}/{run}/HE{hour + 1:02d}", dates
                )
                for hour in range(_CLOCK_HOURS)
            ]
            for run in _RUNS
        ]
    )
    for index, text in enumerate(dates):
        for hour in skipped_hours(market.calendar, text):
            lacking = np.isnan(levels[:, hour, index])
            levels[lacking, hour, index] = levels[lacking, hour - 1, index]
    return levels


def skipped_hours(calendar: MarketCalendar, text: str) -> list[int]:
    """Return the clock hours that a date lacks; the level of each is that of the hour before it."""
    day = date.fromisoformat(text)
    if calendar.hours_of(day) == _CLOCK_HOURS:
        return []
    present = set(MarketDay(calendar, day, settlement_seconds=3600).clock_hours.tolist())
    return [hour for hour in range(1, _CLOCK_HOURS) if hour not in present]


def _shocks(levels: Matrix, uncovered: Flags, changes: Changes, now: Matrix) -> Matrix:
    # Levels have shape (runs, …, dates); the first date has no day-on-day difference. What is
    # not covered moves nothing here, and is named where it is held.
    da, fmm, rtd = levels
    day_on_day = np.full(da.shape, np.nan)
    day_on_day[..., 1:] = change_in_usd(da[..., :-1], da[..., 1:], changes, levels=da, now=now[_DA])
    others = ((_DA, fmm), (_DA, rtd), (_FMM, rtd))
    shocks = np.array(
        [
            day_on_day,
            *(
                change_in_usd(levels[at], to, changes, levels=levels[at], now=now[at])
                for at, to in others
            ),
        ]
    )
    for kind, runs in enumerate(_KIND_RUNS):
        shocks[kind][uncovered[runs].any(axis=0)] = 0.0
    return shocks


def _not_covered(levels: Matrix, window: int, *, has_fmm: bool) -> Flags:
    uncovered = _absent_too_often(levels, window)
    if not has_fmm:
        # No leg of such a market is ever marked at FMM, so the factor is not wanted.
        uncovered[_FMM] = True
    return uncovered


def _absent_too_often(levels: Matrix, window: int) -> Flags:
    recent = _recent(levels, window)
    return np.asarray(np.isnan(recent).sum(axis=-1) > MISSING_ALLOWED * recent.shape[-1])


def _recent(levels: Matrix, window: int) -> Matrix:
    return np.asarray(levels[..., -(window + 1) :])  # so many changes have one level more


def _curve_shocks(
    history: History,
    market: str,
    dates: tuple[str, ...],
    struck: Levels,
    *,
    window: int,
    changes: Changes,
) -> dict[tuple[str, Block, str], Matrix]:
    shocks: dict[tuple[str, Block, str], Matrix] = {}
    for factor in sorted(history.levels.get(market, {})):
        hub, kind, block, month = (*factor.split("/")[1:], "", "", "", "")[:4]
        if kind != "curve" or block not in _BLOCKS:
            continue
        level = history.level(market, factor, dates)
        shock = np.full(len(dates), np.nan)
        now = struck.of_curve(market, (hub, Block(block), month))
        shock[1:] = change_in_usd(level[:-1], level[1:], changes, levels=level, now=now)
        recent = _recent(level, window)
        if changes is Changes.RELATIVE and (has_no_relative_change(recent) or now <= 0.0):
            continue
        if not _absent_too_often(level, window):
            shocks[hub, Block(block), month] = shock
    return shocks


def _usable_dates(shocks: MarketShocks) -> Flags:
    usable = ~np.isnan(shocks.hub).any(axis=(0, 1, 2))
    usable &= ~np.isnan(shocks.basis).any(axis=(0, 1))
    for shock in shocks.curve.values():
        usable &= ~np.isnan(shock)
    return np.asarray(usable)


def _cut(shocks: MarketShocks, kept: Numbers) -> MarketShocks:
    return MarketShocks(
        hub=np.ascontiguousarray(shocks.hub[..., kept]),
        basis=np.ascontiguousarray(shocks.basis[..., kept]),
        uncovered_hub=shocks.uncovered_hub,
        uncovered_basis=shocks.uncovered_basis,
        hub_row=shocks.hub_row,
        names=shocks.names,
        has_fmm=shocks.has_fmm,
        hub_names=shocks.hub_names,
        curve={key: shock[kept] for key, shock in shocks.curve.items()},
    )
