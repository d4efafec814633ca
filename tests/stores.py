"""A real embedded store for tests: started, killed and started again as a process."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from typing import Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from connectors.log.embedded import store_command, store_url
from connectors.log.redis import connect


def wait_until_ready(url: str) -> None:
    """Wait until a store answers and has read its files."""
    deadline = time.monotonic() + 10.0
    once = Retry(NoBackoff(), 0)
    with redis.Redis.from_url(url, protocol=2, socket_timeout=1.0, retry=once) as client:
        while not _answers(client):
            assert time.monotonic() < deadline, f"no store at {url}"
            time.sleep(0.02)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


class EmbeddedStore:
    """An embedded store in a folder of its own.

    Args:
        data_dir: where it keeps its files.
        port: of loopback TCP; 0 for a unix socket.
    """

    def __init__(self, data_dir: Path, *, port: int = 0) -> None:
        self._data_dir = data_dir
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Return its address."""
        return store_url(self._data_dir, port=self._port)

    def client(self) -> redis.Redis:
        """Return a client as the product makes it."""
        return connect(self.url)

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = store_command(self._data_dir, port=self._port)
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until_ready(self.url)

    def kill(self) -> None:
        """End it without warning."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None
