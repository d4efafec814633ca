"""Utilisation and headroom of values against their edges, as columns.

Headroom is the signed distance to the nearest edge in the limit's own unit, negative in breach;
at the limit is inside. Utilisation is 1 at the limit, infinite for "over", NaN for unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Edge(StrEnum):
    """Which side of the value is limited."""

    CEILING = "ceiling"
    FLOOR = "floor"
    LOSS = "loss"
    BAND = "band"


@dataclass(frozen=True, slots=True)
class Measure:
    """Utilisation, headroom, and where a surplus over a pinned target warns."""

    utilisation: Floats
    headroom: Floats
    surplus: Flags


def ceiling(values: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return utilisation (value / limit) and headroom under a ceiling.

    >>> ceiling(np.array([75.0, 0.0, 1.0]), np.array([100.0, 0.0, 0.0]))[0]
    array([0.75, 0.  ,  inf])
    """
    headroom = high - values
    return _ratio(values, high, headroom), headroom


def floor(values: Floats, low: Floats) -> tuple[Floats, Floats]:
    """Return utilisation (limit / value; a value of 0 or less is over) and headroom.

    >>> floor(np.array([2.0, 0.0]), np.array([1.0, 1.0]))[0]
    array([0.5, inf])
    """
    headroom = values - low
    return _ratio(low, np.maximum(values, 0.0), headroom), headroom


def loss(values: Floats, low: Floats) -> tuple[Floats, Floats]:
    """Return utilisation (max(0, loss) / limit) and headroom; ``low`` is the limit, negated.

    >>> loss(np.array([-50.0, 20.0]), np.array([-100.0, -100.0]))
    (array([0.5, 0. ]), array([ 50., 120.]))
    """
    headroom = values - low
    return _ratio(np.maximum(-values, 0.0), -low, headroom), headroom


def band(
    values: Floats, low: Floats, high: Floats, *, least: float, most: float
) -> tuple[Floats, Floats]:
    """Return utilisation (|value - middle| / half-width) and headroom between two edges.

    An edge the value cannot cross (at or beyond ``least`` or ``most``) makes the band one-sided.
    Where minimum = maximum the minimum is the limit.

    >>> edges = {"low": np.array([0.9]), "high": np.array([1.1]), "least": 0.0, "most": np.inf}
    >>> band(np.array([0.95]), **edges)[0].round(9)
    array([0.5])
    """
    under, over = values - low, high - values
    middle, half_width = (low + high) / 2, (high - low) / 2
    headroom = np.minimum(under, over)
    utilisation = _ratio(np.abs(values - middle), half_width, headroom)
    for one_sided, (ratio, room) in (
        (np.asarray(low <= least), ceiling(values, high)),
        (np.asarray((high >= most) | (low == high)), floor(values, low)),
    ):
        if one_sided.any():
            utilisation = np.where(one_sided, ratio, utilisation)
            headroom = np.where(one_sided, room, headroom)
    return utilisation, headroom


def measure(
    edge: Edge,
    values: Floats,
    low: Floats,
    high: Floats,
    *,
    least: float = -np.inf,
    most: float = np.inf,
) -> Measure:
    """Measure values against their edges; the edge a kind has not is ignored."""
    surplus = np.zeros(len(values), dtype=np.bool_)
    if edge is Edge.BAND:
        utilisation, headroom = band(values, low, high, least=least, most=most)
        surplus = (low == high) & (values > high)
    elif edge is Edge.CEILING:
        utilisation, headroom = ceiling(values, high)
    elif edge is Edge.FLOOR:
        utilisation, headroom = floor(values, low)
    else:
        utilisation, headroom = loss(values, low)
    return Measure(utilisation, headroom, surplus)


def _ratio(part: Floats, whole: Floats, headroom: Floats) -> Floats:
    """Divide; a whole of 0 is 0 where the limit is kept and over where it is not."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = part / whole
    if (whole != 0.0).all():
        return ratio
    empty = np.where(headroom < 0.0, np.inf, np.where(np.isnan(headroom), np.nan, 0.0))
    return np.where(whole == 0.0, empty, ratio)
