"""Power purchase agreement, as generated: the buyer pays a fixed price for a share of the output.

The resource carries the volume, which earns the market's price; the contract carries the price:
cost = share × price × generated MWh. A plant making 100 MWh sold at 45 $/MWh under a PPA at
32 $/MWh earns (45 − 32) × 100 = 1,300 $.

>>> 100.0 * 45.0 - 1.0 * 32.0 * 100.0
1300.0
"""

from state.products.product import Product

PRODUCT = Product("ppa", as_generated=True)
