"""The NOP page: the net open positions and their tolerances, the way out, what bites next."""

from __future__ import annotations

from dashboards.pages.layout import Page, Place, text
from dashboards.tiles import nop, nop_ahead, way_out

PAGE = Page(
    name="nop",
    title="NOP",
    places=(
        Place("nop", text("nop", nop.values), columns=12, height=372),
        Place("way_out", text("way_out", way_out.values), columns=12, height=118),
        Place("nop_ahead", text("nop_ahead", nop_ahead.values), columns=12, height=156),
    ),
)
