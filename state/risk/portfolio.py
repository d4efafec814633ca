"""Scenario P&L of every book, moved by the difference whenever an exposure moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from state.delivery_day import MarketTables
from state.exposures import ExposureMove
from state.forward import ForwardMove
from state.hourly import HourlyPositions
from state.messages import Block, FloatColumn
from state.risk.factors import MarketShocks, Scenarios
from state.risk.historical import value_at_risk
from state.risk.lines import LineRisk

Matrix = NDArray[np.float64]

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


class Portfolio:
    """Holds the scenario P&L vectors, intraday and forward, by book.

    Attributes:
        pnl: $, shape (2 horizons, books, scenarios); rows and books add.
        uncovered: MWh by horizon, book and factor that no scenario moves.
    """

    def __init__(self, parameters: RiskParameters) -> None:
        self.parameters = parameters
        self.scenarios = Scenarios(dates=(), left_out=0, shocks={})
        self.pnl = np.zeros((2, 0, 0))
        self.uncovered: dict[tuple[int, int, str], float] = {}
        self._lines: dict[tuple[str, date], LineRisk] = {}
        self._figures: tuple[Matrix, Matrix] | None = None

    def set_scenarios(self, scenarios: Scenarios, *, books: int) -> None:
        """Take other scenarios; every exposure must be moved in again."""
        self.scenarios = scenarios
        self.pnl = np.zeros((2, books, len(scenarios.dates)))
        self.uncovered.clear()
        self._lines.clear()
        self._figures = None

    def grow(self, books: int) -> None:
        """Make room for more books."""
        self.pnl = np.pad(self.pnl, ((0, 0), (0, books - self.pnl.shape[1]), (0, 0)))
        for lines in self._lines.values():
            lines.grow(books)
        self._figures = None

    def move(self, tables: MarketTables, move: ExposureMove) -> None:
        """Add the scenario P&L of intraday exposures that changed."""
        shocks = self.scenarios.shocks.get(tables.market)
        if shocks is not None:
            amounts = shocks.at(move.kinds, move.places, move.clock_hours) * move.mwh[:, None]
            for book in np.unique(move.books):
                mine = move.books == book
                self.pnl[INTRADAY, book] += np.add.reduce(amounts[mine], axis=0)
        self._note_uncovered(tables, move)
        self._figures = None

    def move_lines(self, tables: MarketTables, day: date, hourly: HourlyPositions) -> None:
        """Add the scenario P&L of what moved on the lines of a day."""
        shocks = self.scenarios.shocks.get(tables.market)
        moves, hourly.moves = hourly.moves, []
        for move in moves:
            if shocks is not None:
                self._lines_of(tables.market, day, hourly, shocks).follow(move, self.pnl[INTRADAY])
            if shocks is None or shocks.has_gaps:
                self._note_uncovered(tables, hourly.exposure_of(move))
        self._figures = None

    def _lines_of(
        self, market: str, day: date, hourly: HourlyPositions, shocks: MarketShocks
    ) -> LineRisk:
        found = self._lines.get((market, day))
        if found is None:
            self._forget_before(market, day - timedelta(days=_DAYS_KEPT))
            books = self.pnl.shape[1]
            found = self._lines[market, day] = LineRisk(hourly, shocks, books=books)
        return found

    def _forget_before(self, market: str, oldest: date) -> None:
        for name, day in [key for key in self._lines if key[0] == market and key[1] < oldest]:
            del self._lines[name, day]

    def _note_uncovered(self, tables: MarketTables, move: ExposureMove) -> None:
        shocks = self.scenarios.shocks.get(tables.market)
        missing = np.ones(len(move.places), dtype=np.bool_)
        if shocks is not None:
            missing = ~shocks.covered(move.kinds, move.places, move.clock_hours)
        if missing.any():
            self._miss(tables, move, missing)

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
                self.pnl[FORWARD, book] += shock * mwh
        self._figures = None

    def _miss(self, tables: MarketTables, move: ExposureMove, where: NDArray[np.bool_]) -> None:
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
        total = self.uncovered.get(key, 0.0) + mwh
        self.uncovered[key] = total
        if abs(total) < _NOTHING_MWH:
            del self.uncovered[key]

    def complete(self, books: int) -> NDArray[np.bool_]:
        """Say where figures cover every exposure, shape (3 horizons, books + firm)."""
        missing = np.zeros((len(HORIZONS), books + 1), dtype=np.bool_)
        for horizon, book, _ in self.uncovered:
            for part in (horizon, TOTAL):
                missing[part, [book, books]] = True
        return ~missing & bool(self.scenarios.dates)

    def figures(self) -> tuple[Matrix, Matrix]:
        """Return VaR and ES in $, shape (3 horizons, books + firm)."""
        if self._figures is None:
            total = np.concatenate((self.pnl, self.pnl[:1] + self.pnl[1:]))
            firm = np.add.reduce(total, axis=1, keepdims=True)
            nodes = np.concatenate((total, firm), axis=1)
            self._figures = value_at_risk(nodes, confidence=self.parameters.confidence)
        return self._figures

    def firm_pnl(self) -> FloatColumn:
        """Return the firm's P&L in each scenario, $, both horizons."""
        return np.asarray(np.add.reduce(np.add.reduce(self.pnl, axis=1), axis=0))

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs; the scenarios follow from the history."""
        uncovered = [[*key, mwh] for key, mwh in self.uncovered.items()]
        lines = [
            [market, day.isoformat(), lines.snapshot()]
            for (market, day), lines in self._lines.items()
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
        self._figures = None
