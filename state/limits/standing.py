"""OK, warn and breach with hysteresis, as columns of codes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from state.limits.edges import Flags, Measure

Codes = NDArray[np.int8]

OK, WARN, BREACH = range(3)
STANDINGS = ("ok", "warn", "breach")
"""Names of the codes."""


def next_standing(
    before: Codes, measured: Measure, *, warn_at: float, clear_at: float, pinned: Flags
) -> Codes:
    """Return the standing after a measurement.

    Outside the limit is a breach, which holds until utilisation falls below ``clear_at``; from
    ``warn_at`` on it is a warning, which holds until utilisation falls below
    ``clear_at · warn_at``. NaN counts as ok; the caller keeps what it does not know.

    Where minimum = maximum (``pinned``) only a surplus warns, and no state holds.
    """
    utilisation = np.where(pinned, 0.0, measured.utilisation)
    outside = measured.headroom < 0.0
    held_breach = (before == BREACH) & (utilisation >= clear_at)
    held_warning = (before >= WARN) & (utilisation >= clear_at * warn_at)
    warning = measured.surplus | (utilisation >= warn_at) | held_warning
    return np.where(outside | held_breach, BREACH, np.where(warning, WARN, OK)).astype(np.int8)
