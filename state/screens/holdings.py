"""The view of what is held that is no energy."""

from __future__ import annotations

import math

from state.desk import Desk
from state.market.book import MarketBook
from state.products import PRODUCTS
from state.screens.holdings_seen import HoldingRow, HoldingView


def holding_view(desk: Desk) -> HoldingView:
    """Show what is held, by book, product, kind and period."""
    rows = [row for market in desk.markets.values() for row in _rows(desk, market)]
    rows.sort(key=lambda row: (row.book, row.product, row.unit_kind, row.period))
    return HoldingView(rows=rows)


def _rows(desk: Desk, market: MarketBook) -> list[HoldingRow]:
    found = []
    for (book, product, kind, period), held in market.certificates.holdings.items():
        mark = market.certificates.marks.get((product, kind, period), math.nan)
        if held.quantity or held.cost_usd:
            row = HoldingRow(
                market=market.market.market,
                book=desk.books[book],
                product=product,
                unit_kind=kind,
                period=period,
                quantity=held.quantity,
                measure=PRODUCTS[product].measure,
                mark_usd_per_unit=mark,
                value_usd=held.quantity * mark - held.cost_usd,
            )
            found.append(row)
    return found
