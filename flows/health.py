"""Metrics and health of one process, on loopback unless told otherwise.

``/metrics`` is Prometheus text, ``/livez`` answers while the process lives, ``/readyz`` answers
200 once it does its work and 503 with the reason until then, ``/version`` names the release.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec
import structlog
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

HEARTBEAT_SECONDS = 1.0
LOOPBACK = "127.0.0.1"
_NOT_READY = 503
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Asks this machine itself; no proxy of the environment stands between."""

log = structlog.get_logger()

Answer = tuple[int, str, bytes]
"""Status, content type and body."""


def release() -> str:
    """Return the version of the installed distribution, or of the tree it runs from."""
    try:
        return version("tieline")
    except PackageNotFoundError:
        return "0+tree"


class Health(ThreadingHTTPServer):
    """Answers for one process in a thread of its own.

    Args:
        process: the name under which it is known.
        port: on ``host``; 0 takes any free one.
        missing: why the process is not ready; empty when it is.
        host: an address of this machine.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self,
        process: str,
        port: int,
        *,
        missing: Callable[[], str],
        host: str = LOOPBACK,
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)
        self.process = process
        self.missing = missing

    def start(self) -> Health:
        """Begin to answer; returns itself."""
        threading.Thread(target=self.serve_forever, name="health", daemon=True).start()
        return self

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave it at that where who asked has gone meanwhile."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def answer(self, path: str) -> Answer:
        """Answer one request."""
        if path == "/metrics":
            return 200, CONTENT_TYPE_LATEST, generate_latest(REGISTRY)
        if path == "/livez":
            return _json(200, {"process": self.process, "alive": True})
        if path == "/readyz":
            return self._readiness()
        if path == "/version":
            return _json(200, {"process": self.process, "version": release()})
        return _json(404, {"error": "ask for /metrics, /livez, /readyz or /version"})

    def _readiness(self) -> Answer:
        try:
            missing = self.missing()
        except Exception as error:  # noqa: BLE001 - a failing check is "not ready", never a crash
            missing = f"check failed: {type(error).__name__}"
        status = _NOT_READY if missing else 200
        return _json(status, {"process": self.process, "ready": not missing, "missing": missing})


class _Handler(BaseHTTPRequestHandler):
    server: Health
    server_version = "tieline"
    sys_version = ""

    def do_GET(self) -> None:
        status, kind, body = self.server.answer(self.path.partition("?")[0])
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as inherited
        """Say nothing: a poll a second is no news."""


def _json(status: int, content: dict[str, object]) -> Answer:
    return status, "application/json", json.dumps(content).encode()


def beat(process: str, write: Callable[[str, int], object]) -> threading.Thread:
    """Write the process's sign of life every second, in a thread.

    Args:
        process: the field of the ``heartbeat`` hash.
        write: takes the process and wall-clock nanoseconds; what it raises is logged once.
    """

    def keep_beating() -> None:
        failing = False
        while True:
            try:
                write(process, time.time_ns())
                failing = False
            except Exception as error:  # noqa: BLE001 - the store may be away for a while
                if not failing:
                    log.warning("heartbeat.failed", process=process, error=str(error))
                failing = True
            time.sleep(HEARTBEAT_SECONDS)

    thread = threading.Thread(target=keep_beating, name="heartbeat", daemon=True)
    thread.start()
    return thread


def health_missing(address: str) -> str:
    """Return what ``/readyz`` says is missing, empty when the process is ready."""
    try:
        with _DIRECT.open(address, timeout=2.0):
            return ""
    except urllib.error.HTTPError as error:
        if error.code == _NOT_READY:
            return _missing_in(error.read())
        return f"status {error.code}"
    except OSError as error:
        return f"no answer: {type(error).__name__}"


def _missing_in(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body, type=dict[str, Any])["missing"])
    except (msgspec.DecodeError, KeyError):
        return "not ready"
