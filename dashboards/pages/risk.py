"""Risk: what is breached, since when, who has it, and how far everything else is from it."""

from __future__ import annotations

from dashboards.pages.layout import Page, Place, text
from dashboards.tiles import backtest, case, cases, limits, scenarios, value_at_risk

PAGE = Page(
    name="risk",
    title="Risk",
    places=(
        Place("limits", text("limits", limits.values), columns=12, height=246),
        Place("cases", text("cases", cases.values), columns=7, height=206),
        Place("case", text("case", case.values), columns=5, height=206),
        Place("value_at_risk", text("value_at_risk", value_at_risk.values), columns=5, height=226),
        Place("scenarios", scenarios.Scenarios, columns=3, height=226),
        Place("backtest", text("backtest", backtest.values), columns=4, height=226),
    ),
)
