"""`kill -9` twenty times in one shipped day: it ends as if nothing had happened."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import NamedTuple

import pytest

from state.messages import RunPhase
from tests.processes.conftest import OpenHouse
from tests.processes.houses import Ending, House, is_alive
from tests.waiting import wait_for

pytestmark = [pytest.mark.processes, pytest.mark.alone]

SEED = 20
SPEED = 500
"""Fast enough for a suite, slow enough that twenty restarts take less than the day."""

VICTIMS = ("monitor",) * 7 + ("ingest",) * 7 + ("store",) * 6
FIRST, LAST = 0.04, 0.9
"""Shares of the day between which processes are killed, one in each twentieth of that time."""

RESUMED = {"monitor": "position", "ingest": "offset"}


class Death(NamedTuple):
    """What was there when a process died.

    Attributes:
        starts: of each process before, so that the next start is its restart.
        offset: of the day, as the log holds it.
        snapshots: positions of those on disk before its restart, and after: a child that writes
            one outlives the monitor by a moment.
    """

    victim: str
    at_position: int
    shown: int
    starts: dict[str, int]
    offset: int
    snapshots: set[int]


def test_a_day_with_twenty_kills_ends_as_the_undisturbed_one(
    evening: Path, undisturbed: Ending, open_house: OpenHouse
):
    house = open_house(evening, speed=SPEED, TIELINE_SNAPSHOT_EVERY_TICKS="300")
    wait_for(lambda: bool(house.snapshots()))

    deaths = [
        die(house, victim, moment)
        for victim, moment in schedule(undisturbed.messages, random.Random(SEED))  # noqa: S311 - no secret
    ]
    wait_for(lambda: house.clock().phase == RunPhase.ENDED, 120)
    ended, pids = house.ending(), house.pids()
    starts = {process: house.starts(process) for process in RESUMED}

    assert house.stop() == 0
    assert not [name for name, pid in pids.items() if is_alive(pid)]
    assert [death.victim for death in deaths].count("store") == 6
    assert len(deaths) == 20
    assert all(death.shown < undisturbed.messages for death in deaths)
    assert_resumed(deaths, starts)
    assert ended.digests == undisturbed.digests
    assert ended.changes == undisturbed.changes
    assert ended.alerts == undisturbed.alerts
    assert ended.messages == undisturbed.messages
    assert last_views(ended) == last_views(undisturbed)


def schedule(messages: int, chance: random.Random) -> list[tuple[str, int]]:
    """Return who dies, and at which position of the log: a random one in each twentieth."""
    victims = chance.sample(VICTIMS, len(VICTIMS))
    edges = [
        round(messages * (FIRST + (LAST - FIRST) * number / len(victims)))
        for number in range(len(victims) + 1)
    ]
    moments = [chance.randrange(*edge) for edge in itertools.pairwise(edges)]
    return list(zip(victims, moments, strict=True))


def die(house: House, victim: str, moment: int) -> Death:
    """Kill a process at a moment of the day, and wait until it is at work again."""
    wait_for(lambda: house.log.last_position() >= moment and house.is_at_work(victim))
    starts = {process: len(house.starts(process)) for process in RESUMED}
    at_position, shown = house.log.last_position(), house.views.position()
    before = house.pids()[victim]
    house.kill(victim)
    offset = settled_offset(house)
    snapshots = house.snapshots()
    wait_for(lambda: house.pids()[victim] != before and house.is_at_work(victim))
    snapshots |= house.snapshots()
    return Death(victim, at_position, shown, starts, offset, snapshots)


def settled_offset(house: House) -> int:
    """Return the offset once the store has done what a dead process had sent it before it died.

    What was sent lies ready to be read, so the store does it at the latest after its next answer.
    """
    house.log.offsets()
    [offset] = house.log.offsets().values()
    return offset


def assert_resumed(deaths: list[Death], starts: dict[str, list[dict[str, str]]]) -> None:
    """Each start but the first went on in the middle, each restart where its death left it."""
    for process, where in RESUMED.items():
        first, *later = [int(start[where]) for start in starts[process]]
        assert first == 0
        assert all(place > 0 for place in later)
        assert later == sorted(later)
        assert len(later) >= VICTIMS.count(process)
    for death in deaths:
        if death.victim == "monitor":
            restart = starts["monitor"][death.starts["monitor"]]
            assert int(restart["position"]) in death.snapshots
        if death.victim == "ingest":
            restart = starts["ingest"][death.starts["ingest"]]
            assert int(restart["offset"]) == death.offset


def last_views(ending: Ending) -> dict[str, object]:
    """Return the views but the clock, which tells of the run, and feeds, which age meanwhile."""
    return {name: view for name, view in ending.views.items() if name not in {"clock", "feeds"}}
