"""VaR and ES by every method side by side, and at every node of the company's tree."""

from __future__ import annotations

from dashboards import formats
from dashboards.tiles.tile import Scene
from state.screens.contributions_seen import MethodRow, NodeRisk

WAITING = "no methods yet: they are compared when an interval ends and scenarios are there"


def values(scene: Scene) -> dict[str, object]:
    """Return one line a method, and one a node."""
    view = scene.frame.contributions
    if view is None or not view.scenarios:
        return {"waiting": WAITING, "lines": [], "nodes": []}
    return {
        "waiting": "",
        "lines": [_line(row) for row in view.methods],
        "nodes": [_node(node) for node in view.nodes if node.kind != "book"],
        "age": scene.frame.age_of(view.at_ns),
        "view": view,
        "intrinsic": ", ".join(view.intrinsic),
        "confidence": formats.percent(view.confidence),
    }


def _line(row: MethodRow) -> dict[str, str]:
    return {
        "method": row.method,
        "title": row.title,
        "var": formats.dollars(row.var_usd),
        "es": formats.dollars(row.es_usd),
        "settings": row.settings,
        "note": row.note,
    }


def _node(node: NodeRisk) -> dict[str, object]:
    return {
        "node": node.node,
        "key": f"{node.parent}/{node.node}",
        "indent": "\N{EM SPACE}" * node.depth,
        "firm": node.depth == 0,
        "figures": [formats.dollars(float(usd)) for usd in (*node.var_usd, *node.es_usd)],
    }
