"""The Feeds page: what arrives, what came of asking for it, what is missing and how late it is."""

from __future__ import annotations

from dashboards.pages.layout import Page, Place, text
from dashboards.tiles import feed_list

PAGE = Page(
    name="feeds",
    title="Feeds",
    places=(Place("feed_list", text("feed_list", feed_list.values), columns=12, height=640),),
)
