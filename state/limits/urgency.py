"""The order in which limits stand on the screen."""

from __future__ import annotations

import numpy as np

from state.arrays import Floats, Numbers
from state.limits.instances import Instances

_GROUPS = np.array([[3, 2, 0], [1, 1, 0], [4, 2, 0], [3, 2, 0]])
"""By overlay and standing: breach, unknown, warning, the rest, void."""


def urgency(tables: list[Instances]) -> tuple[Numbers, Floats]:
    """Return what rows are ordered by, least first: the group, then utilisation, negated."""
    standings = np.concatenate([table.standing for table in tables])
    overlays = np.concatenate([table.overlay for table in tables])
    utilisation = np.concatenate([table.utilisation for table in tables])
    return _GROUPS[overlays, standings], -np.nan_to_num(utilisation, nan=-np.inf)
