"""What each product makes of a contract: read off docs/products.md, row by row."""

from __future__ import annotations

from state.messages import ProductTrade, Trade, TradeAction

PHYSICAL = {"energy", "shaped"}
FINANCIAL = {"swap", "cfd", "ist", "basis"}
OPTIONAL = {"crr_obligation", "crr_option", "dispatchable", "storage"}
HELD = {"rec", "capacity"}
PRODUCTS = PHYSICAL | FINANCIAL | OPTIONAL | HELD | {"ppa"}
TWO_PLACES = {"basis", "crr_obligation", "crr_option"}


def net_price(trade: Trade) -> float:
    more = trade.price_adjustment_usd_per_mwh if isinstance(trade, ProductTrade) else 0.0
    return trade.price_usd_per_mwh + more


def premium_price(trade: Trade) -> float:
    """$/MWh paid for the right itself."""
    return trade.price_usd_per_mwh if trade.product in OPTIONAL else 0.0


def linear_legs(trade: Trade) -> list[tuple[str, float, float]]:
    """Location, share of the MW, and $/MWh of each leg."""
    if trade.product == "basis":
        assert isinstance(trade, ProductTrade)
        return [(trade.location, 1.0, net_price(trade)), (trade.second_location, -1.0, 0.0)]
    delivered_by_another = isinstance(trade, ProductTrade) and trade.delivers
    if trade.product in PHYSICAL | FINANCIAL and not delivered_by_another:
        return [(trade.location, 1.0, net_price(trade))]
    return []


def has_its_terms(trade: Trade) -> bool:
    """Whether a contract carries what its product needs, as far as random days try it."""
    if trade.action is TradeAction.CANCEL:
        return True
    if trade.product == "shaped" and not len(trade.profile_mw):
        return False
    crr = trade.product.startswith("crr")
    return _has_places(trade) and not (crr and trade.settles_at not in {"DA", "curve"})


def _has_places(trade: Trade) -> bool:
    if not isinstance(trade, ProductTrade):
        return trade.product not in TWO_PLACES | HELD | {"dispatchable", "storage"}
    if trade.product in TWO_PLACES:
        return trade.second_location not in {"", trade.location}
    strike = trade.strike_usd_per_mwh != 0.0 or trade.product != "dispatchable"
    full = trade.product != "storage" or bool(trade.energy_mwh and trade.quantity_mw)
    return strike and full and not trade.second_location
