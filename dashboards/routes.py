"""Routes without a sign-in: sign of life, and the addresses that notices link to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from tornado.web import RequestHandler

from dashboards.markup import render
from dashboards.pages import PAGES


class Live(RequestHandler):
    """Says that the loop answers; a page that lost its connection asks before it reloads."""

    def get(self) -> None:
        """Answer ``ok``."""
        self.set_header("Cache-Control", "no-store")
        self.write("ok")


class PageLink(RequestHandler):
    """Leads from ``/risk?case=…`` to that page of the one application."""

    def get(self, page: str) -> None:
        """Redirect; whoever is not signed in is asked to on the way."""
        words = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        self.redirect(f"./?{urlencode({**words, 'page': page})}")


class Missing(RequestHandler):
    """Answers for every address that there is not."""

    def prepare(self) -> None:
        """Say so, whatever was asked of it, and lead back."""
        self.set_status(404)
        self.finish(render("missing.html"))


def open_routes() -> list[tuple[str, type[RequestHandler], dict[str, Any]]]:
    """Return the routes to add to a server."""
    return [("/livez", Live, {}), (f"/({'|'.join(PAGES)})", PageLink, {})]
