"""Shaped energy: physical, one MW a local hour of the delivery period, at one price.

Value = Σ over hours of (mark − price) × MW of the hour (FERC Form 1 bilateral energy; risk policy
§5.4 "physical energy"). A plain energy trade may carry a profile too; here it must. Two hours of
10 and 30 MW bought at 40 $/MWh, marked at 45 and 52:

>>> (45.0 - 40.0) * 10.0 + (52.0 - 40.0) * 30.0
410.0
"""

from state.products.product import Product

PRODUCT = Product("shaped", needs=("profile_mw",))
