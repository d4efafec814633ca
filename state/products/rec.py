"""Renewable energy certificates of the portfolio content categories 1, 2 and 3, by vintage.

One certificate is one MWh of renewable output, in WREGIS (California Public Utilities Code
§399.16 for the categories: bundled, firmed and shaped, unbundled). Value = certificates × (mark −
price), $ a certificate. They are no energy: MWh of them cover no load.

10,000 PCC1 of 2026 bought at 17.50 $, marked at 19:

>>> 10_000 * (19.0 - 17.5)
15000.0
"""

from state.products.held import by_vintage
from state.products.product import Product, no_leg

PRODUCT = Product(
    "rec",
    financial=True,
    legs=no_leg,
    measure="certificate",
    quantities=by_vintage,
    kinds=("PCC1", "PCC2", "PCC3"),
    takes=("price_usd_per_unit",),
    needs=("vintage", "units"),
)
