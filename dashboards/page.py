"""Puts a screen's tiles into the one page."""

from __future__ import annotations

import panel as pn

from dashboards.pages import PAGES
from dashboards.pages.layout import Place
from dashboards.screen import Screen
from dashboards.theme import HERE


class _Page(pn.Template):
    def __repr__(self) -> str:
        """Return one word: Panel asks with each root it takes, and would describe all before it."""
        return "page"


def page_of(screen: Screen) -> pn.Template:
    """Return the page of a screen, complete with style and script; nothing comes from elsewhere."""
    page = _Page(_text("page.html"))
    for name, root in screen.shell.roots().items():
        page.add_panel(name, root)
    page.add_variable("tieline_pages", [_add_page(page, screen, name) for name in PAGES])
    page.add_variable("tieline_css", _text("page.css"))
    page.add_variable("tieline_js", _text("page.js"))
    page.add_variable("tieline_theme", screen.theme)
    return page


def full_page(most: int) -> pn.Template:
    """Return what somebody sees for whom no screen is free."""
    page = pn.Template(_text("full.html"))
    page.add_variable("most", most)
    return page


def _add_page(page: pn.Template, screen: Screen, name: str) -> dict[str, object]:
    places = [
        {
            "rows": place.rows,
            "columns": place.columns,
            "tiles": [_add_place(page, screen, name, each) for each in (place, *place.below)],
        }
        for place in PAGES[name].places
    ]
    # A row as high as its content does not share in the height that a screen has left.
    rows = "auto" if PAGES[name].places[0].height else "max-content"
    return {"name": name, "title": PAGES[name].title, "places": places, "rows": rows}


def _add_place(page: pn.Template, screen: Screen, name: str, place: Place) -> dict[str, object]:
    roots = screen.tiles[name][place.name].roots()
    for root, viewable in roots.items():
        page.add_panel(root, viewable)
    height = f"flex:1 0 calc({place.height}px - var(--less, 0px))" if place.height else ""
    return {"name": place.name, "style": height, "roots": list(roots)}


def _text(name: str) -> str:
    return (HERE / "templates" / name).read_text(encoding="utf-8")
