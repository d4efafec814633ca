"""The order in which limits stand on the screen."""

from __future__ import annotations

import numpy as np

from state.limits.instances import Instances

_GROUPS = np.array([[3, 2, 0], [1, 1, 0], [4, 2, 0], [3, 2, 0]])
"""By overlay and standing: breach, unknown, warning, the rest, void."""


def by_urgency(tables: list[Instances]) -> tuple[list[tuple[Instances, int]], int]:
    """Return limits with their rows by group, then utilisation, and how many are breaches."""
    if not tables:
        return [], 0
    places = [(table, row) for table in tables for row in range(len(table))]
    standings = np.concatenate([table.standing for table in tables])
    overlays = np.concatenate([table.overlay for table in tables])
    utilisation = np.concatenate([table.utilisation for table in tables])
    groups, idleness = _GROUPS[overlays, standings], -np.nan_to_num(utilisation, nan=-np.inf)
    order = np.lexsort((idleness, groups)).tolist()
    return [places[index] for index in order], int((groups == 0).sum())
