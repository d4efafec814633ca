"""A house that serves no health and no metrics starts all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes.conftest import OpenHouse

pytestmark = pytest.mark.processes


def test_metrics_port_0_serves_none_and_the_house_comes_up(evening: Path, open_house: OpenHouse):
    house = open_house(evening, speed=60, TIELINE_METRICS_PORT="0")

    assert house.announced["health"] == {}
    assert set(house.pids()) == {
        "supervisor", "store", "ingest", "monitor", "notify", "gateway", "dashboard",
    }  # fmt: skip
    assert house.stop() == 0
