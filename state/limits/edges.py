"""Utilisation and headroom of a value against its edges.

Headroom is the signed distance to the nearest edge in the limit's own unit, negative in breach;
at the limit is inside. Utilisation is 1 at the limit, infinite for "over", NaN for unknown.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from state.compiled import compiled


class Edge(StrEnum):
    """Which side of the value is limited."""

    CEILING = "ceiling"
    FLOOR = "floor"
    LOSS = "loss"
    BAND = "band"

    @property
    def number(self) -> int:
        """The edge as compiled loops know it."""
        return _NUMBERS[self._value_]


_NUMBERS = {edge._value_: number for number, edge in enumerate(Edge)}

CEILING, FLOOR, LOSS, BAND = (edge.number for edge in Edge)

_AT = 1.0 - 1e-9
"""Of a mark from which on a utilisation is at it: quotients round, most where a band is narrow."""


@compiled
def _ratio(part: float, whole: float, headroom: float) -> float:
    """Divide; a whole of 0 is 0 where the limit is kept and over where it is not."""
    if whole != 0.0:
        return part / whole
    if headroom < 0.0:
        return np.inf
    return np.nan if np.isnan(headroom) else 0.0


@compiled
def measured(
    edge: int, value: float, low: float, high: float, least: float, most: float
) -> tuple[float, float]:
    """Return utilisation and headroom.

    A ceiling is used by value / limit, a floor by limit / value (a value of 0 or less is over), a
    loss by max(0, loss) / limit, a band by |value − middle| / half-width. A minimum of nothing at
    all (0 % of load) makes a band one-sided: nothing warns near it, and below it is what was sold
    and is not held. Where minimum = maximum the minimum is the limit.

    Args:
        edge: :attr:`Edge.number`.
        value: in the limit's unit.
        low: lower edge, of a loss the limit negated; counts for no ceiling.
        high: upper edge; counts for no floor and no loss.
        least: what nothing at all comes to; a lower edge there does not warn.
        most: what it cannot rise above.

    >>> measured(Edge.CEILING.number, 75.0, np.nan, 100.0, -np.inf, np.inf)
    (0.75, 25.0)
    >>> measured(Edge.FLOOR.number, 0.0, 1.0, np.nan, -np.inf, np.inf)
    (inf, -1.0)
    >>> measured(Edge.LOSS.number, -50.0, -100.0, np.nan, -np.inf, np.inf)
    (0.5, 50.0)
    >>> measured(Edge.BAND.number, 80.0, 60.0, 140.0, 0.0, np.inf)
    (0.5, 20.0)
    >>> [measured(Edge.BAND.number, at, 0.0, 50.0, 0.0, np.inf) for at in (0.0, -10.0)]
    [(0.0, 50.0), (inf, -10.0)]
    """
    if edge == CEILING:
        return _ratio(value, high, high - value), high - value
    if edge == LOSS:
        return _ratio(max(-value, 0.0), -low, value - low), value - low
    if edge == FLOOR or high >= most or low == high:
        return _ratio(low, max(value, 0.0), value - low), value - low
    if low <= least:
        if value < low:
            return np.inf, value - low
        return _ratio(value, high, high - value), high - value
    headroom = min(value - low, high - value)
    return _ratio(abs(value - (low + high) / 2), (high - low) / 2, headroom), headroom


@compiled
def reaches(utilisation: float, mark: float) -> bool:
    """Say whether a utilisation is at a mark or beyond it.

    105 % is an edge of a band of 90 to 105 %, but the quotient is a little less than 1:

    >>> used, _ = measured(Edge.BAND.number, 1.05, 0.9, 1.05, 0.0, np.inf)
    >>> bool(used < 1.0), reaches(used, 1.0)
    (True, True)
    """
    return utilisation >= mark * _AT
