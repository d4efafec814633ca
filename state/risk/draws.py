"""Numbers to simulate with, made by counting: the same on every machine, in any order.

There is no generator with a state: draw (path, factor) of a seed is a hash of the three.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from state.arrays import Matrix, Words

Draws = Callable[[int, int], Matrix]
"""Makes independent standard normal numbers of shape (factors, paths)."""

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)
_LAST_SHIFT = np.uint64(31)
_TO_52_BITS = np.uint64(12)
"""One less than a float holds, so that half a step above the last number is still below 1."""


def uniform(seed: int, factors: int, paths: int) -> Matrix:
    """Return numbers spread evenly over (0, 1), shape (factors, paths).

    The finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
    generators", 2014) over a counter; a seed's factors are streams a hash apart.

    >>> uniform(1, 1, 2).round(6).tolist()
    [[0.749748, 0.372393]]
    """
    streams = _mixed(np.arange(factors, dtype=np.uint64) * _STEP + np.uint64(seed))
    counters = np.arange(1, paths + 1, dtype=np.uint64) * _STEP
    bits = _mixed(streams[:, None] + counters) >> _TO_52_BITS
    return np.asarray((bits.astype(np.float64) + 0.5) * 2.0**-52)


def counted_normal(seed: int) -> Draws:
    """Return draws that depend on a seed and nothing else.

    >>> counted_normal(1)(1, 2).round(6).tolist()
    [[0.673698, -0.325521]]
    """

    def draw(factors: int, paths: int) -> Matrix:
        # The inverse by Wichura's algorithm AS 241, of the standard library.
        inverse = NormalDist().inv_cdf
        flat = uniform(seed, factors, paths).ravel().tolist()
        return np.array([inverse(each) for each in flat]).reshape(factors, paths)

    return draw


def _mixed(bits: Words) -> Words:
    for shift, factor in _MIX:
        bits = (bits ^ (bits >> shift)) * factor
    return np.asarray(bits ^ (bits >> _LAST_SHIFT))
