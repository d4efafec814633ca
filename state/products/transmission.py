"""Transmission service: MW reserved from a point to a point, firm or not, in MW-hours by month.

Point-to-point service of the pro-forma open-access tariff (FERC Order 890, part II), priced by MW
reserved and hour. The reservation is no energy and moves no open position; what flows over it is
an energy trade at either end. Value = MW × hours × (mark − price). ``location`` is the point of
delivery, any name.

50 MW for the 416 on-peak hours of a month at 4 $/MW-h, marked at 5.50:

>>> 50.0 * 416 * (5.5 - 4.0)
31200.0
"""

from state.products.held import mw_hours
from state.products.product import Product, no_leg

PRODUCT = Product(
    "transmission",
    financial=True,
    legs=no_leg,
    measure="MW-h",
    quantities=mw_hours,
    kinds=("firm", "non_firm"),
    takes=("price_usd_per_unit", "second_location"),
)
