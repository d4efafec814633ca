"""The monitor over a real store: the same result however often it is killed or spread."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from structlog.testing import capture_logs

from connectors.log.days import Day
from connectors.log.redis import RedisLog
from flows import ingest, monitor
from flows.ingest import Played
from flows.monitor import Monitored
from flows.snapshots import Head, mark_of, write_snapshot
from state.company import Company
from state.errors import LogError
from state.keys import RunKeys
from state.messages import (
    Message,
    RunPhase,
    RunStatus,
    Tick,
)
from state.screens.clock_seen import ClockView
from state.store import StoreReader
from state.wire import decode
from tests.flows.tally import Tally
from tests.ports import free_port
from tests.small_days import deal, price_body, write_day
from tests.stores import EmbeddedStore
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]


def history(seconds: int) -> Iterator[Message]:
    """Yield ticks with a trade at every seventh, and the end of the run."""
    for second in range(1, seconds + 1):
        yield Tick(at_ns=second)
        if second % 7 == 0:
            yield deal(second)
    yield RunStatus(run="r", phase=RunPhase.ENDED, at_ns=seconds)


def folded(run_log: RedisLog) -> Tally:
    """Fold the log in a plain loop."""
    tally = Tally("company")
    for position, body in run_log.read(0, 10**6):
        tally.apply(decode(body), position)
    return tally


def save_snapshot_at(position: int, run_log: RedisLog, folding: Monitored) -> None:
    tally = Tally("company")
    for number, body in run_log.read(0, position):
        tally.apply(decode(body), number)
    write_snapshot(folding.snapshots, Head(position, mark_of(body)), [tally.snapshot()])


def clock(client: redis.Redis, run_name: str) -> ClockView:
    view = StoreReader(client, run_name).read_views(["clock"])["clock"]
    assert isinstance(view, ClockView)
    return view


def changed_trades(client: redis.Redis, run_name: str) -> list[str]:
    found = StoreReader(client, run_name).transitions(count=10**6)
    return [stored.transition.case for stored in found]


def trades_of(seconds: int) -> list[str]:
    return [f"T{second}" for second in range(7, seconds + 1, 7)]


@pytest.fixture
def folding(run_name: str, tmp_path: Path) -> Monitored:
    return Monitored(
        run=run_name,
        company="company",
        fold=Tally,
        snapshots=tmp_path / "snapshots",
        every_ticks=100,
        pause_seconds=0.0,
        until_ended=True,
    )


@pytest.fixture
def run_log(client: redis.Redis, run_name: str) -> RedisLog:
    return RedisLog(client, run_name)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_flow_ends_where_a_plain_loop_ends(
    client: redis.Redis, run_log: RedisLog, folding: Monitored, workers: int
) -> None:
    run_log.append(list(history(3000)))
    monitor.run(client, folding, workers=workers)
    tally = folded(run_log)
    shown = clock(client, folding.run)
    assert (shown.digest, shown.position) == (tally.digest, run_log.last_position())
    assert changed_trades(client, folding.run) == trades_of(3000)


def test_the_id_of_a_transition_is_the_position_that_caused_it(
    client: redis.Redis, run_log: RedisLog, folding: Monitored
) -> None:
    run_log.append(list(history(7)))
    monitor.run(client, folding)
    [stored] = StoreReader(client, folding.run).transitions()
    assert stored.id == "8-0"
    assert stored.transition.position == 8


@pytest.mark.alone
def test_a_message_is_in_the_store_moments_after_it_is_in_the_log(
    client: redis.Redis, run_log: RedisLog, folding: Monitored
) -> None:
    stop = threading.Event()
    running = threading.Thread(target=monitor.run, args=(client, folding), kwargs={"stop": stop})
    running.start()
    reader = StoreReader(client, folding.run)
    run_log.append([Tick(at_ns=1)])
    wait_for(lambda: reader.position() == 1)
    began = time.perf_counter()
    for second in range(2, 22):
        run_log.append([Tick(at_ns=second)])
        wait_for(lambda second=second: reader.position() == second)
    took = time.perf_counter() - began
    stop.set()
    running.join()
    assert took / 20 < 0.05


def test_an_entry_that_cannot_be_read_is_passed_over_and_counted(
    client: redis.Redis, run_log: RedisLog, folding: Monitored
) -> None:
    run_log.append([Tick(at_ns=1)])
    client.xadd(RunKeys(folding.run).log, {"m": b"\xff not ours"}, id="2-0")
    run_log.append([Tick(at_ns=2), RunStatus(run="r", phase=RunPhase.ENDED, at_ns=2)])
    monitor.run(client, folding)
    shown = clock(client, folding.run)
    assert shown.position == 4
    assert shown.policies == ["RunStatus 1", "Tick 2", "skipped 1"]


def test_a_start_resumes_from_the_newest_snapshot_and_lets_the_log_be_trimmed_before_the_oldest(
    client: redis.Redis, run_log: RedisLog, folding: Monitored
) -> None:
    run_log.append(list(history(1000)))
    monitor.run(client, folding)
    newest = max(path.name for path in folding.snapshots.iterdir())
    monitor.run(client, folding)
    first, second = (int(start["position"]) for start in run_log.starts())
    assert first == 0
    assert newest == f"{second:020d}.state"
    oldest = run_log.readers()["monitor"]
    assert min(path.name for path in folding.snapshots.iterdir()) == f"{oldest:020d}.state"
    assert clock(client, folding.run).digest == folded(run_log).digest


def test_a_damaged_snapshot_is_passed_over_for_the_one_before_it(
    client: redis.Redis, run_log: RedisLog, folding: Monitored
) -> None:
    run_log.append(list(history(1000)))
    monitor.run(client, folding)
    save_snapshot_at(500, run_log, folding)
    for path in folding.snapshots.iterdir():
        if int(path.stem) > 500:
            path.write_bytes(path.read_bytes()[:-1])
    monitor.run(client, folding)
    assert run_log.starts()[-1]["position"] == "500"
    assert clock(client, folding.run).digest == folded(run_log).digest


def test_a_snapshot_of_another_log_is_not_taken(
    client: redis.Redis, run_log: RedisLog, folding: Monitored
) -> None:
    """A wiped store and snapshots that were left behind must not be mixed."""
    run_log.append(list(history(1000)))
    monitor.run(client, folding)
    for key in client.scan_iter(f"tieline:{folding.run}:*"):
        client.delete(key)
    run_log.append([deal(0), *history(1500)])
    client.hset(RunKeys(folding.run).view, "position", "1600")
    monitor.run(client, folding)
    assert run_log.starts()[-1]["position"] == "0"
    assert clock(client, folding.run).digest == folded(run_log).digest


def test_views_that_fell_behind_the_snapshots_are_made_again(
    client: redis.Redis, run_log: RedisLog, folding: Monitored
) -> None:
    run_log.append(list(history(1000)))
    monitor.run(client, folding)
    client.delete(RunKeys(folding.run).view, RunKeys(folding.run).alerts)
    monitor.run(client, folding)
    assert clock(client, folding.run).digest == folded(run_log).digest
    assert changed_trades(client, folding.run) == trades_of(1000)


def test_a_snapshot_of_a_longer_log_is_passed_over_and_told(
    client: redis.Redis, run_log: RedisLog, folding: Monitored
) -> None:
    run_log.append(list(history(10)))
    folding.snapshots.mkdir()
    write_snapshot(folding.snapshots, Head(99, mark_of(b"")), [b"state"])
    views = StoreReader(client, folding.run)
    with capture_logs() as lines:
        assert monitor.find_start(run_log, views, folding.snapshots) is None

    [line] = lines
    assert (line["event"], line["position"]) == ("snapshot.of_a_longer_log", 99)
    assert line["log_ends"] == run_log.last_position()


def test_a_log_that_ends_before_the_views_is_refused(
    client: redis.Redis, run_log: RedisLog, folding: Monitored
) -> None:
    run_log.append(list(history(10)))
    client.hset(RunKeys(folding.run).view, "position", "99")
    with pytest.raises(LogError, match="lost its tail; restore it from a backup"):
        monitor.run(client, folding)


def test_a_log_without_its_head_is_refused_when_no_snapshot_reaches_over_the_gap(
    client: redis.Redis, run_log: RedisLog, folding: Monitored
) -> None:
    run_log.append(list(history(10)))
    client.xtrim(RunKeys(folding.run).log, minid="5-0", approximate=False)
    with pytest.raises(LogError, match="begins at position 5"):
        monitor.run(client, folding)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_monitor_cleanly(
    client: redis.Redis, run_log: RedisLog, folding: Monitored, number: signal.Signals
) -> None:
    run_log.append([Tick(at_ns=1)])
    shown = StoreReader(client, folding.run)

    ended = threading.Event()

    def signal_once_shown() -> None:
        try:
            wait_for(lambda: shown.position() == 1 or ended.is_set())
        finally:
            if not ended.is_set():
                os.kill(os.getpid(), number)

    thread = threading.Thread(target=signal_once_shown)
    thread.start()
    try:
        monitor.run(client, folding)
    finally:
        ended.set()
        thread.join()
    assert shown.position() == 1


class MonitorProcesses:
    """Starts monitors of the tally in processes of their own."""

    def __init__(self, store: EmbeddedStore, folding: Monitored) -> None:
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TALLY_URL": store.url,
            "TALLY_RUN": folding.run,
            "TALLY_SNAPSHOTS": str(folding.snapshots),
        }

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, str(ROOT / "tests/flows/tally_process.py")],
            env=self._environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def write_slowly(run_log: RedisLog, seconds: int) -> threading.Thread:
    def write() -> None:
        for number, message in enumerate(history(seconds), start=1):
            run_log.append([message], source="history", offset=number)
            time.sleep(0.003)  # outlast the kills, however fast the disk is

    thread = threading.Thread(target=write)
    thread.start()
    return thread


@pytest.mark.processes
def test_kills_of_monitor_and_store_change_nothing(
    own_store: EmbeddedStore, tmp_path: Path
) -> None:
    folding = Monitored("r", "company", Tally, tmp_path / "snapshots", until_ended=True)
    client = own_store.client()
    run_log, reader = RedisLog(client, "r"), StoreReader(client, "r")
    processes = MonitorProcesses(own_store, folding)
    writer = write_slowly(run_log, 3000)
    for kill in range(4):
        running = processes.start()
        seen = reader.position()
        wait_for(lambda seen=seen: reader.position() > seen + 200)
        time.sleep(random.uniform(0, 0.1))  # noqa: S311 - when to kill, no secret
        if kill == 2:
            own_store.kill()
            own_store.start()
        running.kill()
        running.wait()
    writer.join()
    assert processes.start().wait(120) == 0

    assert clock(client, "r").digest == folded(run_log).digest
    assert changed_trades(client, "r") == trades_of(3000)
    first, *later = [int(start["position"]) for start in run_log.starts()]
    assert first == 0
    assert all(position > 0 for position in later)
    assert sorted(later) == later


@pytest.mark.processes
def test_the_real_flow_in_two_processes_ends_where_a_plain_loop_ends(
    client: redis.Redis, shared_store: EmbeddedStore, run_name: str, tmp_path: Path
) -> None:
    receipts = {10: price_body(300, 31.5), 20: b"cut", 310: price_body(600, 40.0)}
    day = Day.open(write_day(tmp_path / "day", receipts=receipts))
    ingest.run(client, Played(run_name, day, speed=0, until_ended=True))
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TIELINE_STORE_URL": shared_store.url,
        "TIELINE_RUN": run_name,
        "TIELINE_DATA_DIR": str(tmp_path / "data"),
    }
    place = "flows.monitor:flow(until_ended=True)"
    first = free_port(2)
    addresses = f"127.0.0.1:{first};127.0.0.1:{first + 1}"
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "bytewax.run", place, "-i", number, "-a", addresses],
            env=environment,
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
        )
        for number in ("0", "1")
    ]
    assert [process.wait(180) for process in both] == [0, 0]

    company = Company("company")
    for position, body in RedisLog(client, run_name).read(0, 10**6):
        company.apply(decode(body), position)
    expected = company.views()["clock"]
    assert clock(client, run_name) == expected
