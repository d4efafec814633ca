"""The views of the explain: P&L today by driver, the running stretch, and the kept points."""

from __future__ import annotations

import numpy as np

from state.arrays import Matrix
from state.desk import Desk
from state.explain.drivers import EARLIER
from state.explain.pnl import PnlExplain
from state.explain.stretches import Flows, Split, rounded
from state.explain.views import (
    MOST_NAMED,
    ExplainPointsView,
    ExplainView,
    MoveRow,
    SplitRow,
    largest_of,
    order_of,
)
from state.market.valuation import value_usd
from state.messages import FIRM, FloatColumn


def explain_view(desk: Desk) -> ExplainView:
    """Show P&L today by driver, and what moved since the newest kept point."""
    explain = desk.pnl_explain
    names = [*desk.books, FIRM]
    if not explain.stretches:
        return _waiting(names)
    running, layout = explain.stretches[-1], explain.layout
    flows = running.flows
    # A message that moved nothing leaves the view as it was, whenever it is built.
    moved = {str(driver): row for driver, row in flows.rows.items() if flows.amounts[row].any()}
    drivers, today, splits = today_by_driver(desk)
    var_usd = float(explain.last[-2]) if desk.portfolio.scenarios.dates else np.nan
    return ExplainView(
        point=running.number,
        books=names,
        drivers=drivers,
        today_usd=today,
        unexplained_usd=unexplained_usd(desk, today),
        splits=split_rows(splits),
        running_drivers=list(moved),
        running=layout.firm(flows.amounts[list(moved.values())]),
        largest=list(running.largest),
        open_mwh=float(explain.last[-1]),
        var_usd=var_usd,
    )


def _waiting(names: list[str]) -> ExplainView:
    return ExplainView(
        point=0,
        books=names,
        drivers=[],
        today_usd=np.zeros((0, len(names))),
        unexplained_usd=np.zeros(len(names)),
        splits=[],
        running_drivers=[],
        running=np.zeros((0, 3)),
        largest=[],
        open_mwh=np.nan,
        var_usd=np.nan,
    )


def today_by_driver(desk: Desk) -> tuple[list[str], Matrix, Flows[Split]]:
    """Return the drivers of P&L today, their $ by book with the firm last, and prices by hub."""
    explain = desk.pnl_explain
    midnights = [(market, explain.midnights.get(market, 0)) for market in explain.markets]
    flows, splits = explain.today.sums(explain.stretches, midnights, explain.layout)
    flows.add(EARLIER, _earlier_usd(desk))
    usd = _with_firm(explain.layout.by_book(flows.amounts))
    rows = {str(driver): row for driver, row in flows.rows.items() if usd[row].any()}
    drivers = sorted(rows, key=order_of)
    return drivers, usd[[rows[driver] for driver in drivers]], splits


def _earlier_usd(desk: Desk) -> FloatColumn:
    """Return what a market had gained since midnight when the explain began."""
    explain = desk.pnl_explain
    earlier = np.zeros(explain.layout.width)
    starts = {stretch.number: stretch.start for stretch in explain.stretches}
    for column, (name, market) in enumerate(desk.markets.items()):
        own = explain.layout.of_market(column)
        start = starts.get(explain.midnights.get(name, -1))
        if start is not None:
            earlier[own] = start[own] - rounded(market.base_usd.copy())
    return earlier


def unexplained_usd(desk: Desk, today: Matrix) -> FloatColumn:
    """Return P&L today less the sum of its drivers, by book, the firm last; 0 when all is well.

    The P&L is taken from the markets as they stand, not from what the explain has noted.
    """
    total = np.zeros(len(desk.books))
    for market in desk.markets.values():
        total += rounded(value_usd(market)) - rounded(market.base_usd.copy())
    return np.asarray(_with_firm(total) - np.add.reduce(today, axis=0))


def _with_firm(by_book: Matrix) -> Matrix:
    firm = np.add.reduce(by_book, axis=-1, keepdims=True)
    return np.concatenate((by_book, firm), axis=-1)


def split_rows(splits: Flows[Split]) -> list[SplitRow]:
    """Return where prices moved the firm's value, by run, hub and block."""
    rows = [
        SplitRow(usd=float(np.add.reduce(splits.amounts[row])), **key._asdict())
        for key, row in splits.rows.items()
    ]
    return sorted(rows, key=lambda row: (row.market, row.run, row.hub, row.block))


def points_view(desk: Desk) -> ExplainPointsView:
    """Show the kept points with the sum of what moved up to each."""
    explain = desk.pnl_explain
    over = explain.stretches[:-1]
    first = next(iter(explain.midnights.values()), 0)
    numbers = [stretch.number for stretch in explain.stretches]
    named = {driver for stretch in over for driver in stretch.firm(explain.layout)[0]}
    drivers = sorted(named, key=order_of)
    return ExplainPointsView(
        numbers=numbers,
        positions=[stretch.position for stretch in explain.stretches],
        at_ns=[stretch.at_ns for stretch in explain.stretches],
        midnight=numbers.index(first) if first in numbers else 0,
        midnight_complete=not _earlier_usd(desk).any() if numbers else True,
        drivers=drivers,
        totals=_totals(explain, drivers),
        largest=_largest_since_any(explain),
    )


def _totals(explain: PnlExplain, drivers: list[str]) -> Matrix:
    column = {driver: number for number, driver in enumerate(drivers)}
    moved = np.zeros((len(explain.stretches), len(drivers), 3))
    for number, stretch in enumerate(explain.stretches[:-1], start=1):
        names, figures = stretch.firm(explain.layout)
        moved[number, [column[name] for name in names]] = figures
    return np.add.accumulate(moved, axis=0).reshape(len(moved), 3 * len(drivers))


def _largest_since_any(explain: PnlExplain) -> list[MoveRow]:
    """Return every message that is among the biggest since some kept point, oldest first."""
    largest: list[MoveRow] = []
    found: list[MoveRow] = []
    for stretch in reversed(explain.stretches[:-1]):
        largest = largest_of([*stretch.largest, *largest], MOST_NAMED)
        found.extend(move for move in stretch.largest if move in largest)
    return found[::-1]
