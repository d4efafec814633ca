"""Real HTTP endpoints on loopback that behave as endpoints do: well, badly, or not at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from connectors.sinks import Notice


def notice(**changes: object) -> Notice:
    fields: dict[str, Any] = {
        "case": "nop-firm-he19",
        "sequence": 1,
        "change": "breached",
        "headline": "coverage 84.0 % under 90 %",
        "severity": "breach",
        "at_ns": 1_700_000_000_000_000_000,
        "since_ns": 1_699_999_000_000_000_000,
        "clause": "desk limits §2",
        "scope": "firm",
        "cause": "trade T-7 sold 50 MW",
        "run": "live",
    }
    return Notice(**(fields | changes))


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes
    at_s: float

    @property
    def key(self) -> str:
        return self.headers.get("idempotency-key", "")


@dataclass
class Endpoint:
    """A server that notes each request, then answers as ``behave`` says.

    ``behave`` returns a status, or a status and a Location; it may take its time.
    """

    behave: Callable[[Request], int | tuple[int, str]] = lambda _: 200
    requests: list[Request] = field(default_factory=list)
    leaving: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                endpoint._answer(self)

            do_GET = do_POST  # noqa: N815 - the name the library calls

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.leaving.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def keys(self) -> list[str]:
        return [request.key for request in self.requests]

    def hang(self, _: Request) -> int:
        """Never answer while the test lasts."""
        self.leaving.wait(60)
        return 200

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        request = Request(handler.path, headers, body, time.monotonic())
        self.requests.append(request)
        answer = self.behave(request)
        status, location = answer if isinstance(answer, tuple) else (answer, "")
        try:
            handler.send_response(status)
            handler.send_header("Content-Length", "0")
            if location:
                handler.send_header("Location", location)
            handler.end_headers()
        except OSError:  # the other side has gone
            pass
