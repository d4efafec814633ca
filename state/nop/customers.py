"""Who is served, and at what price: customers and fixed revenue of a period (risk policy §4.4).

No feed tells either; a company states them by month (:class:`~state.messages.CompanyOutlook`). The
outlook of a load is taken as it comes, as of the customers who will be served then.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from state.messages import CompanyFigure, ResourceKind
from state.nop.energy import Energy, MarketEnergy
from state.nop.price_risk import energy_and_hedges_over
from state.periods import Span, month_after

if TYPE_CHECKING:
    from state.desk import Desk


def energy_and_customers_over(
    desk: Desk, markets: Sequence[MarketEnergy], span: Span, *, today: date
) -> Energy:
    """Return energy of a period, its hedges, who is served and what of it is sold at fixed prices.

    Args:
        desk: whose.
        markets: energy of each.
        span: the period.
        today: the market-local date, with whose month customers are compared.
    """
    found = energy_and_hedges_over(desk, markets, span)
    serving = [market for market in markets if _serves(market)]
    if not serving:
        return found
    last, now = customers(serving, span.months[-1]), customers(serving, f"{today:%Y-%m}")
    fixed, unstated = (math.nan, "") if found.reason else fixed_revenue(serving, span)
    return replace(
        found,
        customers=last,
        customers_change=last / now - 1.0 if now > 0.0 else math.nan,
        fixed_revenue=fixed,
        unstated=unstated,
    )


def customers(serving: Sequence[MarketEnergy], month: str) -> float:
    """Return the customers served in a month; NaN where one of the markets states none of it."""
    return sum(_stated(market, CompanyFigure.CUSTOMERS).get(month, math.nan) for market in serving)


def fixed_revenue(serving: Sequence[MarketEnergy], span: Span) -> tuple[float, str]:
    """Return the MWh of a known period's load that are sold at a fixed price, and what is missing.

    Each month's load × its share. NaN where a month is stated by some and not by all; where none
    states any, nothing is missing: this company does not tell.
    """
    shares = [_stated(market, CompanyFigure.FIXED_REVENUE) for market in serving]
    if not any(shares):
        return math.nan, ""
    total = 0.0
    for month in span.months:
        first = date.fromisoformat(f"{month}-01")
        for market, share in zip(serving, shares, strict=True):
            if month not in share:
                return math.nan, f"{market.market.market.market} states no revenue of {month}"
            total += share[month] * market.covered(Span(first, month_after(first, 1))).load
    return total, ""


def _stated(market: MarketEnergy, figure: CompanyFigure) -> Mapping[str, float]:
    return market.market.stated.of(figure)


def _serves(energy: MarketEnergy) -> bool:
    records = energy.market.tables.resources.records
    return any(record.resource_kind is ResourceKind.LOAD for record in records)
