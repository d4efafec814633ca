"""Resource-adequacy capacity: system, flexible and local, in MW by month.

A contract for MW of qualifying capacity that is shown to the ISO month by month (CPUC resource
adequacy programme; CAISO tariff section 40); no energy comes with it. Value = MW-months × (mark −
price), $/MW-month; a part of a month counts by its hours. ``location`` names the area of local
capacity, or any name.

100 MW for three months bought at 6,000 $/MW-month, marked at 7,250:

>>> 100.0 * 3 * (7_250.0 - 6_000.0)
375000.0
"""

from state.products.held import mw_months
from state.products.product import Product, no_leg

PRODUCT = Product(
    "capacity",
    financial=True,
    legs=no_leg,
    measure="MW-month",
    quantities=mw_months,
    kinds=("system", "flexible", "local"),
    takes=("price_usd_per_unit",),
)
