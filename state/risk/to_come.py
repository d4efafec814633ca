"""By which kind of shock a price still moves, and how far it has in the scenarios."""

from __future__ import annotations

from datetime import date

import numpy as np

from state.arrays import Matrix, Numbers
from state.market.delivery_day import DeliveryDay
from state.market.prices import DA, FMM, RTD
from state.messages import Block, FloatColumn
from state.risk.changes import Volatility
from state.risk.factors import MarketShocks, Scenarios
from state.risk.kinds import DAY_ON_DAY, FMM_LESS_DA, RTD_LESS_DA, RTD_LESS_FMM

SETTLED = -1
"""The kind of a price that is out: nothing moves it any more."""

_YEAR_DAYS = 365.0


def kinds_to_come(grid: DeliveryDay, place: int, run: int) -> Numbers:
    """Return by which kind of shock the price of a run still moves, by interval.

    What is missing of an earlier run when real-time is out is taken as not to come any more.
    """
    da, fmm, rtd = np.isfinite(grid.prices.published[:, place])
    own = np.array((da, fmm, rtd))[run] | rtd
    later = {
        DA: np.full(len(da), SETTLED),
        FMM: np.full(len(da), FMM_LESS_DA),
        RTD: np.where(fmm, RTD_LESS_FMM, RTD_LESS_DA),
    }[run]
    return np.where(own, SETTLED, np.where(da, later, DAY_ON_DAY))


def spread_moves(
    shocks: MarketShocks, kinds: tuple[int, ...], places: tuple[int, ...], clock_hour: int
) -> Matrix:
    """Return by scenario how the first place's price less the second's moves, $/MWh."""
    moved = np.zeros(shocks.hub.shape[-1])
    for sign, kind, place in zip((1.0, -1.0), kinds, places, strict=False):
        if kind != SETTLED:
            at = np.array([clock_hour])
            moved += sign * shocks.at(np.array([kind]), np.array([place]), at)[0]
    return moved


class HistoryDeviations:
    """The standard deviations of prices still to come, of the scenarios of one market.

    In the grid that of what the price settles at less what it is marked at: the same differences
    as those of the scenarios, held to delivery. Beyond it that of a day's change of the forward
    price times the root of the days in a year: changes independent, the days of the scenarios
    apart as they are on average. About the mean, divided by n.

    Args:
        shocks: of the market.
        dates: of the scenarios.
    """

    def __init__(self, shocks: MarketShocks, dates: tuple[str, ...]) -> None:
        self._shocks = shocks
        self._known: dict[tuple[int, ...], float] = {}
        first, last = (date.fromisoformat(dates[at]) for at in (0, -1))
        days_apart = (last - first).days / max(1, len(dates) - 1)
        self._to_year = float(np.sqrt(_YEAR_DAYS / days_apart)) if days_apart else float("nan")

    def of_day(self, grid: DeliveryDay, places: Numbers, run: int, part: slice) -> FloatColumn:
        """Return that of the first place's price less the second's, by interval of a day."""
        where = tuple(places.tolist())
        kinds = np.array([kinds_to_come(grid, place, run)[part] for place in where])
        hours = np.repeat(grid.day.clock_hours, grid.day.per_hour)[part]
        columns = np.concatenate((hours[None], kinds)).T.tolist()
        return np.array([self._of(where, *column) for column in columns])

    def yearly(self, hubs: list[str], block: Block, month: str) -> float:
        """Return that of a forward price, or of the first hub's less the second's, over a year."""
        moved = [self._shocks.curve.get((hub, block, month)) for hub in hubs]
        found = [shock for shock in moved if shock is not None]
        if len(found) < len(hubs):
            return float("nan")
        return _deviation(found[0] - found[1] if len(found) > 1 else found[0]) * self._to_year

    def _of(self, places: tuple[int, ...], clock_hour: int, *kinds: int) -> float:
        key = (*places, clock_hour, *kinds)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._made(places, clock_hour, kinds)
        return found

    def _made(self, places: tuple[int, ...], clock_hour: int, kinds: tuple[int, ...]) -> float:
        for kind, place in zip(kinds, places, strict=True):
            if kind != SETTLED and self._shocks.missing_factors(kind, place, clock_hour):
                return float("nan")
        return _deviation(spread_moves(self._shocks, kinds, places, clock_hour))


def history_deviations(
    scenarios: Scenarios, market: str, volatility: Volatility
) -> HistoryDeviations | None:
    """Return the deviations a market's options are valued with; None where none are asked for."""
    shocks = scenarios.shocks.get(market)
    if volatility is Volatility.STATED or shocks is None or not scenarios.dates:
        return None
    return HistoryDeviations(shocks, scenarios.dates)


def _deviation(moves: Matrix) -> float:
    """Return the standard deviation about the mean.

    >>> _deviation(np.array([1.0, 5.0]))
    2.0
    """
    away = moves - np.add.reduce(moves) / len(moves)
    return float(np.sqrt(np.add.reduce(away * away) / len(moves)))
