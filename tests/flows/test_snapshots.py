"""Snapshots: whole or not at all, the newest three, of this log only."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import redis

from flows.snapshots import KEPT, Snapshot, SnapshotWriter, mark_of, whole_snapshots, write_snapshot


def snapshot(position: int, state: bytes = b"state") -> Snapshot:
    return Snapshot(position, mark_of(b"entry"), state + b" at %d" % position)


def positions(directory: Path) -> list[int]:
    return [found.position for found in whole_snapshots(directory)]


def test_a_snapshot_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_snapshot(tmp_path, snapshot(7))
    assert list(whole_snapshots(tmp_path)) == [snapshot(7)]


def test_the_newest_three_are_kept_and_come_newest_first(tmp_path: Path) -> None:
    for position in (9, 10, 100, 99):
        write_snapshot(tmp_path, snapshot(position))
    assert positions(tmp_path) == [100, 99, 10]
    assert len(list(tmp_path.iterdir())) == KEPT


def test_a_snapshot_cut_at_any_byte_is_passed_over(tmp_path: Path) -> None:
    write_snapshot(tmp_path, snapshot(1))
    write_snapshot(tmp_path, snapshot(2))
    path = max(tmp_path.iterdir())
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert positions(tmp_path) == [1]


def test_a_flipped_bit_anywhere_is_noticed(tmp_path: Path) -> None:
    write_snapshot(tmp_path, snapshot(2))
    [path] = tmp_path.iterdir()
    whole = path.read_bytes()
    for index in range(len(whole)):
        path.write_bytes(whole[:index] + bytes([whole[index] ^ 1]) + whole[index + 1 :])
        assert positions(tmp_path) == []


def test_a_snapshot_under_another_position_is_none(tmp_path: Path) -> None:
    write_snapshot(tmp_path, snapshot(2))
    [path] = tmp_path.iterdir()
    path.rename(tmp_path / f"{3:020d}.state")
    assert positions(tmp_path) == []


def test_what_a_crash_left_half_written_is_no_snapshot(tmp_path: Path) -> None:
    (tmp_path / f"{5:020d}.new").write_bytes(b"half")
    assert positions(tmp_path) == []


def test_the_writer_says_where_the_oldest_kept_one_stands(tmp_path: Path) -> None:
    said: list[int] = []
    told = threading.Event()

    def written(oldest: int) -> None:
        said.append(oldest)
        told.set()

    writer = SnapshotWriter(tmp_path / "new", written)
    for position in range(1, 6):
        writer.offer(snapshot(position))
        assert told.wait(5)
        told.clear()
    writer.close()
    assert said == [1, 1, 1, 2, 3]


def test_closing_finishes_what_waits_and_only_the_newest_of_it(tmp_path: Path) -> None:
    hold, held = threading.Event(), threading.Event()

    def written(oldest: int) -> None:
        del oldest
        held.set()
        hold.wait(5)

    writer = SnapshotWriter(tmp_path, written)
    writer.offer(snapshot(1))
    assert held.wait(5)
    for position in (2, 3, 4):
        writer.offer(snapshot(position))
    hold.set()
    writer.close()
    assert positions(tmp_path) == [4, 1]


def test_the_next_snapshot_is_due_after_the_pause(tmp_path: Path) -> None:
    writer = SnapshotWriter(tmp_path, lambda _oldest: None, pause_seconds=0.2)
    assert writer.due
    writer.offer(snapshot(1))
    assert not writer.due
    time.sleep(0.25)
    assert writer.due
    writer.close()


def test_a_full_disk_costs_the_snapshot_and_not_the_monitor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()

    def no_space(descriptor: int) -> None:
        del descriptor
        failed.set()
        raise OSError(28, "No space left on device")

    said: list[int] = []
    writer = SnapshotWriter(tmp_path / "s", said.append)
    with monkeypatch.context() as full:
        full.setattr("os.fsync", no_space)
        writer.offer(snapshot(1))
        assert failed.wait(5)
    writer.offer(snapshot(2))
    writer.close()
    assert said == [2]


def test_a_store_that_is_away_does_not_end_the_writer(tmp_path: Path) -> None:
    said: list[int] = []

    def written(oldest: int) -> None:
        said.append(oldest)
        if len(said) == 1:
            raise redis.ConnectionError

    writer = SnapshotWriter(tmp_path, written)
    writer.offer(snapshot(1))
    while not said:
        time.sleep(0.001)
    writer.offer(snapshot(2))
    writer.close()
    assert said == [1, 1]
