"""How near load and output forecasts came to the meter, by horizon."""

from __future__ import annotations

from itertools import groupby

from dashboards import formats
from dashboards.tiles.plants import WAITING
from dashboards.tiles.tile import Scene
from state.screens.performance_seen import ForecastRow

NOTHING = "no load and no plant whose output varies is known"

_SHORT = {"day-ahead schedule": "day-ahead", "day's start": "day", "interval's start": "interval"}


def values(scene: Scene) -> dict[str, object]:
    """Return one line a resource, with a MAPE a horizon."""
    view = scene.frame.performance
    if view is None or not view.dates:
        return {"waiting": WAITING, "lines": []}
    groups = groupby(view.forecasts, key=lambda row: (row.market, row.resource))
    return {
        "waiting": "" if view.forecasts else NOTHING,
        "horizons": [
            (horizon, _SHORT.get(horizon, horizon))
            for horizon in dict.fromkeys(row.horizon for row in view.forecasts)
        ],
        "lines": [_line(" ".join(key), list(rows)) for key, rows in groups],
        "first": view.from_date,
    }


def _line(key: str, rows: list[ForecastRow]) -> dict[str, object]:
    return {
        "key": key,
        "resource": rows[0].resource,
        "firm": rows[0].resource == "all loads",
        "hours": max(row.today_hours for row in rows),
        "today": [formats.percent(row.today, 2) for row in rows],
        "held": [formats.percent(row.held, 2) for row in rows],
        "bias": formats.percent(rows[0].bias, 1),
    }
