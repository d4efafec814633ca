"""Scenario P&L of every book, moved by the difference whenever an exposure moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from state.delivery_day import ExposureMove, MarketTables
from state.forward import ForwardMove
from state.messages import Block, FloatColumn
from state.risk.factors import Scenarios
from state.risk.historical import value_at_risk

Matrix = NDArray[np.float64]

INTRADAY, FORWARD, TOTAL = range(3)
HORIZONS = ("intraday", "forward", "total")

_NOTHING_MWH = 1e-6


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
        self._figures: tuple[Matrix, Matrix] | None = None

    def set_scenarios(self, scenarios: Scenarios, *, books: int) -> None:
        """Take other scenarios; every exposure must be moved in again."""
        self.scenarios = scenarios
        self.pnl = np.zeros((2, books, len(scenarios.dates)))
        self.uncovered.clear()
        self._figures = None

    def grow(self, books: int) -> None:
        """Make room for more books."""
        self.pnl = np.pad(self.pnl, ((0, 0), (0, books - self.pnl.shape[1]), (0, 0)))
        self._figures = None

    def move(self, tables: MarketTables, move: ExposureMove) -> None:
        """Add the scenario P&L of intraday exposures that changed."""
        shocks = self.scenarios.shocks.get(tables.market)
        places = tables.rows.location[move.rows]
        books = tables.rows.book[move.rows]
        if shocks is None:
            self._miss(tables, move, np.ones(len(places), dtype=np.bool_))
            return
        amounts = shocks.at(move.kinds, places, move.clock_hours) * move.mwh[:, None]
        for book in np.unique(books):
            self.pnl[INTRADAY, book] += np.add.reduce(amounts[books == book], axis=0)
        covered = shocks.covered(move.kinds, places, move.clock_hours)
        if not covered.all():
            self._miss(tables, move, ~covered)
        self._figures = None

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
            row = int(move.rows[number])
            place, hour = int(tables.rows.location[row]), int(move.clock_hours[number])
            if shocks is None:
                names = [f"{tables.locations.names[place]}/HE{hour + 1:02d}"]
            else:
                names = shocks.missing_factors(int(move.kinds[number]), place, hour)
            for name in names:
                book = int(tables.rows.book[row])
                key = (INTRADAY, book, f"{tables.market}/{name}")
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
        return {"pnl": self.pnl, "uncovered": uncovered}

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot, after the scenarios were set."""
        self.pnl = saved["pnl"]
        self.uncovered = {
            (horizon, book, name): mwh for horizon, book, name, mwh in saved["uncovered"]
        }
        self._figures = None
