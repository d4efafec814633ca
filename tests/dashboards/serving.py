"""A dashboard as a process of its own, as the house starts it."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from dashboards.access import hash_password
from dashboards.app import Dashboard, Settings
from tests.ports import free_port

Result = TypeVar("Result")

PASSWORDS = {"dora": "lighthouse keeper", "rita": "second opinion", "vera": "only looking"}
"""Who may sign in to the served dashboard: of the desk, of risk, and one who may only look."""

_ROLES = {"dora": "desk", "rita": "risk", "vera": "viewer"}
_ROOT = Path(__file__).parents[2]
_SERVE = """
import json, sys
from pathlib import Path
from dashboards.access import Role
from dashboards.app import Settings, serve
words = json.loads(sys.argv[1])
users = words.pop("users_file")
links = {Role(role): token for role, token in words.pop("links", {}).items()}
serve(Settings(users_file=Path(users) if users else None, links=links, **words))
"""


def write_users(path: Path) -> Path:
    users = {
        name: {"role": _ROLES[name], "password": hash_password(password)}
        for name, password in PASSWORDS.items()
    }
    path.write_text(json.dumps(users), encoding="utf-8")
    return path


class ServedDashboard:
    """Starts ``dashboards.app.serve`` and waits until it answers."""

    def __init__(self, *, users_file: Path | None = None, **settings: Any) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        users = str(users_file) if users_file else None
        words = {"port": self.port, "users_file": users, **settings}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, json.dumps(words)],
            cwd=_ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}livez", timeout=1):  # noqa: S310 - our own loopback
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        self.process.kill()
        reason = f"the dashboard did not answer: {self.process.communicate()[1].decode()[-2000:]}"
        raise AssertionError(reason)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end and return its exit code."""
        self.process.send_signal(number)
        self.process.communicate(timeout=20)
        return self.process.returncode


@contextmanager
def in_own_thread(store_url: str, run: str, users_file: Path) -> Iterator[Dashboard]:
    """Serve in a thread of this process, so that a test may look at the server from within."""
    started: list[Dashboard] = []

    def serve() -> None:
        settings = Settings(store_url=store_url, run=run, port=free_port(), users_file=users_file)
        asyncio.set_event_loop(asyncio.new_event_loop())
        started.append(Dashboard(settings))
        started[0].run()

    thread = threading.Thread(target=serve)
    thread.start()
    while not started:
        time.sleep(0.05)
    try:
        yield started[0]
    finally:
        started[0].stop()
        thread.join(timeout=10)


def in_own_loop(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end in a thread: a browser test may have a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()
