"""A browser that stops reading, against a real server."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards import guard
from dashboards.app import Dashboard, Settings
from dashboards.guard import unread_bytes
from tests.dashboards.handmade import HandmadeStore, case, cases, evening
from tests.dashboards.server_calls import Caller, open_socket, start_document, token_in
from tests.dashboards.serving import free_port, in_own_loop, write_users
from tests.stores import EmbeddedStore

pytestmark = pytest.mark.processes

RUN = "slow"


@pytest.fixture
def dashboard(shared_store: EmbeddedStore, tmp_path: Path) -> Iterator[Dashboard]:
    users = write_users(tmp_path / "users.json")
    started: list[Dashboard] = []

    def run() -> None:
        settings = Settings(store_url=shared_store.url, run=RUN, port=free_port(), users_file=users)
        asyncio.set_event_loop(asyncio.new_event_loop())
        started.append(Dashboard(settings))
        started[0].run()

    thread = threading.Thread(target=run)
    thread.start()
    while not started:
        time.sleep(0.05)
    yield started[0]
    started[0].stop()
    thread.join(timeout=10)


def flood(store: HandmadeStore, number: int) -> None:
    """Write a frame of half a megabyte."""
    many = [case(case=f"c{row}", headline=f"{number} {'x' * 400}") for row in range(800)]
    store.write({"cases": cases(*many)})


def test_a_connection_that_does_not_read_is_closed_before_it_fills_the_memory(
    dashboard: Dashboard, shared_store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(guard, "MOST_UNREAD_BYTES", 200_000)
    caller = Caller(f"http://127.0.0.1:{dashboard.port}/")
    caller.sign_in("dora")

    async def stop_reading() -> bool:
        session = token_in(caller.get())
        socket = await open_socket(dashboard.port, cookie=caller.cookie(), session=session)
        await start_document(socket)
        socket.transport.pause_reading()
        connections = dashboard._server._tornado._clients
        for number in range(100):
            flood(monitor, number)
            await asyncio.sleep(0.3)
            if not connections:
                return True
        assert max(map(unread_bytes, connections)) > 0
        return False

    with shared_store.client() as client:
        monitor = HandmadeStore(client, RUN)
        monitor.write(evening())
        assert in_own_loop(stop_reading())
