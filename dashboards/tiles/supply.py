"""Where today's supply comes from, and how concentrated it is."""

from __future__ import annotations

import math

from dashboards import formats
from dashboards.tiles.plants import WAITING
from dashboards.tiles.tile import Scene

NOTHING = "no source: no plant makes anything, nothing is bought, no load is there"


def values(scene: Scene) -> dict[str, object]:
    """Return one line a source, the largest first."""
    view = scene.frame.performance
    if view is None or not view.dates:
        return {"waiting": WAITING, "lines": []}
    alike = 1.0 / view.concentration if view.concentration else math.nan
    return {
        "waiting": "" if view.sources else NOTHING,
        "lines": [
            {
                "source": row.source,
                "product": row.product,
                "mwh": formats.number(row.mwh),
                "share": formats.percent(row.share, 1),
                "width": f"{100 * row.share:.1f}",
            }
            for row in view.sources
        ],
        "load": formats.number(view.load_mwh),
        "sold": formats.number(view.sold_mwh),
        "concentration": formats.number(view.concentration, 2),
        "alike": formats.number(alike, 1),
        "unknown": ", ".join(view.unknown),
    }
