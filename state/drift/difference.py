"""A difference between a running figure and its recompute, and the largest of many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from state.arrays import Matrix
from state.compiled import compiled

Index = tuple[int, ...]

LEAST_MW = 100.0
"""MW or MWh to which a difference is relative at least."""

LEAST_USD = 10_000.0
"""$ to which a difference is relative at least."""


@dataclass(frozen=True)
class Difference:
    """The largest difference of one figure.

    Attributes:
        relative: |kept − anew| / scale; 1 where one of the two is no number.
        place: where, in words.
    """

    figure: str
    relative: float
    place: str
    kept: float
    anew: float

    @property
    def text(self) -> str:
        """The difference in words."""
        return f"{self.figure}, {self.place}: kept {self.kept!r}, recomputed {self.anew!r}"


@compiled
def apart(kept: float, anew: float, scale: float) -> float:
    """Return |kept − anew| relative to a scale, 1 at most and where one of the two is no number."""
    moved = abs(kept - anew)
    if np.isnan(moved):
        return 0.0 if np.isnan(kept) and np.isnan(anew) else 1.0
    return min(moved / scale, 1.0)


def largest(
    figure: str,
    pair: tuple[Matrix, Matrix],
    gross: Matrix,
    least: float,
    place: Callable[[Index], str],
) -> Difference:
    """Return the largest difference of two arrays, what is kept and what is recomputed.

    Args:
        figure: name of it.
        pair: kept and recomputed, of one shape.
        gross: what each is the sum of, without signs; as an array that broadcasts to them.
        least: to which a difference is relative at least.
        place: says in words where an index is.

    >>> pair = np.array([1.0, 5.0]), np.array([1.0, 4.0])
    >>> largest("value", pair, np.array([9.0, 9.0]), 10.0, str)
    Difference(figure='value', relative=0.1, place='(1,)', kept=5.0, anew=4.0)
    """
    kept, anew = pair
    if not kept.size:
        return Difference(figure, 0.0, "nowhere", 0.0, 0.0)
    relative = np.abs(kept - anew) / np.maximum(gross, least)
    one_only = np.isnan(kept) != np.isnan(anew)
    relative = np.where(one_only, 1.0, np.fmin(np.fmax(relative, 0.0), 1.0))
    at = tuple(int(number) for number in np.unravel_index(int(np.argmax(relative)), kept.shape))
    worst = float(relative[at])
    where = place(at) if worst else "nowhere"
    return Difference(figure, worst, where, float(kept[at]), float(anew[at]))
