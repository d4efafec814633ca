"""A browser that stops reading, against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards import guard
from dashboards.app import Dashboard
from dashboards.guard import unread_bytes
from tests.dashboards.handmade import HandmadeStore, case, cases, evening
from tests.dashboards.server_calls import Caller, open_socket, start_document, token_in
from tests.dashboards.serving import in_own_loop, in_own_thread, write_users
from tests.stores import EmbeddedStore

pytestmark = pytest.mark.processes

RUN = "slow"


@pytest.fixture
def dashboard(shared_store: EmbeddedStore, tmp_path: Path) -> Iterator[Dashboard]:
    with in_own_thread(shared_store.url, RUN, write_users(tmp_path / "users.json")) as started:
        yield started


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


def test_a_connection_that_was_just_closed_has_nothing_to_send(
    dashboard: Dashboard, shared_store: EmbeddedStore
):
    """Its browser has gone, and Bokeh does not know it yet."""
    caller = Caller(f"http://127.0.0.1:{dashboard.port}/")
    caller.sign_in("dora")

    async def look_between() -> list[int]:
        session = token_in(caller.get())
        socket = await open_socket(dashboard.port, cookie=caller.cookie(), session=session)
        await start_document(socket)
        looked: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()
        here = asyncio.get_running_loop()

        def close_and_look() -> None:
            connections = list(dashboard._server._tornado._clients)
            for connection in connections:
                connection._socket.ws_connection.stream.close()
            here.call_soon_threadsafe(looked.set_result, _unread(connections))

        dashboard._server.io_loop.add_callback(close_and_look)
        return await looked

    with shared_store.client() as client:
        HandmadeStore(client, RUN).write(evening())
        assert in_own_loop(look_between()) == [0]


def _unread(connections: list[Any]) -> list[int]:
    try:
        return [unread_bytes(connection) for connection in connections]
    except TypeError:
        return []
