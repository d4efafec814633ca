"""Scenario P&L of every book and of the firm, moved by the difference when an exposure moves."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from state.arrays import Cube, Flags, Matrix
from state.market.exposures import (
    ExposureMove,
    LineMove,
    WeightMove,
    line_columns,
    weight_before,
    weight_columns,
)
from state.market.forward import ForwardMove
from state.market.hourly import HourlyPositions
from state.market.likeness import alike
from state.market.tables import MarketTables
from state.messages import Block, FloatColumn
from state.risk.changes import Changes, Volatility
from state.risk.exposure_loops import add_exposures
from state.risk.factors import MarketShocks, Scenarios
from state.risk.historical import tail_size
from state.risk.lines import LineRisk
from state.risk.tail import first_tails, strike

INTRADAY, FORWARD, TOTAL = range(3)
HORIZONS = ("intraday", "forward", "total")

_NOTHING_MWH = 1e-6
_DAYS_KEPT = 20
"""Longer than a market keeps a day that is over."""


@dataclass(frozen=True)
class RiskParameters:
    """How VaR is struck (the policy states it, every figure shows it)."""

    confidence: float = 0.95
    window: int = 500
    hours: Changes = Changes.ABSOLUTE
    curves: Changes = Changes.ABSOLUTE
    volatility: Volatility = Volatility.STATED
    volume_deviation: float = 0.0
    paths: int = 2000
    seed: int = 1

    @property
    def is_relative(self) -> bool:
        """Whether any changes are, so that scenarios follow the level of prices."""
        return Changes.RELATIVE in (self.hours, self.curves)

    @property
    def changes(self) -> str:
        """Which changes, in words.

        >>> RiskParameters(curves=Changes.RELATIVE).changes
        'absolute changes, of forward prices relative'
        """
        if self.hours is self.curves:
            return f"{self.hours} changes"
        return f"{self.hours} changes, of forward prices {self.curves}"


class Portfolio:
    """Holds the scenario P&L vectors, intraday and forward, by book, the firm last.

    Attributes:
        pnl: $, shape (2 horizons, books + firm, scenarios); rows and books add.
        uncovered: MWh by horizon, book and factor that no scenario moves.
    """

    def __init__(self, parameters: RiskParameters) -> None:
        self.parameters = parameters
        self.scenarios = Scenarios(dates=(), left_out=0, shocks={})
        self.pnl = np.zeros((2, 1, 0))
        self.uncovered: dict[tuple[int, int, str], float] = {}
        self._lines: dict[tuple[str, date], LineRisk] = {}
        self._forget_figures()

    def _forget_figures(self) -> None:
        nodes = self.pnl.shape[1]
        self._var, self._es = np.full((2, len(HORIZONS), nodes), np.nan)
        self._stale = np.ones((2, nodes), dtype=np.bool_)
        self._struck = False
        self._complete: Flags | None = None
        scenarios = self.pnl.shape[2]
        k = tail_size(scenarios, self.parameters.confidence)
        self._tails = first_tails((len(HORIZONS), nodes), min(k, scenarios))
        self._room = np.empty(scenarios), np.empty(k), np.zeros(scenarios, dtype=np.bool_)

    def set_scenarios(self, scenarios: Scenarios, *, books: int) -> None:
        """Take other scenarios; every exposure must be moved in again."""
        self.scenarios = scenarios
        self.pnl = np.zeros((2, books + 1, len(scenarios.dates)))
        self.uncovered.clear()
        self._lines.clear()
        self._forget_figures()

    def grow(self, books: int) -> None:
        """Make room for more books."""
        more = books + 1 - self.pnl.shape[1]
        room = np.zeros((2, more, self.pnl.shape[2]))
        self.pnl = np.concatenate((self.pnl[:, :-1], room, self.pnl[:, -1:]), axis=1)
        for lines in self._lines.values():
            lines.grow(books)
        self._forget_figures()

    def beside(self) -> Portfolio:
        """Return the same scenario P&L, to be moved by itself."""
        names = ("pnl", "_var", "_es", "_stale", "_tails")
        own = {name: getattr(self, name).copy() for name in names}
        rooms = tuple(room.copy() for room in self._room)
        return alike(self, uncovered=dict(self.uncovered), _lines={}, _room=rooms, **own)

    # What moved ----------------------------------------------------------------------------------

    def move(self, tables: MarketTables, move: ExposureMove) -> None:
        """Add the scenario P&L of intraday exposures that changed."""
        shocks = self.scenarios.shocks.get(tables.market)
        if shocks is not None:
            told = (move.kinds, move.books, move.places, move.clock_hours)
            kinds, books, places, clock_hours = map(np.ascontiguousarray, told)
            columns = kinds, books, places, clock_hours  # laid out alike: one edition of the loop
            order = np.argsort(books, kind="stable")
            moved_by = (shocks.hub, shocks.basis, shocks.hub_row)
            add_exposures(columns, move.mwh, order, moved_by, self.pnl, self._stale)
            self._struck = False
        if shocks is None or shocks.has_gaps:
            self._note_uncovered(tables, move)

    def _add(self, horizon: int, book: int, amounts: FloatColumn) -> None:
        self.pnl[horizon, book] += amounts
        self.pnl[horizon, -1] += amounts
        self._stale[horizon, [book, -1]] = True
        self._struck = False

    def move_lines(self, tables: MarketTables, day: date, hourly: HourlyPositions) -> None:
        """Add the scenario P&L of what moved on the lines of a day.

        Lines first, by what was exposed before, then what is exposed of all of them.
        """
        entered, hourly.entered = hourly.entered, []
        weighed, weight = hourly.weighed, hourly.weight
        if weighed:
            hourly.weighed = []
            weight = weight_before(weight, weighed) if entered else weight
        market = tables.market
        shocks = self.scenarios.shocks.get(market)
        if shocks is not None:
            lines = self._lines.get((market, day)) or self._lines_of(market, day, hourly, shocks)
            weight_by_hour = weight.swapaxes(1, 2)
            for entry in entered:
                lines.enter(entry, weight_by_hour, self.pnl, self._stale)
            for move in weighed:
                lines.weigh(move, self.pnl, self._stale)
            self._struck = False
        if shocks is None or shocks.has_gaps:
            self._note_lines_uncovered(tables, hourly, (entered, weighed), weight)

    def _note_lines_uncovered(
        self,
        tables: MarketTables,
        hourly: HourlyPositions,
        moves: tuple[list[LineMove], list[WeightMove]],
        weight: Cube,
    ) -> None:
        clock_hours, shocks = hourly.day.clock_hours, self.scenarios.shocks.get(tables.market)
        for entry in moves[0]:
            if shocks is None or shocks.gaps[tables.lines.columns[1, entry[0]]]:
                self._note_uncovered(tables, line_columns(entry, tables.lines, weight, clock_hours))
        for move in moves[1]:
            if shocks is None or shocks.gaps[move.places].any():
                mw = hourly.mw[move.hour]
                self._note_uncovered(tables, weight_columns(move, tables.lines, mw, clock_hours))

    def _lines_of(
        self, market: str, day: date, hourly: HourlyPositions, shocks: MarketShocks
    ) -> LineRisk:
        found = self._lines.get((market, day))
        if found is None:
            self._forget_before(market, day - timedelta(days=_DAYS_KEPT))
            books = self.pnl.shape[1] - 1
            found = self._lines[market, day] = LineRisk(hourly, shocks, books=books)
        return found

    def _forget_before(self, market: str, oldest: date) -> None:
        for name, day in [key for key in self._lines if key[0] == market and key[1] < oldest]:
            del self._lines[name, day]

    def move_forward(
        self, market: str, book: int, factor: tuple[str, Block], move: ForwardMove
    ) -> None:
        """Add the scenario P&L of forward exposures, of a hub and block, that changed."""
        shocks = self.scenarios.shocks.get(market)
        for month, mwh in zip(move.months, move.mwh, strict=True):
            shock = None if shocks is None else shocks.curve.get((*factor, month))
            if shock is None:
                name = f"{market}/{factor[0]}/curve/{factor[1]}/{month}"
                self._add_uncovered((FORWARD, book, name), float(mwh))
            else:
                self._add(FORWARD, book, shock * mwh)

    # What no scenario moves ----------------------------------------------------------------------

    def _note_uncovered(self, tables: MarketTables, move: ExposureMove) -> None:
        shocks = self.scenarios.shocks.get(tables.market)
        missing = np.ones(len(move.places), dtype=np.bool_)
        if shocks is not None:
            missing = ~shocks.covered(move.kinds, move.places, move.clock_hours)
        if missing.any():
            self._miss(tables, move, missing)

    def _miss(self, tables: MarketTables, move: ExposureMove, where: Flags) -> None:
        shocks = self.scenarios.shocks.get(tables.market)
        for number in np.flatnonzero(where):
            place, hour = int(move.places[number]), int(move.clock_hours[number])
            if shocks is None:
                names = [f"{tables.locations.names[place]}/HE{hour + 1:02d}"]
            else:
                names = shocks.missing_factors(int(move.kinds[number]), place, hour)
            for name in names:
                key = (INTRADAY, int(move.books[number]), f"{tables.market}/{name}")
                self._add_uncovered(key, float(move.mwh[number]))

    def _add_uncovered(self, key: tuple[int, int, str], mwh: float) -> None:
        self._complete = None
        total = self.uncovered.get(key, 0.0) + mwh
        self.uncovered[key] = total
        if abs(total) < _NOTHING_MWH:
            del self.uncovered[key]

    def complete(self) -> Flags:
        """Say where figures cover every exposure, shape (3 horizons, books + firm)."""
        if self._complete is None:
            missing = np.zeros((len(HORIZONS), self.pnl.shape[1]), dtype=np.bool_)
            for horizon, book, _ in self.uncovered:
                for part in (horizon, TOTAL):
                    missing[part, [book, -1]] = True
            self._complete = ~missing & bool(self.scenarios.dates)
        return self._complete

    # Figures -------------------------------------------------------------------------------------

    @property
    def has_scenarios(self) -> bool:
        """Whether there are scenarios to strike VaR over."""
        return self.pnl.shape[2] > 0

    def figures(self) -> tuple[Matrix, Matrix]:
        """Return VaR and ES in $, shape (3 horizons, books + firm)."""
        if not self._struck:
            self._strike()
            self._struck = True
        return self._var, self._es

    def _strike(self) -> None:
        if self.pnl.shape[2]:
            strike(*self.arrays)

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """What ``strike`` reads and writes, in its order."""
        return self.pnl, self._stale, self._tails, *self._room, self._var, self._es

    def lines_of(self, market: str, day: date) -> LineRisk | None:
        """Return what follows the lines of a day; None while nothing of them has moved."""
        return self._lines.get((market, day))

    def covers(self, market: str, place: int) -> bool:
        """Say whether scenarios move whatever is held at a location by the hour."""
        shocks = self.scenarios.shocks.get(market)
        return shocks is not None and not (shocks.has_gaps and shocks.gaps[place])

    def first_uncovered(self, market: str, places: Sequence[int]) -> int:
        """Return which of some locations is the first not covered; how many there are if none."""
        shocks = self.scenarios.shocks.get(market)
        if shocks is None:
            return 0
        if not shocks.has_gaps:
            return len(places)
        gaps = shocks.gaps[np.array(places)]
        return int(gaps.argmax()) if gaps.any() else len(places)

    def firm_pnl(self) -> FloatColumn:
        """Return the firm's P&L in each scenario, $, both horizons."""
        return np.asarray(self.pnl[INTRADAY, -1] + self.pnl[FORWARD, -1])

    # Saving --------------------------------------------------------------------------------------

    def snapshot(self, held: Container[tuple[str, date]]) -> dict[str, Any]:
        """Return what :meth:`restore` needs; the scenarios follow from the history.

        Args:
            held: market and date of every day held; lines of a day that is closed end with it.
        """
        uncovered = [[*key, mwh] for key, mwh in self.uncovered.items()]
        lines = [
            [market, day.isoformat(), lines.snapshot()]
            for (market, day), lines in self._lines.items()
            if (market, day) in held
        ]
        return {"pnl": self.pnl, "uncovered": uncovered, "lines": lines}

    def restore(
        self, saved: dict[str, Any], hourly: Mapping[tuple[str, date], HourlyPositions]
    ) -> None:
        """Take over a snapshot, after the scenarios were set.

        Args:
            saved: what :meth:`snapshot` returned.
            hourly: the days of all markets, already restored.
        """
        self.pnl = saved["pnl"]
        for market, text, state in saved["lines"]:
            day = date.fromisoformat(text)
            shocks = self.scenarios.shocks[market]
            if (market, day) in hourly:
                self._lines_of(market, day, hourly[market, day], shocks).restore(state)
        self.uncovered = {
            (horizon, book, name): mwh for horizon, book, name, mwh in saved["uncovered"]
        }
        self._forget_figures()
