"""What a message changed in a market: past days, the open position, and value by hub and block."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from state.arrays import Matrix
from state.explain.loops import share_out, spread_rows
from state.explain.stretches import Flows, Split
from state.market.book import MarketBook
from state.market.horizon import BLOCKS
from state.messages import Block, FloatColumn

DUST_USD = 1e-6
"""Less than this is how sums were rounded, not a figure."""


def forget(market: MarketBook) -> None:
    """Take note of nothing that changed until now."""
    market.tables.changes.forget()
    for day in market.days.values():
        day.hourly.by_hub.forget()
    if market.forward is not None:
        market.forward.before_marks = None


def restated_usd(market: MarketBook) -> FloatColumn | None:
    """Return by how much past days changed their value, by book; None if none did."""
    past = market.tables.changes.past
    if not past:
        return None
    total = np.zeros(len(market.books))
    for date_, before in past.items():
        total += market.days[date_].value_usd
        total[: len(before)] -= before
    past.clear()
    return total


def split_by_hub(market: MarketBook, run: str, left: FloatColumn, splits: Flows[Split]) -> None:
    """Share out what prices moved on days that are not over among hubs and blocks.

    Args:
        market: whose.
        run: of the prices.
        left: all that they moved, $ by book; to the last bit it is shared out.
        splits: added to.
    """
    keys, amounts = _by_hub(market, run)
    chosen = np.empty(len(keys), dtype=np.int64)
    count, anything_left = share_out(amounts, DUST_USD, left, chosen)
    if anything_left:
        splits.add(Split(market.market.market, run, "", str(Block.FLAT)), left)
    splits.add_all([keys[row] for row in chosen[:count].tolist()], amounts, chosen)


def _by_hub(market: MarketBook, run: str) -> tuple[list[Split], Matrix]:
    # What is noted of days and of the curve is forgotten.
    tables = market.tables
    sums = np.zeros((len(BLOCKS) + 1, len(tables.locations.ranked_hubs), len(market.books)))
    for change in tables.changes.blocks:
        if market.today is not None and change.date >= market.today:
            rank, rows = tables.locations.hub_rank, tables.rows
            spread_rows(
                change.usd, change.on_peak, change.rows, rows.book, rows.location, rank, sums
            )
    for date, day in market.days.items():
        if day.hourly.by_hub.moved:
            if market.today is not None and date >= market.today:
                sums[: len(BLOCKS)] += day.hourly.by_hub.usd
            day.hourly.by_hub.forget()
    _add_forward(market, sums)
    keys = _splits(market.market.market, run, tuple(tables.locations.ranked_hubs))
    return keys, sums.reshape(len(keys), len(market.books))


@lru_cache(maxsize=64)
def _splits(market: str, run: str, hubs: tuple[str, ...]) -> list[Split]:
    blocks = (*BLOCKS, Block.FLAT)
    return [Split(market, run, hub, str(block)) for block in blocks for hub in hubs]


def _add_forward(market: MarketBook, sums: Matrix) -> None:
    """Add what the curve changed beyond tomorrow."""
    forward = market.forward
    if forward is None or forward.before_marks is None:
        return
    moved, before = forward.worth_by_row(), forward.before_marks
    moved[: len(before)] -= before
    forward.before_marks = None
    for (book, place, block), row in forward.keys.items():
        number = BLOCKS.index(block) if block in BLOCKS else len(BLOCKS)
        sums[number, market.tables.locations.hub_rank[place], book] += moved[row]
