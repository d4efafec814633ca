"""The Credit page: every counterparty, what it would owe, and how far its limits are used."""

from __future__ import annotations

from dashboards.pages.layout import Page, Place, text
from dashboards.tiles import credit

PAGE = Page(
    name="credit",
    title="Credit",
    places=(Place("credit", text("credit", credit.values), columns=12, height=640),),
)
