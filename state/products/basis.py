"""Basis: a location spread, money only: long at one location, short at another, one price.

Value to the buyer = ((P_location − P_second) − spread paid) × MWh; two legs of equal MW, both at
the run of ``settles_at`` (NYMEX rulebook, locational basis swaps; CAISO location spreads are
congestion and losses, tariff section 27.1). Beyond the intraday grid each leg counts at the hub
of its location, as everything does there.

25 MW for 16 hours, NP15 at 52, SP15 at 44, a spread of 5 $/MWh paid:

>>> ((52.0 - 44.0) - 5.0) * 25.0 * 16.0
1200.0
"""

from state.messages import ProductTrade, Trade
from state.products.product import Leg, Product, net_price


def legs(trade: Trade) -> tuple[Leg, ...]:
    """Return the leg bought, which carries the price, and the leg sold."""
    bought = Leg(trade.location, 1.0, net_price(trade))
    second = trade.second_location if isinstance(trade, ProductTrade) else ""
    return bought, Leg(second, -1.0, 0.0)


PRODUCT = Product(
    "basis",
    financial=True,
    legs=legs,
    takes=("second_location",),
    needs=("second_location",),
)
