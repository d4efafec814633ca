"""Snapshots of the monitor's state: written by a thread, whole or not at all, newest three kept.

A snapshot is named by its log position and holds a mark of the entry at that position, so that
it is never taken for the state of another log.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import structlog

KEPT = 3
"""How many snapshots stay; a damaged newest one costs no more than the time between two."""

_MAGIC = b"tieline1"
_DIGEST_BYTES = 16
_HEAD_BYTES = len(_MAGIC) + 2 * _DIGEST_BYTES

log = structlog.get_logger()


class Snapshot(NamedTuple):
    """A state and where in which log it stands.

    Attributes:
        position: log position of the last entry applied.
        mark: :func:`mark_of` the entry at that position.
    """

    position: int
    mark: bytes
    state: bytes


def mark_of(body: bytes) -> bytes:
    """Return what an entry is recognised by."""
    return hashlib.blake2b(body, digest_size=_DIGEST_BYTES).digest()


def whole_snapshots(directory: Path) -> Iterator[Snapshot]:
    """Yield the snapshots of a folder, newest first; a damaged one is skipped and logged."""
    for path in reversed(_files(directory)):
        snapshot = _read(path)
        if snapshot is None:
            log.warning("snapshot.damaged", file=path.name)
        else:
            yield snapshot


class SnapshotWriter:
    """Writes snapshots in a thread of its own; of those that wait only the newest counts.

    Args:
        directory: made when missing, for its owner alone.
        written: called in the thread with the position of the oldest snapshot kept.
        pause_seconds: least time between two; a fast replay would write little else.
    """

    def __init__(
        self, directory: Path, written: Callable[[int], None], *, pause_seconds: float = 1.0
    ) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._written = written
        self._pause_seconds = pause_seconds
        self._due = 0.0
        self._changed = threading.Condition()
        self._waiting: Snapshot | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="snapshots", daemon=True)
        self._thread.start()

    @property
    def due(self) -> bool:
        """Whether the pause after the last snapshot is over."""
        return time.monotonic() >= self._due

    def offer(self, snapshot: Snapshot) -> None:
        """Hand over a snapshot; returns at once."""
        self._due = time.monotonic() + self._pause_seconds
        with self._changed:
            self._waiting = snapshot
            self._changed.notify()

    def close(self) -> None:
        """Finish what waits and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (snapshot := self._next()) is not None:
            try:
                write_snapshot(self._directory, snapshot)
                self._written(_position(_files(self._directory)[0]))
            except Exception as error:  # noqa: BLE001 - the next snapshot may succeed
                log.warning("snapshot.failed", position=snapshot.position, reason=str(error))

    def _next(self) -> Snapshot | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting is not None or self._closed)
            snapshot, self._waiting = self._waiting, None
            return snapshot


def write_snapshot(directory: Path, snapshot: Snapshot) -> None:
    """Write a snapshot durably under its position and drop all but the newest few."""
    path = directory / f"{snapshot.position:020d}.state"
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(_MAGIC + _digest(snapshot) + snapshot.mark + snapshot.state)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync_directory(directory)
    for old in _files(directory)[:-KEPT]:
        old.unlink(missing_ok=True)


def _read(path: Path) -> Snapshot | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    mark = data[len(_MAGIC) + _DIGEST_BYTES : _HEAD_BYTES]
    snapshot = Snapshot(_position(path), mark, data[_HEAD_BYTES:])
    whole = data.startswith(_MAGIC + _digest(snapshot)) and len(mark) == _DIGEST_BYTES
    return snapshot if whole else None


def _digest(snapshot: Snapshot) -> bytes:
    hashed = hashlib.blake2b(b"%d/" % snapshot.position, digest_size=_DIGEST_BYTES)
    hashed.update(snapshot.mark)
    hashed.update(snapshot.state)
    return hashed.digest()


def _files(directory: Path) -> list[Path]:
    return sorted(directory.glob("[0-9]*.state"))


def _position(path: Path) -> int:
    return int(path.stem)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
