"""Convergence bids: virtual supply and demand, bought and sold back in real time.

Virtual supply sells day-ahead and buys back at the fifteen-minute price, virtual demand the other
way round: MW × (P_DA − P_FMM) and MW × (P_FMM − P_DA) (CAISO tariff section 11.3; liquidation at
the FMM price, BPM for Market Operations). They enter as awards (``Award``), not as trades: their
legs are +MW at DA and −MW at FMM for supply, the reverse for demand; the open position has −MW or
+MW from the award until the FMM price is published. They are never supply, never coverage. In a
market without FMM they are liquidated at RTD.

12 MW of virtual supply, 40 $/MWh day-ahead and 33 in the FMM:

>>> 12.0 * (40.0 - 33.0)
84.0
"""

from state.messages import AwardKind, FloatColumn, Run
from state.products.product import Product, no_leg

SUPPLY = Product(
    "virtual_supply", financial=True, legs=no_leg, instead="an Award of virtual_supply"
)
DEMAND = Product(
    "virtual_demand", financial=True, legs=no_leg, instead="an Award of virtual_demand"
)
PRODUCT_OF = {AwardKind.VIRTUAL_SUPPLY: SUPPLY, AwardKind.VIRTUAL_DEMAND: DEMAND}

SHARES = {
    AwardKind.VIRTUAL_SUPPLY: {Run.DA: 1.0, Run.FMM: -1.0},
    AwardKind.VIRTUAL_DEMAND: {Run.DA: -1.0, Run.FMM: 1.0},
}
"""MW by run of each awarded MW, supply +."""


def open_mw(kind: AwardKind, awarded_mw: FloatColumn) -> FloatColumn:
    """Return what awarded MW leave open until they are liquidated: the real-time leg.

    >>> import numpy as np
    >>> open_mw(AwardKind.VIRTUAL_SUPPLY, np.array([12.0])).tolist()
    [-12.0]
    """
    return SHARES[kind][Run.FMM] * awarded_mw
