"""The server of a simulated ISO, on the loopback address only.

What did not change since it was last asked for (Last-Modified) is answered so, without its body.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from typing_extensions import override

from connectors.clock import MarketClock
from connectors.simulated import SimulatedMarket
from connectors.simulated.faults import Fault, FaultPlan, answered
from state.errors import ConfigError
from state.moments import SECOND_NS

_LATE_SECONDS = 3.0
_SILENT_SECONDS = 60.0
_FRESH = "_"
"""The parameter that passes a cache by, another one every time."""
_MOST_KNOWN = 10_000


class SimulatedServer:
    """Serves a simulated market.

    Args:
        market: what makes the bodies.
        clock: of the market.
        faults: which request meets which.
        port: 0 for any free one.

    Attributes:
        requests: how many there were.

    Raises:
        ConfigError: the port is another program's.
    """

    def __init__(
        self, market: SimulatedMarket, clock: MarketClock, faults: FaultPlan, port: int
    ) -> None:
        self.market, self.clock, self.faults = market, clock, faults
        self.requests = 0
        self._before = b""
        self._versions: dict[str, tuple[bytes, int]] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        try:
            self._server = _Server(("127.0.0.1", port), _handler_of(self))
        except OSError as error:
            reason = (
                f"cannot listen on 127.0.0.1:{port} ({error.strerror}); name another with --port, "
                "or 0 for any free one"
            )
            raise ConfigError(reason) from error

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def respond(self, path: str, query: Mapping[str, str]) -> tuple[HTTPStatus, bytes]:
        """Return status and body of a request, with the fault it meets."""
        self.requests += 1
        fault, now_ns = self.faults.next(), self.clock.now_ns()
        body = self.market.answer(path, query, now_ns, wrong=fault is Fault.CORRECTED)
        before, self._before = self._before, body or b""
        if fault in (Fault.LATE, Fault.SILENT):
            self._pause(_LATE_SECONDS if fault is Fault.LATE else _SILENT_SECONDS)
        return answered(fault, body, before)

    def changed_seconds(self, address: str, body: bytes) -> int:
        """Return since when an address is answered so, in seconds of market time since 1970.

        It moves on with every change, so that a second in which there are two hides none.
        """
        digest = hashlib.blake2b(body, digest_size=8).digest()
        with self._lock:
            before, seconds = self._versions.get(address, (b"", 0))
            if digest != before:
                seconds = max(seconds + 1, self.clock.now_ns() // SECOND_NS)
                self._versions[address] = (digest, seconds)
                if len(self._versions) > _MOST_KNOWN:
                    del self._versions[next(iter(self._versions))]
            return seconds

    def _pause(self, market_seconds: float) -> None:
        self._stopped.wait(market_seconds / self.clock.speed)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    @override
    def handle_error(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        """Say nothing of a client that went away: it may."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler_of(server: SimulatedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            status, body = server.respond(parts.path, dict(parse_qsl(parts.query)))
            query = sorted(one for one in parse_qsl(parts.query) if one[0] != _FRESH)
            address = f"{parts.path}?{query}"
            stamp = formatdate(server.changed_seconds(address, body), usegmt=True)
            if status is HTTPStatus.OK and self.headers.get("If-Modified-Since") == stamp:
                status, body = HTTPStatus.NOT_MODIFIED, b""
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Last-Modified", stamp)
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the simulated ISO is no part of the log of a run."""

    return Handler
