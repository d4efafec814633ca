"""A price against the sum of its components, where a market publishes them."""

from __future__ import annotations

import numpy as np

from state.messages import FloatColumn, PricePublication

TOLERANCE_USD_PER_MWH = 0.01
"""Markets publish cents: more than one cent off is no rounding."""
_DECIMALS = 6
"""Of a $/MWh: finer than any market publishes, coarser than sums of binary fractions err."""


def component_gap(price: PricePublication) -> FloatColumn:
    """Return LMP less the sum of its components, $/MWh, one a location.

    NaN where energy, congestion or loss is not published, and an empty column where one of them
    is published nowhere: then there is no sum. Greenhouse gas counts 0 where it is not published,
    because most intervals have none.

    >>> price = PricePublication(
    ...     market="caiso", run="RTD", interval_start_ns=0, interval_seconds=300,
    ...     locations=("A", "B"), lmp=np.array([30.5, 31.0]), energy=np.array([28.0, 28.0]),
    ...     congestion=np.array([2.0, 2.0]), loss=np.array([0.5, 0.5]))
    >>> component_gap(price).tolist()
    [0.0, 0.5]
    """
    parts = (price.energy, price.congestion, price.loss)
    if not all(len(part) for part in parts):
        return np.empty(0)
    total = parts[0] + parts[1] + parts[2]
    if len(price.ghg):
        total = total + np.where(np.isnan(price.ghg), 0.0, price.ghg)
    return np.round(price.lmp - total, _DECIMALS)
