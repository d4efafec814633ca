"""Which books show estimates: load at an estimated price, and early marks."""

from __future__ import annotations

import numpy as np

from state.arrays import Flags
from state.market.delivery_day import DeliveryDay
from state.market.hours import kept
from state.market.prices import LOAD, RTD
from state.market.tables import MarketTables


def estimates(day: DeliveryDay, tables: MarketTables) -> Flags:
    """Say which books hold load at an estimated price, an early mark; shape (2, books)."""
    rows: Flags = kept("estimates", _of_rows, day, tables, edition=day.edition)
    books = rows.copy()
    day.open_lines.follow(day.delivered)
    books[1] |= day.open_lines.estimate()
    return books


def _of_rows(day: DeliveryDay, tables: MarketTables) -> Flags:
    places = tables.rows.location
    held = day.legs.legs[:, : len(places)] != 0.0
    unpriced = ~day.prices.priced(RTD)[places]
    books = np.zeros((2, len(day.value_usd)), dtype=np.bool_)
    books[0, tables.rows.book[held[LOAD].any(axis=1)]] = True
    books[1, tables.rows.book[(held[RTD] & unpriced).any(axis=1)]] = True
    return books
