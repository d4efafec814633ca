"""Retail sales by calendar year: what certificates are owed for (risk policy §4.6, RPS).

Sales of a year are what is stated of it, else of each month what is stated, else the load of the
outlook. The outlook reaches from the month in which the log begins; what was sold before is stated
by :class:`~state.messages.RetailSales`. A month that neither tells leaves the year unknown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from state.market.stated import RETAIL_SALES
from state.messages import ResourceKind
from state.nop.energy import MarketEnergy, covered_over
from state.periods import Span, month_after

if TYPE_CHECKING:
    from state.market.book import MarketBook


def retail_sales(markets: Sequence[MarketEnergy], year: int) -> tuple[float, str]:
    """Return sales of a calendar year, MWh, and why they are not known; NaN then."""
    span = Span(date(year, 1, 1), date(year + 1, 1, 1))
    if not markets:
        return 0.0, ""
    if not any(_is_stated(energy.market, year) for energy in markets):
        found = covered_over(markets, span)
        return _known(found.load, found.reason, year)
    total = 0.0
    for energy in markets:
        mwh, reason = _of_market(energy, year)
        if reason:
            return _known(mwh, reason, year)
        total += mwh
    return total, ""


def _known(mwh: float, reason: str, year: int) -> tuple[float, str]:
    if not reason:
        return mwh, ""
    return math.nan, f"retail sales of {year} are not known: {reason}"


def _is_stated(market: MarketBook, year: int) -> bool:
    return any(period.startswith(f"{year}") for period in market.stated.of(RETAIL_SALES))


def _of_market(energy: MarketEnergy, year: int) -> tuple[float, str]:
    """Return what one market sold in a year, or which month nothing tells."""
    market, stated = energy.market, energy.market.stated.of(RETAIL_SALES)
    whole = stated.get(f"{year}")
    if whole is not None:
        return whole, ""
    records = market.tables.resources.records
    serves = any(one.resource_kind is ResourceKind.LOAD for one in records)
    total = 0.0
    for number in range(12):
        first = month_after(date(year, 1, 1), number)
        # Who serves no load there sells nothing but what is stated.
        told = stated.get(f"{first:%Y-%m}", None if serves else 0.0)
        if told is None:
            found = energy.covered(Span(first, month_after(first, 1)))
            if found.reason:
                return math.nan, found.reason
            told = found.load
        total += told
    return total, ""
