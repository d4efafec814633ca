"""A monitor that hangs neither dies nor is started again, but somebody says so."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from state.keys import RunKeys
from tests.processes.conftest import OpenHouse
from tests.processes.houses import House
from tests.waiting import wait_for

pytestmark = [pytest.mark.processes, pytest.mark.alone]

STALE_SECONDS = 1.5


def watchdog(house: House) -> list[tuple[str, str]]:
    """Return what notify delivered about the clock: number in its episode, and how it went."""
    entries = house.client.xrange(RunKeys(house.run).deliveries)
    return [
        (fields[b"sequence"].decode(), fields[b"status"].decode())
        for _, fields in entries
        if fields[b"case"].startswith(b"clock/")
    ]


def test_a_monitor_that_stands_still_is_announced_once_and_its_return_once(
    evening: Path, open_house: OpenHouse
):
    house = open_house(evening, speed=60, TIELINE_STALE_SECONDS=str(STALE_SECONDS))
    wait_for(lambda: house.clock().tick_ns > 0)
    monitor = house.pids()["monitor"]
    assert watchdog(house) == []

    os.kill(monitor, signal.SIGSTOP)
    try:
        wait_for(lambda: len(watchdog(house)) == 1, STALE_SECONDS + 5)
        written = house.views.position()
        wait_for(lambda: house.log.last_position() > written + 60)
    finally:
        os.kill(monitor, signal.SIGCONT)
    wait_for(lambda: len(watchdog(house)) == 2, 5)

    wait_for(lambda: house.views.position() > written + 60)
    assert watchdog(house) == [("1", "delivered"), ("2", "delivered")]
    assert house.pids()["monitor"] == monitor
    assert house.stop() == 0
    said = house.lines.read_text("utf-8")
    assert "monitor clock is dead since" in said
    assert "monitor clock is alive again" in said
