"""What each plant and load brings today, against what its day-ahead schedule promised."""

from __future__ import annotations

import math

from dashboards import formats
from dashboards.tiles.tile import Scene
from state.screens.performance_seen import ResourceRow

WAITING = "no tick yet: the day begins with the first"
NOTHING = "no plant and no load is known"
HALF_A_DOLLAR = 0.5
"""What is nearer to zero reads 0 $, and is no loss."""


def values(scene: Scene) -> dict[str, object]:
    """Return one line a resource, the sum of each market behind its own."""
    view = scene.frame.performance
    if view is None or not view.dates:
        return {"waiting": WAITING, "lines": []}
    several = len({row.market for row in view.resources}) > 1
    return {
        "waiting": "" if view.resources else NOTHING,
        "dates": ", ".join(view.dates),
        "lines": [_line(row, several=several) for row in view.resources],
    }


def _line(row: ResourceRow, *, several: bool) -> dict[str, object]:
    firm = not row.resource_kind
    return {
        "key": f"{row.market} {row.resource}",
        "resource": f"{row.resource} {row.market}" if firm and several else row.resource,
        "kind": row.resource_kind,
        "firm": firm,
        "mwh": [formats.signed(each) for each in (row.scheduled_mwh, row.mwh)],
        "usd": [formats.dollars(each) for each in (row.expected_usd, row.value_usd)],
        "difference": formats.dollars(row.difference_usd, sign=True),
        "worse": row.difference_usd < -HALF_A_DOLLAR,
        "contract": formats.dollars(-row.contract_usd) if row.contract_usd else "",
        "margin": formats.dollars(row.margin_usd),
        "price": "" if _is_none(row) else formats.number(row.weighted_price, 2),
        "rate": "" if _is_none(row) else formats.percent(row.capture_rate, 1),
    }


def _is_none(row: ResourceRow) -> bool:
    """Say whether there is no such figure, rather than one that is not known."""
    return row.resource_kind in ("", "storage") and math.isnan(row.weighted_price)
