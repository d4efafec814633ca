"""Greenhouse-gas instruments: allowances and offsets, in metric tons of CO2e, by vintage.

California's cap-and-trade regulation (17 CCR §95800 and following); one instrument is one ton.
Value = tons × (mark − price), $ a ton.

5,000 t of 2026 allowances sold at 33 $, marked at 31.50:

>>> -5_000 * (31.5 - 33.0)
7500.0
"""

from state.products.held import by_vintage
from state.products.product import Product, no_leg

PRODUCT = Product(
    "ghg",
    financial=True,
    legs=no_leg,
    measure="t CO2e",
    quantities=by_vintage,
    kinds=("allowance", "offset"),
    takes=("price_usd_per_unit",),
    needs=("vintage", "units"),
)
