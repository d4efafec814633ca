"""The forward position of some books against its recompute."""

from __future__ import annotations

import numpy as np

from state.drift.difference import LEAST_MW, LEAST_USD, Difference, Index, largest
from state.drift.recomputed_forward import forward_anew
from state.drift.scenario_sums import ScenarioSums
from state.market.book import MarketBook
from state.messages import FloatColumn, Trade


def forward_differences(
    market: MarketBook,
    books: range,
    trades: list[Trade],
    sums: ScenarioSums,
    by_book: tuple[FloatColumn, FloatColumn],
) -> list[Difference]:
    """Compare some books' forward rows; add what they are worth, and their scenario P&L.

    Args:
        market: whose.
        books: indices.
        trades: contracts of these books that deliver beyond the days.
        sums: takes the scenario P&L.
        by_book: $; takes the value, and what it is the sum of, without signs.
    """
    forward = market.forward
    if forward is None:
        return []
    anew = forward_anew(market, forward, {market.books[book] for book in books}, trades)
    keys, names = list(forward.keys), market.tables.locations.names
    holders = np.array([key[0] for key in keys], dtype=np.int64)
    mine = np.flatnonzero((holders >= books.start) & (holders < books.stop))

    def place(at: Index) -> str:
        book, hub, block = keys[mine[at[0]]]
        return f"{market.books[book]} {names[hub]} {block} {forward.months[at[1]]}"

    def usd_place(at: Index) -> str:
        return f"cost of {place(at)}"

    mwh = (forward.mwh[mine], anew.mwh[mine])
    cost = (forward.cost_usd[mine], anew.cost_usd[mine])
    mark = (forward.mark[mine], anew.mark[mine])
    found = [
        largest("forward", mwh, anew.gross_mwh[mine], LEAST_MW, place),
        largest("forward", cost, anew.gross_usd[mine], LEAST_USD, usd_place),
        largest("forward", mark, np.zeros(1), LEAST_MW, place),
    ]
    if anew.unplaced_mwh:
        found.append(Difference("forward", 1.0, "rows that are missing", 0.0, anew.unplaced_mwh))
    known = np.isfinite(anew.mark)
    level = np.where(known, anew.mark, 0.0)
    worth = np.where(known, anew.mwh * level - anew.cost_usd, 0.0)
    size = np.where(known, anew.gross_mwh * np.abs(level) + anew.gross_usd, 0.0)
    total, gross = by_book
    total += np.bincount(holders, np.add.reduce(worth, axis=1), len(total))
    gross += np.bincount(holders, np.add.reduce(size, axis=1), len(total))
    sums.add_forward(market, anew.mwh)
    return found
