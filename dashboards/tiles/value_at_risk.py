"""VaR and ES by book and for the firm, with everything one must know to read them."""

from __future__ import annotations

from dashboards import formats
from dashboards.tiles.limit_marks import VALUE_AT_RISK, find_limit, tone_of_state, waived_words
from dashboards.tiles.tile import Scene
from state.messages import FIRM
from state.screens.risk_seen import RiskView

HORIZONS = ("intraday", "forward", "total")


def values(scene: Scene) -> dict[str, object]:
    """Return one line a node, the firm first."""
    view = scene.frame.risk
    if view is None:
        return {"waiting": "no scenarios yet: VaR needs the factor history", "lines": []}
    nodes = sorted({row.node for row in view.rows}, key=lambda node: (node != FIRM, node))
    return {
        "waiting": "",
        "lines": [_line(scene, view, node) for node in nodes],
        "view": view,
        "confidence": formats.percent(view.confidence),
        "age": scene.frame.age_of(view.oldest_input_ns),
        "incomplete": sorted({row.node for row in view.rows if not row.complete}),
    }


def _line(scene: Scene, view: RiskView, node: str) -> dict[str, object]:
    rows = {row.horizon: row for row in view.rows if row.node == node}
    limit = find_limit(scene.frame.limits, VALUE_AT_RISK, scope=node)
    return {
        "node": node,
        "var": [
            formats.dollars(rows[h].var_usd) if h in rows else formats.UNKNOWN for h in HORIZONS
        ],
        "es": [formats.dollars(rows[h].es_usd) if h in rows else formats.UNKNOWN for h in HORIZONS],
        "complete": all(row.complete for row in rows.values()),
        "used": formats.percent(limit.utilisation) if limit else formats.UNKNOWN,
        "limit": limit.limit_text if limit else "no limit",
        "tone": tone_of_state(limit),
        "waived": waived_words(limit.waived_until_ns, scene.zone) if limit else "",
    }
