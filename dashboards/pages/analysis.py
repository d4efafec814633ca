"""The Analysis page: where the risk comes from, other methods, stress, backtest, close."""

from __future__ import annotations

from dashboards.pages.layout import Page, Place, text
from dashboards.tiles import backtest, close, contributions, methods, stress

PAGE = Page(
    name="analysis",
    title="Analysis",
    places=(
        Place("contributions", text("contributions", contributions.values), columns=7, height=252),
        Place("methods", text("methods", methods.values), columns=5, height=252),
        Place("stress", text("stress", stress.values), columns=12, height=206),
        Place("backtest", text("backtest", backtest.values), columns=7, height=190),
        Place("close", text("close", close.values), columns=5, height=190),
    ),
)
