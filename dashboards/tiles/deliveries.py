"""What contracts deliver today against what they should."""

from __future__ import annotations

import math

from dashboards import formats
from dashboards.tiles.plants import WAITING
from dashboards.tiles.tile import Scene

NOTHING = "no contract on a plant's output, and none that an IST delivers, is about today"
_WHOLE = 0.9995
"""What is nearer to one reads 100.0 %, and lacks nothing."""


def values(scene: Scene) -> dict[str, object]:
    """Return one line a contract, the one that delivers least of its due first."""
    view = scene.frame.performance
    if view is None or not view.dates:
        return {"waiting": WAITING, "lines": []}
    rows = sorted(view.deliveries, key=lambda row: (math.isnan(row.ratio), row.ratio, row.contract))
    return {
        "waiting": "" if rows else NOTHING,
        "lines": [
            {
                "contract": row.contract,
                "counterparty": row.counterparty,
                "by": row.through,
                "contracted": formats.number(row.contracted_mwh, 1),
                "delivered": formats.number(row.delivered_mwh, 1),
                "ratio": formats.percent(row.ratio, 1),
                "short": row.ratio < _WHOLE,
            }
            for row in rows
        ],
    }
