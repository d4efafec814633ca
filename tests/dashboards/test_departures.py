"""What the log says, and does not say, of browsers that have gone."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from typing import Any

import pytest
from tornado.websocket import WebSocketClosedError

from dashboards.departures import pass_over_departures
from tests.dashboards.serving import in_own_thread, write_users
from tests.stores import EmbeddedStore
from tests.waiting import wait_for


async def fail_unasked(error: Exception) -> None:
    """Let a task fail whose outcome nobody looks at."""

    async def write() -> None:
        raise error

    pass_over_departures()
    asyncio.ensure_future(write())  # noqa: RUF006 - it is to be lost
    await asyncio.sleep(0)
    gc.collect()


@pytest.mark.parametrize(
    ("error", "told"),
    [(WebSocketClosedError(), []), (ZeroDivisionError("wheel came off"), ["wheel came off"])],
    ids=["a browser has gone", "any other fault"],
)
def test_a_write_that_nobody_waits_for_is_told_unless_its_browser_has_gone(
    error: Exception, told: list[str], caplog: pytest.LogCaptureFixture
):
    asyncio.run(fail_unasked(error))

    assert [str(line.exc_info[1]) for line in caplog.records if line.exc_info] == told


@pytest.mark.processes
def test_a_dashboard_passes_over_browsers_that_have_gone(
    shared_store: EmbeddedStore, tmp_path: Path
):
    users = write_users(tmp_path / "users.json")
    with in_own_thread(shared_store.url, "departures", users) as dashboard:
        loop: Any = dashboard._server.io_loop
        # It is the first thing the loop does once it runs.
        wait_for(lambda: loop.asyncio_loop.get_exception_handler() is not None)
