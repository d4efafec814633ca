"""The embedded store as a process."""

from __future__ import annotations

import stat
import threading
import time
from pathlib import Path

import pytest

from connectors.log.embedded import LONGEST_SOCKET_PATH, socket_path, store_command, store_url
from connectors.log.redis import LogEntry, RedisLog, connect
from state.errors import ConfigError, LogError
from state.messages import Tick
from state.wire import decode
from tests.ports import free_port
from tests.stores import EmbeddedStore

pytestmark = pytest.mark.processes


def at_ns(body: bytes) -> int:
    message = decode(body)
    assert isinstance(message, Tick)
    return message.at_ns


def test_a_store_killed_while_it_is_written_loses_and_repeats_nothing(
    own_store: EmbeddedStore,
) -> None:
    """The writer goes on through the outage: its client finds the restarted store by itself."""
    run_log = RedisLog(own_store.client(), "r")
    stop = threading.Event()
    acknowledged: list[int] = []

    def write() -> None:
        while not stop.is_set():
            second = len(acknowledged) + 1
            run_log.append([Tick(at_ns=second)], source="clock", offset=second)
            acknowledged.append(second)

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(3):
        before = len(acknowledged)
        while len(acknowledged) < before + 50:
            time.sleep(0.001)
        own_store.kill()
        own_store.start()
    stop.set()
    writer.join()

    assert [at_ns(entry.body) for entry in run_log.read(0, 10**6)] == acknowledged


def test_a_reader_waiting_while_the_store_is_killed_goes_on(own_store: EmbeddedStore) -> None:
    run_log = RedisLog(own_store.client(), "r")
    run_log.append([Tick(at_ns=1)])
    arrived: list[LogEntry] = []
    reader = threading.Thread(target=lambda: arrived.extend(run_log.read(1, block_seconds=4)))
    reader.start()
    time.sleep(0.1)
    own_store.kill()
    own_store.start()
    run_log.append([Tick(at_ns=2)])
    reader.join()

    assert [entry.position for entry in arrived] == [2]


def test_a_truncated_tail_is_found_by_whoever_read_past_it(
    own_store: EmbeddedStore, tmp_path: Path
) -> None:
    run_log = RedisLog(own_store.client(), "r")
    for second in range(1, 101):
        run_log.append([Tick(at_ns=second)])
    own_store.kill()
    [aof] = tmp_path.glob("store/appendonlydir/*.incr.aof")
    aof.write_bytes(aof.read_bytes()[:-300])
    own_store.start()
    assert 0 < run_log.last_position() < 100
    with pytest.raises(LogError, match="lost its tail"):
        run_log.require_tail(100)


def test_everything_about_the_store_is_for_its_owner_alone(
    own_store: EmbeddedStore, tmp_path: Path
) -> None:
    del own_store
    assert stat.S_IMODE((tmp_path / "store").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "store" / "store.conf").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "store" / "store.sock").stat().st_mode) == 0o700


def test_a_second_server_for_the_same_folder_is_refused(
    own_store: EmbeddedStore, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="a store is running for"):
        store_command(tmp_path / "store")
    own_store.kill()
    assert store_command(tmp_path / "store")
    own_store.start()


def test_the_store_writes_through_never_evicts_and_seldom_rewrites(
    own_store: EmbeddedStore,
) -> None:
    settings = own_store.client().config_get("append*", "maxmemory-policy", "auto-aof-*")
    assert settings["auto-aof-rewrite-min-size"] == str(512 << 20)
    assert settings["appendonly"] == "yes"
    assert settings["appendfsync"] == "always"
    assert settings["maxmemory-policy"] == "noeviction"


@pytest.mark.alone
def test_over_tcp_it_asks_for_its_password_and_listens_on_loopback_only(tmp_path: Path) -> None:
    port = free_port()
    store = EmbeddedStore(tmp_path / "tcp", port=port)
    try:
        assert RedisLog(store.client(), "r").append([Tick(at_ns=1)]) == [1]
        for password in ("", ":wrong@"):
            began = time.monotonic()
            with pytest.raises(LogError, match="refuses the password"):
                RedisLog(connect(f"redis://{password}127.0.0.1:{port}"), "r").require_safe_store()
            assert time.monotonic() - began < 2
        assert store.client().config_get("bind") == {"bind": "127.0.0.1"}
    finally:
        store.stop()


def test_the_password_stays_the_same_and_out_of_the_command(tmp_path: Path) -> None:
    command = store_command(tmp_path, port=1)
    url = store_url(tmp_path, port=1)
    assert store_url(tmp_path, port=1) == url
    password = url.split(":")[2].split("@")[0]
    assert len(password) > 30
    assert not any(password in word for word in command)


def test_a_socket_whose_path_would_be_too_long_is_in_a_private_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    path = socket_path(deep)
    assert len(str(path)) <= LONGEST_SOCKET_PATH
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert socket_path(deep) == path
    assert socket_path(deep / "other") != path
    store = EmbeddedStore(deep)
    assert store.client().ping()
    store.stop()


def test_a_data_folder_that_is_a_file_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="choose another"):
        store_command(tmp_path / "file")
