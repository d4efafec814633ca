"""The explain between two log positions, whole: every driver by book, prices by hub, messages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from state.desk import Desk
from state.explain.drivers import Driver
from state.explain.screens import split_rows
from state.explain.stretches import Flows, Split
from state.explain.views import MOST_NAMED, MoveRow, SplitRow, largest_of, order_of
from state.messages import FIRM, FloatColumn


@dataclass(frozen=True)
class Moved:
    """What one driver moved.

    Attributes:
        usd: P&L by book, the firm last.
        open_mwh: open position of the firm's undelivered hours of today and tomorrow.
        var_usd: VaR of each book and of the firm, both horizons.
    """

    driver: str
    usd: FloatColumn
    open_mwh: float
    var_usd: FloatColumn


@dataclass(frozen=True)
class Between:
    """What moved between two log positions.

    Attributes:
        books: by index, the firm last.
        total: the sum over drivers.
        unexplained_usd: change in value less the drivers, by book, the firm last; 0 when all
            is well.
        largest: the biggest single messages, biggest first.
    """

    books: list[str]
    moved: list[Moved]
    total: Moved
    unexplained_usd: FloatColumn
    splits: list[SplitRow]
    largest: list[MoveRow]


def between(desk: Desk) -> Between:
    """Return what moved since the desk's explain began, from its first kept point until now."""
    explain = desk.pnl_explain
    layout = explain.layout
    flows: Flows[Driver] = Flows(layout.width)
    splits: Flows[Split] = Flows(layout.books)
    largest: list[MoveRow] = []
    for stretch in explain.stretches:
        flows.merge(stretch.flows)
        splits.merge(stretch.splits)
        largest = largest_of([*largest, *stretch.largest], MOST_NAMED)
    by_name = {str(driver): flows.amounts[row] for driver, row in flows.rows.items()}
    names = sorted((name for name in by_name if by_name[name].any()), key=order_of)
    change = explain.last - explain.stretches[0].start
    total = np.add.reduce(flows.amounts, axis=0)

    def moved(name: str, amounts: FloatColumn) -> Moved:
        by_book = layout.by_book(amounts)
        usd = np.append(by_book, np.add.reduce(by_book))
        return Moved(name, usd, float(amounts[-1]), amounts[layout.values : -1])

    return Between(
        books=[*desk.books, FIRM],
        moved=[moved(name, by_name[name]) for name in names],
        total=moved("total", total),
        unexplained_usd=moved("unexplained", change - total).usd,
        splits=split_rows(splits),
        largest=largest,
    )
