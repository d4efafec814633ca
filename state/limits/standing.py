"""OK, warn and breach with hysteresis, as codes."""

from __future__ import annotations

from state.compiled import compiled
from state.limits.edges import reaches

OK, WARN, BREACH = range(3)
STANDINGS = ("ok", "warn", "breach")
"""Names of the codes."""


@compiled
def next_standing(
    before: int, utilisation: float, headroom: float, warn_at: float, clear_at: float
) -> int:
    """Return the standing after a measurement.

    Outside the limit is a breach, which holds until utilisation falls below ``clear_at``; from
    ``warn_at`` on it is a warning, which holds until utilisation falls below
    ``clear_at · warn_at``.

    >>> next_standing(OK, 0.8, 20.0, 0.8, 0.9), next_standing(BREACH, 0.95, 5.0, 0.8, 0.9)
    (1, 2)
    """
    if headroom < 0.0 or (before == BREACH and reaches(utilisation, clear_at)):
        return BREACH
    held = before >= WARN and reaches(utilisation, clear_at * warn_at)
    if held or reaches(utilisation, warn_at):
        return WARN
    return OK


@compiled
def pinned_standing(value: float, target: float, headroom: float) -> int:
    """Return the standing where minimum = maximum: only a surplus warns, and nothing holds.

    >>> pinned_standing(125.0, 100.0, 25.0), pinned_standing(80.0, 100.0, -20.0)
    (1, 2)
    """
    if headroom < 0.0:
        return BREACH
    return WARN if value > target else OK
