"""The figures of a workload: what the product shows, what a recompute gives, how far apart.

Only the product's outward figures are read, so that nothing here knows how the core holds them.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from state.arrays import Floats
from state.company import Company
from state.risk.portfolio import HORIZONS
from state.screens.pnl_seen import PnlView
from state.screens.positions_seen import PositionView
from state.screens.risk_seen import RiskView
from state.screens.view import View

TOLERANCE = 1e-9
"""Largest relative difference between the product and a recompute from scratch."""


class Figures(msgspec.Struct, frozen=True):
    """Figures by book.

    Attributes:
        value_usd: value and cash (mark-to-market), by book.
        open_mw: open position by day, book and hour: hours that are not delivered.
        var_usd, es_usd: by horizon and book, the firm last.
    """

    value_usd: Floats
    open_mw: Floats
    var_usd: Floats
    es_usd: Floats


class Difference(msgspec.Struct, frozen=True):
    """How far two sets of figures are apart, relative to the largest of each kind."""

    value: float
    open: float
    var: float
    es: float

    @property
    def most(self) -> float:
        """The largest of them; NaN when a figure is missing on one side."""
        parts = (self.value, self.open, self.var, self.es)
        return float(np.max(parts))


def difference(measured: Figures, expected: Figures) -> Difference:
    """Compare figures with those of a recompute."""
    return Difference(
        value=relative(measured.value_usd, expected.value_usd),
        open=relative(measured.open_mw, expected.open_mw),
        var=relative(measured.var_usd, expected.var_usd),
        es=relative(measured.es_usd, expected.es_usd),
    )


def relative(measured: Floats, expected: Floats) -> float:
    """Return the largest difference, relative to the largest figure expected, of 1 at least."""
    scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
    return float(np.max(np.abs(measured - expected), initial=0.0)) / scale


def product_figures(company: Company, *, days: list[str]) -> Figures:
    """Read the figures of a company from its views.

    Args:
        company: after the workload.
        days: names of the position views, one a day.
    """
    return figures_in(company.views(), days=days)


def figures_in(views: Mapping[str, View], *, days: list[str]) -> Figures:
    """Read the figures from views: a company's own, or those in the store.

    Args:
        views: by name.
        days: names of the position views, one a day.
    """
    pnl, risk = views["pnl"], views["risk"]
    assert isinstance(pnl, PnlView)  # noqa: S101 - for the type checker
    assert isinstance(risk, RiskView)  # noqa: S101 - as above
    books = [row.book for row in pnl.books[:-1]]
    rows = {(row.horizon, row.node): row for row in risk.rows}
    nodes = [row.book for row in pnl.books]
    held = [views[day] for day in days]
    return Figures(
        value_usd=np.array([row.value_usd for row in pnl.books[:-1]]),
        open_mw=np.array([_open_by_book(view, books) for view in held]),
        var_usd=np.array([[rows[part, node].var_usd for node in nodes] for part in HORIZONS]),
        es_usd=np.array([[rows[part, node].es_usd for node in nodes] for part in HORIZONS]),
    )


def _open_by_book(view: object, books: list[str]) -> Floats:
    assert isinstance(view, PositionView)  # noqa: S101 - for the type checker
    open_mw = np.zeros((len(books), len(view.axis.labels)))
    number = {book: index for index, book in enumerate(books)}
    for book, by_hour in zip(view.books, view.open_mw, strict=True):
        open_mw[number[book]] += by_hour
    open_mw[:, np.array(view.axis.delivered)] = 0.0
    return open_mw
