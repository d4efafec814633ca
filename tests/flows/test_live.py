"""A live run against a simulated CAISO: what is published enters the log, once, come what may."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
import redis
from msgspec import structs

from benchmarks.live import SPEED, follow
from connectors.log.days import Day
from connectors.log.recording import Recording
from connectors.log.redis import RedisLog
from connectors.records import to_json_line
from connectors.simulated.faults import FaultPlan
from flows.archive import archive
from flows.defaults import defaults_of
from flows.fold import fold
from flows.live import Live
from flows.live_file import read_live_file
from flows.settings import Settings
from flows.simulate import Simulation
from state.company import Company
from state.errors import ConfigError
from state.messages import Policy, StressScenarios, Tick
from state.wire import decode

pytestmark = pytest.mark.alone

SHIPPED = Path(__file__).parents[2] / "replay_data" / "2026-09-08-caiso-scarcity"


@pytest.mark.parametrize("fault_every", [0, 1])
def test_a_live_run_holds_every_publication_once_and_its_archive_has_its_digests(
    client: redis.Redis, run_name: str, tmp_path: Path, fault_every: int
) -> None:
    found = follow(
        client, run_name, SHIPPED, tmp_path, market_minutes=12.0, fault_every=fault_every
    )
    assert found.served["RTD"] >= 1
    assert (found.lost, found.doubled) == (0, 0)
    assert found.digests_equal
    assert found.differs < 1e-9
    assert (sum(found.faults.values()) > 0) == (fault_every > 0)


def test_a_live_run_that_was_stopped_goes_on_and_its_archive_still_has_its_digests(
    client: redis.Redis, run_name: str, tmp_path: Path
) -> None:
    simulation = Simulation.of(SHIPPED, speed=SPEED, port=0, faults=FaultPlan(0))
    simulation.write_live_file(tmp_path / "live.yaml", SHIPPED / "opening.jsonl.gz")
    file = read_live_file(tmp_path / "live.yaml", ("caiso",))
    with simulation.server:
        for pause_ns in (0, 1_500 * 10**9):  # more ticks than one append takes
            stop = threading.Event()
            later = file.clock.model_copy(update={"market_ns": file.clock.market_ns + pause_ns})
            followed = file.model_copy(update={"clock": later})
            live = Live(client, run_name, followed, tmp_path / "recording")
            before = RedisLog(client, run_name).last_position()
            following = threading.Thread(target=live.run, args=(stop,), daemon=True)
            following.start()
            while RedisLog(client, run_name).last_position() < before + 200:
                time.sleep(0.2)
            stop.set()
            following.join(30.0)
            tail = tmp_path / "recording" / "records.jsonl"
            with tail.open("a", encoding="utf-8") as torn:  # as a crash would leave it
                torn.write('{"received_at": "2026-09-09T00:00:00')
    log = RedisLog(client, run_name)
    entries = log.read(0, 100_000)
    found = [decode(entry.body) for entry in entries]
    ticks = [one.at_ns for one in found if isinstance(one, Tick)]
    assert {after - tick for tick, after in pairwise(ticks)} == {10**9}
    assert len(ticks) > 1_500
    with pytest.raises(ConfigError, match="holds no recording"):
        archive(tmp_path / "nowhere", tmp_path / "day", company="company", log=log)
    Recording(tmp_path / "recording").cut(ticks[-1] + 10**9)
    day = archive(tmp_path / "recording", tmp_path / "day", company="company", log=log)
    company = Company("company")
    for position, message in enumerate(found, start=1):
        company.apply(message, position)
    again, _ = fold(Day.open(day))
    assert (again.digest, again.timing_digest) == (company.digest, company.timing_digest)
    with pytest.raises(ConfigError, match="is there already"):
        archive(tmp_path / "recording", day, company="company", log=log)


@pytest.mark.parametrize("own", ["", "feed-limits", "another"])
def test_limits_of_feeds_are_in_force_unless_the_opening_brings_its_own(
    client: redis.Redis, run_name: str, tmp_path: Path, own: str
) -> None:
    scenarios, limits = defaults_of(Settings())
    assert isinstance(limits, Policy)
    brought = [structs.replace(limits, policy=own, version="own")] if own else []
    opening = "".join(to_json_line(one) + "\n" for one in [scenarios, *brought])
    (tmp_path / "o.jsonl").write_text(opening, encoding="utf-8")
    (tmp_path / "live.yaml").write_text("opening: o.jsonl\ncaiso:\n  locations: [A]\n")
    file = read_live_file(tmp_path / "live.yaml", ("caiso",))
    Live(client, run_name, file, tmp_path / "recording", (scenarios, limits))._begin()
    found = [decode(entry.body) for entry in RedisLog(client, run_name).read(0)]
    in_force = {one.policy: one.version for one in found if isinstance(one, Policy)}
    assert in_force == {"feed-limits": limits.version} | ({own: "own"} if own else {})
    assert sum(isinstance(one, StressScenarios) for one in found) == 1
