"""How tests knock at the server: HTTP with cookies, and the websocket of a page."""

from __future__ import annotations

import http.cookiejar
import json
import re
import urllib.parse
import urllib.request

import websockets

from dashboards.signin import COOKIE
from tests.dashboards.serving import PASSWORDS


class Caller:
    """An HTTP client with cookies, as a browser has them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.cookies = http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.cookies)
        ).open

    def get(self, path: str = "") -> str:
        with self._open(self._url + path, timeout=20) as answer:
            return str(answer.read().decode())

    def post(self, path: str, **words: str) -> str:
        data = urllib.parse.urlencode(words).encode()
        with self._open(self._url + path, data=data, timeout=20) as answer:
            return str(answer.read().decode())

    def sign_in(self, name: str) -> None:
        token = re.search(r'name="_xsrf" value="([^"]+)"', self.get("login"))
        assert token is not None
        self.post("login", name=name, password=PASSWORDS[name], _xsrf=token[1])

    def morsel(self) -> http.cookiejar.Cookie:
        return next(cookie for cookie in self.cookies if cookie.name == COOKIE)

    def cookie(self) -> str:
        return self.morsel().value or ""


async def open_socket(
    port: int, *, cookie: str = "", session: str = "none", origin: str = ""
) -> websockets.ClientConnection:
    return await websockets.connect(
        f"ws://127.0.0.1:{port}/ws",
        additional_headers={"Cookie": f"{COOKIE}={cookie}"} if cookie else {},
        origin=websockets.Origin(origin or f"http://127.0.0.1:{port}"),
        subprotocols=[websockets.Subprotocol("bokeh"), websockets.Subprotocol(session)],
        max_size=None,
    )


async def start_document(socket: websockets.ClientConnection) -> None:
    """Do what a browser does: take the document, and say that it is ready."""
    await socket.recv()
    await ask_for_document(socket)
    await say_ready(socket)


async def ask_for_document(socket: websockets.ClientConnection) -> None:
    await _send(socket, "PULL-DOC-REQ", {})


async def say_ready(socket: websockets.ClientConnection) -> None:
    """Tell the server that the page is built, which takes a browser a second or more."""
    ready = {
        "kind": "MessageSent",
        "msg_type": "bokeh_event",
        "msg_data": {"type": "event", "name": "document_ready", "values": {"type": "map"}},
    }
    await _send(socket, "PATCH-DOC", {"events": [ready]})


async def _send(socket: websockets.ClientConnection, kind: str, content: dict[str, object]) -> None:
    for part in ({"msgid": kind, "msgtype": kind}, {}, content):
        await socket.send(json.dumps(part))


def token_in(page: str) -> str:
    found = re.search(r'"token":"([^"]+)"', page)
    assert found is not None
    return found[1]
