"""Power purchase agreement, as generated: the buyer pays a fixed price for a share of the output.

The resource carries the volume, which earns the market's price; the contract carries the price:
cost = share × K × generated MWh, K = price + adjustment. A plant making 100 MWh sold at 45 $/MWh
under a PPA at 32 $/MWh earns (45 − 32) × 100 = 1,300 $.

>>> 100.0 * 45.0 - 1.0 * 32.0 * 100.0
1300.0

With a floor on the settlement price the seller bears what the market pays less than the floor:
share × max(F − P, 0) × MWh comes back to the buyer, who with F = 0 never pays more than K. Output
and contract together are then share × (max(P, F) − K) × MWh (LevelTen Energy, "Negative pricing
in virtual power purchase agreements"). K = 32.50 − 1.25, a market of 45.80 and 18,500 MWh:

>>> round(18_500.0 * 45.80 - (32.50 - 1.25) * 18_500.0, 2)
269175.0
>>> 100.0 * -20.0 - 32.0 * 100.0 + 100.0 * max(0.0 - -20.0, 0.0)  # at −20 $/MWh
-3200.0
"""

from state.products.floors import FLOOR
from state.products.product import Product, no_leg

PRODUCT = Product(
    "ppa",
    as_generated=True,
    legs=no_leg,
    payoff=FLOOR,
    takes=("price_adjustment_usd_per_mwh", "floor_usd_per_mwh", "volatility_usd_per_mwh"),
)
