"""What a page shows that was opened while frames came, against a real server."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import websockets
from bokeh.document import Document
from bokeh.document.models import DocumentModelManager
from panel.io.state import set_curdoc, state

from dashboards.app import Dashboard
from tests.dashboards.handmade import HandmadeStore, evening, position
from tests.dashboards.server_calls import (
    Caller,
    ask_for_document,
    open_socket,
    say_ready,
    token_in,
)
from tests.dashboards.serving import in_own_loop, in_own_thread, write_users
from tests.stores import EmbeddedStore

pytestmark = pytest.mark.processes

RUN = "opening"
POSITION = "position/caiso/2026-07-14"


async def content_of(socket: websockets.ClientConnection, kind: str) -> dict[str, Any]:
    """Return the content of the next message of a kind."""
    asked = f'"msgtype":"{kind}"'
    while asked not in str(await asyncio.wait_for(socket.recv(), 10)).replace(" ", ""):
        pass
    await socket.recv()
    content: dict[str, Any] = json.loads(await socket.recv())
    return content


async def until_published(dashboard: Dashboard, position_mw: float) -> None:
    """Wait until every screen was offered a frame, and the server has done what was asked then."""
    deadline = time.monotonic() + 10
    while not any(
        day.total_open_mw[0] == position_mw for day in dashboard.hub._published.days("caiso")
    ):
        assert time.monotonic() < deadline, "no such frame was published"
        await asyncio.sleep(0.02)
    here, done = asyncio.get_running_loop(), asyncio.Event()
    dashboard._server.io_loop.add_callback(here.call_soon_threadsafe, done.set)
    await asyncio.wait_for(done.wait(), 10)


def test_what_came_while_a_browser_built_the_page_is_shown_once_it_is_built(
    shared_store: EmbeddedStore, tmp_path: Path
):
    """Numbers and colours of a figure, its axes, and text."""
    moved = position()
    moved.total_open_mw[:] = 7777.0

    async def open_slowly() -> list[dict[str, Any]]:
        caller.sign_in("dora")
        await until_published(dashboard, float(position().total_open_mw[0]))
        page = token_in(caller.get())
        socket = await open_socket(dashboard.port, cookie=caller.cookie(), session=page)
        await content_of(socket, "ACK")
        await ask_for_document(socket)
        await content_of(socket, "PULL-DOC-REPLY")
        monitor.write({POSITION: moved})
        await until_published(dashboard, 7777.0)
        await say_ready(socket)
        events: list[dict[str, Any]] = []
        while not any(event["kind"] == "ColumnsPatched" for event in events):
            events += (await content_of(socket, "PATCH-DOC"))["events"]
        return events

    users = write_users(tmp_path / "users.json")
    with shared_store.client() as client, in_own_thread(shared_store.url, RUN, users) as dashboard:
        monitor, caller = HandmadeStore(client, RUN), Caller(f"http://127.0.0.1:{dashboard.port}/")
        monitor.write(evening())
        events = in_own_loop(open_slowly())

    cells = json.dumps([event["patches"] for event in events if event["kind"] == "ColumnsPatched"])
    assert "+7,777" in cells
    assert '"color"' in cells
    texts = [event["new"] for event in events if event.get("attr") == "html"]
    assert any("LONG 7,777 MW" in text for text in texts)


@contextmanager
def signed_in(store: EmbeddedStore, folder: Path) -> Iterator[Caller]:
    """Serve, and sign in as somebody."""
    users = write_users(folder / "users.json")
    with in_own_thread(store.url, RUN, users) as dashboard:
        caller = Caller(f"http://127.0.0.1:{dashboard.port}/")
        caller.sign_in("dora")
        yield caller


def test_a_page_is_not_looked_through_once_more_for_each_of_its_parts(
    shared_store: EmbeddedStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """All other screens stand still meanwhile: it took two seconds, half of it so."""
    looked: list[int] = []
    look = DocumentModelManager.recompute

    def counted(models: DocumentModelManager) -> None:
        looked.append(len(models))
        look(models)

    monkeypatch.setattr(DocumentModelManager, "recompute", counted)
    with signed_in(shared_store, tmp_path) as caller:
        looked.clear()
        caller.get()

    assert 0 < len(looked) < 10  # some 35 parts, each with a root


def test_a_page_takes_its_style_from_no_page_that_was_served_before(
    shared_store: EmbeddedStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """What a server did for one page may leave that page's name to the next on the same line."""
    before, opened = Document(), []
    state._stylesheets[before] = {}
    open_page = Dashboard._open

    def open_after(dashboard: Dashboard, document: Document) -> None:
        with set_curdoc(before):
            open_page(dashboard, document)
        opened.append({id(model) for model in document.models})

    monkeypatch.setattr(Dashboard, "_open", open_after)
    with signed_in(shared_store, tmp_path) as caller:
        caller.get()
        caller.get()

    assert not state._stylesheets[before]
    assert len(opened) >= 2
    assert not set.intersection(*opened)
