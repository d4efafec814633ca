"""Serves the screens: ``serve`` runs until it is told to stop."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from bokeh.application.handlers.function import FunctionHandler
from bokeh.document import Document
from bokeh.events import DocumentReady
from bokeh.server.server import Server
from panel.io.application import Application
from panel.io.server import get_server
from panel.io.state import set_curdoc

from connectors.log.redis import RedisLog
from dashboards.access import Access, Role
from dashboards.actions import ActionSender, Asked
from dashboards.address import choice_of
from dashboards.departures import pass_over_departures
from dashboards.guard import ConnectionGuard
from dashboards.hub import Hub
from dashboards.page import full_page, page_of
from dashboards.reader import ViewReader, connect
from dashboards.routes import Missing, open_routes
from dashboards.screen import Screen
from dashboards.signin import SignIn, WhoIs
from state.errors import ConfigError

log = structlog.get_logger()

LARGEST_MESSAGE_BYTES = 1_048_576
SESSION_TOKEN_SECONDS = 300
UNUSED_SESSION_MS = 15_000
"""A session nobody is connected to goes after this; the page loads itself anew when it returns."""

_WORKERS = 2


@dataclass(frozen=True)
class Settings:
    """How the dashboards are served.

    Attributes:
        store_url: of the store with the views and the log.
        run: the run to show; empty for the one the store names.
        port: 0 for any free one.
        origins: hosts (``name:port``) a browser may come from, beside the server's own.
        users_file: people with passwords (``dashboards/access.py``).
        links: one-time sign-in tokens by role.
        secret: signs cookies and sessions; a new one signs everybody out.
        by_tls: browsers come by https, which ends before this server; cookies go by it alone.
        stale_after_seconds: wall time without a tick after which nothing looks current.
        most_screens: how many sessions at once.
    """

    store_url: str
    run: str = ""
    host: str = "127.0.0.1"
    port: int = 5006
    origins: tuple[str, ...] = ()
    users_file: Path | None = None
    links: Mapping[Role, str] | None = None
    secret: str = ""
    by_tls: bool = False
    stale_after_seconds: float = 10.0
    most_screens: int = 25


class Dashboard:
    """The server with its hub; ``run`` blocks, ``stop`` may be called from anywhere.

    Raises:
        ConfigError: nobody could sign in, an origin is ``*``, or the port is in use.
    """

    def __init__(self, settings: Settings) -> None:
        if "*" in settings.origins:
            reason = "origin * would let any web page use the dashboard; name the hosts"
            raise ConfigError(reason)
        if not settings.users_file and not settings.links:
            reason = "nobody could sign in: give a users file or sign-in links"
            raise ConfigError(reason)
        self._settings = settings
        self._access = Access(users_file=settings.users_file, links=settings.links)
        self._secret = settings.secret or secrets.token_urlsafe(32)
        self._sign_in = SignIn(self._access, secret=self._secret, by_tls=settings.by_tls)
        self._worker = ThreadPoolExecutor(_WORKERS, thread_name_prefix="action")
        self._actions_store = connect(settings.store_url)
        self._sender = ActionSender(self._append, self._worker)
        reader = ViewReader(connect(settings.store_url), settings.run)
        self.hub = Hub(reader, stale_after_seconds=settings.stale_after_seconds)
        self._server = self._make_server()
        self._guard = ConnectionGuard(self._server, self._sign_in.get_user)
        self._sign_in.when_signed_out = self._guard.look

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.port or 0

    def run(self) -> None:
        """Serve until :meth:`stop`."""
        self.hub.start()
        self._guard.start()
        self._server.io_loop.add_callback(pass_over_departures)
        self._server.start()
        log.info("dashboard.serving", host=self._settings.host, port=self.port)
        self._server.io_loop.start()
        self._guard.stop()
        self._server.stop()
        self.hub.stop()
        self._worker.shutdown(wait=False, cancel_futures=True)

    def stop(self) -> None:
        """End :meth:`run`."""
        self._server.io_loop.add_callback(self._server.io_loop.stop)

    def _make_server(self) -> Server:
        os.environ.pop("BOKEH_ALLOW_WS_ORIGIN", None)  # it would override the origins below
        settings = self._settings
        make_application: Any = Application
        try:
            server: Server = get_server(
                {"/": make_application(FunctionHandler(self._open), WhoIs(self._sign_in))},
                address=settings.host,
                port=settings.port,
                websocket_origin=[*settings.origins, *_own_origins(settings)],
                extra_patterns=open_routes(),
                redirect_root=False,
                compress_response=True,
                title="Tieline",
                websocket_max_message_size=LARGEST_MESSAGE_BYTES,
                unused_session_lifetime_milliseconds=UNUSED_SESSION_MS,
                **self._security(),
            )
        except OSError as error:
            reason = (
                f"the dashboard cannot listen on {settings.host}:{settings.port}: "
                f"{error.strerror}; choose another port"
            )
            raise ConfigError(reason) from error
        server._tornado.settings["default_handler_class"] = Missing  # noqa: SLF001 - no other way
        return server

    def _security(self) -> dict[str, Any]:
        """Return what the server needs to know who somebody is; no cookie enters a token."""
        return {
            "auth_provider": self._sign_in,
            "cookie_secret": self._secret,
            "secret_key": self._secret.encode(),
            "sign_sessions": True,
            "generate_session_ids": True,
            "session_token_expiration": SESSION_TOKEN_SECONDS,
            "include_headers": [],
            "include_cookies": [],
            "xsrf_cookies": True,
        }

    def _open(self, document: Document) -> None:
        """Build the page of a new session."""
        session: Any = document.session_context
        person = self._access.person(session.token_payload.get("person", ""))
        if person is None or self.hub.screens >= self._settings.most_screens:
            full = full_page(self._settings.most_screens)
            full.server_doc(document, title="Tieline: no screen free")
            return
        screen = Screen(
            self.hub,
            person=person,
            sender=self._sender,
            document=document,
            choice=choice_of(session.request.arguments),
        )
        # Style sheets are kept by document: with those of one that has gone no page can be built.
        # Unless models are frozen, each of the page's roots has all of them looked for anew.
        with set_curdoc(document), document.models.freeze():
            page_of(screen).server_doc(document, title="Tieline")
            screen.draw()
        self.hub.join(screen.offer)
        document.on_session_destroyed(lambda _: self.hub.leave(screen.offer))
        document.on_event(DocumentReady, lambda _: screen.opened())

    def _append(self, action: Asked) -> None:
        run = self._settings.run or self.hub.frame.run
        RedisLog(self._actions_store, run).append([action])


def serve(settings: Settings) -> None:
    """Serve the dashboards until SIGINT or SIGTERM, then return.

    Raises:
        ConfigError: the settings cannot work, or the port is in use.
    """
    dashboard = Dashboard(settings)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: dashboard.stop())
    dashboard.run()


def _own_origins(settings: Settings) -> list[str]:
    hosts = {settings.host, "localhost", "127.0.0.1"} - {"0.0.0.0", "::"}  # noqa: S104 - left out, not bound
    return [f"{host}:{settings.port}" for host in sorted(hosts)]
