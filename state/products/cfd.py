"""Contract for differences: money only, (P_float − K) × Q to the buyer, K adjusted.

K = price + adjustment; the floating price is the index of ``settles_at``, or max(index, floor)
where there is a floor (``state.products.floors``). The seller pays when it is positive; hourly
differences, netted by month (Norton Rose Fulbright, "Virtual power purchase agreements"). It is
never supply and never coverage.

K = 32.50 with an adjustment of −1.25 is 31.25; at a market of 45.80 over 18,500 MWh the offtaker
receives:

>>> round((45.80 - (32.50 - 1.25)) * 18_500.0, 2)
269175.0
"""

from state.products.floors import FLOOR
from state.products.product import Product

PRODUCT = Product(
    "cfd",
    financial=True,
    fixes_price=True,
    payoff=FLOOR,
    takes=("price_adjustment_usd_per_mwh", "floor_usd_per_mwh", "volatility_usd_per_mwh"),
)
