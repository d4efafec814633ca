"""Amounts in whole millionths, of which ratios are exact: what is at an edge is inside it.

Sums and quotients of decimals in floating point are off by their last bits: 38.4 + 38.3 + 38.3 MW
is less than 115. Of whole numbers a quotient is the number nearest to it, and so is an edge.
"""

from __future__ import annotations

import math

MICRO = 1_000_000


def micro(amount: float) -> int:
    """Return an amount in whole millionths.

    >>> micro(-12.5)
    -12500000
    """
    return round(amount * MICRO)


def whole(amount: float) -> float:
    """Return an amount without what is less than a millionth; NaN stays NaN.

    >>> whole(38.4 + 38.3 + 38.3)
    115.0
    """
    return micro(amount) / MICRO if math.isfinite(amount) else amount


def ratio(part: float, of: float) -> float:
    """Divide whole millionths; NaN where either is not known, or nothing is to be divided by.

    >>> ratio(33.3, 100.0) == 0.333 != 33.3 / 100.0
    True
    """
    if not (math.isfinite(part) and math.isfinite(of)) or micro(of) <= 0:
        return math.nan
    return micro(part) / micro(of)
