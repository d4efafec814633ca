"""The Policy page: every clause of the policies in force, and how it stands."""

from __future__ import annotations

from dashboards.pages.layout import Page, Place, text
from dashboards.tiles import policy

PAGE = Page(
    name="policy",
    title="Policy",
    places=(Place("policy", text("policy", policy.values), columns=12, height=640),),
)
