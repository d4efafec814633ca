"""The Credit page: every counterparty and how far its limits are used; checks before trades."""

from __future__ import annotations

from dashboards.pages.layout import Page, Place, text
from dashboards.tiles import checks, credit

PAGE = Page(
    name="credit",
    title="Credit",
    places=(
        Place("credit", text("credit", credit.values), columns=12, height=430),
        Place("checks", text("checks", checks.values), columns=12, height=210),
    ),
)
