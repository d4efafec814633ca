"""Cases: who has which breach, what is owed by when, and everything said about one of them."""

from __future__ import annotations

from dashboards.pages.layout import Page, Place, text
from dashboards.tiles import case_file, case_list, duties

PAGE = Page(
    name="cases",
    title="Cases",
    places=(
        Place("case_list", text("case_list", case_list.values), columns=6, height=300),
        Place("duties", text("duties", duties.values), columns=6, height=300),
        Place("case_file", text("case_file", case_file.values), columns=12, height=340),
    ),
)
