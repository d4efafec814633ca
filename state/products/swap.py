"""Fixed-for-floating swap: money only; the buyer pays fixed and receives the index.

Value to the buyer = (index − fixed) × MWh, the same as a block's, but nothing is delivered:
it counts in the open position of price risk, never in coverage (risk policy §5.4).

>>> (48.0 - 50.0) * 25.0 * 16.0
-800.0
"""

from state.products.product import Product

PRODUCT = Product("swap", financial=True, fixes_price=True)
