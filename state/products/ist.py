"""Inter-SC trade: the ISO moves money between two schedule coordinators, nothing is delivered.

CAISO tariff section 28 (inter-SC trades of energy, physical at a location or at a trading hub)
settles the day-ahead or real-time price of the MW, charged to the one and paid to the other: the
buyer receives price × MWh. An IST that delivers a contract (``delivers``) is the way that
contract's index leg is paid; the contract counts, with its price and its MW, and the IST counts
nowhere, or the energy would be there twice. One without a contract behind it is a financial leg:
value to the buyer = (index − what is paid for it) × MWh. It is never supply, never coverage.

Receiving 20 MW for two hours at an index of 45 $/MWh against 41 paid:

>>> (45.0 - 41.0) * 20.0 * 2.0
160.0
"""

from state.messages import ProductTrade, Trade
from state.products.product import Leg, Product, no_leg, own_leg


def legs(trade: Trade) -> tuple[Leg, ...]:
    """Return none where it delivers a contract, else its money leg."""
    delivers = isinstance(trade, ProductTrade) and trade.delivers
    return no_leg(trade) if delivers else own_leg(trade)


PRODUCT = Product("ist", financial=True, legs=legs, takes=("delivers",))
