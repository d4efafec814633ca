"""The backups of docs/log.md, each made under load and restored into a store of its own."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from connectors.log.copies import copy_files
from connectors.log.embedded import store_command, store_url
from connectors.log.redis import RedisLog, connect
from state.errors import ConfigError
from state.messages import Tick
from state.wire import decode
from tests.stores import EmbeddedStore, wait_until_ready

pytestmark = pytest.mark.processes

GROWTH = "auto-aof-rewrite-percentage"


@contextmanager
def written_meanwhile(run_log: RedisLog) -> Iterator[None]:
    """Append ticks all the while, at least twenty of them before and after."""
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        while not stop.is_set():
            second = len(written) + 1
            run_log.append([Tick(at_ns=second)], source="clock", offset=second)
            written.append(second)

    def wait_for_more() -> None:
        seen = len(written)
        while len(written) < seen + 20:
            time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    wait_for_more()
    yield
    wait_for_more()
    stop.set()
    writer.join()


def assert_whole_prefix(restored: RedisLog, original: RedisLog, *, at_least: int) -> None:
    """The log, its offsets and its duplicate memory are of one moment after ``at_least``."""
    entries = restored.read(0, 10**6)
    last = restored.last_position()
    assert last >= at_least
    assert entries == original.read(0, 10**6)[:last]
    assert restored.offsets() == {"clock": last}
    assert restored.append([Tick(at_ns=last)]) == [None]
    assert restored.append([Tick(at_ns=last + 1)]) == [last + 1]


def test_a_copy_of_the_append_only_files_restores_a_whole_prefix(
    own_store: EmbeddedStore, tmp_path: Path
) -> None:
    run_log = RedisLog(own_store.client(), "r")
    with written_meanwhile(run_log):
        at_least = run_log.last_position()
        own_store.client().bgrewriteaof()
        copy_files(own_store.client(), tmp_path / "store", tmp_path / "backup")
    assert own_store.client().config_get(GROWTH) == {GROWTH: "100"}
    with EmbeddedStore(tmp_path / "backup") as restored:
        assert_whole_prefix(RedisLog(restored.client(), "r"), run_log, at_least=at_least)


class Rewriting:
    """A store that writes its files anew when it is asked about, and is done at the third time."""

    def __init__(self, files: Path) -> None:
        self._files = files
        self._asked = 0
        self.growth: list[int] = []

    def config_set(self, _name: str, value: int) -> None:
        self.growth.append(value)

    def info(self, _section: str) -> dict[str, int]:
        self._asked += 1
        done = self._asked == 3
        if done:
            (self._files / "1.base").rename(self._files / "2.base")
        return {"aof_rewrite_in_progress": not done, "aof_rewrite_scheduled": 0}


def test_a_copy_waits_for_files_that_are_written_anew(tmp_path: Path) -> None:
    files = tmp_path / "store/appendonlydir"
    files.mkdir(parents=True)
    (files / "1.base").touch()
    store: Any = Rewriting(files)

    copied = copy_files(store, tmp_path / "store", tmp_path / "backup")

    assert [path.name for path in copied.iterdir()] == ["2.base"]
    assert store.growth == [0, 100]


def test_a_copy_overwrites_none_and_says_what_cannot_be_written(tmp_path: Path) -> None:
    files = tmp_path / "store/appendonlydir"
    files.mkdir(parents=True)
    (files / "1.base").touch()
    store: Any = Rewriting(files)
    copy_files(store, tmp_path / "store", tmp_path / "backup")

    with pytest.raises(ConfigError, match="exists and is not overwritten"):
        copy_files(store, tmp_path / "store", tmp_path / "backup")
    (files / "2.base").rename(files / "1.base")
    again: Any = Rewriting(files)
    with pytest.raises(ConfigError, match="name a folder with room"):
        copy_files(again, tmp_path / "store", files / "2.base")
    assert again.growth == [0, 100]
    assert store.growth == [0, 100]


def test_a_point_in_time_file_restores_and_is_durable_again(
    own_store: EmbeddedStore, tmp_path: Path
) -> None:
    client = own_store.client()
    run_log = RedisLog(client, "r")
    with written_meanwhile(run_log):
        at_least = run_log.last_position()
        before = client.lastsave()
        time.sleep(1.1)  # LASTSAVE counts in seconds
        client.bgsave()
        while client.lastsave() == before:
            time.sleep(0.01)
    backup = tmp_path / "backup"
    command = store_command(backup)
    shutil.copy(tmp_path / "store/dump.rdb", backup)

    loading = subprocess.Popen([*command, "--appendonly", "no"], stdout=subprocess.DEVNULL)
    wait_until_ready(store_url(backup))
    opened = connect(store_url(backup))
    opened.config_set("appendonly", "yes")
    while rewriting(opened):
        time.sleep(0.01)
    loading.kill()
    loading.wait()

    with EmbeddedStore(backup) as restored:
        assert_whole_prefix(RedisLog(restored.client(), "r"), run_log, at_least=at_least)


def rewriting(client: redis.Redis) -> bool:
    state = client.info("persistence")
    return bool(state["aof_rewrite_in_progress"] or state["aof_rewrite_scheduled"])


def test_an_export_appended_to_a_new_run_is_the_same_log(own_store: EmbeddedStore) -> None:
    client = own_store.client()
    run_log, copy = RedisLog(client, "r"), RedisLog(client, "copy")
    with written_meanwhile(run_log):
        pass
    exported = run_log.read(0, 10**6)
    for start in range(0, len(exported), 200):
        chunk = exported[start : start + 200]
        copy.append([decode(entry.body) for entry in chunk])
    assert copy.read(0, 10**6) == exported
