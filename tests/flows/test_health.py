"""Health and metrics of a process, over real HTTP."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from prometheus_client import CollectorRegistry, generate_latest

from connectors.log.redis import DeadLetter, RedisLog
from flows import processes
from flows.health import Health, beat, health_missing, release
from flows.metrics import RunMetrics
from flows.settings import Settings
from flows.store_reach import open_store
from state.messages import Rejected, Tick
from state.screens.clock_seen import ClockView
from state.store import StoreReader, StoreWriter, encode_frame
from tests.ports import free_port
from tests.stores import EmbeddedStore

Start = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Start]:
    servers: list[Health] = []

    def start(missing: Callable[[], str]) -> str:
        server = Health("worker", 0, missing=missing).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def get(address: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own loopback
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_a_process_lives_before_it_is_ready_and_says_what_is_missing(serve: Start):
    missing = ["the opening is not in the log yet"]
    address = serve(lambda: missing[0])

    assert get(f"{address}/livez")[0] == 200
    assert get(f"{address}/readyz")[0] == 503
    assert health_missing(f"{address}/readyz") == "the opening is not in the log yet"

    missing[0] = ""
    assert get(f"{address}/readyz")[0] == 200
    assert health_missing(f"{address}/readyz") == ""


def test_a_check_that_fails_is_not_ready_and_gives_nothing_away(serve: Start):
    def fail() -> str:
        reason = "redis://:password@host"
        raise redis.ConnectionError(reason)

    status, body = get(f"{serve(fail)}/readyz")

    assert status == 503
    assert json.loads(body)["missing"] == "check failed: ConnectionError"


def test_metrics_version_and_nothing_else(serve: Start):
    address = serve(lambda: "")

    assert b"python_info" in get(f"{address}/metrics")[1]
    assert json.loads(get(f"{address}/version")[1])["version"] == release()
    assert get(f"{address}/../etc/passwd")[0] == 404


def test_nobody_there_is_said_so():
    assert health_missing("http://127.0.0.1:1/readyz") == "no answer: URLError"


def test_the_runs_metrics_count_messages_lag_and_dead_letters(client: redis.Redis, run_name: str):
    rejected = Rejected(letter="caiso/1", feed="caiso", reason="no number")
    RedisLog(client, run_name).append([Tick(at_ns=1), DeadLetter(rejected, b"raw")])
    clock = ClockView(company="company", position=1, tick_ns=7_000_000_000)
    StoreWriter(client, run_name).write(encode_frame(1, {"clock": clock}, []))
    registry = CollectorRegistry()
    registry.register(RunMetrics(client, run_name))

    text = generate_latest(registry).decode()

    assert "tieline_store_reachable 1.0" in text
    assert "tieline_log_position 2.0" in text
    assert "tieline_log_lag_messages 1.0" in text
    assert "tieline_dead_letters 1.0" in text
    assert "tieline_tick_timestamp_seconds 7.0" in text


def test_a_store_that_is_away_is_a_figure_and_not_an_error(run_name: str):
    away = redis.Redis(host="127.0.0.1", port=1)
    registry = CollectorRegistry()
    registry.register(RunMetrics(away, run_name))

    assert "tieline_store_reachable 0.0" in generate_latest(registry).decode()


@pytest.mark.parametrize("process", ["ingest", "monitor", "notify"])
def test_a_process_whose_store_is_away_says_so_at_once(
    process: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    settings = Settings(data_dir=tmp_path, run="r", metrics_port=free_port(row=6))
    servers: list[Health] = []

    def noted(*given: object, **more: object) -> Health:
        servers.append(Health(*given, **more))
        return servers[-1]

    registry = CollectorRegistry(auto_describe=True)
    monkeypatch.setattr("flows.health.REGISTRY", registry)
    monkeypatch.setattr("flows.metrics.REGISTRY", registry)
    monkeypatch.setattr(processes, "Health", noted)
    monkeypatch.setattr(processes, "beat", lambda *_: None)
    address = f"http://127.0.0.1:{settings.process_port(process)}"
    with EmbeddedStore(settings.run_dir / "store") as store:
        duty = processes.Duty(open_store(settings), settings, until_ended=False)
        processes._answer_for(process, duty)
        assert "store" not in health_missing(f"{address}/readyz")
        store.kill()
        status, body = get(f"{address}/readyz")
        figures = get(f"{address}/metrics")[1].decode()
        store.start()
        assert "store" not in health_missing(f"{address}/readyz")
    servers[0].shutdown()
    servers[0].server_close()

    assert (status, json.loads(body)["missing"]) == (
        503,
        "the store does not answer: ConnectionError",
    )
    assert ("tieline_store_reachable 0.0" in figures) == (process == "monitor")


@pytest.mark.parametrize("process", ["ingest", "monitor"])
def test_of_a_run_that_goes_on_a_process_is_ready_only_once_it_has_found_where(
    process: str, client: redis.Redis, run_name: str, monkeypatch: pytest.MonkeyPatch
):
    run_log = RedisLog(client, run_name)
    run_log.append([Tick(at_ns=1)])
    monkeypatch.setattr(StoreReader, "position", lambda _: 1)
    duty = processes.Duty(client, Settings(run=run_name), until_ended=False)
    missing = processes._MISSING[process](duty)

    assert missing() == "it has not found where to go on yet"
    run_log.record_start(process, position=1)
    assert missing() == ""


def test_who_asks_and_does_not_wait_for_the_answer_is_no_fault(
    serve: Start, capsys: pytest.CaptureFixture[str]
):
    asked, gone = threading.Event(), threading.Event()

    def missing() -> str:
        asked.set()
        gone.wait(5)
        return ""

    _, _, port = serve(missing).rpartition(":")
    with socket.create_connection(("127.0.0.1", int(port))) as caller:
        caller.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
        assert asked.wait(5)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    gone.set()

    deadline = time.monotonic() + 5
    while any("process_request_thread" in each.name for each in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert capsys.readouterr().err == ""


def test_a_process_gives_signs_of_life(client: redis.Redis, run_name: str):
    beat("worker", StoreWriter(client, run_name).beat)

    deadline = time.monotonic() + 5
    while "worker" not in StoreReader(client, run_name).heartbeats():
        assert time.monotonic() < deadline
        time.sleep(0.02)
