"""What is held and is no energy: quantity, value and the factor of each, by book and period."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from state.calendar import local_date, local_midnight_ns
from state.messages import ProductTrade, TradeAction
from tests.state.oracle.facts import Facts

HeldKey = tuple[str, str, str, str, str]
"""Market, book, product, kind and period."""


def held(facts: Facts) -> dict[HeldKey, tuple[float, float]]:
    """Quantity and value of each holding; without a mark it has no value."""
    quantity: dict[HeldKey, float] = defaultdict(float)
    cost: dict[HeldKey, float] = defaultdict(float)
    for trade in facts.trades.values():
        if not isinstance(trade, ProductTrade) or trade.action is TradeAction.CANCEL:
            continue
        for period, amount in _amounts(facts, trade).items():
            key = (trade.market, trade.book, trade.product, trade.unit_kind, period)
            quantity[key] += amount
            cost[key] += amount * trade.price_usd_per_unit
    return {
        key: (amount, _value(facts, key, amount, cost[key])) for key, amount in quantity.items()
    }


def _value(facts: Facts, key: HeldKey, amount: float, cost: float) -> float:
    mark = facts.product_marks.get((key[0], *key[2:]))
    return 0.0 if mark is None else amount * mark - cost


def _amounts(facts: Facts, trade: ProductTrade) -> dict[str, float]:
    if trade.product == "rec":
        return {trade.vintage: trade.units}
    if trade.product != "capacity":
        return {}
    zone = facts.markets[trade.market].time_zone
    shares: dict[str, float] = defaultdict(float)
    first = local_date(trade.delivery_start_ns, zone).replace(day=1)
    while local_midnight_ns(first, zone) < trade.delivery_end_ns:
        after = (first + timedelta(days=31)).replace(day=1)
        edges = local_midnight_ns(first, zone), local_midnight_ns(after, zone)
        inside = min(edges[1], trade.delivery_end_ns) - max(edges[0], trade.delivery_start_ns)
        shares[f"{first:%Y-%m}"] = trade.quantity_mw * inside / (edges[1] - edges[0])
        first = after
    return dict(shares)


def at_risk(key: HeldKey, today: date) -> bool:
    """A vintage always is, a month until it is over."""
    return "-" not in key[4] or key[4] >= f"{today:%Y-%m}"
