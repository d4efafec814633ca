"""Physical energy: a block or a shape, delivered at a location for a fixed price.

Value = (mark − price) × MWh: buying 10 MW for one hour at 50 $/MWh, marked at 62, is worth
(62 − 50) × 10 = 120 $ (FERC Form 1 bilateral energy; risk policy §5.4 "physical energy").

>>> (62.0 - 50.0) * 10.0 * 1.0
120.0
"""

from state.products.product import Product

PRODUCT = Product("energy")
