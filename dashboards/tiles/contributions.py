"""Where the firm's risk comes from: by book, location, block and position, and on which days."""

from __future__ import annotations

from dashboards import formats
from dashboards.tiles.tile import Scene
from state.screens.contributions_seen import ContributionRow, ContributionView

PARTITIONS = ("book", "location", "block", "position")
TAIL_SHOWN = 5
WAITING = "no contributions yet: they are made when an interval ends and scenarios are there"


def values(scene: Scene) -> dict[str, object]:
    """Return one table a partition, the greatest share of the loss first."""
    view = scene.frame.contributions
    if view is None or not view.rows:
        return {"waiting": WAITING, "tables": []}
    return {
        "waiting": "",
        "tables": [(name, _lines(view, name)) for name in PARTITIONS],
        "tail": [(day.date, formats.dollars(day.pnl_usd)) for day in view.tail[:TAIL_SHOWN]],
        "at_var": view.tail[-1].date if view.tail else formats.UNKNOWN,
        "age": scene.frame.age_of(view.at_ns),
        "view": view,
        "confidence": formats.percent(view.confidence),
    }


def _lines(view: ContributionView, partition: str) -> list[dict[str, str]]:
    rows = [row for row in view.rows if row.partition == partition]
    total = sum(row.component_es_usd for row in rows)
    rows.sort(key=lambda row: (-row.component_es_usd, row.part))
    return [_line(row, total) for row in rows]


def _line(row: ContributionRow, total: float) -> dict[str, str]:
    return {
        "part": row.part,
        "es": formats.dollars(row.component_es_usd),
        "share": formats.percent(row.component_es_usd / total if total else float("nan")),
        "var": formats.dollars(row.component_var_usd),
        "incremental_es": formats.dollars(row.incremental_es_usd),
        "incremental_var": formats.dollars(row.incremental_var_usd),
        "marginal": formats.number(row.marginal_var_usd_per_mwh, 2),
        "mwh": formats.number(row.gross_mwh),
    }
