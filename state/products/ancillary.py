"""Ancillary services: capacity held ready, in MW-hours by month, by service.

Regulation up and down, spinning and non-spinning reserve (CAISO tariff section 8), paid by MW and
hour of awarded capacity; energy called from it settles as energy of the resource. Sold capacity
is −. Value = MW × hours × (mark − price), the mark being the service's price, $/MW-h.

20 MW of regulation up sold for 720 hours at 9 $/MW-h, marked at 7:

>>> -20.0 * 720 * (7.0 - 9.0)
28800.0
"""

from state.products.held import mw_hours
from state.products.product import Product, no_leg

PRODUCT = Product(
    "ancillary",
    financial=True,
    legs=no_leg,
    measure="MW-h",
    quantities=mw_hours,
    kinds=("regulation_up", "regulation_down", "spinning", "non_spinning"),
    takes=("price_usd_per_unit",),
)
