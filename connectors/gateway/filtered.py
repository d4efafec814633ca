"""Views of some books only: what is the firm's, or another book's, is left out."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, TypeVar

import msgspec
import numpy as np

from state.messages import EMPTY
from state.screens.cases_seen import CaseView
from state.screens.clock_seen import ClockView
from state.screens.limits_seen import LimitView
from state.screens.pnl_seen import PnlView
from state.screens.positions_seen import PositionView
from state.screens.risk_seen import RiskView
from state.screens.views import Transition


class RefusedTrade(msgspec.Struct, kw_only=True, frozen=True):
    """A trade of the log that the core refused: it is in no book.

    Attributes:
        position: of the version in the log, as its acknowledgement told.
        trade: ``source/trade/version``.
        reason: why, and what to do.
    """

    position: int
    trade: str
    book: str
    reason: str


Shown = ClockView | PositionView | PnlView | RiskView | LimitView | CaseView
"""What `/updates` sends."""

_View = TypeVar("_View", bound=msgspec.Struct)


def is_of(scope: str, books: AbstractSet[str]) -> bool:
    """Say whether a limit's scope is one of some books.

    >>> is_of("WEST", {"WEST"}), is_of("caiso/WEST", {"WEST"}), is_of("firm", {"WEST"})
    (True, True, False)
    """
    return not books.isdisjoint(scope.split("/"))


def view_of(view: Shown, books: AbstractSet[str]) -> Shown:
    """Return a view as somebody sees it who may see some books; none named means all.

    Totals, load and coverage of a position are the firm's, and so are the scenarios behind a
    VaR: under a filter their columns are empty.
    """
    pick = _PICKED.get(type(view))
    return pick(view, books) if books and pick else view


def alerts_of(alerts: list[Transition], books: AbstractSet[str]) -> list[Transition]:
    """Return the changes of cases that somebody may see."""
    return [each for each in alerts if not books or is_of(each.row.scope, books)]


def refused_of(refused: list[RefusedTrade], books: AbstractSet[str]) -> list[RefusedTrade]:
    """Return the refused trades that somebody may see."""
    return [each for each in refused if not books or each.book in books]


def _position(view: PositionView, books: AbstractSet[str]) -> PositionView:
    kept = [row for row, book in enumerate(view.books) if book in books]
    return _with(
        view,
        books=[view.books[row] for row in kept],
        locations=[view.locations[row] for row in kept],
        open_mw=np.asarray(view.open_mw)[kept],
        total_open_mw=EMPTY,
        total_open_mwh=EMPTY,
        load_mw=EMPTY,
        coverage=EMPTY,
        unknown=[],
    )


def _risk(view: RiskView, books: AbstractSet[str]) -> RiskView:
    return _with(
        view,
        rows=[row for row in view.rows if row.node in books],
        scenario_dates=[],
        firm_scenarios_usd=EMPTY,
        uncovered=[],
    )


def _limits(view: LimitView, books: AbstractSet[str]) -> LimitView:
    rows = [row for row in view.rows if is_of(row.scope, books)]
    return _with(view, rows=rows, shown=len(rows))


def _pnl(view: PnlView, books: AbstractSet[str]) -> PnlView:
    return _with(view, books=[row for row in view.books if row.book in books])


def _cases(view: CaseView, books: AbstractSet[str]) -> CaseView:
    """Leave out the duties that no breach calls for, too: they are the firm's."""
    return _with(view, cases=[row for row in view.cases if is_of(row.scope, books)], standing=[])


def _with(view: _View, **changes: object) -> _View:
    return msgspec.structs.replace(view, **changes)


_PICKED: dict[type, Callable[[Any, AbstractSet[str]], Shown]] = {
    PositionView: _position,
    PnlView: _pnl,
    RiskView: _risk,
    LimitView: _limits,
    CaseView: _cases,
}
