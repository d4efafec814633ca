"""Snapshots: whole or not at all, the newest three, of this log only."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import redis
from structlog.testing import capture_logs

from flows import snapshots
from flows.snapshots import KEPT, Head, Snapshot, SnapshotWriter, mark_of, whole_snapshots
from tests.waiting import wait_for


def snapshot(position: int, state: bytes = b"state") -> Snapshot:
    return Snapshot(position, mark_of(b"entry"), state + b" at %d" % position)


def write(directory: Path, position: int) -> None:
    whole = snapshot(position)
    pieces = [whole.state[:3], whole.state[3:]]
    snapshots.write_snapshot(directory, Head(position, whole.mark), pieces)


def take(writer: SnapshotWriter, position: int) -> None:
    whole = snapshot(position)
    writer.take(Head(position, whole.mark), lambda: [whole.state])


def positions(directory: Path) -> list[int]:
    return [found.position for found in whole_snapshots(directory)]


def test_a_snapshot_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write(tmp_path, 7)
    assert list(whole_snapshots(tmp_path)) == [snapshot(7)]


@pytest.mark.parametrize("linux", [True, False])
def test_a_large_one_goes_to_the_disk_piece_by_piece_and_whole_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, linux: bool
) -> None:
    brought: list[tuple[int, int]] = []
    synced: list[int] = []
    fsync, system = os.fsync, snapshots._write_back

    def write_back(descriptor: int, start: int, length: int, flags: int) -> int:
        brought.append((start, start + length))
        return 0 if system is None else system(descriptor, start, length, flags)

    def sync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_size)
        fsync(descriptor)

    monkeypatch.setattr(snapshots, "_write_back", write_back if linux else None)
    monkeypatch.setattr(os, "fsync", sync)
    state = bytes(range(256)) * (12 << 10)
    snapshots.write_snapshot(tmp_path, Head(7, mark_of(b"entry")), [state, b"end"])

    (path,) = tmp_path.iterdir()
    size = path.stat().st_size
    assert [found.state for found in whole_snapshots(tmp_path)] == [state + b"end"]
    assert synced[-2] == size, "the whole file before its folder"
    ends = [end for _, end in brought] if linux else synced[:-2]
    assert len(ends) == 3
    assert [start for start, _ in brought] == [0, *ends[:-1]][: len(brought)]


@pytest.mark.parametrize(
    ("failed", "whole"), [(errno.ENOSPC, False), (errno.ENODATA, False), (errno.ENOSYS, True)]
)
def test_a_part_that_the_disk_lost_is_no_snapshot_and_a_system_that_cannot_syncs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, failed: int, whole: bool
) -> None:
    def write_back(*_arguments: int) -> int:
        ctypes.set_errno(failed)
        return -1

    monkeypatch.setattr(snapshots, "_write_back", write_back)
    refused = pytest.raises(OSError, match=os.strerror(failed))
    with contextlib.nullcontext() if whole else refused:
        snapshots.write_snapshot(tmp_path, Head(7, mark_of(b"entry")), [bytes(2 << 20)])
    assert positions(tmp_path) == ([7] if whole else [])


def test_the_newest_three_are_kept_and_come_newest_first(tmp_path: Path) -> None:
    for position in (9, 10, 100, 99):
        write(tmp_path, position)
    assert positions(tmp_path) == [100, 99, 10]
    assert len(list(tmp_path.iterdir())) == KEPT


def test_a_snapshot_cut_at_any_byte_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, 1)
    write(tmp_path, 2)
    path = max(tmp_path.iterdir())
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert positions(tmp_path) == [1]


def test_a_flipped_bit_anywhere_is_noticed(tmp_path: Path) -> None:
    write(tmp_path, 2)
    [path] = tmp_path.iterdir()
    whole = path.read_bytes()
    for index in range(len(whole)):
        path.write_bytes(whole[:index] + bytes([whole[index] ^ 1]) + whole[index + 1 :])
        assert positions(tmp_path) == []


def test_a_snapshot_under_another_position_is_none(tmp_path: Path) -> None:
    write(tmp_path, 2)
    [path] = tmp_path.iterdir()
    path.rename(tmp_path / f"{3:020d}.state")
    assert positions(tmp_path) == []


def test_what_a_crash_left_half_written_is_no_snapshot(tmp_path: Path) -> None:
    (tmp_path / f"{5:020d}.new").write_bytes(b"half")
    assert positions(tmp_path) == []


def test_what_a_killed_writer_left_goes_with_the_next_snapshot(tmp_path: Path) -> None:
    (tmp_path / f"{5:020d}.new").write_bytes(b"half")
    write(tmp_path, 6)
    assert [path.suffix for path in tmp_path.iterdir()] == [".state"]


def test_the_writer_says_where_the_oldest_kept_one_stands(tmp_path: Path) -> None:
    said: list[int] = []
    writer = SnapshotWriter(tmp_path / "new", said.append, pause_seconds=0.0)
    for position in range(1, 6):
        wait_for(lambda: writer.due)
        take(writer, position)
    writer.close()
    assert said == [1, 1, 1, 2, 3]


def test_a_snapshot_is_of_the_moment_it_was_taken_at_whatever_changes_then(tmp_path: Path) -> None:
    state = np.arange(1_000_000.0)
    expected = state.tobytes()

    def pieces() -> Iterator[bytes]:
        for part in np.split(state, 20):
            time.sleep(0.005)
            yield part.tobytes()

    writer = SnapshotWriter(tmp_path, lambda _oldest: None)
    writer.take(Head(7, mark_of(b"entry")), pieces)
    state *= -1.0
    writer.close()

    assert next(whole_snapshots(tmp_path)).state == expected


def test_no_other_is_due_while_one_is_written(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        time.sleep(0.2)
        yield b"state"

    writer = SnapshotWriter(tmp_path, lambda _oldest: None, pause_seconds=0.0)
    writer.take(Head(7, mark_of(b"entry")), pieces)
    assert not writer.due
    wait_for(lambda: writer.due)
    assert positions(tmp_path) == [7]
    writer.close()


def test_closing_finishes_what_is_being_written(tmp_path: Path) -> None:
    writer = SnapshotWriter(tmp_path, lambda _oldest: None)
    take(writer, 1)
    writer.close()
    assert positions(tmp_path) == [1]


def test_the_next_snapshot_is_due_after_the_pause(tmp_path: Path) -> None:
    writer = SnapshotWriter(tmp_path, lambda _oldest: None, pause_seconds=0.5)
    assert writer.due
    take(writer, 1)
    wait_for(lambda: positions(tmp_path) == [1])
    assert not writer.due
    wait_for(lambda: writer.due)
    writer.close()


def test_busy_threads_do_not_hold_up_a_snapshot(tmp_path: Path) -> None:
    """A child has no other thread than its own: what they held when it was forked stays held."""
    stop = threading.Event()

    def toil() -> None:
        while not stop.is_set():
            logging.getLogger("toil").debug("%s", [object() for _ in range(100)])
            hashlib.blake2b(np.arange(10_000.0).tobytes()).hexdigest()

    threads = [threading.Thread(target=toil) for _ in range(2)]
    for thread in threads:
        thread.start()
    said: list[int] = []
    writer = SnapshotWriter(tmp_path, said.append, pause_seconds=0.0)
    for position in range(1, 11):
        wait_for(lambda: writer.due)
        take(writer, position)
    writer.close()
    stop.set()
    for thread in threads:
        thread.join()
    assert len(said) == 10
    assert positions(tmp_path) == [10, 9, 8]


def test_a_child_that_stands_still_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MOST_SECONDS", 0.1)

    def pieces() -> Iterator[bytes]:
        yield b"half"
        threading.Event().wait()

    said: list[int] = []
    writer = SnapshotWriter(tmp_path, said.append, pause_seconds=0.0)
    writer.take(Head(1, mark_of(b"entry")), pieces)
    wait_for(lambda: writer.due)
    monkeypatch.setattr(snapshots, "MOST_SECONDS", 10.0)
    take(writer, 2)
    writer.close()
    assert said == [2]
    assert positions(tmp_path) == [2]


@pytest.mark.parametrize(
    ("sent", "level"),
    [(signal.SIGINT, "info"), (signal.SIGTERM, "info"), (signal.SIGKILL, "warning")],
)
def test_a_child_that_is_stopped_with_its_monitor_warns_of_nothing_and_a_killed_one_warns(
    tmp_path: Path, sent: signal.Signals, level: str
) -> None:
    def pieces() -> Iterator[bytes]:
        os.kill(os.getpid(), sent)
        yield b"never"

    writer = SnapshotWriter(tmp_path, lambda _oldest: None, pause_seconds=0.0)
    with capture_logs() as logged:
        writer.take(Head(1, mark_of(b"entry")), pieces)
        wait_for(lambda: writer.due)
        writer.close()
    assert [(told["log_level"], told["reason"]) for told in logged] == [
        (level, f"ended by {sent.name}")
    ]
    assert positions(tmp_path) == []


def test_a_machine_that_has_no_process_to_spare_costs_the_snapshot_and_not_the_monitor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_process() -> int:
        raise OSError(11, "Resource temporarily unavailable")

    said: list[int] = []
    writer = SnapshotWriter(tmp_path, said.append, pause_seconds=0.0)
    opened = len(list(Path("/dev/fd").iterdir()))
    with monkeypatch.context() as full, capture_logs() as logged:
        full.setattr("os.fork", no_process)
        take(writer, 1)
    assert "Resource temporarily unavailable" in logged[0]["reason"]
    assert len(list(Path("/dev/fd").iterdir())) == opened
    assert writer.due
    take(writer, 2)
    writer.close()
    assert said == [2]


def test_a_child_keeps_no_port_of_the_monitor(tmp_path: Path) -> None:
    """A monitor that was killed is started again at once, and listens where it did."""
    go_on = tmp_path / "go on"

    def pieces() -> Iterator[bytes]:
        yield b"half"
        (tmp_path / "begun").touch()
        wait_for(go_on.exists)
        yield b" and half"

    writer = SnapshotWriter(tmp_path / "s", lambda _oldest: None)
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        writer.take(Head(1, mark_of(b"entry")), pieces)
        wait_for((tmp_path / "begun").exists)
    with socket.create_server(("127.0.0.1", port)):
        go_on.touch()
    writer.close()
    assert positions(tmp_path / "s") == [1]


def test_a_child_of_a_monitor_that_was_killed_leaves(tmp_path: Path) -> None:
    """It shares the standard output, which ends when both have ended."""
    monitor = """
import os, signal, sys, time
from pathlib import Path
from flows.snapshots import Head, SnapshotWriter

def pieces():
    while True:
        time.sleep(0.01)
        yield b"piece"

SnapshotWriter(Path(sys.argv[1]), print).take(Head(1, bytes(16)), pieces)
os.kill(os.getpid(), signal.SIGKILL)
"""
    command = [sys.executable, "-c", monitor, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, timeout=20, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert positions(tmp_path) == []


def test_a_full_disk_costs_the_snapshot_and_not_the_monitor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(descriptor: int) -> None:
        del descriptor
        raise OSError(28, "No space left on device")

    said: list[int] = []
    writer = SnapshotWriter(tmp_path / "s", said.append, pause_seconds=0.0)
    with monkeypatch.context() as full, capture_logs() as logged:
        full.setattr("os.fsync", no_space)
        take(writer, 1)
        wait_for(lambda: writer.due)
    assert "No space left on device" in logged[0]["reason"]
    assert list((tmp_path / "s").iterdir()) == []
    take(writer, 2)
    writer.close()
    assert said == [2]


def test_a_store_that_is_away_does_not_end_the_writer(tmp_path: Path) -> None:
    said: list[int] = []

    def written(oldest: int) -> None:
        said.append(oldest)
        if len(said) == 1:
            raise redis.ConnectionError

    writer = SnapshotWriter(tmp_path, written, pause_seconds=0.0)
    take(writer, 1)
    wait_for(lambda: writer.due)
    take(writer, 2)
    writer.close()
    assert said == [1, 1]
