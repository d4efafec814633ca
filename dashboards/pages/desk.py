"""The desk: long or short this hour and the next two, at what price, near which limit."""

from __future__ import annotations

from dashboards.pages.layout import Page, Place, text
from dashboards.tiles import alerts, feeds, heat_map, moved, pnl_curve, prices, top_row

PAGE = Page(
    name="desk",
    title="Desk",
    places=(
        Place("top_row", text("top_row", top_row.values), columns=12),
        Place("heat_map", heat_map.HeatMap, columns=8, height=318),
        Place(
            "alerts",
            text("alerts", alerts.values),
            columns=4,
            height=216,
            rows=2,
            below=(
                Place("moved", text("moved", moved.values), columns=4, height=240),
                Place("feeds", text("feeds", feeds.values), columns=4, height=143),
            ),
        ),
        Place("pnl_curve", pnl_curve.PnlCurve, columns=3, height=288),
        Place("prices", text("prices", prices.values), columns=5, height=288),
    ),
)
