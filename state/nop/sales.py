"""Retail sales by calendar year: what certificates are owed for (risk policy §4.6, RPS).

Sales of a year are what is stated of it (:class:`~state.messages.RetailSales`), else of each month
what is stated, else the load of the outlook, of months gone by too. A month that neither tells
leaves the year unknown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from state.market.horizon import BLOCKS
from state.market.stated import RETAIL_SALES
from state.nop.energy import MarketEnergy, MeanLoads
from state.nop.whole import MICRO, micro
from state.periods import Span, month_after

if TYPE_CHECKING:
    from state.market.book import MarketBook


def retail_sales(markets: Sequence[MarketEnergy], year: int) -> tuple[float, str]:
    """Return sales of a calendar year, MWh, and why they are not known; NaN then."""
    span = Span(date(year, 1, 1), date(year + 1, 1, 1))
    if not markets:
        return 0.0, ""
    if not any(_is_by_month(energy.market, year) for energy in markets):
        found = [energy.load_over(span) for energy in markets]
        reason = next((why for _, why in found if why), "")
        return _known(sum(mwh for mwh, _ in found), reason, year)
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


def _is_by_month(market: MarketBook, year: int) -> bool:
    """Say whether anything is stated of a year, or months of it lie before the forward book."""
    stated = any(period.startswith(f"{year}") for period in market.stated.of(RETAIL_SALES))
    return stated or _is_before(market, f"{year}-01")


def _is_before(market: MarketBook, month: str) -> bool:
    return market.forward is not None and month < market.forward.months[0]


def _of_market(energy: MarketEnergy, year: int) -> tuple[float, str]:
    """Return what one market sold in a year, or which month nothing tells."""
    stated = energy.market.stated.of(RETAIL_SALES)
    whole = stated.get(f"{year}")
    if whole is not None:
        return whole, ""
    loads = energy.loads_told
    total = 0.0
    for number in range(12):
        first = month_after(date(year, 1, 1), number)
        # Who serves no load there sells nothing but what is stated.
        told, reason = stated.get(f"{first:%Y-%m}", math.nan if loads else 0.0), ""
        if math.isnan(told):
            told, reason = _of_outlook(energy, loads, Span(first, month_after(first, 1)))
        if reason:
            return math.nan, reason
        total += told
    return total, ""


def _of_outlook(energy: MarketEnergy, loads: dict[str, MeanLoads], span: Span) -> tuple[float, str]:
    """Return the load of a month; of one before the forward book outlooks still tell it."""
    market = energy.market
    if not _is_before(market, span.label):
        return energy.load_over(span)
    total = 0
    for resource, cells in loads.items():
        for block in BLOCKS:
            mw = cells.get((span.label, block))
            if mw is None:
                return math.nan, f"no outlook of {resource} for {span.label}"
            total += micro(mw) * span.hours(market.calendar, block)
    return total / MICRO, ""
