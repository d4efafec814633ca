"""What the screens read of the explain: the running stretch, the kept points, and a window of both.

All figures are the firm's, except where a book is named. A window from a kept point to now is the
running stretch and what lies between, so that any moment can be chosen without asking the core.
"""

from __future__ import annotations

from bisect import bisect_right

import msgspec
import numpy as np

from state.arrays import Matrix
from state.explain.drivers import GROUPS
from state.messages import FloatColumn
from state.screens.view import View
from state.screens.views import AnyView

USD, OPEN_MWH, VAR_USD = range(3)
"""The columns of what moved by driver."""

MOST_NAMED = 5
"""How many single messages a window names."""


class MoveRow(msgspec.Struct):
    """One message and what it alone moved.

    Attributes:
        position: its log position; 0 for one of the log before this one's opening.
        at_ns: the clock then.
        driver: as it is shown.
        key: its business key.
        text: what it says.
        usd, open_mwh, var_usd: by how much it moved the firm's P&L, open position and VaR.
    """

    position: int
    at_ns: int
    driver: str
    key: str
    text: str
    usd: float
    open_mwh: float
    var_usd: float


class SplitRow(msgspec.Struct, kw_only=True):
    """What the prices of one run moved at one hub and block, $ of the firm."""

    market: str
    run: str
    hub: str
    block: str
    usd: float


class ExplainView(View, kw_only=True, tag="explain"):
    """P&L today by driver and book, and what moved since the newest kept point.

    Attributes:
        point: number of that point; 0 before the first tick.
        books: by index, the firm last.
        drivers: of the rows of ``today_usd``.
        today_usd: P&L today, shape (drivers, books + firm), each market from its own midnight.
        unexplained_usd: P&L today less its drivers, by book, the firm last.
        splits: what prices moved today, by run, hub and block.
        running_drivers, running: shape (drivers, 3): $, open MWh and VaR since the point.
        largest: the biggest single messages since the point.
        open_mwh: open position of the undelivered hours of today and tomorrow, + long.
        var_usd: NaN without scenarios.
    """

    point: int
    books: list[str]
    drivers: list[str]
    today_usd: Matrix
    unexplained_usd: FloatColumn
    splits: list[SplitRow]
    running_drivers: list[str]
    running: Matrix
    largest: list[MoveRow]
    open_mwh: float
    var_usd: float


class ExplainPointsView(View, kw_only=True, tag="explain_points"):
    """The kept points: one a settlement interval since midnight, one a minute of late.

    Attributes:
        numbers, positions, at_ns: of the points, ascending; the last is the newest.
        midnight: index of the point at the latest midnight of the first market.
        midnight_complete: False where the explain began later than that midnight.
        drivers: of the columns of ``totals``.
        totals: $, open MWh and VaR from the first point up to each, shape (points, drivers × 3).
        largest: every message that is among the biggest since some point, oldest first.
    """

    numbers: list[int]
    positions: list[int]
    at_ns: list[int]
    midnight: int
    midnight_complete: bool
    drivers: list[str]
    totals: Matrix
    largest: list[MoveRow]

    def at(self, at_ns: int) -> int:
        """Return the index of the last point at or before a time; the first if none is."""
        return max(0, bisect_right(self.at_ns, at_ns) - 1)

    def after(self, position: int) -> int:
        """Return the index of the last point at or before a log position; the first if none is."""
        return max(0, bisect_right(self.positions, position) - 1)


class Window(msgspec.Struct, kw_only=True):
    """What moved the firm's figures from a point until now.

    Attributes:
        moved: driver and its $, open MWh and VaR; drivers that moved nothing are left out.
        total: the sum over drivers.
        largest: the biggest single messages, biggest first.
    """

    position: int
    at_ns: int
    moved: list[tuple[str, tuple[float, float, float]]]
    total: tuple[float, float, float]
    largest: list[MoveRow]


def window(view: ExplainView, points: ExplainPointsView, index: int) -> Window | None:
    """Return what moved since a point; None while the two views are not of one moment."""
    if not points.numbers or view.point != points.numbers[-1]:
        return None
    between = points.totals[-1] - points.totals[index]
    moved = dict(zip(points.drivers, between.reshape(-1, 3), strict=True))
    for driver, amounts in zip(view.running_drivers, view.running, strict=True):
        moved[driver] = moved.get(driver, np.zeros(3)) + amounts
    names = sorted((name for name in moved if moved[name].any()), key=order_of)
    rows = [(name, _three(moved[name])) for name in names]
    total = np.add.reduce(np.array([amounts for _, amounts in rows]).reshape(-1, 3), axis=0)
    position, at_ns = points.positions[index], points.at_ns[index]
    late = [move for move in points.largest if _follows(move, position, at_ns)]
    return Window(
        position=position,
        at_ns=at_ns,
        moved=rows,
        total=_three(total),
        largest=largest_of([*late, *view.largest], MOST_NAMED),
    )


def order_of(driver: str) -> tuple[int, str]:
    """Return what drivers are sorted by when they are shown: their group, then their name."""
    return next(at for at, group in enumerate(GROUPS) if driver.startswith(group)), driver


def _three(amounts: FloatColumn) -> tuple[float, float, float]:
    return float(amounts[USD]), float(amounts[OPEN_MWH]), float(amounts[VAR_USD])


def _follows(move: MoveRow, position: int, at_ns: int) -> bool:
    return move.position > position if move.position else move.at_ns > at_ns


def largest_of(moves: list[MoveRow], count: int) -> list[MoveRow]:
    """Return the biggest messages, biggest first; of equals the earlier first."""
    ranked = sorted(moves, key=lambda move: (-abs(move.usd), -abs(move.open_mwh), move.position))
    return ranked[:count]


ShownView = AnyView | ExplainView | ExplainPointsView
"""Every view there is."""
