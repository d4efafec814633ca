"""Exposures that changed: what the scenario P&L still has to follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from state.messages import FloatColumn


@dataclass(frozen=True)
class ExposureMove:
    """Exposures that changed: columns of one length.

    Attributes:
        kinds: of shock (``state.risk.kinds``).
        books, places: whose, and where.
        clock_hours: local, 0 to 23.
        mwh: by how much, + long.
    """

    kinds: NDArray[np.int64]
    books: NDArray[np.int64]
    places: NDArray[np.int64]
    clock_hours: NDArray[np.int64]
    mwh: FloatColumn
