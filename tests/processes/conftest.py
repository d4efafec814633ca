"""One undisturbed replay of the evening of scarcity, and houses that leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows.days import SHIPPED
from flows.settings import DEFAULT_DAY
from tests.processes.houses import Ending, House, replayed

OpenHouse = Callable[..., House]


@pytest.fixture(scope="session")
def evening() -> Path:
    """Return the folder of the shipped day that `tieline up` plays; the tests play all of it."""
    return SHIPPED / DEFAULT_DAY


@pytest.fixture(scope="session")
def undisturbed(evening: Path, tmp_path_factory: pytest.TempPathFactory) -> Ending:
    """Play the whole day with one worker and no kill."""
    return replayed(evening, tmp_path_factory.mktemp("undisturbed"), TIELINE_WORKERS="1")


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[OpenHouse]:
    opened: list[House] = []

    def start(day: Path, *, speed: float, **settings: str) -> House:
        house = House(tmp_path, day, speed=speed, **settings)
        opened.append(house)
        house.wait_until_up()
        return house

    yield start
    for house in opened:
        house.abandon()
