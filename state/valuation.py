"""Where positions become money: the two-settlement sum, and what it adds up to by book.

Value of an interval = Σ over legs of mark × MW × h − what trades and as-generated contracts cost.
Legs are deviations, so this is ``Q_DA·P_DA + (Q_FMM − Q_DA)·P_FMM + (Q_RTD − Q_FMM)·P_RTD +
(Q_meter − Q_RTD)·P_RTD`` (CAISO tariff section 11.5; docs/meanings.md, "Value and P&L").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from state.messages import FloatColumn

if TYPE_CHECKING:
    from state.market_book import MarketBook


def value_usd(market: MarketBook) -> FloatColumn:
    """Return value and cash of every book, $: all days held, those closed, the forward."""
    total = market.closed_usd.copy()
    for day in market.days.values():
        total += day.value_usd
    if market.forward is not None:
        total += market.forward.value_by_book(len(market.books))
    if market.certificates.holdings:
        total += market.certificates.value_by_book(len(market.books))
    return total


def realised_usd(market: MarketBook) -> FloatColumn:
    """Return what realised intervals of today and tomorrow gained since midnight, by book."""
    total = np.zeros(len(market.books))
    for _, day in market.open_days():
        total += day.realised_usd
    return total


def corrections_usd(market: MarketBook) -> FloatColumn:
    """Return by how much the value of past days changed since midnight, by book."""
    total = np.zeros(len(market.books))
    for date, day in market.days.items():
        if market.today is not None and date < market.today:
            total += day.corrected_usd
    return total
