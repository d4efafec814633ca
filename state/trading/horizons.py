"""Which row of the trading limits a contract falls under (risk policy §5.6)."""

from __future__ import annotations

from calendar import monthrange

from state.periods import PERIODS, Span, month_after
from state.policy.risk_policy import RiskPolicy
from state.policy.trading_limits import TradedProduct, TradingLimit
from state.trading.facts import TradeFacts


def lasts_at_most(span: Span, months: int) -> bool:
    """Say whether a delivery period is no longer than so many months from its first date.

    >>> from datetime import date
    >>> lasts_at_most(Span(date(2026, 1, 31), date(2026, 2, 28)), 1)
    True
    >>> lasts_at_most(Span(date(2026, 1, 15), date(2026, 2, 16)), 1)
    False
    """
    month = month_after(span.first, months)
    day = min(span.first.day, monthrange(month.year, month.month)[1])
    return span.end <= month.replace(day=day)


def traded_product(facts: TradeFacts, policy: RiskPolicy) -> TradedProduct | None:
    """Return the product as the table names it; None where it has none."""
    return next(
        (
            each
            for each in policy.traded_products
            if facts.venue in each.venues and facts.product in each.products
        ),
        None,
    )


def rows_of(product: TradedProduct, policy: RiskPolicy) -> list[TradingLimit]:
    """Return the rows of a product, from the nearest horizon to the farthest."""
    return [row for row in policy.trading_limits if product.id in row.products]


def row_of(facts: TradeFacts, rows: list[TradingLimit]) -> TradingLimit | None:
    """Return the first row whose horizon and length hold a contract; None beyond them all."""
    return next((row for row in rows if _holds(row, facts)), None)


def _holds(row: TradingLimit, facts: TradeFacts) -> bool:
    span = Span(facts.first, facts.end)
    if row.months is not None and not lasts_at_most(span, row.months):
        return False
    if row.horizon is None:
        return True
    horizon = PERIODS[row.horizon].span(facts.executed)
    return horizon is not None and facts.end <= horizon.end
