"""The NOP page: the four net open positions by period, their tolerances, what bites next."""

from __future__ import annotations

from dashboards.pages.layout import Page, Place, text
from dashboards.tiles import nop, nop_ahead

PAGE = Page(
    name="nop",
    title="NOP",
    places=(
        Place("nop", text("nop", nop.values), columns=12, height=420),
        Place("nop_ahead", text("nop_ahead", nop_ahead.values), columns=12, height=220),
    ),
)
